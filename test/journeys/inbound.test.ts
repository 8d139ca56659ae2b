import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { personByEmail } from '../../src/store/people.ts';
import { reassignSlot } from '../../src/usecases/approvers/reassign-slot.ts';
import { waitingForPerson } from '../../src/usecases/requests/waiting-for-person.ts';
import { revokeToken } from '../../src/usecases/tokens/manage-tokens.ts';
import { teamsPress, teamsWords } from '../helpers/in-teams.ts';
import { call, checked, GATEWAY, machine } from '../helpers/inbound.ts';
import { foreignOrganization } from '../helpers/management.ts';
import { ok, operator, personId, token } from '../helpers/principals.ts';
import { ACME, email, startWorld, WEBHOOK_TOKEN, type World } from '../helpers/world.ts';
import { apiOf } from './api-client.ts';

const EVENT = 'deploy-to-production';
const APPROVE = { action: 'APPROVE', comments: '214 tests green' };
const REJECT = { action: 'REJECT', comments: '3 tests red' };
const REFUSED = 'Invalid request: ';
const NOT_A_MACHINE_S = 'The service account configured in the request is not authorized to approve/reject';
let world: World;
let smoke: Awaited<ReturnType<typeof machine>>;

beforeEach(async () => {
  world = await startWorld({ env: { API_TOKEN: 'api-token-of-whoever-runs-it' } });
  await world.load(ACME);
  smoke = await machine(world, 'Smoke tests', 'ada');
});
afterEach(() => world.close());

const vote = (body: unknown = APPROVE, more: Parameters<typeof call>[4] = {}) =>
  call(world, smoke.secret, 'run1', body, more);
const mine = async (name: 'alice' | 'bob' | 'carol' | 'dana') =>
  (await token(world, { email: email(name) }, 'member')).secret;
const votes = () => world.app.context.db.selectFrom('votes').selectAll().execute();
const refusals = async (requestId: string) => {
  const { db } = world.app.context;
  const rows = await db
    .selectFrom('audit_events')
    .select(['detail', 'via'])
    .where('subject_id', '=', requestId)
    .where('action', '=', 'refused')
    .execute();
  return rows.map(({ detail, via }) => `${via}: ${(JSON.parse(detail) as { code: string }).code}`);
};

/** Smoke tests, alice and bob may decide, each alone. */
async function askAny(options: Parameters<World['ask']>[2] = {}) {
  await world.load(checked({ checksFirst: false }));
  return world.ask(EVENT, 'run1', options);
}

describe('a machine decides', () => {
  test.each([GATEWAY, '/pipeline/api', ''])('by a POST under %s', async (prefix) => {
    const id = await askAny();
    const { status, body, headers } = await vote(APPROVE, { prefix });
    expect([status, body.id, body.status, headers.get('x-approval-delivery')]).toEqual([
      200,
      id,
      'APPROVED',
      'queued',
    ]);
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
    expect(world.words('bob')).toContain('Approved by Smoke tests (machine)');
  });

  test('and rejects, with its reason on every card and in Harness', async () => {
    await askAny();
    const { status, body } = await vote(REJECT);
    expect([status, body.status]).toEqual([200, 'REJECTED']);
    await world.settle();
    expect(world.harness.effects[0]!.comments).toContain('3 tests red');
    expect(world.words('alice')).toContain('3 tests red');
  });

  test('a person with a token of their own does, too', async () => {
    await askAny();
    const { status, body } = await call(world, await mine('bob'), 'run1', APPROVE);
    expect([status, body.status]).toEqual([200, 'APPROVED']);
    expect((await votes())[0]).toMatchObject({ via: 'harness_api' });
  });

  test('20 at once cast one vote, all are told yes, and Harness is told once', async () => {
    await askAny();
    const answers = await Promise.all(Array.from({ length: 20 }, () => vote()));
    expect(answers.map(({ status, body }) => [status, body.status])).toEqual(
      Array(20).fill([200, 'APPROVED']),
    );
    await world.settle();
    expect(await votes()).toHaveLength(1);
    expect(world.harness.effects).toHaveLength(1);
  });

  test('under all it waits for the people, and its repeat is no second vote', async () => {
    await world.load(checked({ checksFirst: false, requirement: 'all' }));
    await world.ask(EVENT, 'run1');
    const first = await vote();
    const again = await vote();
    for (const { status, body, headers } of [first, again]) {
      expect([status, body.status, headers.get('x-approval-delivery')]).toEqual([200, 'WAITING', null]);
      expect(body.details).toMatchObject({
        approvers: { minimumCount: 3 },
        approvalActivities: [{ action: 'APPROVE' }],
      });
    }
    await world.settle();
    expect(world.words('alice')).toContain('1 of 3 approved · approved by Smoke tests (machine)');
    await world.press('alice', 'approve');
    await world.press('bob', 'approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });

  test('R15: it takes its approval back before it is sent; afterwards it has voted', async () => {
    await askAny();
    await vote();
    expect((await vote(REJECT)).body.status).toBe('REJECTED');
    const late = await vote(APPROVE);
    expect([late.status, late.body.message]).toEqual([
      400,
      `${REFUSED}You have already approved/rejected the pipeline`,
    ]);
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }]);
  });

  test('it gets no card, and nobody reads that it cannot be reached', async () => {
    await askAny();
    await world.pass(60_000);
    for (const name of ['alice', 'bob', 'ada'] as const)
      expect(world.words(name)).not.toMatch(/Not reached|Not asked|not found/);
    const cards = await world.app.context.db.selectFrom('cards').select('person_id').execute();
    expect(cards.map((card) => card.person_id)).not.toContain(smoke.principal.personId);
  });
});

