import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requestById } from '../../src/store/approval-requests.ts';
import { peopleById } from '../../src/store/people.ts';
import { slotsOf } from '../../src/store/slots.ts';
import { submissionOf } from '../../src/store/submissions.ts';
import { chooseInstance } from '../../src/usecases/gates/choose-gate.ts';
import { createToken } from '../../src/usecases/tokens/manage-tokens.ts';
import { personId, token } from '../helpers/principals.ts';
import { ACME, email, type StaffName, startWorld, type World } from '../helpers/world.ts';

const JSON_API = 'application/vnd.api+json';
const API_TOKEN = 'bootstrap-admin-token-for-tests-01';
const ANY = 'deploy-to-production';
const ALL = 'database-migration';

// biome-ignore lint/suspicious/noExplicitAny: a test looks into documents of many shapes.
type Answer = { status: number; body: any; text: string };

let world: World;
beforeEach(async () => {
  world = await startWorld({ env: { API_TOKEN } });
  await world.load(ACME);
});
afterEach(() => world.close());

async function api(
  secret: string,
  method: string,
  path: string,
  attributes?: Record<string, unknown>,
): Promise<Answer> {
  const type = path.split('/')[1]!.split('?')[0];
  const answer = await fetch(`${world.url}/api/v2${path}`, {
    method,
    headers: { 'x-auth-token': secret, ...(attributes && { 'content-type': JSON_API }) },
    ...(attributes && { body: JSON.stringify({ data: { type, attributes } }) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text), text };
}

const read = async (id: string) => (await requestById(world.app.context.db, id))!;
const secretOf = async (name: StaffName, role: 'admin' | 'member' = 'member') =>
  (await token(world, { email: email(name) }, role)).secret;
const places = async (id: string) => {
  const { db } = world.app.context;
  const slots = await slotsOf(db, id);
  const people = await peopleById(
    db,
    slots.flatMap((slot) => slot.personId ?? []),
  );
  return slots.map((slot) => (slot.personId === null ? 'nobody' : people.get(slot.personId)!.name));
};
async function wait(ms: number, step = 5_000) {
  for (let passed = 0; passed < ms; passed += step) await world.pass(step);
}
async function workflowId(event: string): Promise<number> {
  const row = await world.app.context.db
    .selectFrom('approval_workflows')
    .innerJoin('events', 'events.id', 'approval_workflows.event_id')
    .select('approval_workflows.id')
    .where('events.slug', '=', event)
    .executeTakeFirstOrThrow();
  return row.id;
}
/** The place of a person in a request, decided as `secret`. */
async function vote(secret: string, requestId: string, who: number, action = 'approve', note = 'no') {
  const slot = (await slotsOf(world.app.context.db, requestId)).find((one) => one.personId === who);
  if (!slot) throw new Error('no such place');
  return api(secret, 'PATCH', `/approval_statuses/${slot.id}/${action}`, {
    note,
    content_version: (await read(requestId)).contentVersion,
  });
}

describe('R16: nobody is two', () => {
  test('an admin does not reassign a place to a machine of their own', async () => {
    const ada = await secretOf('ada', 'admin');
    const machine = await token(world, { machine: 'adabot', ownerEmail: email('ada') }, 'member');
    const id = await world.ask(ANY, 'run1');
    const answer = await api(ada, 'PATCH', `/approval_requests/${id}/reassign`, {
      from_person_id: await personId(world, 'alice'),
      to_person_id: machine.principal.personId,
    });
    expect(answer.status).toBe(403);
    await world.settle();
    expect(await places(id)).toEqual(['Alice', 'Bob']);
  });

  test('an admin’s machine made admin does not reassign a place to its owner', async () => {
    await secretOf('ada', 'admin');
    const machine = await token(world, { machine: 'adabot', ownerEmail: email('ada') }, 'admin');
    const own = machine.principal.personId!;
    const promoted = await api(machine.secret, 'PATCH', `/people/${own}`, { role: 'admin' });
    const id = await world.ask(ANY, 'run1');
    const answer = await api(machine.secret, 'PATCH', `/approval_requests/${id}/reassign`, {
      from_person_id: await personId(world, 'alice'),
      to_person_id: await personId(world, 'ada'),
    });
    expect([promoted.status, answer.status]).toEqual([promoted.status, 403]);
    await world.settle();
    expect(await places(id)).toEqual(['Alice', 'Bob']);
  });

  test('a machine does not decide what its owner’s own token opened', async () => {
    const robot = await token(world, { machine: 'robot', ownerEmail: email('alice') }, 'member');
    const opener = await token(world, { email: email('alice') }, 'pipeline');
    const workflow = await workflowId(ANY);
    await api(API_TOKEN, 'PATCH', `/approval_workflows/${workflow}`, {
      approver_ids: [robot.principal.personId!, await personId(world, 'bob')],
    });
    world.run('run1');
    const opened = await world.post(ANY, world.webhook('run1'), { authorization: `Bearer ${opener.secret}` });
    world.reach('run1');
    await world.pass(1_000);
    const answer = await vote(robot.secret, opened.body.id as string, robot.principal.personId!);
    expect(answer.status).toBe(403);
  });

  test('who opened a request is not asked to decide it, and an admin hears that nobody can', async () => {
    const opener = await token(world, { email: email('alice') }, 'pipeline');
    const [alice, bob] = [await personId(world, 'alice'), await personId(world, 'bob')];
    const workflow = await workflowId(ANY);
    await api(API_TOKEN, 'PATCH', `/approval_workflows/${workflow}`, { approver_ids: [alice] });
    world.run('run1');
    const opened = await world.post(ANY, world.webhook('run1'), { authorization: `Bearer ${opener.secret}` });
    world.reach('run1');
    await world.pass(1_000);
    const id = opened.body.id as string;
    expect([(await read(id)).problem?.kind, await places(id)]).toEqual(['no_approver', []]);
    const ada = await secretOf('ada', 'admin');
    const given = await api(ada, 'PATCH', `/approval_requests/${id}/reassign`, { to_person_id: bob });
    expect(given.status).toBe(200);
    await world.settle();
    expect([(await read(id)).problem, (await places(id)).includes('Bob')]).toEqual([null, true]);
  });

  test('a machine’s machine belongs to the person behind it', async () => {
    const first = await token(world, { machine: 'one', ownerEmail: email('ada') }, 'admin');
    const made = await api(first.secret, 'POST', '/api_tokens', { role: 'member', machine: 'two' });
    const two = await world.app.context.db
      .selectFrom('people')
      .select('owner_id')
      .where('name', '=', 'two')
      .executeTakeFirst();
    if (made.status === 201) expect(two?.owner_id).toBe(await personId(world, 'ada'));
    else expect([made.status, two]).toEqual([403, undefined]);
  });
});

describe('R14: what somebody loses, they lose at once', () => {
  test('an approver removed before the places are filled is not asked', async () => {
    world.run('run1');
    const opened = await world.post(ANY, world.webhook('run1'));
    const workflow = await workflowId(ANY);
    const answer = await api(API_TOKEN, 'PATCH', `/approval_workflows/${workflow}`, {
      approver_ids: [await personId(world, 'bob')],
    });
    expect(answer.status).toBe(200);
    world.reach('run1');
    await world.pass(1_000);
    expect(await places(opened.body.id as string)).toEqual(['Bob']);
  });

  test('a fallback approver removed from the workflow does not fill a place later', async () => {
    const workflow = await workflowId(ALL);
    const [alice, bob, carol] = [
      await personId(world, 'alice'),
      await personId(world, 'bob'),
      await personId(world, 'carol'),
    ];
    await api(API_TOKEN, 'PATCH', `/approval_workflows/${workflow}`, { fallback_approver_ids: [carol] });
    const id = await world.ask(ALL, 'run1');
    await api(API_TOKEN, 'PATCH', `/approval_workflows/${workflow}`, { fallback_approver_ids: [] });
    await api(API_TOKEN, 'PATCH', `/people/${alice}/deactivate`, {});
    await world.settle();
    expect(await places(id)).toEqual(['nobody', 'Bob', 'Maria']);
    expect(bob).toBeGreaterThan(0);
  });

  test('managers who lose their say before the places are filled are not asked', async () => {
    world.run('run1');
    const opened = await world.post(ALL, world.webhook('run1'));
    await api(API_TOKEN, 'PATCH', `/approval_workflows/${await workflowId(ALL)}`, {
      dynamic_approver_ids: [],
    });
    world.reach('run1');
    await world.pass(1_000);
    expect(await places(opened.body.id as string)).not.toContain('Maria');
  });

  test('the machines of somebody deactivated act no more', async () => {
    const robot = await token(world, { machine: 'robot', ownerEmail: email('carol') }, 'member');
    await api(API_TOKEN, 'PATCH', `/people/${await personId(world, 'carol')}/deactivate`, {});
    expect((await api(robot.secret, 'GET', '/people')).status).toBe(401);
  });

  test('a machine of somebody deactivated decides no more', async () => {
    const robot = await token(world, { machine: 'robot', ownerEmail: email('carol') }, 'member');
    await api(API_TOKEN, 'PATCH', `/approval_workflows/${await workflowId(ANY)}`, {
      approver_ids: [robot.principal.personId!, await personId(world, 'bob')],
    });
    const id = await world.ask(ANY, 'run1');
    await api(API_TOKEN, 'PATCH', `/people/${await personId(world, 'carol')}/deactivate`, {});
    expect(await places(id)).toEqual(['nobody', 'Bob']);
  });

  test('a fallback approver keeps the place of a reassigned approver who left', async () => {
    const workflow = await workflowId(ALL);
    const [alice, carol, sam] = [
      await personId(world, 'alice'),
      await personId(world, 'carol'),
      await personId(world, 'sam'),
    ];
    await api(API_TOKEN, 'PATCH', `/approval_workflows/${workflow}`, { fallback_approver_ids: [sam] });
    const id = await world.ask(ALL, 'run1');
    const ada = await secretOf('ada', 'admin');
    const given = await api(ada, 'PATCH', `/approval_requests/${id}/reassign`, {
      from_person_id: alice,
      to_person_id: carol,
    });
    expect(given.status).toBe(200);
    await world.settle();
    expect(await places(id)).toEqual(['Carol', 'Bob', 'Maria']);
    await api(API_TOKEN, 'PATCH', `/people/${carol}/deactivate`, {});
    await world.settle();
    expect(await places(id)).toEqual(['Sam', 'Bob', 'Maria']);
  });

  test('somebody who lost a reassigned place does not get it back by an amendment', async () => {
    const [alice, carol] = [await personId(world, 'alice'), await personId(world, 'carol')];
    const id = await world.ask(ALL, 'run1');
    const ada = await secretOf('ada', 'admin');
    await api(ada, 'PATCH', `/approval_requests/${id}/reassign`, {
      from_person_id: alice,
      to_person_id: carol,
    });
    await world.settle();
    await api(API_TOKEN, 'PATCH', `/people/${carol}/deactivate`, {});
    await api(API_TOKEN, 'PATCH', `/people/${carol}/activate`, {});
    await world.post(ALL, world.webhook('run1', { message: 'other' }));
    await wait(10_000);
    expect(await places(id)).not.toContain('Carol');
  });
});

describe('R14 R16: what is decided and not sent, and machines of former admins', () => {
  test('an approver removed after a decision that is taken back is not asked again', async () => {
    world.run('run1');
    const opened = await world.post(ANY, world.webhook('run1'));
    await wait(25_000);
    await world.press('alice', 'approve');
    await world.settle();
    const id = opened.body.id as string;
    expect((await read(id)).status).toBe('APPROVED');
    await api(API_TOKEN, 'PATCH', `/approval_workflows/${await workflowId(ANY)}`, {
      approver_ids: [await personId(world, 'bob')],
    });
    world.reach('run1', { approverInputs: [{ name: 'ticket', defaultValue: '' }] });
    await wait(60_000);
    expect([(await read(id)).status, await places(id)]).toEqual(['WAITING', ['Bob']]);
  });

  test('a machine is no admin once its owner is none', async () => {
    const machine = await token(world, { machine: 'm', ownerEmail: email('ada') }, 'admin');
    await api(API_TOKEN, 'PATCH', `/people/${await personId(world, 'bob')}`, { role: 'admin' });
    await api(API_TOKEN, 'PATCH', `/people/${await personId(world, 'ada')}`, { role: 'member' });
    const back = await api(machine.secret, 'PATCH', `/people/${await personId(world, 'ada')}`, {
      role: 'admin',
    });
    expect(back.status).toBe(403);
  });
});

describe('R26: a pipeline’s token reads its own requests and nothing else', () => {
  let ci: Awaited<ReturnType<typeof token>>;
  let own: string;
  let foreign: string;
  beforeEach(async () => {
    ci = await token(world, { email: email('ada') }, 'pipeline');
    foreign = await world.ask(ANY, 'run0');
    world.run('run1');
    const opened = await world.post(ALL, world.webhook('run1'), { authorization: `Bearer ${ci.secret}` });
    own = opened.body.id as string;
    world.reach('run1');
    await world.pass(1_000);
  });

  test('not people, by any include', async () => {
    const paths = [
      `/approval_requests/${own}?include=requester.manager,approval_statuses.approver,workflow.approvers,decisions.person`,
      `/approval_requests?include=event.organization,approval_policy.organization,workflow.subscribers`,
      '/approval_statuses?include=approver.manager,approval_workflow.approvers,event',
    ];
    for (const path of paths) {
      const answer = await api(ci.secret, 'GET', path);
      expect(answer.status).toBe(200);
      const types = new Set((answer.body.included ?? []).map((one: { type: string }) => one.type));
      expect([
        path,
        [...types].filter(
          (type) => !/^(approval_requests|approval_statuses|decisions|organizations)$/.test(String(type)),
        ),
      ]).toEqual([path, []]);
    }
  });

  test('not others’ requests, by id, filter or include', async () => {
    expect((await api(ci.secret, 'GET', `/approval_requests/${foreign}`)).status).toBe(404);
    const listed = await api(ci.secret, 'GET', '/approval_requests');
    expect(listed.body.data.map((one: { id: string }) => one.id)).toEqual([own]);
    expect(listed.body.meta.total_count).toBe(1);
    for (const filter of [
      `approver_id=${await personId(world, 'alice')}`,
      `id=${foreign}`,
      'execution_id=run0',
      'status=waiting',
    ]) {
      const found = await api(ci.secret, 'GET', `/approval_requests?filter[${filter.replace('=', ']=')}`);
      expect(found.body.data.map((one: { id: string }) => one.id).filter((id: string) => id !== own)).toEqual(
        [],
      );
      expect(found.body.meta.total_count).toBe(found.body.data.length);
    }
    const slots = await api(
      ci.secret,
      'GET',
      `/approval_statuses?filter[approver_id]=${await personId(world, 'alice')}`,
    );
    expect(slots.body.meta.total_count).toBe(1);
  });

  test('no configuration, no tokens, no audit', async () => {
    for (const type of [
      'people',
      'events',
      'approval_workflows',
      'approval_policies',
      'approval_policy_assignments',
      'audit_events',
      'api_tokens',
    ])
      expect([type, (await api(ci.secret, 'GET', `/${type}`)).status]).toEqual([type, 403]);
  });

  test('and ends no token of its holder', async () => {
    const ada = await token(world, { email: email('ada') }, 'admin');
    const answers = [
      await api(ci.secret, 'DELETE', `/api_tokens/${ada.id}`),
      await api(ci.secret, 'PATCH', `/api_tokens/${ada.id}/revoke`, {}),
    ];
    expect(answers.map(({ status }) => status >= 400)).toEqual([true, true]);
    expect((await api(ada.secret, 'GET', '/people')).status).toBe(200);
  });

  test('and does nothing to its own requests', async () => {
    for (const action of ['cancel', 'retry_submission'])
      expect((await api(ci.secret, 'PATCH', `/approval_requests/${own}/${action}`, {})).status).toBe(403);
    const slot = (await slotsOf(world.app.context.db, own))[0]!;
    expect((await api(ci.secret, 'PATCH', `/approval_statuses/${slot.id}/approve`, {})).status).toBe(403);
    expect((await read(own)).status).toBe('WAITING');
  });
});

describe('R4: a gate that appears after the decision', () => {
  /** Asked, seen and decided by alice before Harness shows the gate. */
  async function decidedBlind(event: string, more: Record<string, unknown> = {}): Promise<string> {
    world.run('run1');
    const opened = await world.post(event, world.webhook('run1', more));
    await wait(25_000);
    if (event === ANY) await world.press('alice', 'approve');
    await world.settle();
    const id = opened.body.id as string;
    expect((await read(id)).status).toBe('APPROVED');
    return id;
  }

  test('R22: a decision taken back after our own deadline leaves nothing open for ever', async () => {
    const id = await decidedBlind(ANY, { expiresIn: '40s' });
    await wait(30_000);
    world.reach('run1', { approverInputs: [{ name: 'ticket', defaultValue: '' }] });
    await wait(60_000);
    expect([(await read(id)).status, world.harness.effects.length]).toEqual(['EXPIRED', 0]);
  });

  test('R21: a gate somebody else settled at once closes the request, whatever it asked', async () => {
    const id = await decidedBlind(ANY);
    const gate = world.reach('run1', {
      approverInputs: [{ name: 'ticket', defaultValue: 'x' }],
      approvers: { userGroups: ['account.all'], disallowedUserEmails: ['alice@acme.io'] },
    });
    world.harness.decideInUi(gate, { user: 'h-bob', action: 'REJECT' });
    await wait(120_000);
    expect((await read(id)).status).toBe('REJECTED');
    expect(world.words('alice')).toMatch(/rejected/i);
    expect(world.words('alice')).toMatch(/conflict|Harness/i);
  });

  test('R11: what nobody decided is sent with the inputs the gate declares', async () => {
    const id = await decidedBlind('rollback');
    world.reach('run1', { approverInputs: [{ name: 'ticket', defaultValue: 'OPS-1' }] });
    await wait(60_000);
    expect((await read(id)).harness.status).toBe('APPROVED');
    const sent = world.harness.requests.filter((one) => one.method === 'POST');
    expect(JSON.stringify(sent.map((one) => one.body))).toContain('OPS-1');
    expect((await submissionOf(world.app.context.db, id))?.comments).toContain(
      (await read(id)).contentHash.slice(0, 8),
    );
  });

  test('R18: several gates that could be meant wait for an admin, who can choose', async () => {
    const id = await decidedBlind(ANY, { callbackId: '' });
    const gate = world.reach('run1');
    world.reach('run1', { callbackId: 'other' });
    await wait(60_000);
    expect(world.harness.effects).toEqual([]);
    const ada = { personId: await personId(world, 'ada'), via: 'cli' as const };
    expect(await chooseInstance(world.app.context, id, gate, ada)).toBeNull();
    await wait(60_000);
    expect([(await read(id)).harness.status, world.harness.effects.length]).toEqual(['APPROVED', 1]);
  });
});

describe('whoever may not', () => {
  test('a member sees and does nothing in others’ requests, nor to the configuration', async () => {
    const carol = await secretOf('carol');
    const id = await world.ask(ANY, 'run1');
    const slot = (await slotsOf(world.app.context.db, id))[0]!;
    const alice = await personId(world, 'alice');
    const workflow = await workflowId(ANY);
    expect((await api(carol, 'GET', `/approval_requests/${id}`)).status).toBe(404);
    expect((await api(carol, 'GET', `/approval_statuses/${slot.id}`)).status).toBe(404);
    for (const path of [
      '/approval_requests',
      `/approval_requests?filter[approver_id]=${alice}`,
      `/approval_requests?filter[requester_id]=${await personId(world, 'dana')}`,
      '/approval_requests?filter[execution_id]=run1',
      `/approval_requests?filter[id]=${id}`,
      '/approval_requests?filter[id][not_eq]=apr_x',
      '/approval_requests?filter[status]=waiting',
      '/approval_requests?filter[created_at][gt]=2020-01-01',
      '/approval_statuses',
      `/approval_statuses?filter[approver_id]=${alice}`,
      `/approval_statuses?filter[approver_id]=${alice},${await personId(world, 'carol')}`,
      `/approval_statuses?filter[approval_request_id]=${id}`,
      `/approval_statuses?filter[id]=${slot.id}`,
      '/approval_statuses?filter[status]=pending',
      `/approval_statuses?filter[approval_workflow_id]=${workflow}`,
    ]) {
      const { status, body } = await api(carol, 'GET', path);
      expect([path, status, body.data, body.meta?.total_count]).toEqual([path, 200, [], 0]);
    }
    const refusals = [
      await api(carol, 'PATCH', `/approval_statuses/${slot.id}/approve`, {}),
      await api(carol, 'PATCH', `/approval_requests/${id}/cancel`, {}),
      await api(carol, 'PATCH', `/approval_requests/${id}/retry_submission`, {}),
      await api(carol, 'PATCH', `/approval_requests/${id}/reassign`, { to_person_id: alice }),
      await api(carol, 'POST', '/api_tokens', { role: 'member', person_id: alice }),
      await api(carol, 'POST', '/api_tokens', { role: 'admin', email: email('carol') }),
      await api(carol, 'PATCH', `/people/${await personId(world, 'carol')}`, { role: 'admin' }),
      await api(carol, 'PATCH', `/people/${alice}/deactivate`, {}),
      await api(carol, 'PATCH', `/approval_workflows/${workflow}`, { approver_ids: [alice] }),
      await api(carol, 'DELETE', `/approval_workflows/${workflow}`),
      await api(carol, 'GET', '/audit_events'),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([
      404, 404, 404, 404, 403, 403, 403, 403, 403, 403, 403,
    ]);
    expect([(await read(id)).status, world.harness.effects]).toEqual(['WAITING', []]);
  });

  test('nobody decides another’s place: neither an approver, nor an admin, nor the bootstrap token', async () => {
    const id = await world.ask(ANY, 'run1');
    const alice = await personId(world, 'alice');
    for (const secret of [await secretOf('bob'), await secretOf('ada', 'admin'), API_TOKEN])
      expect((await vote(secret, id, alice)).status).toBe(403);
    expect([(await read(id)).status, world.harness.effects]).toEqual(['WAITING', []]);
  });

  test('who asked does not decide where that is ruled out, nor repairs it as admin', async () => {
    await world.load(`people: [{ email: alice@acme.io, role: admin }]`).catch(() => {});
    await api(API_TOKEN, 'PATCH', `/people/${await personId(world, 'alice')}`, { role: 'admin' });
    await api(API_TOKEN, 'PATCH', `/approval_workflows/${await workflowId(ANY)}`, {
      disallow_requester: true,
    });
    const id = await world.ask(ANY, 'run1', { by: 'alice', body: { triggeredByEmail: email('alice') } });
    expect(await places(id)).toEqual(['Bob']);
    const alice = await secretOf('alice', 'admin');
    const self = await personId(world, 'alice');
    const bob = await personId(world, 'bob');
    expect((await vote(alice, id, bob)).status).toBe(403);
    const carol = await personId(world, 'carol');
    for (const [from, to] of [
      [bob, self],
      [bob, carol],
      [null, self],
    ])
      expect(
        (
          await api(alice, 'PATCH', `/approval_requests/${id}/reassign`, {
            from_person_id: from,
            to_person_id: to,
          })
        ).status,
      ).toBe(403);
    expect((await api(alice, 'PATCH', `/approval_requests/${id}/retry_submission`, {})).status).toBe(403);
    // Another e-mail does not make them somebody else.
    await api(alice, 'PATCH', `/people/${self}`, { email: 'other@acme.io' });
    expect(
      (
        await api(alice, 'PATCH', `/approval_requests/${id}/reassign`, {
          from_person_id: bob,
          to_person_id: self,
        })
      ).status,
    ).toBe(403);
  });

  test('R17: an admin who takes another e-mail is still whom Harness shuts out', async () => {
    const id = await world.ask(ANY, 'run1', { approvers: { disallowedUserEmails: [email('alice')] } });
    expect(await places(id)).toEqual(['Bob']);
    const alice = await personId(world, 'alice');
    await api(API_TOKEN, 'PATCH', `/people/${alice}`, { email: 'alice2@acme.io' });
    const ada = await secretOf('ada', 'admin');
    const bob = await personId(world, 'bob');
    const given = await api(ada, 'PATCH', `/approval_requests/${id}/reassign`, {
      from_person_id: bob,
      to_person_id: alice,
    });
    await world.settle();
    expect([given.status, await places(id)]).toEqual([409, ['Bob']]);
  });

  test('a revoked token, a deactivated person’s and a demoted admin’s are worth what they are now', async () => {
    const bob = await token(world, { email: email('bob') }, 'member');
    const carol = await token(world, { email: email('carol') }, 'member');
    const ada = await token(world, { email: email('ada') }, 'admin');
    await api(API_TOKEN, 'DELETE', `/api_tokens/${bob.id}`);
    await api(API_TOKEN, 'PATCH', `/people/${await personId(world, 'carol')}/deactivate`, {});
    await api(API_TOKEN, 'PATCH', `/people/${await personId(world, 'bob')}`, { role: 'admin' });
    await api(API_TOKEN, 'PATCH', `/people/${await personId(world, 'ada')}`, { role: 'member' });
    for (const secret of [bob.secret, carol.secret])
      expect((await api(secret, 'GET', '/people')).status).toBe(401);
    expect((await api(ada.secret, 'POST', '/events', { name: 'x' })).status).toBe(403);
    expect((await api(ada.secret, 'GET', '/audit_events')).status).toBe(403);
  });
});

describe('another organization', () => {
  const theirs = { organization: 900, person: 9001, request: 'apr_theirs' };
  let secret: string;
  let ours: string;
  beforeEach(async () => {
    const { db, organizationId } = { db: world.app.context.db, organizationId: world.app.organizationId };
    ours = await world.ask(ANY, 'run1');
    await db
      .insertInto('organizations')
      .values({ id: theirs.organization, name: 'Other', domains: '[]', created_at: 0 })
      .execute();
    const row = await db
      .selectFrom('people')
      .selectAll()
      .where('organization_id', '=', organizationId)
      .where('role', '=', 'admin')
      .executeTakeFirstOrThrow();
    await db
      .insertInto('people')
      .values({
        ...row,
        id: theirs.person,
        organization_id: theirs.organization,
        email: 'eve@other.io',
        name: 'Eve',
      })
      .execute();
    const made = await createToken(
      world.app.context,
      { organizationId: theirs.organization, role: 'admin', personId: null, tokenId: 'x', via: 'cli' },
      { holder: { personId: theirs.person }, role: 'admin', name: null, scope: null },
    );
    if (!made.ok) throw new Error('no token');
    secret = made.value.secret;
  });

  test('finds nothing of ours, whatever it asks, and its answers are those for what is not', async () => {
    const { db } = world.app.context;
    const alice = await personId(world, 'alice');
    const workflow = await workflowId(ANY);
    const slot = (await slotsOf(db, ours))[0]!;
    const mine = await token(world, { email: email('bob') }, 'member');
    const event = (await db.selectFrom('events').select('id').executeTakeFirstOrThrow()).id;
    const policy = (await db.selectFrom('approval_policies').select('id').executeTakeFirstOrThrow()).id;
    const pairs: [string, string, string, Record<string, unknown>?][] = [
      ['GET', `/people/${alice}`, '/people/99999'],
      ['GET', `/events/${event}`, '/events/99999'],
      ['GET', `/approval_policies/${policy}`, '/approval_policies/99999'],
      [
        'GET',
        `/approval_workflows/${workflow}?include=approvers`,
        '/approval_workflows/99999?include=approvers',
      ],
      [
        'GET',
        `/approval_workflows/${workflow}/relationships/approvers`,
        '/approval_workflows/99999/relationships/approvers',
      ],
      ['GET', `/approval_requests/${ours}`, '/approval_requests/apr_nothing'],
      ['GET', `/approval_statuses/${slot.id}`, '/approval_statuses/99999'],
      ['PATCH', `/approval_statuses/${slot.id}/approve`, '/approval_statuses/99999/approve', {}],
      ['PATCH', `/approval_requests/${ours}/cancel`, '/approval_requests/apr_nothing/cancel', {}],
      ['PATCH', `/people/${alice}`, '/people/99999', { role: 'admin' }],
      ['PATCH', `/people/${alice}`, '/people/99999', { slack_user_id: 'U0ALICE' }],
      ['PATCH', `/people/${alice}/deactivate`, '/people/99999/deactivate', {}],
      ['PATCH', `/events/${event}/archive`, '/events/99999/archive', {}],
      ['DELETE', `/approval_workflows/${workflow}`, '/approval_workflows/99999'],
      ['DELETE', `/api_tokens/${mine.id}`, '/api_tokens/99999'],
      ['POST', '/people', '/people', { first_name: 'x', manager_id: alice }],
      [
        'POST',
        '/approval_policy_assignments',
        '/approval_policy_assignments',
        { person_id: alice, approval_policy_id: policy },
      ],
      [
        'POST',
        '/approval_workflows',
        '/approval_workflows',
        { event_id: event, approval_policy_id: policy, approval_requirement_id: 2, approver_ids: [alice] },
      ],
      ['POST', '/api_tokens', '/api_tokens', { role: 'member', person_id: alice }],
      [
        'POST',
        '/api_tokens',
        '/api_tokens',
        { role: 'pipeline', email: 'eve@other.io', events: [String(event)] },
      ],
    ];
    for (const [method, known, unknown, attributes] of pairs) {
      const swap = (value: unknown): unknown =>
        typeof value === 'number' && value !== 2
          ? 99_999
          : Array.isArray(value)
            ? value.map(swap)
            : value === String(event)
              ? '99999'
              : value;
      const nothing =
        attributes &&
        Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, swap(value)]));
      const one = await api(secret, method, known, attributes);
      const other = await api(secret, method, unknown, nothing);
      expect([method, known, one.status >= 400]).toEqual([method, known, true]);
      const neutral = (text: string) => text.replace(/99999|\d+/g, '#');
      expect([method, known, one.status, neutral(one.text)]).toEqual([
        method,
        known,
        other.status,
        neutral(other.text),
      ]);
    }
    expect(await places(ours)).toEqual(['Alice', 'Bob']);
  });

  test('lists, filters and totals show none of ours', async () => {
    const alice = await personId(world, 'alice');
    const workflow = await workflowId(ANY);
    for (const path of [
      '/people?filter[query]=alice',
      '/people?filter[email]=alice@acme.io',
      `/people?filter[id]=${alice}`,
      `/people?filter[approval_workflow_id]=${workflow}`,
      '/people?filter[approval_policy_id]=1',
      `/people?filter[manager_id]=${await personId(world, 'maria')}`,
      `/approval_workflows?filter[id]=${workflow}`,
      '/approval_workflows?filter[event_id]=1',
      '/events',
      '/approval_policies',
      '/approval_requests',
      `/approval_requests?filter[approver_id]=${alice}`,
      `/approval_requests?filter[id]=${ours}`,
      '/approval_requests?filter[status]=WAITING',
      '/approval_requests?filter[event_id]=1',
      '/approval_requests?filter[event_id]=1&filter[status]=waiting',
      '/approval_statuses',
      `/approval_statuses?filter[approver_id]=${alice}`,
      `/approval_statuses?filter[approval_workflow_id]=${workflow}`,
      '/approval_statuses?filter[status]=pending',
      '/audit_events?filter[action]=opened',
      `/audit_events?filter[subject_id]=${ours}`,
      '/audit_events?filter[via]=webhook',
      '/api_tokens?filter[id]=1',
    ]) {
      const { status, body } = await api(secret, 'GET', path);
      expect([path, status, body.data, body.meta?.total_count]).toEqual([
        path,
        200,
        path.includes('api_tokens') ? body.data : [],
        path.includes('api_tokens') ? body.meta.total_count : 0,
      ]);
      expect(JSON.stringify(body)).not.toMatch(/@acme\.io|U0ALICE/);
    }
  });
});

