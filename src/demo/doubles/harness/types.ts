/** What the Harness double is told, remembers and shows. Times are epoch milliseconds throughout. */

export type PrincipalKind = 'USER' | 'SERVICE_ACCOUNT' | 'API_KEY';
export type ApprovalAction = 'APPROVE' | 'REJECT';

export const APPROVAL_STATUSES = ['WAITING', 'APPROVED', 'REJECTED', 'FAILED', 'ABORTED', 'EXPIRED'] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

export const APPROVAL_TYPES = [
  'HarnessApproval',
  'JiraApproval',
  'CustomApproval',
  'ServiceNowApproval',
] as const;
export type ApprovalType = (typeof APPROVAL_TYPES)[number];

export type ExecutionStatus =
  | 'Running'
  | 'ApprovalWaiting'
  | 'Success'
  | 'Failed'
  | 'ApprovalRejected'
  | 'Expired'
  | 'Aborted';

/** The identity Harness writes beside a vote. */
export interface RecordedUser {
  uuid: string;
  name: string;
  email: string;
}

/** Where a service account lives; its reference is `id`, `org.id` or `account.id` accordingly. */
export interface PrincipalScope {
  orgIdentifier?: string;
  projectIdentifier?: string;
}

/** Anyone whose vote the authorization rules can judge. */
export interface Voter extends RecordedUser {
  kind: PrincipalKind;
  identifier: string;
  scope: PrincipalScope;
  /** User group references as written in steps; 'every' means a member of each group. */
  userGroups: readonly string[] | 'every';
  deleted: boolean;
}

/** The owner of one API key. */
export interface Principal extends Voter {
  apiKey: string;
  deniedPermissions: readonly string[];
}

export interface NewPrincipal {
  apiKey: string;
  kind: PrincipalKind;
  identifier: string;
  name: string;
  email: string;
  /** Defaults to the identifier. Compared with `triggeredBy.uuid` by disallowPipelineExecutor. */
  uuid?: string;
  /** Empty (the default) is an account-level service account: `account.<identifier>`. */
  scope?: PrincipalScope;
  /** 'core_pipeline_execute', 'core_pipeline_view'. */
  deniedPermissions?: readonly string[];
  /** Users only. Every user also belongs to `account._account_all_users`. */
  userGroups?: readonly string[];
  /** A token whose owner no longer exists. */
  deleted?: boolean;
}

/** A person acting in Harness's own UI; without userGroups, a member of every group. */
export interface UiUser extends RecordedUser {
  userGroups?: readonly string[];
}

export interface InputValue {
  name: string | null;
  value: string | null;
}

/** An approver input as the step declares it (§3.1). Lists may be written "a,b,c". */
export interface NewDeclaredInput {
  name: string;
  defaultValue?: string;
  required?: boolean;
  description?: string;
  regex?: string;
  allowedValues?: string | readonly string[];
  selectOneFrom?: string | readonly string[];
  selectManyFrom?: string | readonly string[];
}

export interface DeclaredInput {
  name: string;
  defaultValue?: string;
  required?: boolean;
  description?: string;
  regex?: string;
  allowedValues?: readonly string[];
  selectOneFrom?: readonly string[];
  selectManyFrom?: readonly string[];
}

export interface Approvers {
  userGroups: readonly string[];
  serviceAccounts: readonly string[];
  minimumCount: number;
  disallowPipelineExecutor: boolean;
  disallowedUserEmails: readonly string[];
}

export interface Activity {
  user: RecordedUser;
  action: ApprovalAction;
  approverInputs: readonly InputValue[];
  comments: string | null;
  approvedAt: number;
}

/** The step approves itself at `at`; inputs and minimum count are skipped (§3.1). */
export interface AutoApproval {
  at: number;
  comments: string | null;
}

export interface Instance {
  id: string;
  planExecutionId: string;
  nodeExecutionId: string;
  type: ApprovalType;
  status: ApprovalStatus;
  callbackId: string | null;
  /** stage#step, what auto-reject compares. */
  approvalKey: string;
  approvalMessage: string;
  includePipelineExecutionHistory: boolean;
  approvers: Approvers;
  declaredInputs: readonly DeclaredInput[];
  activities: Activity[];
  isAutoRejectEnabled: boolean;
  autoApproval: AutoApproval | null;
  created: number;
  updated: number;
  deadline: number;
  errorMessage: string | null;
}

export interface NewApproval {
  approvalMessage: string;
  callbackId?: string;
  approverInputs?: readonly NewDeclaredInput[];
  /** Default: all account users and every service account known so far, one vote. */
  approvers?: Partial<Approvers>;
  /** Default one day. */
  timeoutMs?: number;
  isAutoRejectEnabled?: boolean;
  /** Refused unless it is more than 15 minutes ahead. */
  autoApproval?: { at: number; comments?: string };
  /** Default HarnessApproval. Approvals of other types are ended by `conclude`. */
  type?: ApprovalType;
  nodeExecutionId?: string;
  stageIdentifier?: string;
  stepIdentifier?: string;
  instanceId?: string;
}

export interface TriggeredBy {
  uuid: string;
  identifier: string;
  email?: string;
  /** Default MANUAL. */
  triggerType?: string;
}

export interface NewExecution {
  planExecutionId?: string;
  orgIdentifier: string;
  projectIdentifier: string;
  pipelineIdentifier: string;
  pipelineName?: string;
  triggeredBy?: TriggeredBy;
  runSequence?: number;
  /** The run this one retries: newer servers list its instances too (§2.1). */
  retryOf?: string;
}

export interface Execution {
  planExecutionId: string;
  accountId: string;
  orgIdentifier: string;
  projectIdentifier: string;
  pipelineIdentifier: string;
  pipelineName: string;
  runSequence: number;
  status: ExecutionStatus;
  triggeredBy: TriggeredBy | null;
  startTs: number;
  endTs: number | null;
  retryOf: string | null;
  executionUrl: string;
}

export interface VoteRequest {
  action: ApprovalAction;
  approverInputs: readonly (InputValue | null)[];
  comments: string | null;
}

export type ArrivedBy = 'v1' | 'activity' | 'ui' | 'auto-reject' | 'auto-approval';

/** One committed vote: the witness for "exactly once". */
export interface ActivityRecord extends Activity {
  instanceId: string;
  planExecutionId: string;
  via: ArrivedBy;
  /** The instance's status right after this vote. */
  resultingStatus: ApprovalStatus;
}

export interface HarnessChange {
  kind: 'execution' | 'instance' | 'activity' | 'request';
  id: string;
  at: number;
}
