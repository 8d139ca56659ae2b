import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { personId } from '../helpers/management.ts';
import { token } from '../helpers/principals.ts';
import { ACME, email, type StaffName, type World } from '../helpers/world.ts';
import { type Api, apiAs, apiOf, startApiWorld } from './api-client.ts';

const DEPLOY = 'deploy-to-production';
const MIGRATE = 'database-migration';
let world: World;
let admin: Api;
beforeEach(async () => {
  world = await startApiWorld();
  await world.load(ACME);
  admin = apiOf(world);
});
afterEach(() => world.close());

const idOf = (name: StaffName) => personId(world, name);

/** The workflow of an event, by its slug. */
async function workflowOf(slug: string): Promise<string> {
  const event = (await admin.get(`events?filter[slug]=${slug}`)).list[0]!.id;
  return (await admin.get(`approval_workflows?filter[event_id]=${event}`)).list[0]!.id;
}

/** Somebody's place in a request. */
async function placeOf(name: StaffName, request: string) {
  const filters = `filter[approval_request_id]=${request}&filter[approver_id]=${await idOf(name)}`;
  return (await admin.get(`approval_statuses?${filters}`)).list[0]!;
}

/** Names of who holds a place, `vacant` where nobody does. */
async function holdersOf(request: string): Promise<string[]> {
  const { list, included } = await admin.get(
    `approval_statuses?filter[approval_request_id]=${request}&include=approver&sort=id`,
  );
  return list.map(({ relationships }) => {
    const approver = relationships.approver!.data as { id: string } | null;
    return approver ? included.find(({ id }) => id === approver.id)!.attributes.name : 'vacant';
  });
}

const statusOf = async (request: string) =>
  (await admin.get(`approval_requests/${request}`)).data.attributes.status as string;

describe('what is configured here counts from the next webhook on', () => {
  test('a new event, policy and workflow are used by the next run', async () => {
    const refused = await world.post('open-the-vault', world.webhook('run1'));
    expect(refused).toMatchObject({ status: 404, body: { code: 'unknown_event' } });
    const event = await admin.create('events', { name: 'Open the vault' });
    expect(event.data.attributes.slug).toBe('open-the-vault');
    const early = await world.post('open-the-vault', world.webhook('run1'));
    expect(early).toMatchObject({ status: 422, body: { code: 'no_workflow' } });
    const made = await admin.create('approval_workflows', {
      ...{ event_id: event.data.id, approval_policy_id: 1, approval_requirement_id: 3 },
      ...{ approver_ids: [await idOf('carol')], dynamic_approver_ids: [1] },
    });
    expect(made.status).toBe(201);
    const request = await world.ask('open-the-vault', 'run1');
    expect(await holdersOf(request)).toEqual(['Carol', 'Maria']);
    expect(world.words('maria')).toContain('Open the vault');
    // The manager changes: the request that is open keeps whom it asked, the next asks the new one.
    await admin.change('people', await idOf('dana'), { manager_id: await idOf('bob') });
    expect(await holdersOf(request)).toEqual(['Carol', 'Maria']);
    expect(await holdersOf(await world.ask('open-the-vault', 'run2'))).toEqual(['Carol', 'Bob']);
  });

  test('a policy assigned to who asks decides whom the next run asks', async () => {
    const policy = await admin.create('approval_policies', { name: 'Careful' });
    const event = (await admin.get(`events?filter[slug]=${DEPLOY}`)).list[0]!;
    await admin.create('approval_workflows', {
      ...{ event_id: event.id, approval_policy_id: policy.data.id, approval_requirement_id: 2 },
      approver_ids: [await idOf('carol')],
    });
    await admin.create('approval_policy_assignments', {
      ...{ approval_policy_id: policy.data.id, person_id: await idOf('dana'), target_type: 'Person' },
    });
    expect(await holdersOf(await world.ask(DEPLOY, 'run1'))).toEqual(['Carol']);
  });

  test('disallow_requester: the next request does not ask who started the run', async () => {
    const workflow = await workflowOf(DEPLOY);
    const body = { triggeredByEmail: email('alice') };
    expect(await holdersOf(await world.ask(DEPLOY, 'run1', { by: 'alice', body }))).toContain('Alice');
    const changed = await admin.change('approval_workflows', workflow, { disallow_requester: true });
    expect(changed.data.attributes.disallow_requester).toBe(true);
    expect(await holdersOf(await world.ask(DEPLOY, 'run2', { by: 'alice', body }))).toEqual(['Bob']);
  });

  test('an archived event opens nothing, a restored one does', async () => {
    const event = (await admin.get(`events?filter[slug]=${DEPLOY}`)).list[0]!;
    await admin.act('events', event.id, 'archive');
    expect((await world.post(DEPLOY, world.webhook('run1'))).status).toBe(404);
    await admin.act('events', event.id, 'restore');
    expect((await world.post(DEPLOY, world.webhook('run1'))).status).toBe(202);
  });
});