describe('at the same time', () => {
  test('two approvals, by API and by Slack, are one', async () => {
    const id = await world.ask(ALL, 'run1');
    const secrets = [await secretOf('alice'), await secretOf('bob'), await secretOf('maria')];
    const names = ['alice', 'bob', 'maria'] as const;
    await Promise.all(
      names.flatMap((name, nth) => [
        world.press(name, 'approve'),
        personId(world, name).then((who) => vote(secrets[nth]!, id, who)),
      ]),
    );
    await wait(20_000);
    expect([(await read(id)).status, world.harness.effects.length]).toEqual(['APPROVED', 1]);
    const votes = await world.app.context.db
      .selectFrom('votes')
      .selectAll()
      .where('request_id', '=', id)
      .execute();
    expect(votes.filter((one) => one.void_because === null).length).toBe(3);
  });

  test('PATCHes of one workflow lose nothing of one another', async () => {
    const workflow = await workflowId(ANY);
    const carol = await personId(world, 'carol');
    const answers = await Promise.all([
      api(API_TOKEN, 'PATCH', `/approval_workflows/${workflow}`, { disallow_requester: true }),
      api(API_TOKEN, 'PATCH', `/approval_workflows/${workflow}`, { expiry_action: 'reject' }),
      api(API_TOKEN, 'PATCH', `/approval_workflows/${workflow}`, { fallback_approver_ids: [carol] }),
      ...['alice', 'maria', 'sam'].map(async (name) =>
        fetch(`${world.url}/api/v2/approval_workflows/${workflow}/relationships/approvers`, {
          method: 'POST',
          headers: { 'x-auth-token': API_TOKEN, 'content-type': JSON_API },
          body: JSON.stringify({
            data: [{ type: 'people', id: String(await personId(world, name as StaffName)) }],
          }),
        }),
      ),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const after = await api(
      API_TOKEN,
      'GET',
      `/approval_workflows/${workflow}?include=approvers,fallback_approvers`,
    );
    expect(after.body.data.attributes).toMatchObject({ disallow_requester: true, expiry_action: 'reject' });
    expect(after.body.data.relationships.approvers.data.length).toBe(4);
    expect(after.body.data.relationships.fallback_approvers.data.length).toBe(1);
  });

  test('webhooks while the workflow changes have the one or the other, whole', async () => {
    const workflow = await workflowId(ANY);
    const [carol, alice] = [await personId(world, 'carol'), await personId(world, 'alice')];
    for (let nth = 0; nth < 6; nth += 1) world.run(`run${nth}`);
    const answers = await Promise.all([
      ...[0, 1, 2, 3, 4, 5].map((nth) => world.post(ANY, world.webhook(`run${nth}`))),
      api(API_TOKEN, 'PATCH', `/approval_workflows/${workflow}`, { approver_ids: [carol] }),
      api(API_TOKEN, 'PATCH', `/people/${alice}/deactivate`, {}),
    ]);
    expect(answers.every(({ status }) => status < 300)).toBe(true);
    for (let nth = 0; nth < 6; nth += 1) world.reach(`run${nth}`);
    await wait(30_000);
    for (const { body } of answers.slice(0, 6)) {
      const names = await places((body as { id: string }).id);
      expect(names.includes('Alice')).toBe(false);
    }
  });
});

describe('odd input', () => {
  test('ids of another form are ids of nothing', async () => {
    for (const type of [
      'people',
      'events',
      'approval_workflows',
      'approval_statuses',
      'api_tokens',
      'approval_requests',
    ])
      for (const id of [
        '1e3',
        '01',
        '-1',
        '0',
        '1.0',
        '0x1',
        '%31%00',
        '1%20',
        ' 1',
        '９',
        '9'.repeat(30),
        '9'.repeat(199),
        '__proto__',
        'constructor',
        'null',
        '..%2f1',
        '1;2',
        "1'",
      ]) {
        const { status, text } = await api(API_TOKEN, 'GET', `/${type}/${id}`);
        expect([type, id, status === 404 || status === 400]).toEqual([type, id, true]);
        expect(text).not.toMatch(/SQLITE|select |node_modules|at \//i);
        world.clock.advance(500);
      }
  });

  test('names every object has are no members, relationships, filters, sorts or types', async () => {
    const workflow = await workflowId(ANY);
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
      for (const path of [
        `/people?filter[${name}]=1`,
        `/people?sort=${name}`,
        `/people?include=${name}`,
        `/people?include=manager.${name}`,
        `/people?fields[${name}]=id`,
        `/people?fields[people]=${name}`,
        `/people?page[${name}]=1`,
        `/people?filter[id][${name}]=1`,
        `/people?${name}=1`,
        `/people?${name}[x]=1`,
      ])
        expect([path, (await api(API_TOKEN, 'GET', path)).status]).toEqual([path, 400]);
      expect(
        (await api(API_TOKEN, 'PATCH', `/approval_workflows/${workflow}/relationships/${name}`, {})).status,
      ).toBe(404);
      expect((await api(API_TOKEN, 'PATCH', `/approval_workflows/${workflow}/${name}`, {})).status).toBe(404);
      for (const body of [
        `{"data":{"type":"approval_workflows","relationships":{"${name}":{"data":{"type":"people","id":"1"}}}}}`,
        `{"data":{"type":"approval_workflows","attributes":{"${name}":{"x":1}}}}`,
        `{"data":{"type":"approval_workflows","attributes":{"disallow_requester":{"${name}":1}}}}`,
        `{"data":{"type":"${name}"}}`,
      ]) {
        const answer = await fetch(`${world.url}/api/v2/approval_workflows/${workflow}`, {
          method: 'PATCH',
          headers: { 'x-auth-token': API_TOKEN, 'content-type': JSON_API },
          body,
        });
        expect([body, answer.status]).toEqual([body, body.includes('"data":{"type":"approval') ? 422 : 409]);
      }
      await world.pass(11_000);
    }
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('inputs named like members of every object are sent as they are, or refused', async () => {
    const id = await world.ask(ANY, 'run1', {
      approverInputs: [
        { name: 'constructor', defaultValue: '' },
        { name: 'toString', defaultValue: 'x' },
      ],
    });
    const slot = (await slotsOf(world.app.context.db, id))[0]!;
    const alice = await secretOf('alice');
    const answer = await api(alice, 'PATCH', `/approval_statuses/${slot.id}/approve`, {
      inputs: { constructor: 'a' },
      content_version: (await read(id)).contentVersion,
    });
    expect(answer.status).toBe(200);
    await wait(10_000);
    expect(world.harness.effects.length).toBe(1);
  });

  test('guessing slows down by the socket’s address, whatever a header claims, and never a probe of /hooks', async () => {
    const statuses: number[] = [];
    for (let nth = 0; nth < 14; nth += 1) {
      const answer = await fetch(`${world.url}/api/v2/people`, {
        headers: {
          'x-auth-token': `cs_${nth}_${'x'.repeat(43)}`,
          'x-forwarded-for': `10.0.0.${nth}`,
          forwarded: `for=10.0.1.${nth}`,
        },
      });
      statuses.push(answer.status);
    }
    expect([statuses.slice(0, 10), statuses.at(-1)]).toEqual([Array(10).fill(401), 429]);
    expect(
      (
        await world.post(ANY, world.webhook('run1'), {
          authorization: 'Bearer wrong-wrong-wrong-wrong-wrong',
        })
      ).status,
    ).toBe(429);
    for (const method of ['GET', 'HEAD'])
      for (let nth = 0; nth < 5; nth += 1)
        expect(
          (
            await fetch(`${world.url}/hooks/harness/${ANY}`, {
              method,
              headers: { authorization: 'Bearer nonsense' },
            })
          ).status,
        ).toBe(200);
    expect((await api(API_TOKEN, 'GET', '/people')).status).toBe(200);
  });

  test('many requests of one token are counted together, however it is sent', async () => {
    const secret = await secretOf('bob');
    const ways = [
      { 'x-auth-token': secret },
      { authorization: `Bearer ${secret}` },
      { 'x-auth-token': secret, authorization: `bearer  ${secret}` },
    ];
    const statuses = [];
    for (let nth = 0; nth < 110; nth += 1)
      statuses.push(
        (
          await fetch(`${world.url}/api/v2/people?page[size]=1`, {
            method: nth % 2 ? 'HEAD' : 'GET',
            headers: ways[nth % 3],
          })
        ).status,
      );
    expect([statuses.filter((one) => one === 200).length, statuses.at(-1)]).toEqual([100, 429]);
  });
});

test('no secret, key or input value stands in log, audit, or error', async () => {
  const lines: string[] = [];
  await world.close();
  world = await startWorld({ env: { API_TOKEN, LOG_LEVEL: 'trace' } });
  await world.load(ACME);
  for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) {
    const { log } = world.app.context as unknown as { log: Record<string, (...said: unknown[]) => void> };
    log[level] = (...said) =>
      lines.push(JSON.stringify(said, (_, value) => (value instanceof Error ? `${value.stack}` : value)));
  }
  const made = await token(world, { email: email('alice') }, 'member');
  const secretValue = 'S3CRET-input-value';
  const id = await world.ask(ANY, 'run1', { approverInputs: [{ name: 'password', defaultValue: '' }] });
  const slot = (await slotsOf(world.app.context.db, id))[0]!;
  world.harness.addFault({ match: { method: 'POST' }, times: 2, status: 503 });
  await api(made.secret, 'PATCH', `/approval_statuses/${slot.id}/approve`, {
    inputs: { password: secretValue, nope: secretValue },
  });
  await api(made.secret, 'PATCH', `/approval_statuses/${slot.id}/approve`, {
    inputs: { password: secretValue },
    content_version: 1,
  });
  await api(`${made.secret}x`, 'GET', '/people');
  await api(API_TOKEN, 'POST', '/people', { first_name: 'x', [made.secret]: made.secret });
  await wait(30_000);
  const audit = JSON.stringify(await world.app.context.db.selectFrom('audit_events').selectAll().execute());
  const tokens = JSON.stringify(await world.app.context.db.selectFrom('tokens').selectAll().execute());
  const random = made.secret.split('_').slice(2).join('_');
  for (const [where, text] of [
    ['log', lines.join('\n')],
    ['audit', audit],
    ['tokens', tokens],
  ] as const)
    for (const secret of [random, API_TOKEN, 'secret-of-the-bot', 'signing-secret', 'xoxb-test', secretValue])
      expect([where, secret, text.includes(secret)]).toEqual([where, secret, false]);
  expect((await api(API_TOKEN, 'GET', '/api_tokens')).text).not.toContain(random);
});

describe('whatever happens, in whatever order', () => {
  const NAMES = ['alice', 'bob', 'carol', 'maria', 'dana'] as const;
  const who = fc.constantFrom(...NAMES);
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('press' as const),
        who,
        action: fc.constantFrom('approve', 'approve', 'approve', 'reject'),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('vote' as const),
        who,
        action: fc.constantFrom('approve', 'approve', 'reject'),
        stale: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('amend' as const),
        text: fc.constantFrom('one', 'two', 'three'),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('reassign' as const), from: fc.nat(3), to: who }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('deactivate' as const), who }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('activate' as const), who }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('workflow' as const),
        people: fc.uniqueArray(who, { minLength: 1, maxLength: 3 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('gate' as const),
        kind: fc.constantFrom('plain', 'inputs', 'noAlice', 'noExecutor'),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('fault' as const),
        method: fc.constantFrom('GET', 'POST'),
        when: fc.constantFrom('before' as const, 'after' as const),
        times: fc.integer({ min: 1, max: 4 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('outside' as const),
        action: fc.constantFrom('APPROVE' as const, 'REJECT' as const),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ do: 'cancel' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'retry' as const }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('time' as const),
        ms: fc.constantFrom(500, 3_000, 20_000, 65_000, 700_000),
      }),
    },
  );
  const END_WORDS: Record<string, RegExp> = {
    APPROVED: /approved/i,
    REJECTED: /rejected/i,
    EXPIRED: /expired|ended|too late/i,
    ABORTED: /aborted|cancelled|ended/i,
    FAILED: /failed|ended/i,
  };
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  test('nothing is approved without its approvers, nothing twice, and nothing is stuck', async () => {
    await world.close();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(ANY, ALL),
        fc.array(fc.tuple(step, fc.boolean()), { minLength: 6, maxLength: 30 }),
        async (event, steps) => {
          world = await startWorld({ env: { API_TOKEN } });
          try {
            await world.load(ACME);
            await play(event, steps);
          } finally {
            await world.close();
          }
        },
      ),
      {
        // biome-ignore lint/style/noProcessEnv: RANDOM_RUNS=500 looks longer.
        numRuns: Number(process.env.RANDOM_RUNS ?? 12),
      },
    );
    world = await startWorld();
  }, 600_000);

  async function play(event: string, steps: readonly (readonly [Step, boolean])[]): Promise<void> {
    const ada = await secretOf('ada', 'admin');
    const secrets = new Map<string, string>();
    for (const name of NAMES) secrets.set(name, await secretOf(name));
    const ids = new Map<string, number>();
    for (const name of NAMES) ids.set(name, await personId(world, name));
    world.run('run1');
    const opened = await world.post(event, world.webhook('run1'));
    const id = opened.body.id as string;
    const out = new Map<number, number>();
    let gate: string | null = null;
    let barred: StaffName | null = null;

    async function act(one: Step): Promise<unknown> {
      switch (one.do) {
        case 'press': {
          const card = world.card(one.who);
          if (!card || !JSON.stringify(card.blocks).includes(`"action_id":"${one.action}"`)) return;
          if (one.action === 'reject') return world.press(one.who, 'reject');
          return world.press(one.who, 'approve');
        }
        case 'vote': {
          const slot = (await slotsOf(world.app.context.db, id)).find((s) => s.personId === ids.get(one.who));
          if (!slot) return;
          const version = (await read(id)).contentVersion - (one.stale ? 1 : 0);
          return api(secrets.get(one.who)!, 'PATCH', `/approval_statuses/${slot.id}/${one.action}`, {
            note: 'because',
            content_version: version,
          });
        }
        case 'amend':
          return world.post(event, world.webhook('run1', { message: one.text }));
        case 'reassign': {
          const slots = await slotsOf(world.app.context.db, id);
          const slot = slots[one.from % Math.max(1, slots.length)];
          return api(ada, 'PATCH', `/approval_requests/${id}/reassign`, {
            from_person_id: slot?.personId ?? null,
            to_person_id: ids.get(one.to)!,
          });
        }
        case 'deactivate':
          if (!out.has(ids.get(one.who)!)) out.set(ids.get(one.who)!, world.clock.now());
          return api(API_TOKEN, 'PATCH', `/people/${ids.get(one.who)}/deactivate`, {});
        case 'activate':
          out.delete(ids.get(one.who)!);
          return api(API_TOKEN, 'PATCH', `/people/${ids.get(one.who)}/activate`, {});
        case 'workflow':
          return api(API_TOKEN, 'PATCH', `/approval_workflows/${await workflowId(event)}`, {
            approver_ids: one.people.map((name) => ids.get(name)!),
          });
        case 'gate':
          if (gate !== null) return;
          if (one.kind === 'noAlice') barred = 'alice';
          if (one.kind === 'noExecutor') barred = 'dana';
          gate = world.reach('run1', {
            ...(one.kind === 'inputs' && { approverInputs: [{ name: 'ticket', defaultValue: 'OPS-1' }] }),
            approvers: {
              userGroups: ['account.all'],
              ...(one.kind === 'noAlice' && { disallowedUserEmails: [email('alice')] }),
              ...(one.kind === 'noExecutor' && { disallowPipelineExecutor: true }),
            },
          });
          return;
        case 'fault':
          world.harness.addFault({
            match: { method: one.method },
            times: one.times,
            status: 503,
            when: one.when,
          });
          return;
        case 'outside':
          try {
            if (gate) world.harness.decideInUi(gate, { user: 'h-sam', action: one.action });
          } catch {}
          return;
        case 'cancel':
          return api(ada, 'PATCH', `/approval_requests/${id}/cancel`, { note: 'x' });
        case 'retry':
          return api(ada, 'PATCH', `/approval_requests/${id}/retry_submission`, {});
        case 'time':
          return world.pass(one.ms);
      }
    }

    let going: Promise<unknown>[] = [];
    for (const [one, together] of steps) {
      going.push(act(one));
      if (together) continue;
      await Promise.all(going);
      going = [];
      await world.pass(50);
      await check();
    }
    await Promise.all(going);
    await world.pass(50);
    await check();
    world.harness.clearFaults();
    await wait(30_000);
    if (gate === null) gate = world.reach('run1');
    await wait(180_000, 20_000);
    await check();
    try {
      world.harness.abort('run1');
    } catch {}
    await wait(3_600_000, 300_000);
    await check();
    const end = await read(id);
    expect([end.status, end.harness.status]).not.toContain('WAITING');
    const cards = await world.app.context.db.selectFrom('cards').selectAll().execute();
    expect(cards.filter((card) => card.state === 'posting' || card.state === 'unreachable')).toEqual([]);
    for (const name of [...NAMES, 'sam', 'ada'] as const) {
      const buttons = JSON.stringify(world.card(name)?.blocks ?? []);
      expect([name, /"action_id":"(approve|reject|retry_submission)"/.test(buttons)]).toEqual([name, false]);
      if (world.card(name)) expect(world.words(name)).toMatch(END_WORDS[end.status]!);
    }

    async function check(): Promise<void> {
      const request = await read(id);
      const { db } = world.app.context;
      const ours = world.harness.effects.filter((effect) => effect.comments?.includes(id));
      expect(ours.length).toBeLessThanOrEqual(1);
      const submission = await submissionOf(db, id);
      const approved = ours.find((effect) => effect.action === 'APPROVE');
      if (approved) {
        expect(approved.comments).toContain(request.contentHash.slice(0, 12));
        const slots = await slotsOf(db, id);
        const votes = await db.selectFrom('votes').selectAll().where('request_id', '=', id).execute();
        const counting = votes.filter(
          (one) =>
            one.action === 'APPROVE' &&
            one.void_because === null &&
            one.content_version === request.contentVersion &&
            slots.some((slot) => slot.personId === one.person_id),
        );
        for (const [group, places] of Map.groupBy(slots, (slot) => slot.groupKey)) {
          const isMet = places.some((slot) => counting.some((one) => one.person_id === slot.personId));
          expect([group, isMet]).toEqual([group, true]);
        }
        expect(slots.length).toBeGreaterThan(0);
        for (const one of counting) {
          if (barred) expect(one.person_id).not.toBe(ids.get(barred));
          const left = out.get(one.person_id);
          if (left !== undefined) expect(left).toBeGreaterThanOrEqual(request.decision!.at);
        }
      }
      if (request.harness.status !== null && request.harness.status !== 'WAITING') {
        expect(request.status).toBe(request.harness.status);
        return;
      }
      if (request.status === 'ABORTED' && request.harness.instanceId === null) return;
      const rows = await db
        .selectFrom('outbox')
        .selectAll()
        .where('subject_id', '=', id)
        .where('kind', 'in', ['resolve_approvers', 'submit_approval', 'check_harness'])
        .execute();
      const due = rows.filter((row) => row.state === 'due');
      expect([request.status, submission?.state, due.length > 0]).toEqual([
        request.status,
        submission?.state,
        true,
      ]);
    }
  }
});
