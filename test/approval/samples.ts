import type { ApproverInput } from '../../src/approval/approver-input.ts';
import type { Slot } from '../../src/approval/approvers.ts';
import type { Ballot, RulingState } from '../../src/approval/decide.ts';
import type { Person } from '../../src/approval/person.ts';
import {
  type ApprovalRequest,
  type HarnessView,
  type RequestContent,
  UNCONFIRMED,
} from '../../src/approval/request.ts';
import type { Vote } from '../../src/approval/requirement.ts';
import type { HarnessInstance, Submission } from '../../src/approval/submission.ts';
import type { ApprovalRequirement, ApprovalWorkflow } from '../../src/approval/workflow.ts';

export const NOW = Date.UTC(2026, 10, 22, 15, 0);
export const ACME = 1;

function person(id: number, name: string, change: Partial<Person> = {}): Person {
  return {
    id,
    organizationId: ACME,
    name,
    email: `${name.toLowerCase()}@acme.io`,
    kind: 'human',
    ownerId: null,
    role: 'member',
    managerId: null,
    standing: 'member',
    ...change,
  };
}

/** Dana asks; Alice, Bob and Carol approve; Maria is Dana's manager; Ada is an admin; Fay and Finn stand in. */
export const dana = person(1, 'Dana', { managerId: 5 });
export const alice = person(2, 'Alice');
export const bob = person(3, 'Bob');
export const carol = person(4, 'Carol');
export const maria = person(5, 'Maria');
export const ada = person(6, 'Ada', { role: 'admin' });
export const fay = person(7, 'Fay');
export const finn = person(8, 'Finn');
/** Dana's own script. */
export const danasBot = person(9, 'Danabot', { kind: 'machine', ownerId: dana.id });
/** An admin of another organization. */
export const eve = person(10, 'Eve', { organizationId: 2, role: 'admin', email: 'eve@evil.example' });

export const STAFF: readonly Person[] = [dana, alice, bob, carol, maria, ada, fay, finn, danasBot, eve];

export function peopleMap(changed: readonly Person[] = []): Map<number, Person> {
  return new Map([...STAFF, ...changed].map((one) => [one.id, one]));
}

export function input(name: string, change: Partial<ApproverInput> = {}): ApproverInput {
  return {
    name,
    defaultValue: '',
    required: false,
    description: null,
    regex: null,
    allowedValues: null,
    selectOneFrom: null,
    selectManyFrom: null,
    ...change,
  };
}

export function workflow(requirement: ApprovalRequirement, change: Partial<ApprovalWorkflow> = {}) {
  return {
    id: 1,
    organizationId: ACME,
    approvalPolicyId: 1,
    eventId: 1,
    targetTypeId: 1,
    requirement,
    approverIds: [alice.id, bob.id],
    subscriberIds: [],
    fallbackApproverIds: [],
    dynamicApproverIds: [],
    dynamicSubscriberIds: [],
    subscriberChannels: [],
    disallowRequester: false,
    checksFirst: false,
    expiryAction: 'expire',
    ...change,
  } satisfies ApprovalWorkflow;
}

export interface RequestChange extends Partial<Omit<ApprovalRequest, 'content' | 'harness'>> {
  requirement?: ApprovalRequirement;
  inputs?: readonly ApproverInput[];
  content?: Partial<RequestContent>;
  harness?: Partial<HarnessView>;
}