describe('what is taken away here counts for open requests', () => {
  test('an approver removed by PATCH loses the place; under all it stays vacant until reassigned', async () => {
    const request = await world.ask(MIGRATE, 'run1');
    const workflow = await workflowOf(MIGRATE);
    await admin.change('approval_workflows', workflow, { approver_ids: [await idOf('alice')] });
    await world.settle();
    expect(await holdersOf(request)).toEqual(['Alice', 'vacant', 'Maria']);
    expect(world.words('bob')).not.toContain('Waiting for your decision');
    await world.press('alice', 'approve');
    await world.press('maria', 'approve');
    await world.settle();
    expect([await statusOf(request), world.harness.effects]).toEqual(['WAITING', []]);

    const own = await apiAs(world, 'ada', 'admin');
    const places = { from_person_id: null, to_person_id: await idOf('carol') };
    expect((await own.act('approval_requests', request, 'reassign', places)).status).toBe(200);
    await world.settle();
    await world.press('carol', 'approve');
    await world.settle();
    expect([await statusOf(request), world.harness.effects.length]).toEqual(['APPROVED', 1]);
  });

  test('removed by relationship verb: never all of them; who is left decides', async () => {
    const request = await world.ask(DEPLOY, 'run1');
    const at = `approval_workflows/${await workflowOf(DEPLOY)}/relationships/approvers`;
    const link = async (...names: StaffName[]) => ({
      data: await Promise.all(names.map(async (name) => ({ type: 'people', id: String(await idOf(name)) }))),
    });
    expect((await admin.ask('DELETE', at, await link('alice', 'bob'))).status).toBe(422);
    expect((await admin.ask('DELETE', at, await link('alice'))).list).toHaveLength(1);
    await world.settle();
    expect(await holdersOf(request)).toEqual(['vacant', 'Bob']);
    await world.press('bob', 'approve');
    await world.settle();
    expect(await statusOf(request)).toBe('APPROVED');
  });

  test('a person who is deactivated: token, place and vote are gone at once', async () => {
    const alice = await apiAs(world, 'alice');
    const request = await world.ask(MIGRATE, 'run1');
    await world.press('alice', 'approve');
    await world.settle();
    expect((await placeOf('alice', request)).attributes.status).toBe('approved');
    await admin.act('people', await idOf('alice'), 'deactivate');
    await world.settle();
    expect(await holdersOf(request)).toEqual(['vacant', 'Bob', 'Maria']);
    expect((await alice.get(`approval_requests/${request}`)).status).toBe(401);
    expect((await admin.act('people', await idOf('ada'), 'deactivate')).status).toBe(409);
  });
});

