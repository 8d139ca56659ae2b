import {
  type ApprovalRequirement,
  checksFirstProblem,
  type ExpiryAction,
  type SubscriberChannel,
  workflowProblems,
} from '../../approval/workflow.ts';
import {
  addPolicy,
  assignPolicy,
  changePolicy,
  policyBySlug,
  takeDefault,
} from '../../store/approval-policies.ts';
import { saveWorkflow, workflowFor } from '../../store/approval-workflows.ts';
import type { Actor } from '../../store/audit.ts';
import type { Trx } from '../../store/database.ts';
import { type EventPipeline, tidyPipelines } from '../../store/event-pipelines.ts';
import { addEvent, changeEvent, eventBySlug } from '../../store/events.ts';
import { updateOrganization } from '../../store/organizations.ts';
import { addPerson, peopleById, personByEmail, updatePerson } from '../../store/people.ts';
import { peopleRecords } from '../../store/person-records.ts';
import { machineByName } from '../../store/tokens.ts';
import { removedApprovers } from '../approvers/removed-approvers.ts';
import { vacateEverywhere, vacateInWorkflow } from '../approvers/revoke-approver.ts';
import { withKnownTenants } from '../cards/subscriber-channels.ts';
import { type Context, commit } from '../context.ts';
import { loadPipelineEvents, type WantedPipelineEvent } from '../gates/load-pipeline-events.ts';
import { auditRecordChange, changedMembers } from '../managing/change-audit.ts';
import { loadMachines, type WantedMachine } from '../people/load-machines.ts';

/** A person by e-mail, or a machine by name. */
export type NamedApprover = string | { machine: string };

/** Events, policies, workflows and people as a file says them; people and the rest are named, not numbered. */
export interface WantedConfiguration {
  organization?: { name: string; domains: readonly string[] };
  people: readonly {
    email: string;
    name?: string;
    manager?: string | null;
    role?: 'member' | 'admin';
    deactivated?: boolean;
  }[];
  /** Each answers to one of the people (R16). */
  machines: readonly WantedMachine[];
  events: readonly { slug: string; name: string; pipelines: readonly EventPipeline[] }[];
  pipelineEvents?: readonly WantedPipelineEvent[];
  policies: readonly { slug: string; name: string; isDefault: boolean; people: readonly string[] }[];
  workflows: readonly {
    policy: string;
    event: string;
    requirement: ApprovalRequirement;
    approvers: readonly NamedApprover[];
    subscribers: readonly string[];
    fallbackApprovers: readonly NamedApprover[];
    managerApproves: boolean;
    managerSubscribes: boolean;
    channels: readonly SubscriberChannel[];
    disallowRequester: boolean;
    checksFirst: boolean;
    onExpiry: ExpiryAction;
  }[];
}

/** Something in the wanted configuration that cannot be; nothing was changed. */
export class ConfigurationRefused extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * Brings the organization's configuration to what is wanted, in one transaction: what is named is added or
 * replaced, what is not named stays. Loading the same again changes nothing. Approvers who drop out of a workflow
 * lose their places in open requests at once (R14). Throws ConfigurationRefused with every problem.
 */
