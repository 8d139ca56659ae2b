import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RELEASE_INPUTS } from '../helpers/inputs.ts';
import { ACME, startWorld, WEBHOOK_TOKEN, type World } from '../helpers/world.ts';
import { rounds } from './rounds.ts';

const BODIES = rounds('POISON', 400, 100_000);
const DEEP = 10_000;

/** So many to one database: what is taken waits, and no more than 5,000 may. */
const MOST_OF_ONE = 5_000;
const SHARES = Array.from({ length: Math.ceil(BODIES / MOST_OF_ONE) }, (_, share) =>
  Math.min(MOST_OF_ONE, BODIES - share * MOST_OF_ONE),
);

let world: World;
beforeEach(async () => {
  world = await startWorld({ env: { WEBHOOK_RATE_LIMIT: '999999/1' } });
  await world.load(ACME);
});
afterEach(() => world.close());

/** Values that a parser, a column or a renderer may choke on, as JSON text. */
const POISON = [
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\ufffe\u202e\u200b"',
  '1e309',
  '-1e309',
  '9007199254740993',
  '1e-400',
  '-0',
  'null',
  'true',
  '""',
  '[]',
  '{}',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"toString":1,"hasOwnProperty":2,"toJSON":3}',
  `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`,
  `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`,
  `[${Array.from({ length: 20_000 }, () => '0').join(',')}]`,
  `"${'x'.repeat(100_000)}"`,
  `"${'\\u202e'.repeat(3_000)}"`,
  `{${Array.from({ length: 5_000 }, (_, n) => `"k${n}":1`).join(',')}}`,
];

function bodyOf(run: string): Record<string, unknown> {
  return {
    ...world.webhook(run),
    message: 'Deploy',
    approverInputs: RELEASE_INPUTS,
    facts: [{ name: 'Version', value: '1.2.3' }],
    links: [{ title: 'Changes', url: 'https://example.com/changes' }],
    expiresIn: '1h',
    approvalPolicy: 'standard',
    disallowRequester: false,
  };
}

const FIELDS = Object.keys({
  accountIdentifier: 0,
  orgIdentifier: 0,
  projectIdentifier: 0,
  pipelineIdentifier: 0,
  planExecutionId: 0,
}).concat([
  'callbackId',
  'executionUrl',
  'triggeredByEmail',
  'message',
  'approverInputs',
  'facts',
  'links',
  'expiresIn',
  'expiresAt',
  'approvalPolicy',
  'disallowRequester',
  '__proto__',
  'eventType',
  'eventData',
]);

/** One change of a body that would be taken; the text that is sent. */
const change = fc.oneof(
  fc
    .record({ field: fc.constantFrom(...FIELDS), poison: fc.constantFrom(...POISON) })
    .map(({ field, poison }) => (body: Record<string, unknown>) => {
      const { [field]: _, ...rest } = body;
      return `${JSON.stringify(rest).slice(0, -1)},${JSON.stringify(field)}:${poison}}`;
    }),
  // The same key twice, the second poisoned.
  fc.record({ field: fc.constantFrom(...FIELDS), poison: fc.constantFrom(...POISON) }).map(
    ({ field, poison }) =>
      (body: Record<string, unknown>) =>
        `${JSON.stringify(body).slice(0, -1)},${JSON.stringify(field)}:${poison}}`,
  ),
  fc
    .record({
      field: fc.constantFrom('name', 'value', 'title', 'url', 'regex', 'selectOneFrom', 'defaultValue'),
      poison: fc.constantFrom(...POISON),
    })
    .map(
      ({ field, poison }) =>
        (body: Record<string, unknown>) =>
          JSON.stringify(body).replaceAll(
            new RegExp(`"${field}":"[^"]*"`, 'g'),
            () => `"${field}":${poison}`,
          ),
    ),
  fc.record({ field: fc.constantFrom(...FIELDS), value: fc.jsonValue({ maxDepth: 4 }) }).map(
    ({ field, value }) =>
      (body: Record<string, unknown>) =>
        JSON.stringify({ ...body, [field]: value }),
  ),
  fc
    .string({ unit: 'binary', maxLength: 200 })
    .map((text) => (body: Record<string, unknown>) => JSON.stringify({ ...body, message: text })),
  fc
    .record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      put: fc.string({ unit: 'binary', maxLength: 3 }),
    })
    .map(({ at, put }) => (body: Record<string, unknown>) => {
      const text = JSON.stringify(body);
      const place = Math.floor(at * text.length);
      return text.slice(0, place) + put + text.slice(place + 1);
    }),
  fc.constantFrom(...POISON).map((poison) => () => poison),
  fc.string({ unit: 'binary' }).map((text) => () => text),
);

test.each(SHARES)('%i bodies: each is taken or refused in words', { timeout: 3_600_000 }, async (bodies) => {
  let nth = 0;
  const statuses: Record<number, number> = {};
  const post = async (body: string, event = 'deploy-to-production') => {
    const answer = await fetch(`${world.url}/hooks/harness/${event}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${WEBHOOK_TOKEN}` },
      body,
    });
    const said = (await answer.json()) as { message?: string };
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    return { status: answer.status, said };
  };
  await fc.assert(
    fc.asyncProperty(
      change,
      fc.constantFrom('deploy-to-production', 'deploy-to-production', 'notifications'),
      async (make, event) => {
        nth += 1;
        const { status, said } = await post(make(bodyOf(`run${nth}`)), event);
        expect(status, JSON.stringify(said)).toBeLessThan(500);
        if (status >= 400) expect(said.message, String(status)).toMatch(/^.{10,}$/s);
      },
    ),
    { numRuns: bodies },
  );
  console.log(JSON.stringify({ test: 'poison', bodies, statuses }));
  expect(await post(JSON.stringify(bodyOf('after')))).toMatchObject({ status: 202 });
  // What was taken is shown, poisoned or not.
  await world.pass(30_000);
  expect(
    Object.keys(statuses)
      .map(Number)
      .filter((status) => status >= 500),
  ).toEqual([]);
});
