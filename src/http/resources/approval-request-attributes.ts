import { z } from 'zod';
import { APPROVAL_REQUIREMENT_IDS } from '../../approval/workflow.ts';
import type { RequestRecord } from '../../usecases/requests/list-requests.ts';
import type { Attribute } from '../json-api/resource.ts';
import { isoTime, timeAttribute, timeSchema } from './shared-fields.ts';

const text = z.string();
const values = z.record(z.string(), z.string());
const status = z.enum(['WAITING', 'APPROVED', 'REJECTED', 'EXPIRED', 'ABORTED', 'FAILED']);

/** What an approval request shows: what is asked, what was decided, how far Harness was told (R9, R21). */
export const approvalRequestAttributes: Readonly<Record<string, Attribute<RequestRecord>>> = {
  number: { schema: z.int(), read: (row) => row.number },
  status: {
    schema: status.meta({ description: 'Harness’s words; as decided here until Harness was heard.' }),
    read: ({ request }) => request.status,
  },
  problem: {
    schema: z.object({ kind: text, detail: text }).nullable().meta({ description: 'Why it is held.' }),
    read: ({ request }) => request.problem,
  },
  message: { schema: text, read: ({ request }) => request.content.message },
  facts: {
    schema: z.array(z.object({ name: text, value: text })),
    read: ({ request }) => request.content.facts,
  },
  request_links: {
    schema: z.array(z.object({ title: text, url: text })),
    read: ({ request }) => request.content.links,
  },
  approver_inputs: {
    schema: z.array(z.record(z.string(), z.unknown())).meta({
      description: 'What an approver may or must give: name, default_value, required and the constraint.',
    }),
    read: ({ request }) =>
      request.content.inputs.map((input) => ({
        name: input.name,
        default_value: input.defaultValue,
        required: input.required,
        description: input.description,
        regex: input.regex,
        allowed_values: input.allowedValues,
        select_one_from: input.selectOneFrom,
        select_many_from: input.selectManyFrom,
      })),
  },
  offered_inputs: {
    schema: values.meta({ description: 'What earlier approvers gave; {} = the declared defaults (R11).' }),
    read: ({ request }) => request.content.offered,
  },
  approval_requirement_id: {
    schema: z.int().meta({ description: '1 none, 2 any of the listed, 3 all listed' }),
    read: ({ request }) => APPROVAL_REQUIREMENT_IDS[request.content.workflow.requirement],
  },
  content_version: {
    schema: z.int().meta({ description: 'A vote says which version it saw (R9).' }),
    read: ({ request }) => request.contentVersion,
  },
  content_hash: { schema: text, read: ({ request }) => request.contentHash },
  execution: {
    schema: z.record(z.string(), z.unknown()).meta({ description: 'The pipeline run that waits.' }),
    read: ({ request: { content } }) => ({
      account: content.execution.account,
      org: content.execution.org,
      project: content.execution.project,
      pipeline: content.execution.pipeline,
      id: content.execution.planExecutionId,
      callback_id: content.execution.callbackId,
      url: content.execution.url,
    }),
  },
  requester_email: { schema: text, read: ({ request }) => request.content.requester.email || null },
  requester_verified: { schema: z.boolean(), read: ({ request }) => request.content.requester.verified },
  disallow_requester: { schema: z.boolean(), read: ({ request }) => request.disallowRequester },
  decision: {
    schema: z
      .object({
        action: z.enum(['APPROVE', 'REJECT']),
        how: text,
        person_id: text.nullable(),
        at: timeSchema,
      })
      .nullable(),
    read: ({ request: { decision } }) =>
      decision && {
        action: decision.action,
        how: decision.how,
        person_id: decision.personId === null ? null : String(decision.personId),
        at: isoTime(decision.at),
      },
  },
  closed_reason: { schema: text.nullable(), read: ({ request }) => request.closedReason },
  submission: {
    schema: z
      .object({
        action: text,
        state: text,
        attempts: z.int(),
        detail: text.nullable(),
        input_problems: values,
        created_at: timeSchema,
      })
      .nullable()
      .meta({ description: 'How far telling Harness has come; null while nothing is decided.' }),
    read: ({ submission }) =>
      submission && {
        action: submission.action,
        state: submission.state,
        attempts: submission.attempts,
        detail: submission.detail,
        input_problems: submission.inputProblems,
        created_at: isoTime(submission.createdAt),
      },
  },
  harness: {
    schema: z.record(z.string(), z.unknown()).meta({ description: 'What Harness itself says of the gate.' }),
    read: ({ request: { harness } }) => ({
      confirmed: harness.confirmed,
      instance_id: harness.instanceId,
      status: harness.status,
      deadline: isoTime(harness.deadline),
      decided_by: harness.decidedBy,
      triggered_by: harness.triggeredBy,
      pipeline_name: harness.pipelineName,
      run_sequence: harness.runSequence,
      others_may_decide: harness.othersMayDecide,
      auto_reject: harness.autoReject,
      gate: harness.gate,
      also_waits_for: harness.alsoWaitsFor,
      decided_how: harness.decidedHow,
      run_ended: harness.runEnded,
      candidates: harness.candidates.map(({ id, message, waitingSince, deadline }) => ({
        id,
        message,
        waiting_since: isoTime(waitingSince),
        deadline: isoTime(deadline),
      })),
    }),
  },
  cards: {
    schema: z.array(z.record(z.string(), z.unknown())).meta({ description: 'Each message that shows it.' }),
    read: ({ cards }) =>
      cards.map((card) => ({
        id: card.id,
        platform: card.platform,
        person_id: card.personId === null ? null : String(card.personId),
        target_kind: card.target.kind,
        target_id: card.target.externalId,
        part: card.part,
        state: card.state,
        detail: card.detail,
      })),
  },
  not_asked: {
    schema: z.array(z.object({ who: text, why: text })),
    read: ({ notAsked }) => notAsked,
  },
  opened_by: { schema: text, read: (row) => row.openedBy },
  amendments: { schema: z.int(), read: (row) => row.amendments },
  expires_at: timeAttribute(({ request }) => request.expiresAt),
  created_at: timeAttribute(({ request }) => request.createdAt),
  updated_at: timeAttribute((row) => row.updatedAt),
};
