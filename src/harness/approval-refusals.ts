import type { ExecutionKey } from '../usecases/deciding/execution-approval.ts';
import type { VoteRefusal } from '../usecases/deciding/vote-on-execution.ts';

/** A refusal as the execution approval API answers it: a status and a body (harness.md §1.4, §1.5). */
export interface WireRefusal {
  status: number;
  body: Readonly<Record<string, unknown>>;
}

/** Harness's own form of an error on the v1 paths. */
export function errorBody(message: string): WireRefusal['body'] {
  return { message, code: null, errors: [], error_metadata: null };
}

/** 400 with the prefix that Harness gives whatever is wrong with a request. */
export function invalidRequest(text: string): WireRefusal {
  return { status: 400, body: errorBody(`Invalid request: ${text}`) };
}

/** E16. */
export const INVALID_TOKEN: WireRefusal = { status: 401, body: errorBody('Token is not valid.') };

/** E11. */
export function foreignExecution(key: Pick<ExecutionKey, 'account' | 'org' | 'project'>): WireRefusal {
  return invalidRequest(
    `execution_id param value provided doesn't belong to Account: ${key.account}, Org: ${key.org}, Project: ${key.project} or the pipeline has been deleted`,
  );
}

/** The account that `Harness-Account` names is not the run's. */
export function otherAccount(): WireRefusal {
  return {
    status: 403,
    body: errorBody(
      'Harness-Account is not the account of this execution: send the one the pipeline runs in, or leave it out.',
    ),
  };
}

const CANNOT_ADD = 'Unable to add Harness Approval Activity : ';

/** Why a vote was not taken, in the words that Harness has for it where it has any, else in our own. */
export function voteRefusal(refusal: VoteRefusal, key: ExecutionKey): WireRefusal {
  const where = `Harness Approval Instance waiting for pipeline execution id: ${key.planExecutionId} and callback id: ${key.callbackId}`;
  switch (refusal.kind) {
    case 'unknown_execution':
      return foreignExecution(key);
    case 'other_account':
      return otherAccount();
    case 'none_waiting':
      return invalidRequest(`Found no ${where}`);
    case 'several_waiting':
      return invalidRequest(`Found more than 1 ${where}`);
    case 'not_an_approver':
      return invalidRequest(
        refusal.isMachine
          ? 'The service account configured in the request is not authorized to approve/reject'
          : 'User not authorized to approve/reject',
      );
    case 'requester':
      return invalidRequest('Pipeline executor is not allowed to approve/reject');
    case 'excluded':
      return invalidRequest(
        `Action not permitted: You [${refusal.email}] are on the disallowed user list and do not have permission to approve or reject.`,
      );
    case 'voted_already':
      return invalidRequest('You have already approved/rejected the pipeline');
    case 'unknown_inputs':
      return invalidRequest(`${CANNOT_ADD}Invalid approver inputs`);
    case 'inputs_wrong': {
      const problems = Object.entries(refusal.problems).map(([name, problem]) => `${name}=${problem}`);
      return invalidRequest(`${CANNOT_ADD}Approval inputs validation failed: {${problems.join(', ')}}`);
    }
    case 'changed': {
      const what = refusal.what.length > 0 ? ` (${refusal.what.join('; ')})` : '';
      return invalidRequest(
        `This request has changed since you saw it${what}. Read it again with GET on this address, then send its details.contentVersion as content_version.`,
      );
    }
    case 'ruled':
      return invalidRequest(refusal.sentence);
  }
}
