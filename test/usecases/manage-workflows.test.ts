import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Context } from '../../src/usecases/context.ts';
import type { Principal } from '../../src/usecases/managing/managing.ts';
import { createPerson, deactivatePerson } from '../../src/usecases/people/manage-people.ts';
import { archiveEvent, createEvent } from '../../src/usecases/workflows/manage-events.ts';
import { createPolicy } from '../../src/usecases/workflows/manage-policies.ts';
import {
  addWorkflowPeople,
  createWorkflow,
  deleteWorkflow,
  getWorkflow,
  listWorkflows,
  loadWorkflows,
  removeWorkflowPeople,
  replaceWorkflowPeople,
  updateWorkflow,
  type WorkflowChange,
  type WorkflowDraft,
} from '../../src/usecases/workflows/manage-workflows.ts';
import {
  accepted,
  adminOf,
  auditLines,
  foreignOrganization,
  personId,
  problemsOf,
  refusalOf,
  snapshot,
} from '../helpers/management.ts';
import { token } from '../helpers/principals.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

let world: World;
let context: Context;
let admin: Principal;
let alice: number;
let bob: number;
let carol: number;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
  context = world.app.context;
  admin = adminOf(world);
  [alice, bob, carol] = (await Promise.all(
    ['alice', 'bob', 'carol'].map((name) => personId(world, name)),
  )) as [number, number, number];
});
afterEach(() => world.close());

const ALL = { filters: [], sort: [], page: { number: 1, size: 30 } };
/** The workflow of deploy-to-production: any of alice and bob. */
const deploys = async () => accepted(await listWorkflows(context, admin, ALL)).rows[0]!;

async function draft(more: Partial<WorkflowDraft> = {}): Promise<WorkflowDraft> {
  const event = accepted(await createEvent(context, admin, { name: 'Hotfix' }));
  const policy = accepted(await createPolicy(context, admin, { name: 'Strict' }));
  return { eventId: event.id, approvalPolicyId: policy.id, approvalRequirementId: 1, ...more };
}

