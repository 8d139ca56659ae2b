import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Delivery, RawRequest } from '../../src/demo/doubles/slack/traffic.ts';
import type { TwoWorlds } from '../helpers/installs.ts';
import { ackProblem, percentiles, refusedCalls } from './chat-answers.ts';
import { auditAfter, differences, dump, integrity, writes } from './chat-ledger.ts';
import { chatTexts } from './chat-texts.ts';
import {
  type Account,
  ADMINS,
  account,
  ELSEWHERE,
  freshCapabilities,
  MEMBERS,
  NOBODIES,
  percentEncoded,
  startChatWorld,
  type,
} from './chat-world.ts';
import { type Mutation, mutated, mutations } from './payload-mutations.ts';
import { namesAdmin, PressedBy } from './pressed-by.ts';
import { type Recorded, recordPayloads } from './recorded-payloads.ts';
import { rounds } from './rounds.ts';

const PAYLOADS = rounds('FUZZ', 200, 1_000);
/** How many are under way at once. */
const AT_ONCE = 20;
/** Nobody waits longer for an answer that never comes; ms of real time. */
const PATIENCE_MS = 10_000;

let world: TwoWorlds;
let known: string[];

beforeAll(async () => {
  world = await startChatWorld();
  known = [
    await world.ask('deploy-to-production', 'run1'),
    await world.ask('database-migration', 'run2'),
    await world.askBeta('ship1'),
  ];
  await world.settle();
  const { db } = world.app.context;
  for (const table of ['approval_workflows', 'cards', 'approval_policies', 'events'] as const)
    known.push(...(await db.selectFrom(table).select('id').execute()).map(({ id }) => String(id)));
}, 60_000);
afterAll(async () => {
  console.info(percentiles());
  await world.close();
});

/** Resolves once the bot said so many things; names how many are missing when nothing more comes. */
function answers(wanted: number): Promise<number> {
  const said = () =>
    world.slack.calls.filter(({ method, answered }) => ANSWERS.has(method) && answered !== undefined).length;
  const { promise, resolve } = Promise.withResolvers<number>();
  const timer = setTimeout(() => resolve(wanted - said()), PATIENCE_MS);
  const check = () => said() >= wanted && resolve(0);
  const stop = world.slack.onChange(check);
  check();
  return promise.finally(() => {
    clearTimeout(timer);
    stop();
  });
}
const ANSWERS: ReadonlySet<string> = new Set(['response_url', 'views.open']);

function forgetCalls(): void {
  world.slack.calls.length = 0;
  world.slack.deliveries.length = 0;
}

interface Typed {
  who: Account;
  text: string;
}

/** Everything typed at once is acked, answered once each, and answered with what Slack takes. */
async function typeAll(batch: readonly Typed[]): Promise<void> {
  // Budgets of Slack's are for a minute.
  world.clock.advance(60_000);
  forgetCalls();
  const deliveries: Delivery[] = await Promise.all(batch.map(({ who, text }) => type(world, who, text)));
  expect(deliveries.map(ackProblem).filter(Boolean)).toEqual([]);
  const silent = deliveries.filter(({ responseBody }) => responseBody === '').length;
  expect(await answers(silent)).toBe(0);
  expect(refusedCalls(world.slack.calls, false)).toEqual([]);
}

const batchesOf = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: AT_ONCE, maxLength: AT_ONCE });

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  '1,000 texts typed by people who are no admins, part %i: each answered, nothing changed',
  async () => {
    const before = await dump(world);
    const last = (await auditAfter(world, 0)).at(-1)?.id ?? 0;
    const who = fc.constantFrom(...MEMBERS, ...MEMBERS, ...NOBODIES, ...ELSEWHERE);
    await fc.assert(
      fc.asyncProperty(batchesOf(fc.record({ who, text: chatTexts(known) })), async (batch) => {
        await typeAll(batch);
        expect(differences(before, await dump(world))).toEqual([]);
      }),
      { numRuns: PAYLOADS / AT_ONCE, endOnFailure: true },
    );
    const lines = await auditAfter(world, last);
    expect(lines.filter(({ action }) => action !== 'refused')).toEqual([]);
    expect(lines.length).toBeGreaterThan(20);
  },
  120_000,
);

/** What a ruling on a press may change; each of these is held to who pressed (`PressedBy`). */
const RULED: ReadonlySet<string> = new Set([
  ...['approval_requests', 'request_versions', 'slots', 'votes', 'submissions', 'questions'],
  // Shown or told because of it.
  ...['cards', 'card_replies', 'notices'],
]);

const pressedBy = new PressedBy();
let recorded: Recorded[] = [];
let values: string[] = [];

/** New requests, and what everybody's screen would send about them. */
async function record(round: string): Promise<void> {
  recorded = await recordPayloads(world, round);
  for (const { body } of recorded) pressedBy.note(body);
  values = [...new Set(JSON.stringify(recorded).match(/crd_[\w-]+\.\d+/g))];
}

function shot({ nth, fresh, changes }: Mutation, of: readonly Recorded[]): Recorded {
  const from = of[nth % of.length]!;
  const { user, team } = from.body as { user?: { id: string }; team?: { id: string } };
  const capabilities = fresh && user && team ? freshCapabilities(world, account(user.id, team.id)) : {};
  const named = Object.fromEntries(Object.entries(capabilities).filter(([key]) => key in from.body));
  return { ...from, body: mutated({ ...from, body: { ...from.body, ...named } }, changes, values) };
}

