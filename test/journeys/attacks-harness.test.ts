import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requestById } from '../../src/store/approval-requests.ts';
import { peopleById } from '../../src/store/people.ts';
import { slotsOf } from '../../src/store/slots.ts';
import { reassignSlot } from '../../src/usecases/approvers/reassign-slot.ts';
import { createConnection } from '../../src/usecases/connections/add-connection.ts';
import { issueConnectionLink } from '../../src/usecases/connections/connection-links.ts';
import { updateConnection } from '../../src/usecases/connections/manage-connections.ts';
import { createCardPresses } from '../../src/usecases/deciding/answer-press.ts';
import { revokeToken } from '../../src/usecases/tokens/manage-tokens.ts';
import { anotherProcess, connect, ENCRYPTED, startAccount } from '../helpers/harness-accounts.ts';
import { call, checked, machine } from '../helpers/inbound.ts';
import { foreignOrganization, problemsOf } from '../helpers/management.ts';
import { mapPipeline, notify, requestsOf } from '../helpers/notifications.ts';
import { as, ok, operator, personId, token } from '../helpers/principals.ts';
import {
  ACME,
  email,
  STAFF,
  type StaffName,
  startWorld,
  WEBHOOK_TOKEN,
  type World,
} from '../helpers/world.ts';
import { API_TOKEN, apiOf } from './api-client.ts';

const EVENT = 'deploy-to-production';
const APPROVE = { action: 'APPROVE', comments: '214 tests green' };
const WAITS = 'Invalid request: This waits for the check';
let world: World;
let smoke: Awaited<ReturnType<typeof machine>>;

// What somebody could once do with a Harness door who may not.
beforeEach(async () => {
  world = await startWorld({ env: { ...ENCRYPTED, API_TOKEN, API_RATE_LIMIT: '100000/1' } });
  await world.load(ACME);
  smoke = await machine(world, 'Smoke tests', 'ada');
});
afterEach(() => world.close());

const read = async (id: string) => (await requestById(world.app.context.db, id))!;
const secretOf = async (name: StaffName) => (await token(world, { email: email(name) }, 'member')).secret;
const votes = () => world.app.context.db.selectFrom('votes').selectAll().execute();
const maria = async () => {
  await world.load('people: [{ email: maria@acme.io, role: admin }]');
  return { personId: await personId(world, 'maria'), via: 'slack' } as const;
};
const leaves = (name: StaffName) => world.load(`people: [{ email: ${email(name)}, deactivated: true }]`);

/** Who holds which place. */
async function places(id: string): Promise<Record<string, string[]>> {
  const { db } = world.app.context;
  const slots = await slotsOf(db, id);
  const people = await peopleById(
    db,
    slots.flatMap((slot) => slot.personId ?? []),
  );
  const named = Map.groupBy(slots, (slot) => slot.groupKey);
  return Object.fromEntries(
    [...named].map(([group, held]) => [
      group,
      held.map(({ personId: holder }) => (holder === null ? 'nobody' : people.get(holder)!.name)),
    ]),
  );
}

async function amend() {
  await world.pass(61_000);
  await world.post(EVENT, world.webhook('run1', { message: 'with the hotfix' }));
  await world.pass(1_000);
}

