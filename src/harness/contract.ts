/**
 * Harness's own words, as far as they tell one refusal from another (harness.md §1.5; row names are its).
 * They are looked for inside a message, which usually begins with `Invalid request: `.
 */
export const HARNESS_TEXTS = {
  noneWaiting: 'Found no Harness Approval Instance waiting for',
  severalWaiting: 'Found more than 1 Harness Approval Instance waiting for',
  alreadyCompleted: 'Harness approval instance has already completed',
  alreadyExpired: 'Harness approval instance has already expired',
  invalidInputs: 'Invalid approver inputs',
  inputsFailed: 'Approval inputs validation failed',
  cannotAdd: 'Unable to add Harness Approval Activity',
  alreadyVoted: 'You have already approved/rejected the pipeline',
  executorRefused: 'Pipeline executor is not allowed to approve/reject',
  disallowedUser: 'are on the disallowed user list',
  serviceAccountRefused: 'The service account configured in the request is not authorized to approve/reject',
  notAuthorized: 'User not authorized to approve/reject',
  principalUnsupported: 'is not supported for Harness Approval Step yet',
  serviceAccountUnknown: 'Service account [',
  userUnknown: 'Invalid user:',
  foreignExecution: "execution_id param value provided doesn't belong to Account:",
  executionLookupFailed: 'An unexpected error occurred while validating execution_id param',
  accountRequired: 'harnessAccount param value is required',
  accountAbsent: 'Account detail is not present in the request',
  actionInvalid: 'action in request body should be one of',
  unreadableJson: 'Unable to process JSON',
  tokenInvalid: 'Token is not valid.',
  missingPermission: 'Missing permission',
  instanceUnknown: 'Invalid approval instance id:',
  wrongStepType: 'it is supported only for Harness Approval Step',
  summaryUnknown: 'does not exist or has been deleted for planExecutionId',
} as const;

/** Statuses after which a run never goes on (harness.md §2.3); any other, also an unknown one, is not final. */
export const FINAL_EXECUTION_STATUSES: ReadonlySet<string> = new Set([
  'Success',
  'Failed',
  'Errored',
  'IgnoreFailed',
  'Expired',
  'Aborted',
  'Skipped',
  'Suspended',
  'ApprovalRejected',
  'AbortedByFreeze',
]);
