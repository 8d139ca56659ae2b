import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { App } from '../../src/app.ts';
import { revokeToken } from '../../src/usecases/tokens/manage-tokens.ts';
import { anotherProcess } from '../helpers/harness-accounts.ts';
import { cardWords } from '../helpers/in-teams.ts';
import { ok, operator, token } from '../helpers/principals.ts';
import { ACME, ENTRA, STAFF, startWorld, until, type World } from '../helpers/world.ts';
import { type OwnDatabase, ownDatabase } from '../postgres/own-database.ts';

let database: OwnDatabase;
let world: World;
/** The second instance on the same database. */
let other: App;
let otherUrl: string;

beforeAll(async () => {
  database = await ownDatabase();
  const teams = { people: ['ada', 'sam'] as const, rateLimits: true };
  world = await startWorld({ database, slackRateLimits: true, teams });
  await world.load(ACME);
  other = await anotherProcess(world);
  otherUrl = await other.server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await other.stop(1_000);
  await world.close();
  await database.drop();
});

/** Every budget is full again. */
beforeEach(() => world.clock.advance(60 * 60_000));

const lookUp = (app: App) =>
  app.context.directories[0]!.lookUp({
    ...{ organizationId: app.organizationId, tenant: null, externalId: STAFF.alice },
  });
const asked = () => world.slack.calls.filter(({ method }) => method === 'users.info').length;

describe('one pace for both', () => {
  test('calls to Slack of both together keep within one budget, which fills with time', async () => {
    const answers = [];
    for (let turn = 0; turn < 25; turn += 1) answers.push(await lookUp(world.app), await lookUp(other));
    expect(answers.filter(({ kind }) => kind === 'found')).toHaveLength(20);
    expect(asked()).toBe(20);
    world.clock.advance(750);
    expect([(await lookUp(other)).kind, (await lookUp(world.app)).kind]).toEqual(['found', 'unavailable']);
  });

  test('a 429 of Slack holds both back', async () => {
    world.slack.addFault({ method: 'users.info', status: 429, retryAfter: 30, times: 1 });
    const before = asked();
    expect(await lookUp(world.app)).toMatchObject({ kind: 'unavailable', retryAfterMs: 30_000 });
    world.clock.advance(1_000);
    expect(await lookUp(other)).toMatchObject({ kind: 'unavailable', retryAfterMs: 29_000 });
    expect(asked()).toBe(before + 1);
    world.clock.advance(29_000);
    expect((await lookUp(other)).kind).toBe('found');
  });

  test('a 429 of Harness holds both back, and looks that nobody waits for leave room for decisions', async () => {
    const run = { account: 'acme', org: 'default', project: 'payments', pipeline: 'x', url: null };
    const look = (app: App, patient: boolean) =>
      app.context.harness
        .apiFor({ organizationId: app.organizationId, account: 'acme' })
        .listInstances({ ...run, planExecutionId: 'run1', callbackId: '' }, { patient });
    world.run('run1');
    const calls = () => world.harness.requests.length;
    const start = calls();
    let looked = 0;
    for (let turn = 0; turn < 40; turn += 1)
      for (const app of [world.app, other]) if ((await look(app, true)).kind === 'ok') looked += 1;
    expect(looked).toBe(calls() - start);
    // Three at once, and one each 313 ms as long as anybody waits for a turn.
    expect(looked).toBe(3 + Math.floor(10_000 / 313));
    expect((await look(other, false)).kind).toBe('ok');

    world.clock.advance(60_000);
    world.harness.addFault({ match: { method: 'GET' }, status: 429, times: 1 });
    expect((await look(world.app, false)).kind).toBe('throttled');
    const refused = calls();
    expect(await look(other, false)).toMatchObject({ kind: 'throttled' });
    expect(calls()).toBe(refused);
    world.clock.advance(15_000);
    expect((await look(other, false)).kind).toBe('ok');
  });

  test('no budget outlives what it says', async () => {
    await lookUp(world.app);
    world.clock.advance(11 * 60_000);
    await lookUp(other);
    const keys = async () =>
      (await world.app.context.db.selectFrom('rate_budgets').select('key').execute()).map(({ key }) => key);
    await expect.poll(keys).toEqual([expect.stringContaining('users.info')]);
  });
});

test('a token that was withdrawn at one instance opens nothing at the other', async () => {
  const made = await token(world, { machine: 'ci', ownerEmail: 'ada@acme.io' }, 'pipeline', {});
  const post = (id: string) =>
    fetch(`${otherUrl}/hooks/harness/deploy-to-production`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${made.secret}` },
      body: JSON.stringify(world.webhook(id)),
    });
  expect((await post('run1')).status).toBe(202);
  ok(await revokeToken(world.app.context, operator(world), made.id));
  expect((await post('run2')).status).toBe(401);
});

test('two workers show each card once, and no channel or conversation hears of it faster than it may', async () => {
  const [inSlack, inTeams] = [world.slack.calls.length, world.teams.calls.length];
  for (let n = 1; n <= 8; n += 1) {
    world.run(`shown${n}`);
    await world.post('deploy-to-production', world.webhook(`shown${n}`));
    world.reach(`shown${n}`);
  }
  for (let turn = 0; turn < 60; turn += 1) {
    world.clock.advance(1_000);
    await Promise.all([world.app.worker.settle(), other.worker.settle()]);
  }
  expect(world.cards('bob')).toHaveLength(8);
  expect(world.slack.calls.filter(({ method }) => method === 'conversations.history')).toEqual([]);
  // The stand-ins count as the platforms do.
  const calls = [...world.slack.calls.slice(inSlack), ...world.teams.calls.slice(inTeams)];
  const refused = calls.filter(({ answered }) => typeof answered === 'object' && 'retryAfter' in answered);
  expect(calls.length).toBeGreaterThan(30);
  expect(refused).toEqual([]);
});

test('whoever is deactivated by way of one instance decides nothing by way of the other', async () => {
  await world.ask('deploy-to-production', 'left1');
  const user = { id: STAFF.alice, team_id: 'T0ACME', name: 'alice', deleted: true };
  world.slack.updateUser(STAFF.alice, { deleted: true });
  await world.slack.sendEvent({ type: 'user_change', user });
  world.slack.requestUrl = `${otherUrl}/slack/events`;
  const { channel, ts } = world.card('alice')!;
  const press = { channel, ts, actionId: 'approve', forge: true };
  expect((await world.slack.click(STAFF.alice, press)).ackStatus).toBe(200);
  const { db } = world.app.context;
  expect(await db.selectFrom('votes').selectAll().execute()).toEqual([]);
  const refused = await db.selectFrom('audit_events').select('id').where('action', '=', 'refused').execute();
  expect(refused).toHaveLength(1);
  await other.worker.settle();
  expect(world.harness.effects).toEqual([]);
});

test('a question that one instance asked in Teams is answered through the other', async () => {
  await world.teams.type(ENTRA.ada, 'delete 1');
  const asks = await until(world.teams, () =>
    world.teams.messagesOf(ENTRA.ada).findLast(({ card }) => JSON.stringify(card ?? '').includes('"Delete"')),
  );
  world.teams.requestUrl = `${otherUrl}/api/messages`;
  const { conversation, id: activityId } = asks;
  const done = await world.teams.press(ENTRA.ada, { conversation, activityId, title: 'Delete' });
  expect(cardWords(done.card)).toMatch(/is deleted/);
});