describe('inputs', () => {
  const approverInputs = [
    { name: 'rollout', defaultValue: 'canary', selectOneFrom: 'canary,full' },
    { name: 'ticket', required: true },
  ];
  const ticket = { name: 'ticket', value: 'CHG1' };

  test.each(['approver_inputs', 'approverInputs'])(
    'under %s are sent to Harness with the defaults',
    async (field) => {
      await askAny({ approverInputs });
      expect((await vote({ ...APPROVE, [field]: [ticket], unknown: { key: [1] } })).status).toBe(200);
      await world.settle();
      expect(world.harness.effects[0]!.approverInputs).toEqual([
        { name: 'rollout', value: 'canary' },
        ticket,
      ]);
    },
  );

  test('under both keys must be the same; numbers become text', async () => {
    await askAny({ approverInputs });
    const both = { approver_inputs: [ticket], approverInputs: [{ name: 'ticket', value: 'CHG2' }] };
    expect((await vote({ ...APPROVE, ...both })).body.message).toBe(
      `${REFUSED}approver_inputs and approverInputs in request body differ: send one of them`,
    );
    const number = [{ name: 'ticket', value: 7 }];
    expect((await vote({ ...APPROVE, approver_inputs: number, approverInputs: number })).status).toBe(200);
    await world.settle();
    expect(world.harness.effects[0]!.approverInputs).toContainEqual({ name: 'ticket', value: '7' });
  });

  test('that are wrong are named in Harness’s own sentence', async () => {
    const id = await askAny({ approverInputs });
    const wrong = [{ name: 'rollout', value: 'big-bang' }];
    expect((await vote({ ...APPROVE, approver_inputs: wrong })).body.message).toBe(
      `${REFUSED}Unable to add Harness Approval Activity : Approval inputs validation failed: {rollout=Choose one of: canary, full., ticket=A value is required.}`,
    );
    for (const strange of [[{ name: 'constructor', value: 'x' }], [ticket, ticket]])
      expect((await vote({ ...APPROVE, approver_inputs: strange })).body.message).toBe(
        `${REFUSED}Unable to add Harness Approval Activity : Invalid approver inputs`,
      );
    expect(await refusals(id)).toEqual([
      'harness_api: inputs_wrong',
      'harness_api: unknown_inputs',
      'harness_api: unknown_inputs',
    ]);
  });
});