describe('an approver decides here', () => {
  test('their own place: every card shows it and Harness is told once', async () => {
    const request = await world.ask(DEPLOY, 'run1');
    const alice = await apiAs(world, 'alice');
    const own = `filter[approver_id]=${await idOf('alice')}&filter[status]=pending`;
    const mine = await alice.get(`approval_statuses?${own}&include=approval_request`);
    expect(mine.included).toMatchObject([{ id: request, attributes: { content_version: 1 } }]);
    const { id } = mine.list[0]!;
    const vote = { note: 'looks good', content_version: 1 };
    const decided = await alice.act('approval_statuses', id, 'approve', vote);
    expect(decided.data.attributes).toMatchObject({ status: 'approved', note: 'looks good' });
    await world.settle();
    for (const name of ['alice', 'bob', 'dana', 'sam'] as const)
      expect([name, world.words(name)]).toEqual([name, expect.stringContaining('@U0ALICE')]);
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
    // Once more changes nothing.
    expect((await alice.act('approval_statuses', id, 'approve', vote)).status).toBe(409);
    await world.pass(120_000);
    expect(world.harness.effects).toHaveLength(1);
    const { data, included } = await admin.get(`approval_requests/${request}?include=decisions.person`);
    expect(data.attributes).toMatchObject({ status: 'APPROVED', submission: { state: 'delivered' } });
    expect(included).toMatchObject([
      { type: 'decisions' },
      { type: 'people', attributes: { name: 'Alice' } },
    ]);
  });

  test('a rejection needs a note', async () => {
    const request = await world.ask(DEPLOY, 'run1');
    const alice = await apiAs(world, 'alice');
    const { id } = await placeOf('alice', request);
    const bare = await alice.act('approval_statuses', id, 'reject');
    expect([bare.status, bare.errors[0]?.meta?.pointer]).toEqual([422, '/data/attributes/note']);
    expect((await alice.act('approval_statuses', id, 'reject', { note: 'frozen' })).status).toBe(200);
    await world.settle();
    expect(world.words('dana')).toContain('frozen');
    expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }]);
  });

  test('of a version that is no more: refused, until the new one was read', async () => {
    const request = await world.ask(DEPLOY, 'run1');
    await world.post(DEPLOY, world.webhook('run1', { message: 'Something else entirely' }));
    await world.pass(1_000);
    const alice = await apiAs(world, 'alice');
    const { id } = await placeOf('alice', request);
    const approve = (attributes?: object) => alice.act('approval_statuses', id, 'approve', attributes);
    expect((await approve()).status).toBe(422);
    expect((await approve({ content_version: 1 })).status).toBe(409);
    const { attributes } = (await alice.get(`approval_requests/${request}`)).data;
    expect(attributes.message).toBe('Something else entirely');
    expect((await approve({ content_version: attributes.content_version })).status).toBe(200);
  });

  test.each<[string, () => Promise<Api>, number]>([
    ['another approver', () => apiAs(world, 'bob'), 403],
    ['an admin', () => apiAs(world, 'ada', 'admin'), 403],
    ['the bootstrap token', async () => admin, 403],
    ['who has nothing to do with it', () => apiAs(world, 'carol'), 404],
    [
      'a pipeline',
      async () => apiOf(world, (await token(world, { email: email('bob') }, 'pipeline', {})).secret),
      404,
    ],
    ['who made a token up', async () => apiOf(world, `csn_${'a'.repeat(43)}`), 401],
  ])('%s cannot: nothing is decided, nothing told', async (_, who, status) => {
    const request = await world.ask(DEPLOY, 'run1');
    const { id } = await placeOf('alice', request);
    const answer = await (await who()).act('approval_statuses', id, 'approve');
    expect(answer.status).toBe(status);
    await world.pass(60_000);
    expect([await statusOf(request), world.harness.effects]).toEqual(['WAITING', []]);
  });

  test('somebody who was deactivated since cannot, even with the page still open', async () => {
    const request = await world.ask(DEPLOY, 'run1');
    const alice = await apiAs(world, 'alice');
    const { id } = await placeOf('alice', request);
    await admin.act('people', await idOf('alice'), 'deactivate');
    expect((await alice.act('approval_statuses', id, 'approve')).status).toBe(401);
    await world.settle();
    expect(world.harness.effects).toEqual([]);
  });
});

