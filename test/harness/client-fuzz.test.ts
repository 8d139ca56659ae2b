import { createServer, type Server } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reconcile } from '../../src/approval/submission.ts';
import { createApprovalApi } from '../../src/harness/approval-api.ts';
import { HARNESS_TEXTS } from '../../src/harness/contract.ts';
import { classify, inputProblems } from '../../src/harness/errors.ts';
import { readExecutionSummary } from '../../src/harness/execution-summary.ts';
import { readInstance, readInstances } from '../../src/harness/instance.ts';
import type { HarnessAnswer, SubmitAnswer } from '../../src/usecases/harness-ports.ts';
import type { Log } from '../../src/usecases/ports.ts';
import { approve, executionOf } from './connect.ts';

const SECRET = 'verysecretpart';
const API_KEY = `sat.acct.bot.${SECRET}`;
const MARKER = 'apr_x 0123456789ab';

interface Raw {
  status: number;
  body: string;
  headers: Record<string, string>;
}

let server: Server;
let next: Raw;
let api: ReturnType<typeof createApprovalApi>;
let now = Date.UTC(2026, 10, 22, 12);
let logged: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      const { status, body, headers } = next;
      response.writeHead(status, headers).end(status === 204 || status === 304 ? undefined : body);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  const keep = (facts: object, message: string) => logged.push(JSON.stringify({ ...facts, message }));
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep };
  api = createApprovalApi({
    baseUrl: `http://127.0.0.1:${address.port}`,
    pathPrefix: '/gateway',
    accountId: 'acct0000000000000000AA',
    apiKey: API_KEY,
    clock: { now: () => now },
    log,
    wait: async () => {},
  });
});
afterAll(async () => {
  await api.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const EXECUTION = executionOf({ accountId: 'acct0000000000000000AA' } as never, 'run1', 'gate');

/** Harness's own words, the key and what a proxy may add, in any order. */
const words = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...Object.values(HARNESS_TEXTS),
        API_KEY,
        '<html>',
        'Invalid request: ',
        ': {',
        'a=',
        '}',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

/** An instance, whole or with parts replaced by anything. */
const instance = fc
  .record({
    id: fc.constantFrom('inst1', 'inst2', '..', 'a/b', ''),
    type: fc.constantFrom('HarnessApproval', 'JiraApproval', 'Other'),
    status: fc.constantFrom('WAITING', 'APPROVED', 'REJECTED', 'EXPIRED', 'PONDERING'),
    created: fc.oneof(fc.integer(), fc.constant(null)),
    deadline: fc.oneof(fc.integer(), fc.constant(null)),
    details: fc.oneof(
      fc.constant(null),
      fc.record(
        {
          approvalMessage: fc.oneof(words, fc.integer()),
          approvers: fc.oneof(fc.constant(null), fc.record({ minimumCount: fc.anything() })),
          approvalActivities: fc.array(
            fc.record({
              user: fc.oneof(fc.constant(null), fc.record({ name: words, email: words })),
              action: fc.constantFrom('APPROVE', 'REJECT'),
              comments: fc.oneof(words, fc.constant(MARKER), fc.constant(null)),
              approvedAt: fc.integer(),
            }),
            { maxLength: 3 },
          ),
          approverInputs: fc.array(fc.record({ name: words, allowedValues: fc.anything() }), {
            maxLength: 3,
          }),
        },
        { requiredKeys: [] },
      ),
    ),
  })
  .chain((whole) =>
    fc
      .dictionary(fc.constantFrom(...Object.keys(whole)), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 1 })
      .map((bent) => ({ ...whole, ...bent })),
  );

const body = fc.oneof(
  { weight: 4, arbitrary: instance.map((one) => JSON.stringify(one)) },
  { weight: 2, arbitrary: instance.map((one) => JSON.stringify({ status: 'SUCCESS', data: one })) },
  { weight: 2, arbitrary: fc.array(instance, { maxLength: 3 }).map((list) => JSON.stringify(list)) },
  { weight: 4, arbitrary: words.map((message) => JSON.stringify({ message, code: null })) },
  { weight: 1, arbitrary: words.map((message) => JSON.stringify({ responseMessages: [{ message }] })) },
  { weight: 2, arbitrary: fc.json({ maxDepth: 4 }) },
  { weight: 2, arbitrary: words },
);
const headers = fc.record(
  {
    'content-type': fc.constantFrom('application/json', 'text/html', 'nothing'),
    'retry-after': fc.constantFrom(
      '0',
      '7',
      '-1',
      '9999999999',
      'soon',
      'Sun, 22 Nov 2026 13:00:00 GMT',
      API_KEY,
    ),
    'x-correlation-id': fc.constantFrom('abc', API_KEY, 'x'.repeat(5_000)),
    date: fc.constantFrom('whenever', 'Sun, 22 Nov 2026 12:00:00 GMT', 'Thu, 01 Jan 1970 00:00:00 GMT'),
    location: fc.constantFrom('http://127.0.0.1:9/', `http://127.0.0.1:9/${API_KEY}`),
  },
  { requiredKeys: [] },
);
const raw = fc.record({
  status: fc.oneof(
    fc.constantFrom(200, 200, 200, 201, 204, 301, 302, 307, 400, 400, 400, 401, 403, 404, 405, 409, 415, 418),
    fc.constantFrom(429, 500, 502, 503, 504, 599),
  ),
  body,
  headers,
});

async function answered<T>(given: Raw, ask: () => Promise<T>): Promise<T> {
  next = given;
  logged = [];
  now += 3_600_000; // whatever pause a 429 made is over
  return ask();
}

/** Nothing that people or logs see holds the key, a page's markup, or characters that steer a line. */
function requireFit(answer: SubmitAnswer | HarnessAnswer<unknown>): void {
  const shown = JSON.stringify(answer.kind === 'accepted' || answer.kind === 'ok' ? answer.kind : answer);
  expect(JSON.stringify(answer) + logged.join()).not.toContain(SECRET);
  expect(shown).not.toMatch(/\\n|\\r|\\u0000|\u202e/);
}

test('submit: a value for whatever comes, no delivery without an instance in its place, never the key', async () => {
  await fc.assert(
    fc.asyncProperty(raw, fc.constantFrom(null, 'inst1'), async (given, instanceId) => {
      const inputs = { a: 'x', b: '' };
      const answer = await answered(given, () => api.submit(EXECUTION, approve({ inputs, instanceId })));
      requireFit(answer);
      if (answer.kind !== 'accepted') return;
      expect(given.status).toBeGreaterThanOrEqual(200);
      expect(given.status).toBeLessThan(300);
      if (instanceId) expect(answer.instance.id).toBe(instanceId);
      const found = reconcile(answer.instance, { action: 'APPROVE', marker: MARKER });
      const ours = answer.instance.activities.some(
        ({ action, comments }) => action === 'APPROVE' && comments.includes(MARKER),
      );
      if (found.kind === 'delivered') expect([ours, answer.instance.status]).toEqual([true, 'APPROVED']);
      if (found.kind === 'partial') expect([ours, answer.instance.status]).toEqual([true, 'WAITING']);
    }),
    { numRuns: 1_500 },
  );
}, 120_000);

test('the reads: a value for whatever comes, ok only with 2xx, or 400 and 404 for a run nobody knows', async () => {
  await fc.assert(
    fc.asyncProperty(raw, async (given) => {
      const succeeded = given.status >= 200 && given.status < 300;
      const list = await answered(given, () => api.listInstances(EXECUTION));
      requireFit(list);
      if (list.kind === 'ok') {
        expect(succeeded).toBe(true);
        for (const { id } of list.value) expect(id).toMatch(/^[\w-]+$/);
      }
      const run = await answered(given, () => api.readExecution(EXECUTION));
      requireFit(run);
      if (run.kind === 'ok')
        expect(succeeded || (run.value === null && [400, 404].includes(given.status))).toBe(true);
      const may = await answered(given, () => api.checkAuthorization('inst1'));
      requireFit(may);
      if (may.kind === 'ok') expect(succeeded).toBe(true);
      requireFit(await answered(given, () => api.checkHealth()));
    }),
    { numRuns: 700 },
  );
}, 120_000);

test('the readers never throw, and find nothing in what is nothing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.jsonValue(), instance), (json) => {
      const one = readInstance(json);
      if (one)
        expect(['WAITING', 'APPROVED', 'REJECTED', 'EXPIRED', 'ABORTED', 'FAILED']).toContain(one.status);
      readInstances(json);
      readExecutionSummary(json);
    }),
    { numRuns: 3_000 },
  );
});

test('classify has a meaning for each status and text, and a 2xx is never a refusal for good', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), words, fc.boolean(), (status, said, isJson) => {
      const { means } = classify({ status, said, json: isJson ? {} : undefined });
      expect(means.kind).toBeTruthy();
      if (status < 400) expect(means.kind).toBe('reconcile');
    }),
    { numRuns: 3_000 },
  );
});

test('E6: problems only for inputs that were sent, in Harness’s words, whatever people typed', () => {
  const value = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom('x, b=y', '}', 'a=', 'Value was required'),
  );
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('a', 'b', 'a.b', '__proto__', 'a=b'), value),
      words,
      (sent, said) => {
        const entries = Object.entries(sent).map(
          ([name, typed]) => `${name}=${typed} is not among allowed values`,
        );
        const text = `Unable to add Harness Approval Activity : Approval inputs validation failed: {${entries.join(', ')}}`;
        for (const each of [said, text]) {
          const problems = inputProblems(each, sent);
          for (const [name, problem] of Object.entries(problems)) {
            expect(Object.keys(sent)).toContain(name);
            expect(problem.length).toBeLessThanOrEqual(300);
          }
        }
      },
    ),
    { numRuns: 3_000 },
  );
});