describe('a check’s place', () => {
  test('is not passed on to whoever got the place of a person who left', async () => {
    await world.load(checked({}));
    const id = await world.ask(EVENT, 'run1');
    const { context } = world.app;
    const [alice, carol] = [await personId(world, 'alice'), await personId(world, 'carol')];
    expect(await reassignSlot(context, id, alice, carol, await maria())).toBeNull();
    await world.settle();
    await leaves('alice');
    ok(await revokeToken(context, operator(world), smoke.id));
    await amend();
    expect(await places(id)).toEqual({ 'check-1': ['nobody'], any: ['Bob', 'Carol'] });
    const vote = { ...APPROVE, content_version: (await read(id)).contentVersion };
    expect((await call(world, await secretOf('carol'), 'run1', vote)).body.message).toContain(WAITS);
    expect(await votes()).toEqual([]);
  });

  test('nor to whoever got a vacant one of people’s', async () => {
    await world.load(checked({ requirement: 'all' }));
    const id = await world.ask(EVENT, 'run1');
    const { context } = world.app;
    await leaves('alice');
    const carol = await personId(world, 'carol');
    expect(await reassignSlot(context, id, null, carol, await maria())).toBeNull();
    await world.settle();
    ok(await revokeToken(context, operator(world), smoke.id));
    await amend();
    expect(await places(id)).toEqual({ 'check-1': ['nobody'], 'all-1': ['Carol'], 'all-2': ['Bob'] });
  });

  test('of two, the one that was given away is the one that is held', async () => {
    const approvers = '[{ machine: Smoke tests }, { machine: Licences }, alice@acme.io]';
    await world.load(checked({ approvers }));
    const licences = await machine(world, 'Licences', 'carol');
    const id = await world.ask(EVENT, 'run1');
    const { context } = world.app;
    const [from, to] = [licences.principal.personId, await personId(world, 'bob')];
    expect(await reassignSlot(context, id, from, to, await maria())).toBeNull();
    await world.settle();
    for (const one of [smoke, licences]) ok(await revokeToken(context, operator(world), one.id));
    await amend();
    expect(await places(id)).toEqual({ 'check-1': ['nobody'], 'check-2': ['Bob'], any: ['Alice'] });
  });

  test('once it is open again, people decide by no door: card, form, API, Harness’s own', async () => {
    await world.load(checked({}));
    const id = await world.ask(EVENT, 'run1');
    await call(world, smoke.secret, 'run1', APPROVE);
    await world.settle();
    await world.pass(61_000);
    await world.post(EVENT, world.webhook('run1', { message: 'with the hotfix' }));
    await world.pass(1_000);
    const { context, organizationId } = world.app;
    const [card] = await context.db
      .selectFrom('cards')
      .select('id')
      .where('person_id', '=', await personId(world, 'alice'))
      .execute();
    const account = { platform: 'slack', tenant: 'T0ACME', externalId: STAFF.alice, organizationId } as const;
    const press = { ...account, cardId: card!.id, contentVersion: 2, ref: null };
    const presses = createCardPresses(context);
    for (const answer of [
      await presses.approve(press),
      await presses.openForm(press, 'approve'),
      await presses.submitForm(press, 'approve', { comment: 'fine' }),
      (await presses.actAndShow(press, 'approve')).answer,
    ])
      expect(answer).toMatchObject({
        kind: 'notice',
        sentence: expect.stringContaining('waits for the check'),
      });
    const secret = await secretOf('alice');
    const own = `filter[approver_id]=${await personId(world, 'alice')}&filter[approval_request_id]=${id}`;
    const [place] = (await apiOf(world).get(`approval_statuses?${own}`)).list;
    const more = { content_version: 2 };
    expect((await apiOf(world, secret).act('approval_statuses', place!.id, 'approve', more)).status).toBe(
      409,
    );
    const vote = { ...APPROVE, content_version: 2 };
    expect((await call(world, secret, 'run1', vote)).body.message).toContain(WAITS);
    await world.settle();
    expect([(await read(id)).status, world.harness.effects]).toEqual(['WAITING', []]);
  });
});

describe('R16: whom Harness shuts out', () => {
  test('does not decide by a machine of theirs', async () => {
    await world.load(checked({ checksFirst: false, approvers: '[{ machine: Danabot }, alice@acme.io]' }));
    const bot = await machine(world, 'Danabot', 'dana');
    await world.ask(EVENT, 'run1', { approvers: { disallowedUserEmails: ['Dana@acme.io'] } });
    expect((await call(world, bot.secret, 'run1', APPROVE)).status).toBe(400);
    await world.settle();
    expect([await votes(), world.harness.effects]).toEqual([[], []]);
  });

  test('R5: nor does whoever is said to have asked, while Harness cannot confirm it', async () => {
    const bot = await machine(world, 'Danabot', 'dana');
    await world.load(`
people: [{ email: alice@acme.io }, { email: carol@acme.io }, { email: dana@acme.io }]
machines: [{ name: Danabot, owner: dana@acme.io }]
events: [{ slug: ${EVENT}, name: Deploy to production }]
policies: [{ slug: standard, name: Standard, default: true }]
workflows: [{ policy: standard, event: ${EVENT}, requirement: any, approvers: [alice@acme.io], disallow_requester: true }]
`);
    world.run('run1');
    world.harness.addFault({ match: { method: 'GET' }, times: Number.POSITIVE_INFINITY, status: 503 });
    const opened = await world.post(EVENT, world.webhook('run1', { triggeredByEmail: email('dana') }));
    for (let passed = 0; passed < 25_000; passed += 5_000) await world.pass(5_000);
    const id = opened.body.id as string;
    const danabot = bot.principal.personId!;
    expect(await reassignSlot(world.app.context, id, null, danabot, await maria())).toMatchObject({
      why: 'Danabot cannot be asked: Danabot asked for this and may not approve it.',
    });
    expect((await call(world, bot.secret, 'run1', APPROVE)).status).toBe(400);
    expect(await votes()).toEqual([]);
  });
});

