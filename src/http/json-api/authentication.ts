import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../usecases/managing/managing.ts';
import { type ApiError, ApiFailure } from './api-error.ts';

/** Why a request goes no further: no or a bad token (401), a foreign organization (403), too many requests (429). */
export interface AuthRefusal {
  status: 401 | 403 | 429;
  code: string;
  detail: string;
  /** The header that is wrong. */
  header?: string;
  /** With 429 (contract §1.9 "rate limit"). */
  retryAfterSeconds?: number;
}

/** Who asks, or why nobody is let in. */
export type Authenticate = (
  request: FastifyRequest,
) => Promise<{ ok: true; principal: Principal } | { ok: false; refusal: AuthRefusal }>;

const TITLES = { 401: 'Unauthorized', 403: 'Access Denied', 429: 'Too Many Requests' } as const;

/** The principal of a request; throws the error document of a refusal. */
export async function principalOf(authenticate: Authenticate, request: FastifyRequest): Promise<Principal> {
  const answer = await authenticate(request);
  if (answer.ok) return answer.principal;
  const { status, code, detail, header, retryAfterSeconds } = answer.refusal;
  const error: ApiError = {
    status,
    code,
    title: TITLES[status],
    detail,
    ...(header !== undefined && { source: { kind: 'header', header } }),
  };
  throw new ApiFailure([error], {
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    ...(retryAfterSeconds !== undefined && {
      'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))),
    }),
  });
}