describe('refused', () => {
  const REFUSALS: [string, unknown, number, string][] = [
    ['no action', {}, 400, `${REFUSED}action in request body should be one of [APPROVE, REJECT]`],
    [
      'a null action',
      { action: null },
      400,
      `${REFUSED}action in request body should be one of [APPROVE, REJECT]`,
    ],
    ['an action in lower case', { action: 'approve' }, 400, 'Unable to process JSON'],
    ['inputs that are no list', { ...APPROVE, approver_inputs: {} }, 400, 'Unable to process JSON'],
    ['no JSON', '{"action": "APPROVE",', 400, 'Unable to process JSON'],
    ['a list', '[]', 400, 'Unable to process JSON'],
    ['nothing', '', 400, 'Unable to process JSON'],
    [
      'a rejection without a reason',
      { action: 'REJECT' },
      400,
      `${REFUSED}Please say why: a rejection needs a reason.`,
    ],
    [
      'a link without https',
      { ...APPROVE, link: 'http://ci.example.com' },
      400,
      `${REFUSED}link in request body should be an address with https, such as https://ci.example.com/runs/7, of at most 1000 characters`,
    ],
    [
      'a script for a link',
      { ...APPROVE, links: [{ url: 'javascript:alert(1)' }] },
      400,
      `${REFUSED}link in request body should be an address with https, such as https://ci.example.com/runs/7, of at most 1000 characters`,
    ],
    [
      'a strange version',
      { ...APPROVE, content_version: 'two' },
      400,
      `${REFUSED}content_version should be one whole number, as details.contentVersion tells it`,
    ],
  ];
  test.each(REFUSALS)('%s', async (_, body, status, message) => {
    await askAny();
    const answer = await vote(body);
    expect([answer.status, answer.body.message]).toEqual([status, message]);
    expect(await votes()).toEqual([]);
  });

  test('a body of more than 256 KiB', async () => {
    const answer = await vote({ ...APPROVE, comments: 'x'.repeat(257 * 1024) });
    expect([answer.status, answer.body]).toEqual([
      413,
      { message: 'The body is larger than 256 KiB.', code: null, errors: [], error_metadata: null },
    ]);
  });

  test('a bad key, in Harness’s words, and later with a pause', async () => {
    await askAny();
    const body = { message: 'Token is not valid.', code: null, errors: [], error_metadata: null };
    for (const key of [null, 'pat.acme.x.y', `${smoke.secret}x`, 'cs_1_'])
      expect(await call(world, key, 'run1', APPROVE)).toMatchObject({ status: 401, body });
    const many = await Promise.all(Array.from({ length: 8 }, () => call(world, 'x', 'run1', APPROVE)));
    expect(many.at(-1)).toMatchObject({
      status: 429,
      body: { message: 'Too many requests. Try again in 1 s.' },
    });
    expect((await vote()).status).toBe(200);
  });

  test('R14: a revoked token and one whose owner is deactivated', async () => {
    await askAny();
    await world.load('people: [{ email: ada@acme.io, deactivated: true }]');
    expect((await vote()).status).toBe(401);
    const other = await machine(world, 'Licences', 'carol');
    ok(await revokeToken(world.app.context, operator(world), other.id));
    expect((await call(world, other.secret, 'run1', APPROVE)).status).toBe(401);
    expect(await votes()).toEqual([]);
  });

  test('whoever is no approver, a pipeline’s token and the environment’s', async () => {
    const id = await askAny();
    const licences = await machine(world, 'Licences', 'carol');
    const pipeline = await token(world, { machine: 'ci', ownerEmail: email('ada') }, 'pipeline', {});
    const asked = [
      [licences.secret, NOT_A_MACHINE_S],
      [await mine('carol'), 'User not authorized to approve/reject'],
      [pipeline.secret, NOT_A_MACHINE_S],
      [WEBHOOK_TOKEN, NOT_A_MACHINE_S],
      ['api-token-of-whoever-runs-it', NOT_A_MACHINE_S],
    ] as const;
    for (const [key, why] of asked)
      expect(await call(world, key, 'run1', APPROVE)).toMatchObject({
        status: 400,
        body: { message: REFUSED + why, code: null },
      });
    expect(await refusals(id)).toEqual(asked.map(() => 'harness_api: not_an_approver'));
    expect(await votes()).toEqual([]);
  });

  test('R16: the requester’s own machine, and the requester, where that is disallowed', async () => {
    const approvers = '[{ machine: Danabot }, dana@acme.io, alice@acme.io]';
    await world.load(checked({ checksFirst: false, approvers }));
    const bot = await machine(world, 'Danabot', 'dana');
    await world.ask(EVENT, 'run1', { approvers: { disallowPipelineExecutor: true } });
    for (const key of [bot.secret, await mine('dana')])
      expect((await call(world, key, 'run1', APPROVE)).status).toBe(400);
    expect(world.words('alice')).toContain('Danabot (machine) asked for this and may not approve it');
    expect(await votes()).toEqual([]);
  });

  test('the account, where it is named, must be the run’s', async () => {
    await askAny();
    const other = { headers: { 'harness-account': 'umbrella' } };
    const answer = await vote(APPROVE, other);
    expect([answer.status, Object.keys(answer.body)]).toEqual([
      403,
      ['message', 'code', 'errors', 'error_metadata'],
    ]);
    expect((await vote(null, { ...other, method: 'GET' })).status).toBe(403);
    expect((await vote(APPROVE, { headers: { 'harness-account': 'acme' } })).status).toBe(200);
  });

  test('what another organization asks does not exist', async () => {
    await askAny();
    const { organizationId } = await foreignOrganization(world);
    const { db } = world.app.context;
    await db
      .updateTable('approval_requests')
      .set({ organization_id: organizationId })
      .where('execution_id', '=', 'run1')
      .execute();
    expect((await vote()).body.message).toContain("doesn't belong to Account: null, Org: default");
    expect((await vote(null, { method: 'GET' })).body).toEqual([]);
  });

  test('identifiers that none can have', async () => {
    await askAny();
    for (const run of ['..%2frun1', 'run1%00', 'run 1', `r${'x'.repeat(150)}`])
      expect((await call(world, smoke.secret, run.replaceAll(' ', '%20'), APPROVE)).body.message).toContain(
        "doesn't belong to Account",
      );
    expect((await vote(APPROVE, { query: '?callback_id=a&callback_id=b' })).body.message).toBe(
      `${REFUSED}callback_id should be given once`,
    );
    expect((await vote(APPROVE, { query: '?callback_id=other' })).body.message).toBe(
      `${REFUSED}Found no Harness Approval Instance waiting for pipeline execution id: run1 and callback id: other`,
    );
    expect((await vote(APPROVE, { query: '?callback_id=' })).status).toBe(200);
  });

  test('before people are known, on hold, and in the last seconds, in our own words', async () => {
    await world.load(checked({ checksFirst: false }));
    world.run('run1');
    await world.post(EVENT, world.webhook('run1'));
    expect((await vote()).body.message).toBe(
      `${REFUSED}This request is still being prepared. Please try again in a moment.`,
    );
    world.reach('run1', { timeoutMs: 60_000 });
    await world.pass(46_000);
    expect((await vote()).body.message).toContain('Too late: Harness closes this gate within seconds');
    await world.ask(EVENT, 'run2', { body: { triggeredByEmail: email('bob') } });
    const held = await call(world, smoke.secret, 'run2', APPROVE);
    expect(held.body.message).toContain(`${REFUSED}This request is on hold: Harness says dana@acme.io`);
  });

  test('the same callback id twice in Harness, as Harness does', async () => {
    await world.load(checked({ checksFirst: false }));
    world.run('run1');
    await world.post(EVENT, world.webhook('run1'));
    world.reach('run1');
    world.reach('run1');
    await world.pass(1_000);
    for (const body of [APPROVE, REJECT])
      expect((await vote(body)).body.message).toContain(
        'Found more than 1 Harness Approval Instance waiting',
      );
  });

  test('R9: once it was changed, until it is read again', async () => {
    await askAny();
    await world.post(EVENT, world.webhook('run1', { message: 'with the hotfix' }));
    await world.pass(1_000);
    expect((await vote()).body.message).toBe(
      `${REFUSED}This request has changed since you saw it (the message). Read it again with GET on this address, then send its details.contentVersion as content_version.`,
    );
    expect((await vote({ ...APPROVE, content_version: 1 })).body.message).toContain('has changed since');
    const [read] = (await vote(null, { method: 'GET' })).body as unknown as [
      { details: { contentVersion: number } },
    ];
    const { contentVersion } = read.details;
    expect((await vote(APPROVE, { query: `?content_version=${contentVersion}` })).status).toBe(200);
  });

  test('what somebody else decided meanwhile is not waited for', async () => {
    await askAny();
    await world.press('alice', 'approve');
    await world.settle();
    expect((await vote()).body.message).toBe(
      `${REFUSED}Found no Harness Approval Instance waiting for pipeline execution id: run1 and callback id: null`,
    );
  });
});