describe('whoever may not see a request', () => {
  test('learns by a vote neither what changed nor what it asks for', async () => {
    await world.load(checked({ checksFirst: false }));
    await world.ask(EVENT, 'run1', { approverInputs: [{ name: 'ticket', defaultValue: 'CHG1' }] });
    const carol = await secretOf('carol');
    const guess = { ...APPROVE, approver_inputs: [{ name: 'colour', value: 'red' }] };
    const refused = 'Invalid request: User not authorized to approve/reject';
    expect((await call(world, carol, 'run1', guess)).body.message).toBe(refused);
    await amend();
    for (const body of [APPROVE, guess, { ...APPROVE, content_version: 1 }])
      expect((await call(world, carol, 'run1', body)).body.message).toBe(refused);
    expect((await call(world, smoke.secret, 'run1', APPROVE)).body.message).toContain('the message');
  });

  test('R26: reads none with the environment’s token', async () => {
    await world.ask(EVENT, 'run1');
    const answer = await call(world, WEBHOOK_TOKEN, 'run1', null, { method: 'GET' });
    expect([answer.status, answer.body]).toEqual([200, []]);
  });
});

test('a vote rests on no address that holds somebody’s name or password', async () => {
  await world.load(checked({ checksFirst: false }));
  await world.ask(EVENT, 'run1');
  for (const link of ['https://ci.example.com@evil.example/7', 'https://:secret@ci.example.com/7'])
    expect((await call(world, smoke.secret, 'run1', { ...APPROVE, link })).body.message).toContain(
      'link in request body should be an address with https',
    );
  expect(await votes()).toEqual([]);
});

test('R10 R14: what an admin has to look at first stays held when an approver leaves', async () => {
  await world.load(checked({ checksFirst: false, requirement: 'all' }));
  const id = await world.ask(EVENT, 'run1');
  for (const message of ['one', 'two', 'three']) await world.post(EVENT, world.webhook('run1', { message }));
  await world.pass(1_000);
  expect((await read(id)).problem?.kind).toBe('amended_too_often');
  await leaves('alice');
  expect((await read(id)).problem?.kind).toBe('amended_too_often');
  const carol = await personId(world, 'carol');
  expect(await reassignSlot(world.app.context, id, null, carol, await maria())).toBeNull();
  await world.settle();
  expect((await read(id)).problem?.kind).toBe('amended_too_often');
});