describe('writing a workflow', () => {
  test('the seed’s POST: requirement none, nobody named; target type 1 by default', async () => {
    const made = accepted(await createWorkflow(context, admin, await draft()));
    expect(made).toMatchObject({
      requirement: 'none',
      targetTypeId: 1,
      approverIds: [],
      dynamicApproverIds: [],
    });
    expect(accepted(await getWorkflow(context, admin, made.id))).toEqual(made);
    expect((await loadWorkflows(context, admin, [made.id, 99])).get(made.id)).toEqual(made);
  });

  test('every problem at once, in the seed’s order, nothing written', async () => {
    const before = await snapshot(world, ['approval_workflows', 'audit_events', 'counters']);
    const answer = await createWorkflow(context, admin, {
      approverIds: [9_999],
      subscriberIds: [9_998],
      approvalRequirementId: 7,
      approvalPolicyId: 12_345,
      eventId: null,
      dynamicApproverIds: [2],
      targetTypeId: 4,
    });
    expect(problemsOf(answer)).toEqual([
      'approval_policy: does not exist',
      'approval_requirement_id: must be 1, 2 or 3',
      'target_type_id: must be 1, 2 or 3',
      'approver_ids: no such active person: 9999',
      'subscriber_ids: no such active person: 9998',
      'dynamic_approver_ids: may hold only 1 (Manager)',
    ]);
    expect(await snapshot(world, ['approval_workflows', 'audit_events', 'counters'])).toBe(before);
  });

  test('the seed’s 422: event null and a row that has no approver', async () => {
    const { id } = await deploys();
    await context.db.deleteFrom('approval_workflow_people').where('approval_workflow_id', '=', id).execute();
    expect(refusalOf(await updateWorkflow(context, admin, id, { eventId: null }))).toEqual({
      kind: 'invalid',
      problems: [
        { field: 'event', attribute: 'event_id', detail: "can't be blank" },
        { field: 'approver_ids', detail: "approver list can't be empty" },
      ],
    });
  });

  test('the seed’s PATCH of approver_ids; ids twice count once', async () => {
    const { id } = await deploys();
    const after = accepted(await updateWorkflow(context, admin, id, { approverIds: [carol, carol] }));
    expect(after.approverIds).toEqual([carol]);
  });

  test('the manager alone is an approver', async () => {
    const wanted = await draft({ approvalRequirementId: 3, dynamicApproverIds: [1] });
    expect(accepted(await createWorkflow(context, admin, wanted)).dynamicApproverIds).toEqual([1]);
  });

  test('checks first need a machine that is listed, and stay needing it', async () => {
    const made = await token(world, { machine: 'Smoke tests', ownerEmail: 'ada@acme.io' }, 'member');
    const smoke = made.principal.personId!;
    const change = (wanted: WorkflowChange) => updateWorkflow(world.app.context, admin, 1, wanted);
    expect(problemsOf(await change({ checksFirst: true }))).toEqual([
      'checks_first: needs a machine among the approvers: each machine is a check (make one with npm run token)',
    ]);
    const saved = accepted(await change({ checksFirst: true, approverIds: [smoke, bob] }));
    expect([saved.checksFirst, saved.approverIds]).toEqual([true, [smoke, bob]]);
    for (const wanted of [{ approverIds: [bob] }, { approvalRequirementId: 1 }])
      expect(problemsOf(await change(wanted))[0]).toContain('checks_first: needs ');
    expect(accepted(await change({ approverIds: [bob], checksFirst: false })).checksFirst).toBe(false);
  });

  test('a second of the same policy, event and target type is invalid (R6); so is moving one there', async () => {
    const { approvalPolicyId, eventId, id } = await deploys();
    const again = { approvalPolicyId, eventId, approvalRequirementId: 1 };
    expect(problemsOf(await createWorkflow(context, admin, again))[0]).toMatch(
      /^event: has already been taken: workflow \d+ is/,
    );
    const other = accepted(await createWorkflow(context, admin, { ...again, targetTypeId: 2 }));
    expect(problemsOf(await updateWorkflow(context, admin, other.id, { targetTypeId: 1 }))[0]).toContain(
      `workflow ${id} `,
    );
  });

  test('target types 2 and 3 need no event, and there is one of each', async () => {
    const wanted = await draft({ eventId: null, targetTypeId: 3 });
    expect(accepted(await createWorkflow(context, admin, wanted)).eventId).toBeNull();
    expect(problemsOf(await createWorkflow(context, admin, wanted))[0]).toContain('has already been taken');
  });

  test('a deactivated approver is as a missing one; one who left since does not block other changes', async () => {
    const { id } = await deploys();
    accepted(await deactivatePerson(context, admin, alice));
    expect(problemsOf(await updateWorkflow(context, admin, id, { approverIds: [alice, bob] }))).toEqual([
      `approver_ids: no such active person: ${alice}`,
    ]);
    expect(
      accepted(await updateWorkflow(context, admin, id, { subscriberIds: [carol] })).approverIds,
    ).toEqual([alice, bob]);
  });

  test('an archived event cannot be named anew', async () => {
    const wanted = await draft();
    accepted(await archiveEvent(context, admin, wanted.eventId!));
    expect(problemsOf(await createWorkflow(context, admin, wanted))).toEqual(['event: is archived']);
  });

  test('too many people are refused before anybody is looked up', async () => {
    const { id } = await deploys();
    const approverIds = Array.from({ length: 40_000 }, (_, i) => i + 1);
    expect(problemsOf(await updateWorkflow(context, admin, id, { approverIds }))).toEqual([
      'approver_ids: must be at most 200',
    ]);
  });

  test('two PATCHes at once keep each other’s fields', async () => {
    const { id } = await deploys();
    await Promise.all([
      updateWorkflow(context, admin, id, { disallowRequester: true }),
      updateWorkflow(context, admin, id, { subscriberIds: [carol] }),
      updateWorkflow(context, admin, id, { expiryAction: 'reject' }),
      addWorkflowPeople(context, admin, id, 'approvers', [carol]),
    ]);
    expect(accepted(await getWorkflow(context, admin, id))).toMatchObject({
      disallowRequester: true,
      expiryAction: 'reject',
      subscriberIds: [carol],
      approverIds: [alice, bob, carol],
    });
  });

  test('one audit line with what changed alone; the same again writes nothing', async () => {
    const { id, updatedAt } = await deploys();
    const before = (await auditLines(world, 'approval_workflow')).length;
    await context.db.updateTable('people').set({ role: 'admin' }).where('id', '=', carol).execute();
    const ada = adminOf(world, { personId: carol, tokenId: '7', via: 'cli' });
    world.clock.advance(1_000);
    const change = { approverIds: [bob], disallowRequester: false };
    const after = accepted(await updateWorkflow(context, ada, id, change));
    expect(after.updatedAt).toBe(updatedAt + 1_000);
    world.clock.advance(1_000);
    expect(accepted(await updateWorkflow(context, ada, id, change)).updatedAt).toBe(after.updatedAt);
    expect((await auditLines(world, 'approval_workflow')).slice(before)).toEqual([
      {
        action: 'changed',
        subjectId: id,
        personId: carol,
        via: 'cli',
        detail: { before: { approverIds: [alice, bob] }, after: { approverIds: [bob] }, token: '7' },
      },
    ]);
  });
});

