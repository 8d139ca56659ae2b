import { selfOf } from '../../approval/person.ts';
import { personById } from '../../store/people.ts';
import { type ApiToken, looksLikeToken, tokenBySecret, touchToken } from '../../store/tokens.ts';
import type { Context } from '../context.ts';
import type { Principal } from '../managing/managing.ts';
import type { OpeningToken } from '../opening/posted-request.ts';

const USED_EVERY_MS = 60_000;

/**
 * Who holds this secret, as of now: null for an unknown or revoked token and for a person who may no longer act
 * (R13, R14). An admin's token is worth no more than its person: once no admin, a member's.
 */
export async function principalOfSecret(context: Context, secret: string): Promise<Principal | null> {
  const found = await liveToken(context, secret);
  if (!found) return null;
  const { token, person } = found;
  const self = await personById(context.db, selfOf(person));
  const demoted = token.role === 'admin' && self?.role !== 'admin';
  return {
    organizationId: token.organizationId,
    role: demoted ? 'member' : token.role,
    personId: token.personId,
    tokenId: String(token.id),
    via: 'api',
  };
}

/** The token a webhook came with; null when it is not valid. Its role and scope are looked at when it opens (R1). */
export async function openingTokenOfSecret(context: Context, secret: string): Promise<OpeningToken | null> {
  const found = await liveToken(context, secret);
  if (!found) return null;
  const { id, name, organizationId, scope } = found.token;
  return { id, name, organizationId, mayChoosePolicy: scope?.mayChoosePolicy ?? false };
}

async function liveToken(context: Context, secret: string) {
  if (!looksLikeToken(secret)) return null;
  const { db, clock, log } = context;
  const token = await tokenBySecret(db, secret);
  if (!token || token.revokedAt !== null) return null;
  const person = await personById(db, token.personId);
  if (person?.standing !== 'member' || person.organizationId !== token.organizationId) return null;
  await noteUse(token).catch((error: unknown) => log.warn({ err: error }, 'last use of a token not noted'));
  return { token, person };

  async function noteUse({ id, lastUsedAt }: ApiToken): Promise<void> {
    const now = clock.now();
    if (lastUsedAt === null || now - lastUsedAt >= USED_EVERY_MS) await touchToken(db, id, now);
  }
}