/** A deployment that Dana asked for, confirmed by Harness, with cards out. */
export function request(change: RequestChange = {}): ApprovalRequest {
  const { requirement = 'any', inputs = [], content, harness, ...rest } = change;
  return {
    id: 'apr_q7',
    organizationId: ACME,
    generation: 1,
    status: 'WAITING',
    problem: null,
    content: {
      event: { id: 1, name: 'Deploy to production' },
      approvalPolicy: { id: 1, name: 'Standard' },
      workflow: workflow(requirement),
      execution: {
        account: 'acme',
        org: 'default',
        project: 'payments',
        pipeline: 'deploy_payments',
        planExecutionId: 'run1',
        callbackId: 'gate1',
        url: null,
      },
      requester: { personId: dana.id, email: 'dana@acme.io', verified: true },
      message: '',
      facts: [],
      links: [],
      inputs,
      offered: {},
      ...content,
    },
    contentVersion: 1,
    contentHash: '0123456789abcdef0123456789abcdef',
    resolved: true,
    disallowRequester: false,
    excludedEmails: [],
    expiresAt: null,
    decision: null,
    closedReason: null,
    harness: { ...UNCONFIRMED, confirmed: true, instanceId: 'inst1', status: 'WAITING', ...harness },
    revision: 1,
    createdAt: NOW - 60_000,
    ...rest,
  };
}

/** One slot per person: all in one group under any, a group each otherwise. null = a vacant one. */
export function slots(requirement: ApprovalRequirement, holders: readonly (Person | null)[]): Slot[] {
  return holders.map((holder, index) => ({
    id: index + 1,
    groupKey: requirement === 'any' ? 'any' : `all-${index + 1}`,
    personId: holder?.id ?? null,
    origins: ['explicit'],
    vacantBecause: holder ? null : 'Bob is deactivated',
  }));
}

let lastVote = 0;
export function vote(voter: Person, action: Vote['action'], change: Partial<Vote> = {}): Vote {
  lastVote += 1;
  return {
    id: lastVote,
    personId: voter.id,
    contentVersion: 1,
    action,
    values: {},
    comment: '',
    link: null,
    via: 'slack',
    at: NOW - 1_000,
    voidBecause: null,
    ...change,
  };
}

export interface StateChange extends RequestChange {
  holders?: readonly (Person | null)[];
  votes?: readonly Vote[];
  sendingStarted?: boolean;
  /** People who are not as they usually are. */
  changedPeople?: readonly Person[];
}

/** Any of Alice and Bob may decide Dana's deployment, unless said otherwise. */
export function state(change: StateChange = {}): RulingState {
  const { holders = [alice, bob], votes = [], sendingStarted = false, changedPeople, ...rest } = change;
  return {
    request: request(rest),
    slots: slots(change.requirement ?? 'any', holders),
    votes,
    people: peopleMap(changedPeople),
    sendingStarted,
  };
}

export function ballot(voter: Person | null, action: Ballot['action'], change: Partial<Ballot> = {}): Ballot {
  return {
    person: voter,
    action,
    values: {},
    comment: action === 'REJECT' ? 'Not on a Friday' : '',
    link: null,
    shownVersion: 1,
    now: NOW,
    ...change,
  };
}

export const fullMatch = (pattern: string, text: string) => new RegExp(`^(?:${pattern})$`).test(text);

export const approvedBy = (voter: Person) =>
  ({ action: 'APPROVE', personId: voter.id, how: 'vote', at: NOW - 500 }) as const;
export const rejectedBy = (voter: Person) =>
  ({ action: 'REJECT', personId: voter.id, how: 'vote', at: NOW - 500 }) as const;

export function submission(change: Partial<Submission> = {}): Submission {
  return {
    requestId: 'apr_q7',
    action: 'APPROVE',
    inputs: {},
    comments: '',
    state: 'queued',
    posts: 0,
    detail: null,
    inputProblems: {},
    createdAt: NOW,
    ...change,
  };
}

export function instance(id: string, change: Partial<HarnessInstance> = {}): HarnessInstance {
  return {
    id,
    type: 'HarnessApproval',
    status: 'WAITING',
    deadline: null,
    createdAt: NOW,
    approvalMessage: '',
    minimumCount: 1,
    disallowPipelineExecutor: false,
    disallowedUserEmails: [],
    userGroups: [],
    serviceAccounts: [],
    autoRejectEnabled: false,
    activities: [],
    inputs: [],
    ...change,
  };
}