export function loadConfiguration(
  context: Context,
  organizationId: number,
  wanted: WantedConfiguration,
  actor: Actor,
): Promise<{ people: number; events: number; policies: number; workflows: number }> {
  return commit(context, async (trx) => {
    const now = context.clock.now();
    const problems: string[] = [];
    if (wanted.organization) await updateOrganization(trx, organizationId, wanted.organization);
    const people = await loadPeople(context, trx, organizationId, wanted, actor, now);
    const personId = (email: string, where: string): number => {
      const id = people.get(email.toLowerCase());
      if (id === undefined)
        problems.push(`${where}: ${email} is not among the people. Add them under people.`);
      return id ?? 0;
    };
    const machines = await loadMachines(
      trx,
      { organizationId, actor },
      wanted.machines,
      people,
      problems,
      now,
    );
    const approverId = async (named: NamedApprover, where: string): Promise<number> => {
      if (typeof named === 'string') return personId(named, where);
      const id = machines.get(named.machine) ?? (await machineByName(trx, organizationId, named.machine));
      if (id === null)
        problems.push(`${where}: there is no machine “${named.machine}”. Add it under machines.`);
      return id ?? 0;
    };
    const events = new Map<string, number>();
    const by = { organizationId, actor };
    for (const event of wanted.events) events.set(event.slug, await loadEvent(trx, by, event, now));
    problems.push(...(await loadPipelineEvents(trx, by, wanted.pipelineEvents ?? [], events, now)));
    const policies = new Map<string, number>();
    for (const policy of wanted.policies) {
      const id = await loadPolicy(trx, by, policy, now);
      policies.set(policy.slug, id);
      for (const email of policy.people) {
        const assigned = personId(email, `policies.${policy.slug}.people`);
        if (assigned) await assignPolicy(trx, organizationId, assigned, id, now);
      }
    }
    for (const workflow of wanted.workflows) {
      const where = `workflows (${workflow.policy}, ${workflow.event})`;
      const ids = (emails: readonly string[]) =>
        emails.map((email) => personId(email, where)).filter((id) => id > 0);
      const approvers = async (named: readonly NamedApprover[]) => {
        const found: number[] = [];
        for (const one of named) found.push(await approverId(one, where));
        return found.filter((id) => id > 0);
      };
      const eventId = events.get(workflow.event) ?? null;
      const approvalPolicyId = policies.get(workflow.policy) ?? null;
      if (eventId === null)
        problems.push(`${where}: there is no event ${workflow.event}. Add it under events.`);
      if (approvalPolicyId === null)
        problems.push(`${where}: there is no policy ${workflow.policy}. Add it under policies.`);
      if (eventId === null || approvalPolicyId === null) continue;
      const draft = {
        organizationId,
        approvalPolicyId,
        eventId,
        targetTypeId: 1,
        requirement: workflow.requirement,
        approverIds: await approvers(workflow.approvers),
        subscriberIds: ids(workflow.subscribers),
        fallbackApproverIds: await approvers(workflow.fallbackApprovers),
        dynamicApproverIds: workflow.managerApproves ? [1] : [],
        dynamicSubscriberIds: workflow.managerSubscribes ? [1] : [],
        subscriberChannels: workflow.channels,
        disallowRequester: workflow.disallowRequester,
        checksFirst: workflow.checksFirst,
        expiryAction: workflow.onExpiry,
      };
      const found = workflowProblems(draft);
      problems.push(...found.map((problem) => `${where}: ${problem.field} ${problem.detail}.`));
      const noCheck =
        draft.checksFirst &&
        checksFirstProblem(draft.requirement, [...(await peopleById(trx, draft.approverIds)).values()]);
      if (noCheck) problems.push(`${where}: checks_first ${noCheck}.`);
      if (found.length > 0 || noCheck) continue;
      const known = await workflowFor(trx, approvalPolicyId, eventId);
      const channels = withKnownTenants(draft.subscriberChannels, known?.subscriberChannels ?? []);
      draft.subscriberChannels = channels;
      const { id, before } = await saveWorkflow(trx, draft, now);
      if (before) await vacateInWorkflow(context, trx, id, removedApprovers(before, draft), actor);
      await auditRecordChange(trx, by, {
        at: now,
        action: before ? 'changed' : 'created',
        subjectType: 'approval_workflow',
        subjectId: id,
        before,
        after: { id, ...draft },
      });
    }
    if (problems.length > 0) throw new ConfigurationRefused([...new Set(problems)]);
    return {
      people: wanted.people.length,
      events: events.size,
      policies: policies.size,
      workflows: wanted.workflows.length,
    };
  });
}