describe('an admin acts on a request here', () => {
  test('cancel closes it on every card; Harness hears nothing', async () => {
    const request = await world.ask(DEPLOY, 'run1');
    expect((await admin.act('approval_requests', request, 'cancel', { note: 'no' })).status).toBe(403);
    const ada = await apiAs(world, 'ada', 'admin');
    const cancelled = await ada.act('approval_requests', request, 'cancel', { note: 'wrong branch' });
    expect(cancelled.data.attributes).toMatchObject({ status: 'ABORTED' });
    await world.settle();
    expect(world.words('alice')).toContain('wrong branch');
    expect(world.harness.effects).toEqual([]);
    expect((await ada.act('approval_requests', request, 'cancel')).status).toBe(409);
    const alice = await apiAs(world, 'alice');
    expect((await alice.act('approval_requests', request, 'cancel')).status).toBe(403);
  });

  test('retry_submission revives what stopped; told once', async () => {
    const request = await world.ask(DEPLOY, 'run1');
    const ada = await apiAs(world, 'ada', 'admin');
    expect((await ada.act('approval_requests', request, 'retry_submission')).status).toBe(409);
    const endless = Number.POSITIVE_INFINITY;
    world.harness.addFault({ match: { method: 'POST' }, times: endless, status: 403 });
    await world.press('alice', 'approve');
    await world.settle();
    const state = async () =>
      (await admin.get(`approval_requests/${request}`)).data.attributes.submission.state as string;
    expect(await state()).toBe('dead');
    world.harness.clearFaults();
    expect((await ada.act('approval_requests', request, 'retry_submission')).status).toBe(200);
    await world.settle();
    expect([await state(), world.harness.effects.length]).toEqual(['delivered', 1]);
  });

  test('reassign gives a place to somebody else, never to oneself', async () => {
    const request = await world.ask(DEPLOY, 'run1');
    const ada = await apiAs(world, 'ada', 'admin');
    const give = async (from: StaffName, to: StaffName) =>
      ada.act('approval_requests', request, 'reassign', {
        ...{ from_person_id: await idOf(from), to_person_id: await idOf(to) },
      });
    expect((await give('alice', 'ada')).status).toBe(403);
    expect((await give('alice', 'alice')).status).toBe(422);
    expect((await give('alice', 'carol')).status).toBe(200);
    await world.settle();
    expect((await holdersOf(request)).sort()).toEqual(['Bob', 'Carol']);
    const carol = await apiAs(world, 'carol');
    const { id } = await placeOf('carol', request);
    expect((await carol.act('approval_statuses', id, 'approve')).status).toBe(200);
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });
});

describe('the audit', () => {
  test('tells of each change who, from where, before and after, newest first', async () => {
    const ada = await apiAs(world, 'ada', 'admin');
    const workflow = await workflowOf(DEPLOY);
    const [alice, bob] = [await idOf('alice'), await idOf('bob')];
    await ada.change('approval_workflows', workflow, { approver_ids: [bob], disallow_requester: true });
    const event = (await ada.create('events', { name: 'Vault' })).data;
    await ada.change('events', event.id, { description: 'Opens the vault' });
    await ada.remove('events', event.id);
    const { list, included } = await admin.get('audit_events?filter[via]=api&include=person&page[size]=4');
    expect(list.map(({ attributes }) => [attributes.action, attributes.subject_type])).toEqual([
      ['deleted', 'event'],
      ['changed', 'event'],
      ['created', 'event'],
      ['changed', 'approval_workflow'],
    ]);
    expect(included).toMatchObject([{ type: 'people', attributes: { email: email('ada') } }]);
    expect(list[3]!.attributes).toMatchObject({
      at: new Date(world.clock.now()).toISOString(),
      subject_id: workflow,
      detail: {
        before: { approverIds: [alice, bob], disallowRequester: false },
        after: { approverIds: [bob], disallowRequester: true },
      },
    });
    expect(list[1]!.attributes.detail).toMatchObject({
      ...{ before: { description: null }, after: { description: 'Opens the vault' } },
    });
    expect(list[0]!.attributes.detail).toMatchObject({ before: { name: 'Vault' }, after: null });
    for (const method of ['POST', 'PATCH', 'DELETE'])
      expect((await admin.ask(method, 'audit_events')).status).toBe(405);
  });

  test('tells of decisions and of refusals, and admins alone may read it', async () => {
    const request = await world.ask(DEPLOY, 'run1');
    const [alice, bob] = [await apiAs(world, 'alice'), await apiAs(world, 'bob')];
    const { id } = await placeOf('alice', request);
    await bob.act('approval_statuses', id, 'approve');
    await alice.act('approval_statuses', id, 'approve');
    const { list } = await admin.get(`audit_events?filter[subject_id]=${request}&filter[via]=api&sort=id`);
    expect(list.map(({ attributes, relationships }) => [attributes.action, relationships.person])).toEqual([
      ['refused', { meta: { included: false } }],
      ['voted', { meta: { included: false } }],
      ['decided', { meta: { included: false } }],
    ]);
    expect((await alice.get('audit_events')).status).toBe(403);
  });
});

