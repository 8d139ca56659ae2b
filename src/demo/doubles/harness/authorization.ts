import { invalidRequest } from './refusal.ts';
import type { Execution, Instance, Voter } from './types.ts';

export const EVERY_ACCOUNT_USER = 'account._account_all_users';
export const ALREADY_VOTED = 'You have already approved/rejected the pipeline';
const NOT_AUTHORIZED = 'User not authorized to approve/reject';

/** E10: refuses a token whose kind of owner, or whose owner, Harness does not know. */
export function requireKnownVoter(voter: Voter, olderServer: boolean): void {
  const supported = voter.kind === 'USER' || (voter.kind === 'SERVICE_ACCOUNT' && !olderServer);
  if (!supported) throw invalidRequest(`${voter.kind} is not supported for Harness Approval Step yet`);
  if (!voter.deleted) return;
  throw invalidRequest(
    voter.kind === 'USER'
      ? `Invalid user: ${voter.identifier}`
      : `Service account [${voter.identifier}] does not exist.`,
  );
}

/** E8 and E9 in Harness's own order: why this voter may not vote, null when they may. */
export function reasonNotAuthorized(
  voter: Voter,
  instance: Instance,
  execution: Execution,
  ignoreEarlierVote = false,
): string | null {
  const voted = instance.activities.some((activity) => activity.user.uuid === voter.uuid);
  if (voted && !ignoreEarlierVote) return ALREADY_VOTED;
  const { approvers } = instance;
  if (approvers.disallowPipelineExecutor && execution.triggeredBy?.uuid === voter.uuid)
    return 'Pipeline executor is not allowed to approve/reject';
  const email = voter.email.toLowerCase();
  if (approvers.disallowedUserEmails.some((disallowed) => disallowed.toLowerCase() === email))
    return `Action not permitted: You [${voter.email}] are on the disallowed user list and do not have permission to approve or reject.`;
  if (voter.kind === 'SERVICE_ACCOUNT')
    return isListedServiceAccount(voter, instance, execution)
      ? null
      : 'The service account configured in the request is not authorized to approve/reject';
  return isInAnyGroup(voter, approvers.userGroups) ? null : NOT_AUTHORIZED;
}

/** What the older server says on a POST: the reason is only in the authorization endpoint (§1.5 E9). */
export function refusalText(reason: string, olderServer: boolean): string {
  return olderServer ? NOT_AUTHORIZED : reason;
}

function isInAnyGroup(voter: Voter, groups: readonly string[]): boolean {
  const memberships = voter.userGroups;
  if (memberships === 'every') return groups.length > 0;
  return groups.some((group) => group === EVERY_ACCOUNT_USER || memberships.includes(group));
}

/** The reference a step must list, by scope: `id`, `org.id` or `account.id`. */
export function serviceAccountReference(voter: Voter): string {
  const { orgIdentifier, projectIdentifier } = voter.scope;
  if (orgIdentifier !== undefined && projectIdentifier !== undefined) return voter.identifier;
  return orgIdentifier !== undefined ? `org.${voter.identifier}` : `account.${voter.identifier}`;
}

function isListedServiceAccount(voter: Voter, instance: Instance, execution: Execution): boolean {
  if (!instance.approvers.serviceAccounts.includes(serviceAccountReference(voter))) return false;
  const { orgIdentifier, projectIdentifier } = voter.scope;
  if (orgIdentifier !== undefined && orgIdentifier !== execution.orgIdentifier) return false;
  return projectIdentifier === undefined || projectIdentifier === execution.projectIdentifier;
}