interface LoadedBy {
  organizationId: number;
  actor: Actor;
}

async function loadEvent(
  trx: Trx,
  by: LoadedBy,
  event: WantedConfiguration['events'][number],
  now: number,
): Promise<number> {
  const { organizationId } = by;
  const { name, slug } = event;
  const wanted = { name, pipelines: tidyPipelines(event.pipelines), archivedAt: null };
  const before = await eventBySlug(trx, organizationId, slug);
  const change = before && changedMembers(before, wanted);
  if (before && change) await changeEvent(trx, before, change, now);
  const id = before?.id ?? (await addEvent(trx, organizationId, { slug, ...wanted }, now));
  const after = await eventBySlug(trx, organizationId, slug);
  await auditRecordChange(trx, by, {
    at: now,
    action: before ? 'changed' : 'created',
    subjectType: 'event',
    subjectId: id,
    before,
    after,
  });
  return id;
}

/** Making one the default takes it from the other. */
async function loadPolicy(
  trx: Trx,
  by: LoadedBy,
  policy: WantedConfiguration['policies'][number],
  now: number,
): Promise<number> {
  const { organizationId } = by;
  const { name, slug, isDefault } = policy;
  const wanted = { name, isDefault, archivedAt: null };
  const before = await policyBySlug(trx, organizationId, slug);
  if (isDefault && !before?.isDefault) await takeDefault(trx, organizationId, now);
  const change = before && changedMembers(before, wanted);
  if (before && change) await changePolicy(trx, before, change, now);
  const id = before?.id ?? (await addPolicy(trx, organizationId, { slug, ...wanted }, now));
  await auditRecordChange(trx, by, {
    at: now,
    action: before ? 'changed' : 'created',
    subjectType: 'approval_policy',
    subjectId: id,
    before,
    after: await policyBySlug(trx, organizationId, slug),
  });
  return id;
}

async function loadPeople(
  context: Context,
  trx: Trx,
  organizationId: number,
  wanted: WantedConfiguration,
  actor: Actor,
  now: number,
): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  const added = new Set<number>();
  for (const person of wanted.people) {
    const email = person.email.toLowerCase();
    const known = await personByEmail(trx, organizationId, email);
    const id =
      known?.id ?? (await addPerson(trx, { organizationId, name: person.name ?? email, email }, now));
    if (!known) added.add(id);
    ids.set(email, id);
  }
  const problems: string[] = [];
  const before = await peopleRecords(trx, organizationId, ids.values());
  for (const person of wanted.people) {
    const id = ids.get(person.email.toLowerCase())!;
    const managerId = person.manager ? ids.get(person.manager.toLowerCase()) : null;
    if (managerId === undefined)
      problems.push(
        `people.${person.email}: the manager ${person.manager} is not among the people. Add them.`,
      );
    if (managerId === id) problems.push(`people.${person.email}: nobody is their own manager.`);
    const isNamed = person.name !== undefined && person.name !== before.get(id)?.name;
    await updatePerson(
      trx,
      id,
      {
        ...(isNamed && { name: person.name }),
        ...(person.manager !== undefined && { managerId: managerId ?? null }),
        ...(person.role !== undefined && { role: person.role }),
        ...(person.deactivated !== undefined && {
          status: person.deactivated ? ('deactivated' as const) : ('active' as const),
        }),
      },
      now,
    );
    if (person.deactivated) await vacateEverywhere(context, trx, id, 'is deactivated', actor);
  }
  if (problems.length > 0) throw new ConfigurationRefused(problems);
  for (const [id, after] of await peopleRecords(trx, organizationId, ids.values()))
    await auditRecordChange(
      trx,
      { organizationId, actor },
      {
        at: now,
        action: added.has(id) ? 'created' : 'changed',
        subjectType: 'person',
        subjectId: id,
        before: added.has(id) ? null : (before.get(id) ?? null),
        after,
      },
    );
  return ids;
}
