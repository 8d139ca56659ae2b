import { verify } from 'node:crypto';
import { z } from 'zod';
import type { SigningKeys } from './signing-keys.ts';

export const ISSUER = 'https://api.botframework.com';
const LENGTH_MAX = 8_192;
/** As botbuilder has it. */
const SKEW_S = 5 * 60;
const BEARER = /^Bearer ([\w-]{1,2000})\.([\w-]{1,6000})\.([\w-]{1,2000})$/;

const headerSchema = z.object({ alg: z.literal('RS256'), kid: z.string().min(1).max(500) });
const claimsSchema = z.object({
  iss: z.literal(ISSUER),
  aud: z.string(),
  exp: z.number(),
  nbf: z.number().optional(),
});

export type Proof = 'proved' | 'refused' | 'unavailable';

/**
 * Whether the Bot Connector itself made this token for this app, and it is in force: asked before the body is read, and
 * before botbuilder, which asks again. Left alone with a forged token botbuilder would fetch keys without a limit of
 * time, take the tenant it names for a known one, and print to the console. `now` is epoch ms.
 */
export async function proveBearer(
  authorization: string | undefined,
  expected: { appId: string; keys: SigningKeys; now: number },
): Promise<Proof> {
  if (authorization === undefined || authorization.length > LENGTH_MAX) return 'refused';
  const [, head, body, signature] = BEARER.exec(authorization) ?? [];
  if (!head || !body || !signature) return 'refused';
  const header = headerSchema.safeParse(decoded(head)).data;
  const claims = claimsSchema.safeParse(decoded(body)).data;
  if (!header || !claims) return 'refused';
  const seconds = expected.now / 1000;
  if (claims.aud !== expected.appId || claims.exp <= seconds - SKEW_S) return 'refused';
  if (claims.nbf !== undefined && claims.nbf > seconds + SKEW_S) return 'refused';
  const key = await expected.keys.find(header.kid);
  if (key === 'unavailable') return 'unavailable';
  if (key === 'unknown') return 'refused';
  const signed = Buffer.from(`${head}.${body}`);
  return verify('sha256', signed, key, Buffer.from(signature, 'base64url')) ? 'proved' : 'refused';
}

function decoded(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