describe('approvers and subscribers as relationships', () => {
  test('add and remove are idempotent, replace replaces', async () => {
    const { id } = await deploys();
    const add = () => addWorkflowPeople(context, admin, id, 'approvers', [carol, bob]);
    expect(accepted(await add()).approverIds).toEqual([alice, bob, carol]);
    expect(accepted(await add()).approverIds).toEqual([alice, bob, carol]);
    const remove = () => removeWorkflowPeople(context, admin, id, 'approvers', [alice, 9_999]);
    expect(accepted(await remove()).approverIds).toEqual([bob, carol]);
    expect(accepted(await remove()).approverIds).toEqual([bob, carol]);
    expect(
      accepted(await replaceWorkflowPeople(context, admin, id, 'subscribers', [])).subscriberIds,
    ).toEqual([]);
  });

  test('an any workflow keeps an approver', async () => {
    const { id } = await deploys();
    const expected = ["approver_ids: approver list can't be empty"];
    expect(problemsOf(await replaceWorkflowPeople(context, admin, id, 'approvers', []))).toEqual(expected);
    expect(problemsOf(await removeWorkflowPeople(context, admin, id, 'approvers', [alice, bob]))).toEqual(
      expected,
    );
    expect(accepted(await getWorkflow(context, admin, id)).approverIds).toEqual([alice, bob]);
  });

  test('somebody who does not exist is not found', async () => {
    const { id } = await deploys();
    expect(problemsOf(await addWorkflowPeople(context, admin, id, 'approvers', [9_999]))).toEqual([
      'not_found',
    ]);
  });
});

describe('requests already open', () => {
  test('an approver who is removed loses their place at once (R14); an added one is not asked', async () => {
    await world.ask('deploy-to-production', 'run1');
    const { id } = await deploys();
    accepted(await updateWorkflow(context, admin, id, { approverIds: [bob, carol] }));
    await world.settle();
    await expect(world.press('alice', 'approve')).rejects.toThrow('shows no "approve" now');
    expect(world.cards('carol')).toEqual([]);
    await world.press('bob', 'approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  });

  test('deleting the workflow keeps their snapshot, and warns where pipelines use the event (R30)', async () => {
    await world.ask('deploy-to-production', 'run1');
    const { id } = await deploys();
    const { warnings } = accepted(await deleteWorkflow(context, admin, id));
    expect(warnings).toEqual([expect.stringContaining('last approval workflow of “Deploy to production”')]);
    await world.press('alice', 'approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    const { status } = await world.post('deploy-to-production', world.webhook('run2'));
    expect(status).toBe(422);
    expect(problemsOf(await deleteWorkflow(context, admin, id))).toEqual(['not_found']);
  });

  test('no warning where nobody uses the event, or another workflow is there', async () => {
    const wanted = await draft();
    const made = accepted(await createWorkflow(context, admin, wanted));
    expect(accepted(await deleteWorkflow(context, admin, made.id)).warnings).toEqual([]);
  });

  test('what is written here is what the next webhook resolves', async () => {
    const { id } = await deploys();
    accepted(await updateWorkflow(context, admin, id, { approverIds: [carol] }));
    await world.ask('deploy-to-production', 'run1');
    expect(world.cards('carol')).toHaveLength(1);
    expect(world.cards('alice')).toEqual([]);
  });
});

describe('who may', () => {
  test('members read, pipelines do not, neither writes', async () => {
    const { id } = await deploys();
    const member = adminOf(world, { role: 'member' });
    const pipeline = adminOf(world, { role: 'pipeline' });
    expect(accepted(await getWorkflow(context, member, id)).id).toBe(id);
    expect(problemsOf(await getWorkflow(context, pipeline, id))).toEqual(['forbidden']);
    expect(problemsOf(await listWorkflows(context, pipeline, ALL))).toEqual(['forbidden']);
    for (const who of [member, pipeline]) {
      expect(problemsOf(await createWorkflow(context, who, await draftless()))).toEqual(['forbidden']);
      expect(problemsOf(await updateWorkflow(context, who, id, {}))).toEqual(['forbidden']);
      expect(problemsOf(await deleteWorkflow(context, who, id))).toEqual(['forbidden']);
      expect(problemsOf(await addWorkflowPeople(context, who, id, 'approvers', []))).toEqual(['forbidden']);
    }
  });

  test('another organization’s ids are unknown, also as approver, event and policy', async () => {
    const foreign = await foreignOrganization(world);
    const { id, eventId, approvalPolicyId } = await deploys();
    expect(problemsOf(await getWorkflow(context, foreign, id))).toEqual(['not_found']);
    expect(problemsOf(await updateWorkflow(context, foreign, id, {}))).toEqual(['not_found']);
    expect(problemsOf(await deleteWorkflow(context, foreign, id))).toEqual(['not_found']);
    expect((await loadWorkflows(context, foreign, [id])).size).toBe(0);
    expect(accepted(await listWorkflows(context, foreign, ALL))).toEqual({ rows: [], total: 0 });
    const wanted = { eventId, approvalPolicyId, approvalRequirementId: 2, approverIds: [alice] };
    expect(problemsOf(await createWorkflow(context, foreign, wanted))).toEqual([
      'event: does not exist',
      'approval_policy: does not exist',
      `approver_ids: no such active person: ${alice}`,
    ]);
    const stranger = accepted(await createPerson(context, foreign, { firstName: 'Stranger' }));
    expect(problemsOf(await updateWorkflow(context, admin, id, { approverIds: [stranger.id] }))).toEqual([
      `approver_ids: no such active person: ${stranger.id}`,
    ]);
  });

  const draftless = async (): Promise<WorkflowDraft> => ({
    eventId: 1,
    approvalPolicyId: 1,
    approvalRequirementId: 1,
  });
});
