import {
  type NotAsked,
  type Resolution,
  resolveApprovers,
  resolveSubscribers,
  type SlotOrigin,
} from '../../approval/approvers.ts';
import { isCheck } from '../../approval/checks.ts';
import { calledName, type Person } from '../../approval/person.ts';
import type { ApprovalWorkflow, SubscriberChannel } from '../../approval/workflow.ts';
import { policiesById } from '../../store/approval-policies.ts';
import { workflowFor } from '../../store/approval-workflows.ts';
import { type EventRecord, eventsById } from '../../store/events.ts';
import { accountsIn, type Identity } from '../../store/identities.ts';
import { personById } from '../../store/people.ts';
import type { Context } from '../context.ts';
import type { Managed, Principal } from '../managing/managing.ts';
import { choosePolicy, type PolicyRule } from '../opening/choose-policy.ts';
import { DirectoryUnavailable } from '../people/directory-answers.ts';
import { conflict, done, NOT_FOUND, readingRefused, refused } from '../tokens/principal-rights.ts';
import { among, findConcerned } from './concerned-people.ts';

/** Somebody to be named to the reader: mentioned where the reader's platform knows them. */
export interface NamedPerson {
  personId: number;
  name: string;
  externalId: string | null;
}

/** A requirement of its own: one of these people fulfils it; nobody = a vacant place. */
export interface AskedGroup {
  /** True for a check, which is asked before the people are. */
  isCheck: boolean;
  people: readonly { person: NamedPerson; origins: readonly SlotOrigin[] }[];
  vacantBecause: string | null;
}

/** What would come of a request of this kind now. */
export interface Prospect {
  policy: { id: number; name: string };
  /** `draft`: none of the rules of R6, but the form's own choice. */
  rule: PolicyRule | 'draft';
  workflow: ApprovalWorkflow;
  groups: readonly AskedGroup[];
  notAsked: readonly NotAsked[];
  told: readonly NamedPerson[];
  notTold: readonly NotAsked[];
  channels: readonly SubscriberChannel[];
  /** Why it could not come to an approval by itself, as a sentence; null = it could. */
  problem: string | null;
}

/** A dry run: who would be asked for an event, by which rules. */
export interface Explanation {
  event: { id: number; name: string };
  /** Where it is read; null = on no chat platform. */
  reader: Identity['platform'] | null;
  /** Whose request it would be; null = somebody Harness does not confirm. */
  requester: NamedPerson | null;
  /** Whether Harness could confirm that it was the requester who asked (R5): by their e-mail address alone. */
  confirmable: boolean;
  prospect: Prospect;
  /** The policy the requester is really under, where a draft belongs to another. */
  otherPolicy: string | null;
  /** What would differ if Harness did not confirm who asked (R5), or why it could not be asked at all then; null = nothing. */
  unconfirmed: Prospect | string | null;
}

/** What is to be explained: an event as configured, or with `draft` in place of the workflow of its policy. */
export interface Question {
  eventId: number;
  requesterId: number | null;
  draft?: ApprovalWorkflow;
}

/**
 * Who would be asked now, from which rule, and who is missing and why: what gather-approvers and settle-approvers
 * would find, without a request (R5–R8). Writes nothing but what looking people up pins. Refused with the sentence
 * where there is no policy, no workflow, or people cannot be looked up. `reader` = where names become mentions.
 */
export async function explainApprovers(
  context: Context,
  principal: Principal,
  question: Question,
  reader: Pick<Identity, 'platform' | 'tenant'> | null,
): Promise<Managed<Explanation>> {
  const forbidden = readingRefused(principal);
  if (forbidden) return refused(forbidden);
  const { organizationId } = principal;
  const event = (await eventsById(context.db, organizationId, [question.eventId])).get(question.eventId);
  if (!event) return refused(NOT_FOUND);
  const requester = question.requesterId === null ? null : await personById(context.db, question.requesterId);
  if (question.requesterId !== null && requester?.organizationId !== organizationId)
    return refused(NOT_FOUND);
  try {
    const found = await explain({ context, event, draft: question.draft ?? null, reader }, requester);
    return typeof found === 'string' ? conflict(found) : done(found);
  } catch (error) {
    if (!(error instanceof DirectoryUnavailable)) throw error;
    context.log.warn({ detail: error.message }, 'directory unavailable for a dry run');
    const detail = error.message.replace(/\.$/, '');
    return conflict(`People cannot be looked up now (${detail}). Please try again in a moment.`);
  }
}

interface Run {
  context: Context;
  event: EventRecord;
  draft: ApprovalWorkflow | null;
  reader: Pick<Identity, 'platform' | 'tenant'> | null;
}

async function explain(run: Run, requester: Person | null): Promise<Explanation | string> {
  const { event, draft } = run;
  const confirmed = requester?.email ? requester : null;
  const wanted = await prospectOf(run, confirmed, draft !== null);
  if (typeof wanted === 'string') return wanted;
  const [named] = requester ? await nameAll(run, [requester]) : [];
  const usual = draft && (await choosePolicy(run.context.db, event.organizationId, by(confirmed)));
  const unconfirmed = confirmed ? await prospectOf(run, null, false) : null;
  return {
    event: { id: event.id, name: event.name },
    reader: run.reader?.platform ?? null,
    requester: named ?? null,
    confirmable: confirmed !== null,
    prospect: wanted,
    otherPolicy: usual && usual.policy.id !== wanted.policy.id ? usual.policy.name : null,
    unconfirmed: sameProspect(unconfirmed, wanted) ? null : unconfirmed,
  };
}

