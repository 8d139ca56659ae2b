import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/demo/doubles/common/json.ts';
import { teamsCards, teamsPress, teamsSay } from '../helpers/in-teams.ts';
import { ACME, ENTRA, startWorld, type World } from '../helpers/world.ts';
import { auditAfter, type Dump, differences, dump, integrity } from './chat-ledger.ts';
import { rounds } from './rounds.ts';

/** How many are under way at once. */
const AT_ONCE = 20;
/** Nobody waits longer for an answer; ms of real time. */
const ANSWERED_WITHIN_MS = 3_000;
/** Places where people are met in Teams are no state of an approval. */
const LEFT: ReadonlySet<string> = new Set(['teams_conversations']);
/** Neither approver nor admin nor whoever asked: whatever they send must change nothing. */
const INTRUDERS = [ENTRA.carol, ENTRA.sam];

let world: World;
/** Real activities of people with every right, as they were sent. */
let recorded: JsonObject[];
const answered: number[] = [];

beforeAll(async () => {
  world = await startWorld({ slack: false, teams: {} });
  await world.load(ACME);
  await world.ask('deploy-to-production', 'run1');
  await world.ask('database-migration', 'run2');
  for (const name of ['carol', 'sam', 'ada', 'alice', 'bob'] as const) await teamsSay(world, name, 'help');
  recorded = await record();
  await world.settle();
}, 60_000);
afterAll(async () => {
  const sorted = answered.toSorted((a, b) => a - b);
  const at = (part: number) => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(1);
  console.info(`${sorted.length} answers: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`);
  await world.close();
});

/** Everything that can be done, short of a decision, by those who may; what their clients sent for it. */
async function record(): Promise<JsonObject[]> {
  const { teams } = world;
  teams.deliveries.length = 0;
  const card = teamsCards(world, 'alice').at(-1)!;
  const at = { conversation: card.conversation, activityId: card.id };
  await teams.look(ENTRA.alice, card.conversation, card.id, { again: true });
  await teamsPress(world, 'alice', 'Reject');
  await teams.submitDialog(ENTRA.alice, { comment: ' ' }, { skipClientChecks: true });
  await teamsPress(world, 'alice', 'Approve with comment');
  await teamsPress(world, 'alice', 'Ask a question');
  await teams.submitDialog(ENTRA.alice, { question: '' }, { skipClientChecks: true });
  await teams.openExtension(ENTRA.alice, 'answerApproval');
  await teams.openExtension(ENTRA.ada, 'newWorkflow');
  for (const text of ['pending', 'history all', 'why deploy-to-production', 'cancel 1', 'show 1', 'delete 1'])
    await teams.type(ENTRA.ada, text);
  await teams.uninstall(ENTRA.maria);
  await teams.install(ENTRA.maria);
  const sent = teams.deliveries.map(({ body }) => JSON.parse(body) as JsonObject);
  // What would decide is never sent by those who may, only taken down.
  const approve = teams.pressActivity(ENTRA.alice, { ...at, title: 'Approve' });
  const submits = sent.filter(({ name }) => name === 'task/submit').map(decisive);
  return [...sent, approve, approve, ...submits, ...submits];
}

/** The same form, filled in as it would be taken. */
function decisive(activity: JsonObject): JsonObject {
  const copy = structuredClone(activity);
  const { data } = copy.value as { data: JsonObject };
  Object.assign(data, { comment: 'because', question: 'Why now?' });
  return copy;
}

type Path = readonly string[];

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object' || path.length > 10) return path.length > 0 ? [path] : [];
  const own = Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...path, key]));
  return path.length > 0 ? [path, ...own] : own;
}

interface Change {
  at: number;
  how: number;
  to: unknown;
}

