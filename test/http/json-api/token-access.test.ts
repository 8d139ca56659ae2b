import type { FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import { tokenAccess } from '../../../src/http/json-api/token-access.ts';
import { createBadTokens, createRateLimit } from '../../../src/http/rate-limit.ts';

const clock = { now: () => 1_000_000 };
const from = (token: string) =>
  ({ headers: { 'x-auth-token': token }, ip: '10.0.0.1' }) as unknown as FastifyRequest;

function access() {
  return tokenAccess({
    apiToken: 'the-bootstrap-token-of-acme',
    organizationId: 1,
    findPrincipal: async () => null,
    rateLimit: createRateLimit(clock, { requests: 2, perMs: 10_000 }),
    badTokens: createBadTokens(clock),
  });
}

test('one token may ask so often, then 429 with the time to wait', async () => {
  const enter = access();
  const answers = [];
  for (let nth = 0; nth < 3; nth += 1) answers.push(await enter(from('the-bootstrap-token-of-acme')));
  expect(answers.map(({ ok }) => ok)).toEqual([true, true, false]);
  expect(answers[2]).toMatchObject({ refusal: { status: 429, retryAfterSeconds: 5 } });
});

test('guessing is slowed down', async () => {
  const enter = access();
  const statuses = [];
  for (let nth = 0; nth < 12; nth += 1) {
    const answer = await enter(from(`guess-${nth}`));
    statuses.push(answer.ok || answer.refusal.status);
  }
  expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
});