const by = (requester: Person | null) => ({ requester, permitted: null });

/** A draft takes the place of its policy's workflow; `insist` = it is meant, whatever the requester's policy. */
async function prospectOf(run: Run, requester: Person | null, insist: boolean): Promise<Prospect | string> {
  const { context, event, draft } = run;
  const { db } = context;
  const chosen = await choosePolicy(db, event.organizationId, by(requester));
  if (draft && (insist || draft.approvalPolicyId === chosen?.policy.id)) {
    const policy = (await policiesById(db, event.organizationId, [draft.approvalPolicyId])).get(
      draft.approvalPolicyId,
    );
    if (!policy) return 'There is no such approval policy.';
    return resolve(run, requester, {
      policy,
      rule: chosen?.policy.id === policy.id ? chosen.rule : 'draft',
      workflow: draft,
    });
  }
  if (!chosen) return 'There is no default approval policy: create one, or assign one to the requester.';
  const workflow = await workflowFor(db, chosen.policy.id, event.id);
  if (!workflow)
    return `The approval policy “${chosen.policy.name}” has no workflow for “${event.name}”, so a pipeline would be refused: nothing is approved by default. An admin can make one: /approvals create ${event.slug}`;
  return resolve(run, requester, { ...chosen, workflow });
}

async function resolve(
  run: Run,
  requester: Person | null,
  chosen: Pick<Prospect, 'rule' | 'workflow'> & { policy: { id: number; name: string } },
): Promise<Prospect> {
  const { workflow } = chosen;
  const concerned = await findConcerned(run.context, workflow, requester);
  const verified = { manager: concerned.manager, requesterVerified: requester !== null };
  const resolution = resolveApprovers({
    workflow,
    approvers: among(concerned, workflow.approverIds),
    fallbackApprovers: among(concerned, workflow.fallbackApproverIds),
    ...verified,
    exclusion: {
      requesterId: requester?.id ?? null,
      requesterEmail: requester?.email ?? null,
      disallowRequester: workflow.disallowRequester,
      excludedEmails: [],
    },
    revoked: new Set(),
    reassigned: [],
  });
  const told = resolveSubscribers({
    workflow,
    subscribers: among(concerned, workflow.subscriberIds),
    ...verified,
    approverIds: new Set(resolution.slots.flatMap((slot) => slot.personId ?? [])),
  });
  const people = new Map([...concerned.people].map(([id, { person }]) => [id, person]));
  if (concerned.manager.kind === 'person') people.set(concerned.manager.person.id, concerned.manager.person);
  return {
    policy: { id: chosen.policy.id, name: chosen.policy.name },
    rule: chosen.rule,
    workflow,
    groups: await groupsOf(run, resolution, people),
    notAsked: resolution.notAsked,
    told: await nameAll(run, told.people),
    notTold: told.notTold,
    channels: workflow.subscriberChannels,
    problem: problemOf(run.event, workflow, resolution),
  };
}

async function groupsOf(
  run: Run,
  { slots }: Resolution,
  people: ReadonlyMap<number, Person>,
): Promise<AskedGroup[]> {
  const holders = slots.flatMap((slot) => people.get(slot.personId ?? -1) ?? []);
  const names = new Map((await nameAll(run, holders)).map((named) => [named.personId, named]));
  return [...Map.groupBy(slots, (slot) => slot.groupKey).values()].map((group) => ({
    isCheck: group.some(isCheck),
    people: group.flatMap(({ personId, origins }) => {
      const person = names.get(personId ?? -1);
      return person ? [{ person, origins }] : [];
    }),
    vacantBecause: group.find((slot) => slot.personId === null)?.vacantBecause ?? null,
  }));
}

async function nameAll({ context, reader, event }: Run, people: readonly Person[]): Promise<NamedPerson[]> {
  const ids = people.map((person) => person.id);
  const accounts = reader ? await accountsIn(context.db, event.organizationId, reader, ids) : new Map();
  return people.map((person) => ({
    personId: person.id,
    name: calledName(person),
    externalId: accounts.get(person.id) ?? null,
  }));
}

function problemOf(event: EventRecord, workflow: ApprovalWorkflow, { problem }: Resolution): string | null {
  if (event.archivedAt !== null)
    return `“${event.name}” is archived, so a pipeline that asks for it is refused.`;
  if (workflow.requirement === 'none' && event.pipelines.length === 0)
    return `“${event.name}” lists no pipelines, so a pipeline would be refused: where no approval is required, the event must list the pipelines it lets through.`;
  if (problem === 'no_approver') return 'Nobody could be asked, so nothing could be approved.';
  if (problem === 'vacant_slot')
    return 'The request would wait until an admin gives the empty place to somebody.';
  return null;
}

function sameProspect(a: Prospect | string | null, b: Prospect): boolean {
  if (a === null || typeof a === 'string') return false;
  const essence = ({ policy, workflow, groups, problem, told }: Prospect) =>
    JSON.stringify([policy.id, workflow.requirement, groups, problem, told]);
  return essence(a) === essence(b);
}
