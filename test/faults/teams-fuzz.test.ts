import fc from 'fast-check';
import type { Insertable } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isObject, type JsonObject } from '../../src/demo/doubles/teams/json.ts';
import type { Delivery } from '../../src/demo/doubles/teams/types.ts';
import type { Tables } from '../../src/store/schema.ts';
import { cardWords, teamsCards, teamsSay } from '../helpers/in-teams.ts';
import { openRooms, SHARED_IN_TEAMS } from '../helpers/in-teams-channel.ts';
import { ENTRA, type StaffName, startWorld, TEAMS_TENANT, type World } from '../helpers/world.ts';
import { auditAfter, differences, dump, integrity } from './chat-ledger.ts';
import { type Dialect, type Mutation, mutated, mutations } from './payload-mutations.ts';
import { PressedBy } from './pressed-by.ts';
import { type Recorded, recordActivities, teamsDialect } from './teams-payloads.ts';

/** How many are under way at once, and how many are sent in one part. */
const AT_ONCE = 20;
const PART = 2_000;
const ANSWERED_WITHIN_MS = 3_000;
/** Far more than caches and budgets of a process take. */
const MEMORY_MAX = 400 * 1024 * 1024;

/** What a ruling on a press may change; votes and outcomes are held to who pressed (`PressedBy`). */
const RULED: ReadonlySet<string> = new Set([
  ...['approval_requests', 'request_versions', 'slots', 'votes', 'submissions', 'questions'],
  ...['cards', 'card_replies', 'notices'],
  // Teams itself says where it is talked to, and where no more.
  'teams_conversations',
]);

let world: World;
let dialect: Dialect;
/** Where everybody really is. */
let conversations: Insertable<Tables['teams_conversations']>[];
const errors: string[] = [];
const waits: number[] = [];
const statuses = new Map<number, number>();

beforeAll(async () => {
  world = await startWorld({
    slack: false,
    teams: {},
    hear: (line) => {
      if (/"level":(50|60)/.test(line)) errors.push(line);
    },
  });
  openRooms(world);
  await world.load(SHARED_IN_TEAMS);
  // Everybody is known here, so that nobody joins later.
  for (const name of Object.keys(ENTRA) as StaffName[]) await teamsSay(world, name, 'help');
  dialect = teamsDialect(world);
  conversations = await world.app.context.db.selectFrom('teams_conversations').selectAll().execute();
}, 60_000);
afterAll(async () => {
  const sorted = waits.toSorted((a, b) => a - b);
  const at = (part: number) => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0);
  console.info(
    `${sorted.length} answers of ${JSON.stringify([...statuses])}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`,
  );
  await world.close();
});

const pressedBy = new PressedBy();

/** Whoever the activity names acted, as far as Teams says. */
function note(activity: unknown): void {
  const from = isObject(activity) && isObject(activity.from) ? activity.from : {};
  pressedBy.note({ user_id: from.aadObjectId as string, team_id: TEAMS_TENANT, activity } as never);
}

/** What Teams would not say is taken back: that somebody is in another's chat. Then what everybody may do now. */
async function record(round: string): Promise<Recorded[]> {
  const { db } = world.app.context;
  await db.deleteFrom('teams_conversations').execute();
  await db.insertInto('teams_conversations').values(conversations).execute();
  return recordActivities(world, round);
}

/** What is wrong with an answer; null = nothing. */
function problem({ status, failure, responseBody, ms }: Delivery): string | null {
  if (failure) return failure;
  waits.push(ms);
  statuses.set(status!, (statuses.get(status!) ?? 0) + 1);
  if (ms > ANSWERED_WITHIN_MS) return `answered after ${Math.round(ms)} ms`;
  if (![200, 400, 401, 403, 404, 413].includes(status!)) return `HTTP ${status}`;
  if (status !== 200) return responseBody === '' ? null : `a refusal with words: ${responseBody}`;
  return null;
}

async function sendAll(activities: readonly Recorded[]): Promise<void> {
  // Budgets of Teams' are for a minute.
  world.clock.advance(60_000);
  world.teams.calls.length = 0;
  world.teams.deliveries.length = 0;
  world.teams.toasts.length = 0;
  for (const { body } of activities) note(body);
  const deliveries = await Promise.all(activities.map(({ body }) => world.teams.sendRaw({ activity: body })));
  const problems = deliveries.flatMap((delivery, nth) => {
    const { what, body } = activities[nth]!;
    const found = problem(delivery);
    return found ? [`${what}: ${found} ${JSON.stringify(body).slice(0, 3_000)}`] : [];
  });
  expect(problems).toEqual([]);
  expect(errors.splice(0)).toEqual([]);
}

/** What the person, not Teams, has a hand in. */
function inside({ value, text, entities }: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify({ value, text, entities })) as JsonObject;
}

