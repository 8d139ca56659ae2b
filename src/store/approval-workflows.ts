import {
  APPROVAL_REQUIREMENT_IDS,
  type ApprovalWorkflow,
  approvalRequirementFromId,
} from '../approval/workflow.ts';
import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import { fromJson, toJson } from './json.ts';
import type { Row } from './schema.ts';

async function toWorkflow(db: Reader, row: Row<'approval_workflows'>): Promise<ApprovalWorkflow> {
  const people = await db
    .selectFrom('approval_workflow_people')
    .select(['part', 'person_id'])
    .where('approval_workflow_id', '=', row.id)
    .orderBy('position')
    .execute();
  const idsOf = (part: string) => people.filter((p) => p.part === part).map((p) => p.person_id);
  return {
    id: row.id,
    organizationId: row.organization_id,
    approvalPolicyId: row.approval_policy_id,
    eventId: row.event_id ?? 0,
    targetTypeId: row.target_type_id,
    requirement: approvalRequirementFromId(row.approval_requirement_id)!,
    approverIds: idsOf('approver'),
    subscriberIds: idsOf('subscriber'),
    fallbackApproverIds: idsOf('fallback'),
    dynamicApproverIds: fromJson(row.dynamic_approver_ids),
    dynamicSubscriberIds: fromJson(row.dynamic_subscriber_ids),
    subscriberChannels: fromJson(row.subscriber_channels),
    disallowRequester: row.disallow_requester === 1,
    expiryAction: row.expiry_action,
  };
}

export async function workflowById(db: Reader, id: number): Promise<ApprovalWorkflow | null> {
  const row = await db.selectFrom('approval_workflows').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toWorkflow(db, row) : null;
}

/** The one workflow of (policy, event) that webhooks match: target type 1 only (R6). */
export async function workflowFor(
  db: Reader,
  approvalPolicyId: number,
  eventId: number,
): Promise<ApprovalWorkflow | null> {
  const row = await db
    .selectFrom('approval_workflows')
    .selectAll()
    .where('approval_policy_id', '=', approvalPolicyId)
    .where('event_id', '=', eventId)
    .where('target_type_id', '=', 1)
    .executeTakeFirst();
  return row ? toWorkflow(db, row) : null;
}

/** Adds the workflow of (policy, event, target type) or replaces it whole; the previous one, if any. */
export async function saveWorkflow(
  trx: Trx,
  workflow: Omit<ApprovalWorkflow, 'id'>,
  now: number,
): Promise<{ id: number; before: ApprovalWorkflow | null }> {
  const row = await trx
    .selectFrom('approval_workflows')
    .selectAll()
    .where('organization_id', '=', workflow.organizationId)
    .where('approval_policy_id', '=', workflow.approvalPolicyId)
    .where('event_id', '=', workflow.eventId)
    .where('target_type_id', '=', workflow.targetTypeId)
    .executeTakeFirst();
  const before = row ? await toWorkflow(trx, row) : null;
  const id = before?.id ?? (await nextId(trx, 'approval_workflows'));
  const columns = {
    approval_requirement_id: APPROVAL_REQUIREMENT_IDS[workflow.requirement],
    dynamic_approver_ids: toJson(workflow.dynamicApproverIds),
    dynamic_subscriber_ids: toJson(workflow.dynamicSubscriberIds),
    subscriber_channels: toJson(workflow.subscriberChannels),
    disallow_requester: workflow.disallowRequester ? 1 : 0,
    expiry_action: workflow.expiryAction,
    updated_at: now,
  };
  if (before) await trx.updateTable('approval_workflows').set(columns).where('id', '=', id).execute();
  else
    await trx
      .insertInto('approval_workflows')
      .values({
        id,
        organization_id: workflow.organizationId,
        approval_policy_id: workflow.approvalPolicyId,
        event_id: workflow.eventId,
        target_type_id: workflow.targetTypeId,
        created_at: now,
        ...columns,
      })
      .execute();
  await trx.deleteFrom('approval_workflow_people').where('approval_workflow_id', '=', id).execute();
  const people = (
    [
      ['approver', workflow.approverIds],
      ['subscriber', workflow.subscriberIds],
      ['fallback', workflow.fallbackApproverIds],
    ] as const
  ).flatMap(([part, ids]) =>
    [...new Set(ids)].map((personId, position) => ({
      organization_id: workflow.organizationId,
      approval_workflow_id: id,
      part,
      person_id: personId,
      position,
    })),
  );
  if (people.length > 0) await trx.insertInto('approval_workflow_people').values(people).execute();
  return { id, before };
}