describe('GET', () => {
  const get = (key: string, query = '') => call(world, key, 'run1', null, { method: 'GET', query });

  test('lists what one may see, narrowed as in Harness', async () => {
    const id = await askAny();
    const ids = async (query: string) =>
      ((await get(smoke.secret, query)).body as unknown as { id: string }[]).map((one) => one.id);
    expect(await ids('')).toEqual([id]);
    expect(await ids('?approval_status=WAITING&approval_type=HarnessApproval')).toEqual([id]);
    expect(await ids('?callback_id=run1-gate')).toEqual([id]);
    for (const query of ['?approval_status=APPROVED', '?approval_type=JiraApproval', '?callback_id=x'])
      expect(await ids(query)).toEqual([]);
    expect((await get(await mine('carol'))).body).toEqual([]);
    expect((await get(smoke.secret, '?approval_status=OPEN')).body.message).toBe(
      `${REFUSED}approval_status param value should be one of [WAITING, APPROVED, REJECTED, FAILED, ABORTED, EXPIRED]`,
    );
    expect((await get('nobody')).status).toBe(401);
  });
});

describe('the management API', () => {
  test('makes checks come first, names the field that is wrong, and shows what a vote rests on', async () => {
    const api = apiOf(world, 'api-token-of-whoever-runs-it');
    const wrong = await api.change('approval_workflows', 1, { checks_first: true });
    expect([wrong.status, wrong.errors[0]!.source]).toEqual([
      422,
      { pointer: 'data/attributes/checks_first' },
    ]);
    const { data } = await api.get('approval_workflows/1?include=approvers');
    expect(data.attributes).not.toHaveProperty('checks_first');
    const approvers = (data.relationships.approvers!.data as { id: string }[]).map(({ id }) => Number(id));
    const changed = await api.change('approval_workflows', 1, {
      checks_first: true,
      approver_ids: [...approvers, smoke.principal.personId],
    });
    expect(changed.data.attributes.checks_first).toBe(true);

    const id = await world.ask(EVENT, 'run1');
    await vote({ ...APPROVE, link: 'https://ci.example.com/runs/7' });
    const evidence = { title: '', url: 'https://ci.example.com/runs/7' };
    const { list } = await api.get(`approval_statuses?filter[approval_request_id]=${id}`);
    const shown = list.map(({ attributes }) => [
      attributes.approver_group_key,
      attributes.status,
      attributes.link,
    ]);
    expect(shown.toSorted()).toEqual([
      ['any', 'pending', undefined],
      ['any', 'pending', undefined],
      ['check-1', 'approved', evidence],
    ]);
    const { included } = await api.get(`approval_requests/${id}?include=decisions`);
    expect(included[0]!.attributes).toMatchObject({ via: 'harness_api', link: evidence });
    const { data: early } = await api.get(`approval_requests/${id}`);
    expect(early.attributes.status).toBe('WAITING');
  });
});

