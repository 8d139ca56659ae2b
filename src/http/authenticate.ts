import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '../usecases/managing/managing.ts';

export interface Authentication {
  /** The bootstrap API_TOKEN: an admin of the default organization who is nobody in particular; null = none. */
  apiToken: string | null;
  organizationId: number;
  /** Who holds this secret now; null when it is unknown, revoked, or of somebody who may no longer act. */
  findPrincipal: (secret: string) => Promise<Principal | null>;
}

/** Codes as Productive's (contract §1.9). `header` is where the trouble is. */
export type Authenticated =
  | { ok: true; principal: Principal }
  | {
      ok: false;
      status: 401;
      code: 'invalid_auth_token';
      detail: string;
      header: 'X-Auth-Token' | 'Authorization';
    }
  | { ok: false; status: 403; code: 'access_denied'; detail: string; header: 'X-Organization-Id' };

/**
 * Who asks, by `X-Auth-Token` or `Authorization: Bearer`. Both may be sent when they are equal. `X-Organization-Id`
 * may be sent and must then be the token's own organization. Secrets are compared in constant time.
 */
export async function authenticate(
  given: Authentication,
  headers: IncomingHttpHeaders,
): Promise<Authenticated> {
  const { authorization } = headers;
  const header = headers['x-auth-token'] === undefined && authorization ? 'Authorization' : 'X-Auth-Token';
  const invalid = (detail: string): Authenticated => ({
    ok: false,
    status: 401,
    code: 'invalid_auth_token',
    detail,
    header,
  });
  const named = single(headers['x-auth-token']);
  const bearer = authorization === undefined ? undefined : bearerOf(authorization);
  if (bearer === null) return invalid('Send the token as Authorization: Bearer <token>, or as X-Auth-Token.');
  const secret = named ?? bearer;
  if (secret === undefined || secret === '')
    return invalid('Send a token as X-Auth-Token, or as Authorization: Bearer <token>.');
  if (named !== undefined && bearer !== undefined && !sameText(named, bearer))
    return invalid('X-Auth-Token and Authorization hold different tokens. Send one.');
  const isBootstrap = given.apiToken !== null && sameText(secret, given.apiToken);
  const principal = isBootstrap ? bootstrapPrincipal(given) : await given.findPrincipal(secret);
  if (!principal)
    return invalid('The token is not valid: it is unknown, was revoked, or its holder may no longer act.');
  const organization = single(headers['x-organization-id']);
  if (organization !== undefined && organization !== String(principal.organizationId))
    return {
      ok: false,
      status: 403,
      code: 'access_denied',
      detail: 'The token does not belong to this organization.',
      header: 'X-Organization-Id',
    };
  return { ok: true, principal };
}

function bootstrapPrincipal(given: Authentication): Principal {
  return {
    organizationId: given.organizationId,
    role: 'admin',
    personId: null,
    tokenId: 'bootstrap',
    via: 'api',
  };
}

/** The token in an Authorization header; null when it holds something else. */
export function bearerOf(header: string): string | null {
  return /^Bearer +([!-~]+)$/i.exec(header.trim())?.[1] ?? null;
}

/** Digests are compared, so that not even the length shows. */
function sameText(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** A header sent twice is as good as none: nobody can say which is meant. */
function single(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header.trim() : undefined;
}