const NASTY = [
  null,
  true,
  0,
  -1,
  2 ** 53,
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202ex',
  '{}',
  [],
  {},
  [[]],
  [null],
  { id: null },
];
const WORDS = [
  'approve',
  'reject',
  'submit',
  'press',
  'command',
  'save_workflow',
  'refresh',
  'delete 1 now',
  'admins add me',
  'cancel 1 now',
  'personal',
  'channel',
  'adaptiveCard/action',
  'task/fetch',
  'task/submit',
  'composeExtension/submitAction',
  'message',
  'invoke',
  'installationUpdate',
  'msteams',
];
const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  how: fc.nat(5),
  to: fc.oneof(
    fc.constantFrom(...NASTY),
    fc.constantFrom(...WORDS),
    fc.string(),
    fc.constant('x'.repeat(20_000)),
    fc.jsonValue({ maxDepth: 3 }),
  ),
});
const mutation = fc.record({
  nth: fc.nat(),
  intruder: fc.constantFrom(...INTRUDERS),
  ownChat: fc.boolean(),
  changes: fc.array(change, { maxLength: 4 }),
});

/** A recorded activity with the changes made, sent by somebody who may not. */
function mutated({
  nth,
  intruder,
  ownChat,
  changes,
}: typeof mutation extends fc.Arbitrary<infer M> ? M : never) {
  const copy = structuredClone(recorded[nth % recorded.length]!);
  for (const { at, how, to } of changes) {
    const paths = pathsIn(copy);
    const path = paths[at % paths.length];
    if (!path) continue;
    const parent = path
      .slice(0, -1)
      .reduce<unknown>((value, key) => (value as JsonObject)[key], copy) as JsonObject;
    const key = path.at(-1)!;
    if (how === 0) delete parent[key];
    else if (how === 1) parent[key] = [parent[key] ?? null];
    else if (how === 2) parent[`${key} `] = parent[key] ?? null;
    else parent[key] = structuredClone(to) as JsonObject;
  }
  const { mri, name } = world.teams.person(intruder);
  copy.from = { id: mri, name, aadObjectId: intruder };
  if (ownChat) copy.conversation = { conversationType: 'personal', id: world.teams.chatOf(intruder) };
  return copy;
}

async function send(activity: unknown): Promise<string | null> {
  const { status, failure, ms } = await world.teams.sendRaw({ activity });
  answered.push(ms);
  const isAnswer = failure === undefined && status !== undefined && status < 500;
  const isSoon = ms < ANSWERED_WITHIN_MS;
  return isAnswer && isSoon
    ? null
    : `${failure ?? status} after ${ms} ms: ${JSON.stringify(activity).slice(0, 2_000)}`;
}

async function nothingChanged(before: Dump): Promise<void> {
  await world.app.worker.settle();
  expect(differences(before, await dump(world, LEFT))).toEqual([]);
}

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
  '1,000 mutated activities of people without authority, part %i: all answered in time, nothing changed',
  async () => {
    const before = await dump(world, LEFT);
    const last = (await auditAfter(world, 0)).at(-1)?.id ?? 0;
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (batch) => {
        world.clock.advance(60_000);
        world.teams.deliveries.length = 0;
        world.teams.calls.length = 0;
        expect((await Promise.all(batch.map((one) => send(mutated(one))))).filter(Boolean)).toEqual([]);
      }),
      { numRuns: rounds('FUZZ', 200, 1_000) / AT_ONCE, endOnFailure: true },
    );
    await nothingChanged(before);
    const lines = await auditAfter(world, last);
    expect(lines.length).toBeGreaterThan(20);
  },
  120_000,
);

test('the same activities of those who may decide: the fuzz reached what it is about', async () => {
  const decided = async () => (await world.app.context.db.selectFrom('votes').select('id').execute()).length;
  expect(await decided()).toBe(0);
  const approve = recorded.find(({ value }) => JSON.stringify(value ?? '').includes('"verb":"approve"'))!;
  expect(await send(approve)).toBeNull();
  expect(await decided()).toBe(1);
  await world.settle();
  expect(await integrity(world)).toEqual(['ok']);
});