describe('checks first', () => {
  test('people are asked once the check has passed, and read what it rests on', async () => {
    await world.load(checked({}));
    const id = await world.ask(EVENT, 'run1');
    expect([world.cards('alice'), world.cards('bob')]).toEqual([[], []]);
    expect(world.words('sam')).toContain('Waiting for the check Smoke tests');
    const pending = async () =>
      (
        await waitingForPerson(
          world.app.context,
          (await personByEmail(world.app.context.db, 1, email('alice')))!,
        )
      ).requests.length;
    expect(await pending()).toBe(0);
    const early = await call(world, await mine('alice'), 'run1', APPROVE);
    expect([early.status, early.body.message]).toEqual([
      400,
      `${REFUSED}This waits for the check Smoke tests. You can approve once the checks have passed.`,
    ]);
    expect(await refusals(id)).toEqual(['harness_api: checks_first']);

    const link = 'https://ci.example.com/runs/7?full=1';
    const { status, body } = await vote({ ...APPROVE, links: [{ title: 'Report', url: link }, 'x'] });
    expect([status, body.status]).toEqual([200, 'WAITING']);
    expect(body.details).toMatchObject({ approvers: { minimumCount: 2 } });
    await world.settle();
    for (const name of ['alice', 'sam'] as const)
      expect(world.words(name)).toContain(
        '✅ Check passed: Smoke tests (machine) · “214 tests green” · Report: ci.example.com',
      );
    expect(JSON.stringify(world.card('alice')!.blocks)).toContain(
      JSON.stringify({ type: 'link', url: link, text: 'ci.example.com' }),
    );
    expect(await pending()).toBe(1);
    expect(world.harness.effects).toEqual([]);
    await world.press('bob', 'approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    expect(world.words('sam')).toMatch(/Approved by @U0BOB <date> · confirmed by Harness/);
  });

  test('a failed check rejects, and nobody was bothered', async () => {
    await world.load(checked({}));
    await world.ask(EVENT, 'run1');
    expect((await vote(REJECT)).body.status).toBe('REJECTED');
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }]);
    expect(world.cards('alice')).toEqual([]);
    expect(world.words('sam')).toContain('❌ Check failed: Smoke tests (machine) · “3 tests red”');
  });

  test('two checks and two people under all: one after the other', async () => {
    const approvers = '[{ machine: Smoke tests }, { machine: Licences }, alice@acme.io, bob@acme.io]';
    await world.load(checked({ requirement: 'all', approvers }));
    const licences = await machine(world, 'Licences', 'carol');
    await world.ask(EVENT, 'run1');
    expect((await vote()).body.details).toMatchObject({ approvers: { minimumCount: 4 } });
    await world.settle();
    expect(world.cards('alice')).toEqual([]);
    expect(world.words('sam')).toContain('Waiting for the check Licences');
    await call(world, licences.secret, 'run1', APPROVE);
    await world.settle();
    for (const name of ['alice', 'bob'] as const) await world.press(name, 'approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });

  test('an amendment voids what the check said, and the people wait again', async () => {
    await world.load(checked({}));
    await world.ask(EVENT, 'run1');
    await vote();
    await world.settle();
    await world.post(EVENT, world.webhook('run1', { message: 'with the hotfix' }));
    await world.pass(1_000);
    expect(world.words('alice')).toContain('Waiting for the check Smoke tests');
    expect(JSON.stringify(world.card('alice')!.blocks)).not.toContain('"approve"');
    expect((await vote({ ...APPROVE, content_version: 2 })).body.status).toBe('WAITING');
    await world.settle();
    expect(world.cards('alice')).toHaveLength(1);
    expect(world.words('alice')).toContain('Check passed: Smoke tests');
    await world.press('alice', 'approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });

  test('R11: a required value that people fill in leaves the check passed', async () => {
    await world.load(checked({ requirement: 'all', approvers: '[{ machine: Smoke tests }, alice@acme.io]' }));
    await world.ask(EVENT, 'run1', { approverInputs: [{ name: 'ticket', required: true }] });
    expect((await vote({ ...APPROVE, link: 'https://ci.example.com/runs/7' })).status).toBe(200);
    await world.settle();
    await world.approveWith('alice', { 'input-0': 'CHG1' });
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ approverInputs: [{ name: 'ticket', value: 'CHG1' }] }]);
    expect(world.words('sam')).toContain(
      'Check passed: Smoke tests (machine) · “214 tests green” · ci.example.com',
    );
  });

  test('R14: a check that loses its token holds the request until an admin gives its place away', async () => {
    await world.load(checked({}));
    const id = await world.ask(EVENT, 'run1');
    ok(await revokeToken(world.app.context, operator(world), smoke.id));
    await world.settle();
    expect(world.words('sam')).toContain('Smoke tests (machine) has no valid token any more');
    expect((await call(world, await mine('alice'), 'run1', APPROVE)).body.message).toContain(
      'This waits for the check one that has nobody',
    );
    expect(world.cards('alice')).toEqual([]);
    expect(id).toMatch(/^apr_/);
  });

  test('R16: the machine of somebody who is asked proves nothing, and the remedy is said', async () => {
    await world.load(checked({ approvers: '[{ machine: Smoke tests }, ada@acme.io]' }));
    await world.ask(EVENT, 'run1');
    expect(world.words('sam')).toContain(
      'Smoke tests (machine) answers to Ada, who is asked too: list a machine that answers to somebody else',
    );
    expect((await vote()).body.message).toBe(REFUSED + NOT_A_MACHINE_S);
  });

  test('R16: an admin may not give a place to a machine of somebody who holds one', async () => {
    await world.load(checked({}));
    const id = await world.ask(EVENT, 'run1');
    await world.load(
      'people: [{ email: alice@acme.io }, { email: maria@acme.io, role: admin }]\nmachines: [{ name: Alice’s script, owner: alice@acme.io }]',
    );
    const script = await machine(world, 'Alice’s script', 'alice');
    const { context } = world.app;
    const maria = { personId: await personId(world, 'maria'), via: 'slack' } as const;
    const [from, to] = [smoke.principal.personId, script.principal.personId!];
    expect(await reassignSlot(context, id, from, to, maria)).toMatchObject({
      why: 'Alice’s script (machine) and Alice, who holds a place already, answer to the same person. Choose somebody else.',
    });
    expect(await reassignSlot(context, id, from, await personId(world, 'carol'), maria)).toBeNull();
    await world.settle();
    expect(world.words('carol')).toContain('Waiting for your decision');
    expect(world.cards('alice')).toEqual([]);
    await world.press('carol', 'approve');
    await world.settle();
    expect(world.words('alice')).toContain('Check passed: @U0CAROL');
  });

  test('checks alone decide where nobody else is listed', async () => {
    await world.load(checked({ approvers: '[{ machine: Smoke tests }]' }));
    await world.ask(EVENT, 'run1');
    expect((await vote()).body.status).toBe('APPROVED');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });

  test('a seed file without a machine is refused, with the field', async () => {
    await expect(world.load(checked({ approvers: '[alice@acme.io]' }))).rejects.toThrow(
      'checks_first needs a machine among the approvers',
    );
    await expect(world.load(checked({ approvers: '[{ machine: Nobody }]' }))).rejects.toThrow(
      'there is no machine “Nobody”. Add it under machines.',
    );
    await expect(
      world.load('people: [{ email: bob@acme.io }]\nmachines: [{ name: Smoke tests, owner: bob@acme.io }]'),
    ).rejects.toThrow(
      'machines.Smoke tests: it has an owner already, ada@acme.io: name them here, or call the machine something else.',
    );
  });
});

describe('on two platforms', () => {
  let both: World;
  beforeEach(async () => {
    both = await startWorld({ teams: { people: ['alice'] } });
    await both.load(ACME);
  });
  afterEach(() => both.close());

  test('the card in Teams waits for the check, and says the same of it', async () => {
    const { secret } = await machine(both, 'Smoke tests', 'ada');
    await both.load(checked({}));
    await both.ask(EVENT, 'run1');
    expect([teamsWords(both, 'alice'), both.cards('alice')]).toEqual(['', []]);
    const link = 'https://ci.example.com/runs/7';
    expect((await call(both, secret, 'run1', { ...APPROVE, link })).status).toBe(200);
    await both.settle();
    const said = 'Check passed: Smoke tests (machine) · “214 tests green” · ci.example.com';
    expect(teamsWords(both, 'alice').replace(/\s+/g, ' ')).toContain(said);
    expect(both.words('alice')).toContain(said);
    await teamsPress(both, 'alice', 'Approve');
    await both.settle();
    expect(both.harness.effects).toHaveLength(1);
    expect(both.words('alice')).toContain('Approved by @U0ALICE');
  });
});