/** Sends so many mutations of these; `edit` has the last word. */
async function fuzz(recorded: readonly Recorded[], edit: (one: Recorded) => Recorded = (one) => one) {
  const values = [...new Set(JSON.stringify(recorded).match(/crd_[\w-]+/g))];
  const shot = ({ nth, fresh, changes }: Mutation): Recorded => {
    const { what, body } = recorded[nth % recorded.length]!;
    // An envelope that is spoilt is refused before anything is looked at: half keep theirs.
    const spoilt = fresh ? inside(body) : body;
    return edit({ what, body: { ...body, ...mutated({ body: spoilt }, changes, values, dialect) } });
  };
  const batch = fc.array(mutations, { minLength: AT_ONCE, maxLength: AT_ONCE });
  await fc.assert(
    fc.asyncProperty(batch, (shots) => sendAll(shots.map(shot))),
    { numRuns: PART / AT_ONCE, endOnFailure: true },
  );
  await world.settle();
  expect(errors.splice(0)).toEqual([]);
}

const namesAdmin = (value: unknown) => {
  const { mri } = world.teams.person(ENTRA.ada);
  const text = JSON.stringify(value);
  return text.includes(ENTRA.ada) || text.includes(mri);
};

test.each([1, 2, 3])(
  '2,000 mutated activities of people who are no admins, part %i: all answered, nothing without authority',
  async (round) => {
    const recorded = (await record(`m${round}`)).filter(({ body }) => !namesAdmin(body));
    await world.settle();
    const before = await dump(world, RULED);
    await fuzz(recorded);
    expect(differences(before, await dump(world, RULED))).toEqual([]);
    expect(await pressedBy.unauthorized(world)).toEqual([]);
  },
  120_000,
);

test('2,000 more from people who are asked nothing: not one vote, question or outcome', async () => {
  const recorded = (await record('others')).filter(({ body }) => !namesAdmin(body));
  await world.settle();
  const [{ aadObjectId, mri }] = [world.teams.person(ENTRA.carol)];
  const last = (await auditAfter(world, 0)).at(-1)?.id ?? 0;
  const left = new Set([...RULED].filter((table) => !['votes', 'questions', 'slots'].includes(table)));
  const before = await dump(world, left);
  await fuzz(recorded, ({ what, body }) => {
    const from = isObject(body.from) ? body.from : {};
    return { what, body: { ...body, from: { ...from, id: mri, aadObjectId } } };
  });
  expect(differences(before, await dump(world, left))).toEqual([]);
  const acts = (await auditAfter(world, last)).filter(({ via }) => via === 'teams');
  expect(acts.filter(({ action }) => !['refused', 'chat_removed'].includes(action))).toEqual([]);
  expect(acts.length).toBeGreaterThan(20);
}, 120_000);

test('2,000 mutated activities of anybody, admins too: all answered, and the database holds together', async () => {
  const recorded = await record('admins');
  const { aadObjectId, mri } = world.teams.person(ENTRA.ada);
  let nth = 0;
  await fuzz(recorded, ({ what, body }) => {
    nth += 1;
    if (nth % 2 === 0 || !isObject(body.from)) return { what, body };
    return { what, body: { ...body, from: { ...body.from, id: mri, aadObjectId } } };
  });
  expect(await integrity(world)).toEqual(['ok']);
  const { db } = world.app.context;
  const dead = await db.selectFrom('outbox').selectAll().where('state', '=', 'dead').execute();
  expect(dead).toEqual([]);
}, 120_000);

test('the fuzz reaches what it is about, and the process has not grown', async () => {
  const { db } = world.app.context;
  const count = async (table: 'votes' | 'questions' | 'submissions') =>
    (
      await db
        .selectFrom(table)
        .select('id' as never)
        .execute()
    ).length;
  expect(await count('votes')).toBeGreaterThan(5);
  expect(await count('questions')).toBeGreaterThan(0);
  expect(statuses.get(200)).toBeGreaterThan(5_000);
  expect(process.memoryUsage().heapUsed).toBeLessThan(MEMORY_MAX);
});

test('afterwards cards come and tell the truth, wherever people were said to be', async () => {
  await world.teams.uninstall(ENTRA.alice);
  await world.teams.install(ENTRA.alice);
  await world.ask('deploy-to-production', 'after');
  for (let passed = 0; passed < 60; passed += 1) await world.pass(2_000);
  for (const name of ['alice', 'bob'] as const) {
    const { conversation, id } = teamsCards(world, name).at(-1)!;
    expect(cardWords(world.teams.cardFor(ENTRA[name], conversation, id))).toContain(
      'Waiting for your decision',
    );
  }
  expect(await teamsSay(world, 'sam', 'help')).toContain('For everyone');
}, 60_000);