describe('R1: a token’s notification', () => {
  const scoped = () =>
    token(world, { machine: 'other ci', ownerEmail: email('ada') }, 'pipeline', {
      events: ['database-migration'],
      pipelines: [{ account: '*', org: '*', project: '*', pipeline: 'other_*' }],
    });
  const forged = async () => ({
    at: 'database-migration',
    pipelineIdentifier: 'other_job',
    headers: { authorization: `Bearer ${(await scoped()).secret}` },
  });

  test('chooses no event for what another token tells of', async () => {
    await mapPipeline(world, EVENT);
    world.run('run1');
    world.reach('run1', { callbackId: '' });
    expect(await notify(world, 'run1', undefined, await forged())).toMatchObject({ status: 202 });
    await world.settle();
    expect(await requestsOf(world, 'run1')).toEqual([]);
    expect(await notify(world, 'run1')).toMatchObject({ status: 202 });
    await world.settle();
    expect((await requestsOf(world, 'run1')).map(({ content }) => content.event.name)).toEqual([
      'Deploy to production',
    ]);
  });

  test('delays nothing that another token tells of, whichever comes last', async () => {
    await mapPipeline(world, EVENT);
    const other = await forged();
    for (const [run, ...order] of [
      ['run1', undefined, other],
      ['run2', other, undefined],
    ] as const) {
      world.run(run);
      world.reach(run, { callbackId: '' });
      for (const how of order)
        expect(await notify(world, run, undefined, how)).toMatchObject({ status: 202 });
      await world.settle();
      expect((await requestsOf(world, run)).map(({ openedBy }) => openedBy)).toEqual(['bootstrap']);
    }
  });

  test('of an end keeps no gate from being asked about that was told of just before', async () => {
    await mapPipeline(world, EVENT);
    await world.ask(EVENT, 'run1');
    const other = await forged();
    world.reach('run1', { callbackId: 'second' });
    await notify(world, 'run1');
    expect(await notify(world, 'run1', 'StageSuccess', { ...other, at: 'notifications' })).toMatchObject({
      status: 202,
    });
    for (let passed = 0; passed < 40_000; passed += 1_000) await world.pass(1_000);
    expect((await requestsOf(world, 'run1')).map(({ openedBy }) => openedBy)).toEqual([
      'bootstrap',
      'bootstrap',
    ]);
  });
});

describe('a connection', () => {
  const CLOUD = { harness: { baseUrl: 'https://app.harness.io' } };
  const wanted = (baseUrl: string) => ({
    ...{ name: 'sly', account: 'globex', baseUrl, pathPrefix: '/gateway', apiKey: 'sat.globex.token.secret' },
  });

  test('leads to the bot’s own machine only where Harness, or the bot alone, is there', async () => {
    const elsewhere = await anotherProcess(world, { harness: { ...world.config.harness, ...CLOUD.harness } });
    const globex = await startAccount(world, 'globex');
    try {
      const { port } = new URL(globex.harness.url);
      const hosts = [
        'localhost',
        'LOCALHOST.',
        'a.localhost',
        '127.0.0.1',
        '127.1',
        '2130706433',
        '127.9.9.9',
      ];
      const more = ['0.0.0.0', '[::1]', '[::]', '[::ffff:127.0.0.1]', '169.254.169.254', '[fe80::1]'];
      for (const host of [...hosts, ...more])
        for (const protocol of ['http', 'https']) {
          const given = wanted(`${protocol}://${host}:${port}`);
          const { context } = elsewhere;
          expect([host, problemsOf(await createConnection(context, operator(world), given))]).toEqual([
            host,
            ["base_url: leads to the bot's own machine: give the address of Harness"],
          ]);
        }
      expect(globex.harness.requests).toEqual([]);
      const kept = await connect(world, globex);
      const moved = { baseUrl: 'https://127.0.0.1', apiKey: globex.apiKey };
      expect(problemsOf(await updateConnection(elsewhere.context, operator(world), kept.id, moved))).toEqual([
        "base_url: leads to the bot's own machine: give the address of Harness",
      ]);
    } finally {
      await elsewhere.stop(1_000);
      await globex.harness.close();
    }
  });

  test('R28: never to the bot itself, however its name is written', async () => {
    for (const baseUrl of [
      'https://approvals.acme.io',
      'https://Approvals.acme.io.',
      'https://approvals.acme.io:443',
    ])
      expect(problemsOf(await createConnection(world.app.context, operator(world), wanted(baseUrl)))).toEqual(
        ['base_url: is the address of this bot: give the address of Harness'],
      );
  });

  test('of another organization gets no link', async () => {
    const globex = await startAccount(world, 'globex');
    try {
      const { organizationId } = await foreignOrganization(world);
      const theirs = await connect(world, globex, { organizationId });
      const ada = { ...(await as(world, 'ada', 'admin')), via: 'slack' } as const;
      expect(await issueConnectionLink(world.app.context, ada, theirs.id)).toEqual({
        ok: false,
        refusal: { kind: 'not_found' },
      });
    } finally {
      await globex.harness.close();
    }
  });
});
