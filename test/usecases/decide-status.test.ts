import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  decideStatus,
  getStatus,
  listStatuses,
  type StatusDecision,
} from '../../src/usecases/deciding/decide-status.ts';
import type { Principal } from '../../src/usecases/managing/managing.ts';
import { revokeToken } from '../../src/usecases/tokens/manage-tokens.ts';
import { RELEASE_INPUTS } from '../helpers/inputs.ts';
import { as, ok, operator, personId, query, token } from '../helpers/principals.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

const EVENT = 'deploy-to-production';
const ALL = 'database-migration';
let world: World;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

/** The place this principal holds in a request. */
async function placeOf(principal: Principal, requestId: string) {
  const { rows } = ok(
    await listStatuses(
      world.app.context,
      principal,
      query({ approval_request_id: requestId, approver_id: String(principal.personId) }),
    ),
  );
  return rows[0]!;
}

const decide = (principal: Principal, decision: Partial<StatusDecision> & { statusId: number }) =>
  decideStatus(world.app.context, principal, {
    action: 'APPROVE',
    note: '',
    inputs: null,
    contentVersion: null,
    ...decision,
  });

const auditOfRefusals = () =>
  world.app.context.db.selectFrom('audit_events').selectAll().where('action', '=', 'refused').execute();

describe('deciding through the API', () => {
  test('approves one’s own place, tells Harness, and shows who, when, what and which version', async () => {
    const requestId = await world.ask(EVENT, 'run1');
    const alice = await as(world, 'alice');
    const place = await placeOf(alice, requestId);
    expect(place).toMatchObject({
      requestId,
      approverGroupKey: 'any',
      approverId: alice.personId,
      actualApproverId: null,
      dynamicApproverTypeId: null,
      status: 'pending',
      approvedAt: null,
      contentVersion: null,
    });
    const decided = ok(await decide(alice, { statusId: place.id, note: 'looks good' }));
    expect(decided).toMatchObject({
      status: 'approved',
      actualApproverId: alice.personId,
      note: 'looks good',
      contentVersion: 1,
      approvedAt: world.clock.now(),
      rejectedAt: null,
      requestStatus: 'APPROVED',
    });
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    expect(world.words('bob')).toContain('@U0ALICE');
    expect((await placeOf(await as(world, 'bob'), requestId)).status).toBe('closed');
  });

  test('a rejection needs a reason, and keeps it', async () => {
    const requestId = await world.ask(EVENT, 'run1');
    const alice = await as(world, 'alice');
    const { id } = await placeOf(alice, requestId);
    expect(await decide(alice, { statusId: id, action: 'REJECT' })).toMatchObject({
      ok: false,
      refusal: { kind: 'invalid', problems: [{ field: 'note' }] },
    });
    expect(ok(await decide(alice, { statusId: id, action: 'REJECT', note: 'frozen' }))).toMatchObject({
      status: 'rejected',
      note: 'frozen',
      rejectedAt: world.clock.now(),
      approvedAt: null,
    });
  });

  test('the same vote twice, and any vote once it is over, is a conflict', async () => {
    const requestId = await world.ask(ALL, 'run1');
    const [alice, bob, maria] = [await as(world, 'alice'), await as(world, 'bob'), await as(world, 'maria')];
    const { id } = await placeOf(alice, requestId);
    ok(await decide(alice, { statusId: id }));
    expect(await decide(alice, { statusId: id })).toMatchObject({
      ok: false,
      refusal: { kind: 'conflict', why: 'You have already approved this request.' },
    });
    ok(await decide(bob, { statusId: (await placeOf(bob, requestId)).id, action: 'REJECT', note: 'no' }));
    expect(await decide(maria, { statusId: (await placeOf(maria, requestId)).id })).toMatchObject({
      ok: false,
      refusal: { kind: 'conflict' },
    });
    expect(await placeOf(maria, requestId)).toMatchObject({ status: 'closed', dynamicApproverTypeId: 1 });
  });

  test('the version that was read is named once the request has changed (R9)', async () => {
    const requestId = await world.ask(EVENT, 'run1');
    await world.post(EVENT, world.webhook('run1', { message: 'Something else' }));
    await world.pass(1_000);
    const alice = await as(world, 'alice');
    const { id } = await placeOf(alice, requestId);
    expect(await decide(alice, { statusId: id })).toMatchObject({
      ok: false,
      refusal: { kind: 'invalid', problems: [{ field: 'content_version' }] },
    });
    expect(await decide(alice, { statusId: id, contentVersion: 1 })).toMatchObject({
      ok: false,
      refusal: { kind: 'conflict', why: expect.stringContaining('the message') as string },
    });
    expect(ok(await decide(alice, { statusId: id, contentVersion: 2 })).contentVersion).toBe(2);
  });

  test('inputs are checked like those of a form; what is left out stays as offered', async () => {
    const requestId = await world.ask(EVENT, 'run1', { approverInputs: RELEASE_INPUTS });
    const alice = await as(world, 'alice');
    const { id } = await placeOf(alice, requestId);
    const wrong: StatusDecision['inputs'][] = [null, {}, { change_ticket: 'nonsense' }, { unknown: 'x' }];
    for (const inputs of wrong)
      expect(await decide(alice, { statusId: id, inputs })).toMatchObject({
        ok: false,
        refusal: { kind: 'invalid', problems: [{ field: 'inputs' }] },
      });
    ok(await decide(alice, { statusId: id, inputs: { change_ticket: 'CHG1234567' } }));
    await world.settle();
    expect(world.harness.effects[0]).toMatchObject({ action: 'APPROVE' });
    expect(JSON.stringify(world.harness.requests)).toContain('canary');
  });
});

