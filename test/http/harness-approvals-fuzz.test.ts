import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checked, EXECUTION_PATH, GATEWAY, machine } from '../helpers/inbound.ts';
import { ACME, type World } from '../helpers/world.ts';
import { startApiWorld } from '../journeys/api-client.ts';

let world: World;
let keys: string[];

beforeAll(async () => {
  world = await startApiWorld();
  await world.load(ACME);
  const smoke = await machine(world, 'Smoke tests', 'ada');
  const other = await machine(world, 'Licences', 'carol');
  await world.load(checked({ checksFirst: false, requirement: 'all' }));
  await world.ask('deploy-to-production', 'run1', {
    approverInputs: [{ name: 'rollout', defaultValue: 'canary', selectOneFrom: 'canary,full' }],
  });
  keys = [smoke.secret, smoke.secret, smoke.secret, other.secret];
});
afterAll(() => world.close());

const anything = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(null, '', 0, -1, 1e99, '__proto__', '\u0000', '\u202e', 'x'.repeat(20_000)),
  fc.string({ unit: 'binary' }),
);
const input = fc.record(
  {
    name: fc.oneof(fc.constantFrom('rollout', 'constructor', ''), anything),
    value: fc.oneof(fc.constant('full'), anything),
  },
  { requiredKeys: [] },
);
const inputs = fc.oneof(fc.array(input, { maxLength: 4 }), anything);
const link = fc.oneof(
  fc.webUrl(),
  fc.constantFrom('https://ci.example.com', 'javascript:alert(1)', 'https://'),
  anything,
);
const body = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record(
        {
          action: fc.oneof(
            { weight: 5, arbitrary: fc.constantFrom('APPROVE', 'REJECT') },
            { weight: 1, arbitrary: anything },
          ),
          approver_inputs: inputs,
          approverInputs: inputs,
          comments: anything,
          link,
          links: fc.oneof(
            fc.array(fc.oneof(link, fc.record({ title: anything, url: link })), { maxLength: 3 }),
            anything,
          ),
          content_version: fc.oneof(fc.constantFrom(1, '1', 2), anything),
          contentVersion: fc.oneof(fc.constantFrom(1, '1', 2), anything),
        },
        { requiredKeys: ['action'] },
      )
      .map((value) => JSON.stringify(value)),
  },
  { weight: 1, arbitrary: anything.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);
const shot = fc.record({
  method: fc.constantFrom('POST', 'POST', 'POST', 'GET'),
  run: fc.oneof(
    { weight: 8, arbitrary: fc.constant('run1') },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1 }) },
  ),
  query: fc.dictionary(
    fc.constantFrom('callback_id', 'content_version', 'approval_status', 'approval_type'),
    fc.oneof(
      fc.constantFrom('', '1', 'run1-gate', 'WAITING', 'HarnessApproval'),
      fc.string({ unit: 'binary' }),
    ),
    { maxKeys: 2 },
  ),
  account: fc.constantFrom(null, null, 'acme', 'umbrella'),
  type: fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/plain; charset=x'),
  key: fc.nat({ max: 3 }),
  body,
});

const votes = () => world.app.context.db.selectFrom('votes').select(['id', 'action']).execute();

test('whatever is sent is answered in Harness’s form, and what is refused casts no vote', {
  timeout: 120_000,
}, async () => {
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(shot, async ({ method, run, query, account, type, key, body: sent }) => {
      const before = await votes();
      const path = `${GATEWAY}${EXECUTION_PATH}/${encodeURIComponent(run.toWellFormed())}`;
      const words = Object.fromEntries(
        Object.entries(query).map(([name, value]) => [name, value.toWellFormed()]),
      );
      const answer = await fetch(`${world.url}${path}?${new URLSearchParams(words)}`, {
        method,
        headers: {
          'x-api-key': keys[key]!,
          'content-type': type,
          ...(account !== null && { 'harness-account': account }),
        },
        ...(method === 'POST' && { body: sent.toWellFormed() }),
      });
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
      expect([200, 400, 403, 404]).toContain(answer.status);
      const said = (await answer.json()) as Record<string, unknown>;
      // A path of more than 200 characters, or one that is none, never comes so far.
      if (answer.status !== 404 && answer.status !== 200) expect(typeof said.message).toBe('string');
      if (answer.status === 200 && method === 'POST') expect(said.type).toBe('HarnessApproval');
      if (answer.status === 200 && method === 'GET') expect(Array.isArray(said)).toBe(true);
      const after = await votes();
      if (answer.status !== 200 || method === 'GET') expect(after).toEqual(before);
      expect(after.length).toBeLessThanOrEqual(2);
    }),
    { numRuns: 700 },
  );
  expect([...seen.keys()].toSorted()).toEqual(expect.arrayContaining([200, 400, 403]));
});
