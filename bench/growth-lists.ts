import type { App } from '../src/app.ts';
import { createToken, type WantedToken } from '../src/usecases/tokens/manage-tokens.ts';
import { BUSY_APPROVER } from './fill.ts';

export const API_TOKEN = 'the-token-of-the-benchmark';

/** member: one approver of many. busy: who holds a place in every fifth request. */
export type Who = 'admin' | 'member' | 'busy' | 'pipeline';

/** Every list with the filters people use; each is asked for its first page, one in the middle, and its last. */
export const LISTS: readonly (readonly [who: Who, query: string])[] = [
  ['admin', 'approval_requests'],
  ['admin', 'approval_requests?include=approval_statuses.approver,decisions,workflow,requester'],
  ['admin', 'approval_requests?filter[status]=WAITING'],
  ['admin', 'approval_requests?filter[status]=APPROVED'],
  ['admin', 'approval_requests?filter[status][not_eq]=APPROVED'],
  ['admin', 'approval_requests?filter[event_id]=7'],
  ['admin', 'approval_requests?filter[event_id]=7&filter[status]=APPROVED'],
  ['admin', 'approval_requests?filter[approver_id]=9'],
  ['admin', `approval_requests?filter[approver_id]=${BUSY_APPROVER}`],
  ['admin', `approval_requests?filter[approver_id]=${BUSY_APPROVER}&filter[status]=WAITING`],
  ['admin', 'approval_requests?filter[requester_id]=9'],
  ['admin', 'approval_requests?filter[execution_id]=run500'],
  ['admin', 'approval_requests?filter[created_at][lt]=2026-01-01T08:00:00Z'],
  ['admin', 'approval_requests?filter[created_at][gt]=2026-01-01T08:00:00Z'],
  ['member', 'approval_requests?filter[status]=WAITING'],
  ['member', 'approval_requests'],
  ['busy', 'approval_requests?filter[status]=WAITING'],
  ['busy', 'approval_requests'],
  ['pipeline', 'approval_requests'],
  ['admin', 'approval_statuses'],
  ['admin', 'approval_statuses?filter[status]=pending'],
  ['admin', 'approval_statuses?filter[approval_workflow_id]=11'],
  ['admin', `approval_statuses?filter[approver_id]=${BUSY_APPROVER}`],
  ['busy', `approval_statuses?filter[approver_id]=${BUSY_APPROVER}&filter[status]=pending`],
  ['admin', 'approval_workflows'],
  ['admin', 'approval_workflows?include=event,approval_policy,approvers.manager,subscribers'],
  ['admin', 'approval_workflows?filter[event_id]=7'],
  ['admin', 'approval_workflows?filter[approval_policy_id]=3'],
  ['admin', 'approval_workflows?filter[approval_policy_id]=3&filter[event_id]=7'],
  ['admin', 'approval_policies'],
  ['admin', 'approval_policy_assignments'],
  ['admin', 'approval_policy_assignments?filter[approval_policy_id]=4'],
  ['admin', 'events'],
  ['admin', 'events?filter[status]=1&sort=name'],
  ['admin', 'people?include=manager'],
  ['admin', 'people?filter[status]=1&sort=name'],
  ['admin', 'people?filter[manager_id]=5'],
  ['admin', 'people?filter[query]=person 7'],
  ['admin', 'audit_events'],
  ['admin', 'audit_events?filter[action]=voted'],
  ['admin', `audit_events?filter[person_id]=${BUSY_APPROVER}`],
  ['admin', 'audit_events?filter[subject_type]=approval_request&filter[subject_id]=apr_bench500'],
  ['admin', 'audit_events?filter[at][gt]=2026-01-01T08:00:00Z'],
];

/** A token for each kind of caller. */
export async function tokensOf({ context, organizationId }: App): Promise<Record<Who, string>> {
  const operator = {
    organizationId,
    role: 'admin',
    personId: null,
    tokenId: 'bootstrap',
    via: 'cli',
  } as const;
  const make = async (role: 'member' | 'pipeline', holder: WantedToken['holder'], name: string) => {
    const scope = role === 'member' ? null : { events: null, pipelines: null, mayChoosePolicy: false };
    const made = await createToken(context, operator, { holder, role, name, scope });
    if (!made.ok) throw new Error(JSON.stringify(made.refusal));
    return made.value.secret;
  };
  return {
    admin: API_TOKEN,
    member: await make('member', { personId: 9 }, 'nine'),
    busy: await make('member', { personId: BUSY_APPROVER }, 'busy'),
    pipeline: await make('pipeline', { machine: 'pipeline-a', ownerEmail: 'ada@acme.io' }, 'pipeline-a'),
  };
}
