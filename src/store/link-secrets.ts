import { createHash, randomBytes } from 'node:crypto';

/** `csl_` installs in Slack, `csh_` hands a Harness key over. */
export type LinkKind = 'csl' | 'csh';

/** A secret of 256 random bits, such as `csl_…`. */
export function newLinkSecret(kind: LinkKind): string {
  return `${kind}_${randomBytes(32).toString('base64url')}`;
}

/** What is kept of a link's secret: its SHA-256, lower-case hex; null = no link of this kind has such a secret. */
export function hashOfLink(kind: LinkKind, secret: string): string | null {
  if (!secret.startsWith(`${kind}_`) || !/^[a-z]+_[A-Za-z0-9_-]{43}$/.test(secret)) return null;
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}