function send({ how, body }: Recorded): Promise<Delivery> {
  if (how === 'json') return world.slack.sendRaw({ json: body });
  if (how === 'payload') return world.slack.sendRaw({ payload: body });
  const form = Object.entries(body).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
  ]);
  return world.slack.sendRaw({
    body: form.map((pair) => pair.map((text) => percentEncoded(text!)).join('=')).join('&'),
  });
}

async function sendAll(batch: readonly Recorded[]): Promise<void> {
  world.clock.advance(60_000);
  forgetCalls();
  for (const { body } of batch) pressedBy.note(body);
  const deliveries = await Promise.all(batch.map(send));
  const problems = deliveries.flatMap((delivery, nth) => {
    const problem = ackProblem(delivery);
    return problem
      ? [`${batch[nth]!.what}: ${problem} ${JSON.stringify(batch[nth]!.body).slice(0, 3_000)}`]
      : [];
  });
  expect(problems).toEqual([]);
  expect(refusedCalls(world.slack.calls, true)).toEqual([]);
}

async function accounts(): Promise<Map<string, string>> {
  const { rows } = await sql<{
    place: number;
    external_id: string;
  }>`select rowid as place, external_id from identities`.execute(world.app.context.db);
  return new Map(rows.map(({ place, external_id }) => [`identities ${place}`, external_id]));
}

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])(
  '1,000 mutated payloads of people who are no admins, part %i: all acked, nothing without authority',
  async (round) => {
    await record(`m${round}`);
    await world.settle();
    const before = await dump(world, RULED);
    const byOthers = recorded.filter(({ body }) => !namesAdmin(body));
    await fc.assert(
      fc.asyncProperty(batchesOf(mutations), async (batch) => {
        const shots = batch.map((mutation) => shot(mutation, byOthers));
        expect(shots.filter(({ body }) => namesAdmin(body))).toEqual([]);
        await sendAll(shots);
      }),
      { numRuns: PAYLOADS / AT_ONCE, endOnFailure: true },
    );
    await world.settle();
    const known = await accounts();
    const changes = differences(before, await dump(world, RULED));
    expect(changes.filter((line) => !pressedBy.isTold(line, known))).toEqual([]);
    expect(await pressedBy.unauthorized(world)).toEqual([]);
    await world.app.context.db.updateTable('identities').set({ standing: 'member' }).execute();
  },
  120_000,
);

test('unsigned, wrongly signed and stale payloads are refused and leave nothing', async () => {
  await record('unsigned');
  await world.settle();
  forgetCalls();
  const before = await writes(world);
  const now = Math.floor(world.clock.now() / 1_000);
  const forged: Partial<RawRequest>[] = [
    { signature: null },
    { signature: '' },
    { signature: 'v0=' },
    { signature: `v0=${'0'.repeat(64)}` },
    { signature: `v1=${'0'.repeat(64)}` },
    { secret: 'another-secret' },
    { secret: '' },
    // Bolt asks the real clock what is too old.
    { timestamp: Math.floor(Date.now() / 1_000) - 301 },
    { timestamp: now + 301 },
    { timestamp: 0 },
    { headers: { 'x-slack-request-timestamp': 'NaN' } },
    { headers: { 'x-slack-request-timestamp': String(now - 1) } },
    { headers: { 'x-slack-request-timestamp': `${now}, ${now}` } },
  ];
  for (const { how, body } of recorded) {
    const request: RawRequest =
      how === 'json'
        ? { json: body }
        : how === 'payload'
          ? { payload: body }
          : { form: body as Record<string, string> };
    const deliveries = await Promise.all(forged.map((how) => world.slack.sendRaw({ ...request, ...how })));
    expect(deliveries.map(({ status }) => status)).toEqual(forged.map(() => 401));
  }
  await world.settle();
  expect(world.slack.calls).toEqual([]);
  expect(await writes(world)).toBe(before);
}, 60_000);

test('1,000 mutated payloads of anybody, admins too: all acked, and the database holds together', async () => {
  await record('admins');
  await fc.assert(
    fc.asyncProperty(batchesOf(mutations), (batch) =>
      sendAll(batch.map((mutation) => shot(mutation, recorded))),
    ),
    { numRuns: PAYLOADS / AT_ONCE, endOnFailure: true },
  );
  await world.settle();
  expect(await integrity(world)).toEqual(['ok']);
  const dead = await world.app.context.db
    .selectFrom('outbox')
    .selectAll()
    .where('state', '=', 'dead')
    .execute();
  expect(dead).toEqual([]);
}, 120_000);

test('2,000 texts typed by admins: each answered, and the database holds together', async () => {
  await fc.assert(
    fc.asyncProperty(
      batchesOf(fc.record({ who: fc.constantFrom(...ADMINS), text: chatTexts(known) })),
      typeAll,
    ),
    { numRuns: (2 * PAYLOADS) / AT_ONCE, endOnFailure: true },
  );
  await world.settle();
  expect(await integrity(world)).toEqual(['ok']);
}, 120_000);

test('the fuzz reaches what it is about: votes, forms, and a process that still answers', async () => {
  const { db } = world.app.context;
  const count = async (table: 'votes' | 'questions' | 'submissions') =>
    (
      await db
        .selectFrom(table)
        .select(({ fn }) => fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow()
    ).n;
  expect(await count('votes')).toBeGreaterThan(5);
  expect(await count('submissions')).toBeGreaterThan(2);
  // Few mutated questions are still questions: what they were made from asks one.
  const asked = await count('questions');
  await record('unchanged');
  await sendAll(recorded.filter(({ what }) => what === 'submit question'));
  await world.settle();
  expect(await count('questions')).toBe(asked + 1);
  forgetCalls();
  expect((await type(world, ADMINS[0]!, 'help')).status).toBe(200);
  expect(await answers(1)).toBe(0);
});
