import { createHash, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** How far a signature's time may lie from ours, either way, ms. */
export const SIGNATURE_TOLERANCE_MS = 5 * 60_000;
/** Rotation needs two; a long list only costs us work. */
const SIGNATURES_MAX = 10;

export type SignatureChecked = { ok: true; id: string } | { ok: false; why: string };

/** Whether the text is a usable Standard Webhooks secret: `whsec_` and base64 of at least 24 bytes. */
export function isWebhookSecret(secret: string): boolean {
  return /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret) && secret.slice('whsec_'.length).length % 4 === 0;
}

/**
 * Verifies Standard Webhooks headers over the raw body. `secrets` are all tried, for rotation, and must be usable
 * (isWebhookSecret), else this throws. `now` in epoch ms. The id returned is for refusing the same delivery with
 * another body; it holds no dot, so that id, time and body cannot be shifted against each other.
 */
export function verifyStandardWebhook(given: {
  secrets: readonly string[];
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  rawBody: Buffer;
  now: number;
}): SignatureChecked {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    single(given.headers[name]),
  );
  if (!id || !timestamp || !signatures)
    return {
      ok: false,
      why: 'webhook-id, webhook-timestamp and webhook-signature are all needed, once each',
    };
  if (!/^[!-~]{1,128}$/.test(id) || id.includes('.'))
    return { ok: false, why: 'webhook-id must be at most 128 visible characters without a dot' };
  if (!/^\d{1,11}$/.test(timestamp))
    return { ok: false, why: 'webhook-timestamp must be seconds since 1970' };
  const at = Number(timestamp) * 1000;
  if (Math.abs(given.now - at) > SIGNATURE_TOLERANCE_MS)
    return { ok: false, why: 'webhook-timestamp is more than 5 minutes away from Countersign’s clock' };
  const offered = signatures
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .slice(0, SIGNATURES_MAX);
  let matched = false;
  for (const secret of given.secrets) {
    const expected = new Webhook(secret).sign(id, new Date(at), given.rawBody);
    for (const signature of offered) matched = sameText(signature, expected) || matched;
  }
  return matched
    ? { ok: true, id }
    : { ok: false, why: 'no webhook-signature fits this body and a known secret' };
}

/** Whether an Authorization header is `Bearer` with exactly this token; an empty token never matches. */
export function bearerMatches(header: string | undefined, token: string): boolean {
  const offered = /^Bearer +([!-~]+)$/i.exec(header?.trim() ?? '')?.[1] ?? '';
  return sameText(offered, token) && token !== '';
}

/** Constant time: digests are compared, so that not even the length shows. */
function sameText(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

function single(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.length === 1 ? header[0] : undefined;
}