describe('nobody decides for others (R16)', () => {
  test.each([
    ['another approver', () => as(world, 'bob')],
    ['an admin', () => as(world, 'ada', 'admin')],
    ['the bootstrap token', async () => operator(world)],
    [
      'a pipeline’s token of the approver',
      async () => ({ ...(await as(world, 'alice', 'admin')), role: 'pipeline' as const }),
    ],
  ])('%s is refused, and it is audited', async (_, who) => {
    const requestId = await world.ask(EVENT, 'run1');
    const { id } = await placeOf(await as(world, 'alice'), requestId);
    const principal = await who();
    const answer = await decide(principal, { statusId: id });
    expect(answer).toMatchObject({
      ok: false,
      refusal: { kind: principal.role === 'pipeline' ? 'not_found' : 'forbidden' },
    });
    await world.settle();
    expect(world.harness.effects).toEqual([]);
    expect(await auditOfRefusals()).toHaveLength(principal.role === 'pipeline' ? 0 : 1);
  });

  test('who has nothing to do with it does not even see it', async () => {
    const requestId = await world.ask(EVENT, 'run1');
    const { id } = await placeOf(await as(world, 'alice'), requestId);
    const carol = await as(world, 'carol');
    expect(await getStatus(world.app.context, carol, id)).toEqual({
      ok: false,
      refusal: { kind: 'not_found' },
    });
    expect(await decide(carol, { statusId: id })).toEqual({ ok: false, refusal: { kind: 'not_found' } });
    expect(ok(await listStatuses(world.app.context, carol, query())).total).toBe(0);
    // A subscriber was told of it and may look.
    expect(ok(await getStatus(world.app.context, await as(world, 'sam'), id)).id).toBe(id);
  });
});

describe('a machine as approver', () => {
  async function robot() {
    const made = await token(world, { machine: 'robot', ownerEmail: 'carol@acme.io' }, 'member');
    const { db } = world.app.context;
    await db
      .insertInto('approval_workflow_people')
      .values({
        organization_id: world.app.organizationId,
        approval_workflow_id: 1,
        part: 'approver',
        person_id: made.principal.personId!,
        position: 9,
      })
      .execute();
    return made;
  }

  test('decides by the API, and is shown as itself', async () => {
    const { principal } = await robot();
    const requestId = await world.ask(EVENT, 'run1');
    const place = await placeOf(principal, requestId);
    expect(ok(await decide(principal, { statusId: place.id, note: 'checks passed' })).status).toBe(
      'approved',
    );
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    expect(world.words('alice')).toContain('robot');
  });

  test('its owner asked and may not approve: neither may the machine (R16)', async () => {
    const { principal } = await robot();
    await world.app.context.db
      .updateTable('approval_workflows')
      .set({ disallow_requester: 1 })
      .where('id', '=', 1)
      .execute();
    const requestId = await world.ask(EVENT, 'run1', {
      by: 'carol',
      body: { triggeredByEmail: 'carol@acme.io' },
    });
    expect(await placeOf(principal, requestId)).toBeUndefined();
    const { rows } = ok(
      await listStatuses(world.app.context, operator(world), query({ approval_request_id: requestId })),
    );
    expect(rows.map((row) => row.approverId)).toEqual([
      await personId(world, 'bob'),
      await personId(world, 'alice'),
    ]);
    expect(await decide(principal, { statusId: rows[0]!.id })).toMatchObject({ ok: false });
    expect(world.words('alice')).toContain('robot (machine) asked for this and may not approve it');
  });

  test('left without a token it loses its place (R14)', async () => {
    const { principal, id } = await robot();
    const requestId = await world.ask(EVENT, 'run1');
    expect((await placeOf(principal, requestId)).status).toBe('pending');
    ok(await revokeToken(world.app.context, operator(world), id));
    await world.settle();
    expect(await placeOf(principal, requestId)).toBeUndefined();
    const { rows } = ok(await listStatuses(world.app.context, operator(world), query({ status: 'vacant' })));
    expect(rows.map((row) => row.vacantBecause)).toEqual(['robot (machine) has no valid token any more']);
  });
});

describe('lists of places', () => {
  test('are narrowed by approver, decider, request, workflow and status', async () => {
    const first = await world.ask(EVENT, 'run1');
    const second = await world.ask(ALL, 'run2');
    const alice = await as(world, 'alice');
    const { id } = await placeOf(alice, second);
    ok(await decide(alice, { statusId: id }));
    const count = async (filters: Record<string, string | readonly string[]>) => {
      const page = ok(await listStatuses(world.app.context, operator(world), query(filters)));
      expect(page.rows).toHaveLength(page.total);
      return page.total;
    };
    expect(await count({})).toBe(5);
    expect(await count({ status: 'pending' })).toBe(4);
    expect(await count({ 'status not_eq': 'pending' })).toBe(1);
    expect(await count({ status: ['pending', 'approved'] })).toBe(5);
    expect(await count({ approver_id: String(alice.personId) })).toBe(2);
    expect(await count({ approver_id: String(alice.personId), status: 'pending' })).toBe(1);
    expect(await count({ actual_approver_id: String(alice.personId) })).toBe(1);
    expect(await count({ approval_request_id: first })).toBe(2);
    expect(await count({ approval_workflow_id: '2' })).toBe(3);
    expect(await count({ id: String(id) })).toBe(1);
    expect(await count({ 'id not_eq': String(id) })).toBe(4);
    expect(await count({ approver_id: '999' })).toBe(0);
  });
});
