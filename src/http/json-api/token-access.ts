import { type Authentication, authenticate } from '../authenticate.ts';
import type { BadTokens, RateLimit } from '../rate-limit.ts';
import type { Authenticate } from './authentication.ts';

export interface TokenAccess extends Authentication {
  /** Requests of one token. */
  rateLimit: RateLimit;
  /** Bad tokens of one address. */
  badTokens: BadTokens;
}

/** Who asks, by token; then counts the request. 429 for too many of one token, or bad ones from one address. */
export function tokenAccess(access: TokenAccess): Authenticate {
  return async (request) => {
    const found = await authenticate(access, request.headers);
    if (!found.ok) {
      const wait = found.status === 401 ? access.badTokens.note(request.ip) : null;
      return { ok: false, refusal: wait === null ? found : tooMany(wait) };
    }
    const { organizationId, tokenId } = found.principal;
    const wait = access.rateLimit.take(`${organizationId} ${tokenId}`);
    return wait === null ? found : { ok: false, refusal: tooMany(wait) };
  };
}

function tooMany(retryAfterSeconds: number) {
  return {
    status: 429 as const,
    code: 'too_many_requests',
    detail: `Too many requests. Try again in ${retryAfterSeconds} s.`,
    retryAfterSeconds,
  };
}