describe('writes', () => {
  test('two PATCHes of different fields at the same moment both survive', async () => {
    const workflow = await workflowOf(DEPLOY);
    const carol = await idOf('carol');
    for (let round = 0; round < 10; round += 1) {
      const on = round % 2 === 0;
      const answers = await Promise.all([
        admin.change('approval_workflows', workflow, { disallow_requester: on }),
        admin.change('approval_workflows', workflow, { subscriber_ids: on ? [carol] : [] }),
        admin.change('approval_workflows', workflow, { expiry_action: on ? 'reject' : 'expire' }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      const { data } = await admin.get(
        `approval_workflows/${workflow}?include=subscribers&fields[approval_workflows]=disallow_requester,expiry_action,subscribers`,
      );
      expect(data.attributes).toEqual({ disallow_requester: on, expiry_action: on ? 'reject' : 'expire' });
      expect(data.relationships.subscribers!.data).toHaveLength(on ? 1 : 0);
    }
  });

  test('two who add an approver at the same moment both do', async () => {
    const at = `approval_workflows/${await workflowOf(DEPLOY)}/relationships/approvers`;
    const add = async (name: StaffName) =>
      admin.ask('POST', at, { data: [{ type: 'people', id: String(await idOf(name)) }] });
    await Promise.all([add('carol'), add('maria'), add('sam')]);
    expect((await admin.get(at)).list).toHaveLength(5);
  });

  test('wrong in one field: nothing changes, and every problem is told at once', async () => {
    const workflow = await workflowOf(DEPLOY);
    const at = `approval_workflows/${workflow}?include=event,approval_policy,approvers,subscribers`;
    const before = (await admin.get(at)).data;
    const wrong = await admin.change('approval_workflows', workflow, {
      ...{
        event_id: null,
        approver_ids: [],
        subscriber_ids: [await idOf('carol')],
        disallow_requester: true,
      },
    });
    expect(wrong.status).toBe(422);
    expect(wrong.errors.map(({ source }) => source?.pointer)).toEqual([
      'data/attributes/event',
      'data/attributes/approver_ids',
    ]);
    expect((await admin.get(at)).data).toEqual(before);
    const audited = await admin.get('audit_events?filter[subject_type]=approval_workflow&filter[via]=api');
    expect(audited.list).toEqual([]);
  });

  test('a member reads, and writes nothing', async () => {
    const alice = await apiAs(world, 'alice');
    expect((await alice.get('approval_workflows?include=approvers')).status).toBe(200);
    const workflow = await workflowOf(DEPLOY);
    const at = `approval_workflows/${workflow}`;
    const answers = await Promise.all([
      alice.create('events', { name: 'Mine' }),
      alice.change('approval_workflows', workflow, { disallow_requester: true }),
      alice.ask('POST', `${at}/relationships/approvers`, { data: [{ type: 'people', id: '1' }] }),
      alice.remove('approval_workflows', workflow),
      alice.act('people', await idOf('alice'), 'deactivate'),
      alice.change('people', await idOf('alice'), { role: 'admin' }),
      alice.create('api_tokens', { role: 'admin', machine: 'mine' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403));
  });
});
