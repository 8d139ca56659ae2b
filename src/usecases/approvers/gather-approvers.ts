import type { Person } from '../../approval/person.ts';
import type { ApprovalRequest, RequestContent, RequestProblem } from '../../approval/request.ts';
import { type ApprovalPolicy, policyByIdOrSlug } from '../../store/approval-policies.ts';
import type { StoredRequest } from '../../store/approval-requests.ts';
import { workflowFor } from '../../store/approval-workflows.ts';
import { pipelinesOfEvent } from '../../store/event-pipelines.ts';
import { admins } from '../../store/people.ts';
import type { Context } from '../context.ts';
import { inputDefinitions, isPersonsTrigger, triggeredByEmail } from '../gates/harness-facts.ts';
import type { GateLook } from '../gates/harness-gate.ts';
import { choosePolicy } from '../opening/choose-policy.ts';
import { openerBarred, openersAmong } from '../opening/token-scope.ts';
import { type DirectoryUnavailable, together } from '../people/directory-answers.ts';
import { findPersonByEmail } from '../people/find-people.ts';
import { type Concerned, findConcerned } from './concerned-people.ts';

/** What was found out about a request before its places are filled. Nothing is written yet. */
export interface Gathered extends Concerned {
  look: GateLook;
  content: RequestContent;
  verified: boolean;
  /** Why nobody may be asked yet. */
  hold: ApprovalRequest['problem'];
  /** Those who opened it (R16). */
  openers: ReadonlySet<number>;
  admins: Person[];
  /** What directories could not say, who asked included: to be looked at again. */
  unsaid: DirectoryUnavailable | null;
}

/**
 * Finds out who asked, under which policy, and what is known of everybody concerned (R4–R7). Asks directories,
 * so never inside a transaction. Throws DirectoryUnavailable when they cannot be asked.
 */
export async function gatherApprovers(
  context: Context,
  request: StoredRequest,
  look: GateLook,
): Promise<Gathered> {
  const { organizationId } = request;
  const earlier = request.content.requester;
  const hint = earlier.verified ? null : earlier.email.toLowerCase() || null;
  const told = triggeredByEmail(look.summary);
  const trusted = told !== null && isPersonsTrigger(look.summary) ? told : null;
  const email = trusted ?? (earlier.verified ? earlier.email : null);
  const asked = email ? await findPersonByEmail(context, organizationId, email) : null;
  const requester = asked?.person ?? null;

  const holds = createHolds(request);
  if (look.gate.kind === 'ambiguous')
    holds.add(
      'ambiguous_instance',
      `Harness shows ${look.gate.candidates.length} gates that could be meant. An admin has to choose one.`,
    );
  const { pipeline } = request.content.execution;
  if (look.summary && look.summary.pipelineIdentifier !== pipeline)
    holds.add(
      'pipeline_not_listed',
      `Harness says the run belongs to the pipeline ${look.summary.pipelineIdentifier}, the webhook said ${pipeline}. An admin has to look at it.`,
    );
  const barred = await openerBarred(context.db, request);
  if (barred) holds.add('pipeline_not_listed', `${barred} An admin has to look at it first.`);
  if (told && hint && told !== hint)
    holds.add(
      'requester_differs',
      `Harness says ${told} started the run, the webhook said ${hint}. An admin has to look at it.`,
    );

  const chosen = await chooseWorkflow(context, request, requester, holds);
  const { workflow } = chosen;
  const adminPeople = await admins(context.db, organizationId);
  const concerned = await findConcerned(context, workflow, requester, [
    ...request.reassigned.map((one) => one.to),
    ...adminPeople.map((admin) => admin.id),
  ]);
  const { people, manager } = concerned;
  const named = [...people.values()].map(({ person }) => person);
  const everybody = manager.kind === 'person' ? [...named, manager.person] : named;
  const openers = await openersAmong(context.db, request, everybody);
  const content: RequestContent = {
    ...request.content,
    ...chosen,
    requester: requester
      ? { personId: requester.id, email: requester.email ?? email!, verified: true }
      : { personId: null, email: told ?? earlier.email, verified: false },
    inputs: inputDefinitions(request, look),
  };
  return {
    look,
    content,
    verified: requester !== null,
    hold: holds.first(),
    people,
    openers,
    manager,
    admins: adminPeople,
    unsaid: together([asked?.unsaid, concerned.unsaid].flatMap((trouble) => trouble ?? [])),
  };
}

interface Holds {
  add(kind: RequestProblem, detail: string): void;
  first(): ApprovalRequest['problem'];
}

/** The first reason to hold that no admin has let pass; a request amended too often stays held. */
function createHolds(request: StoredRequest): Holds {
  let found = request.problem?.kind === 'amended_too_often' ? request.problem : null;
  return {
    add: (kind, detail) => {
      if (!found && !request.released.includes(kind)) found = { kind, detail };
    },
    first: () => found,
  };
}

/**
 * R5, R6: the confirmed requester's assignment, else the token's permitted choice, else the default; for somebody
 * unconfirmed the default alone. Chosen anew only when it is first settled who asked; edits of a workflow apply
 * to new requests (R14).
 */
async function chooseWorkflow(
  context: Context,
  request: StoredRequest,
  requester: Person | null,
  holds: Holds,
): Promise<Pick<RequestContent, 'workflow' | 'approvalPolicy'>> {
  const { db } = context;
  const { workflow, approvalPolicy, event, requester: earlier } = request.content;
  const kept = { workflow, approvalPolicy };
  const settled = request.resolved && earlier.verified === (requester !== null);
  if (settled && request.problem?.kind !== 'no_workflow') return kept;
  const permitted = requester && (await permittedPolicy(context, request));
  const policy = (await choosePolicy(db, request.organizationId, { requester, permitted }))?.policy ?? null;
  const found =
    policy && policy.id !== approvalPolicy.id ? await workflowFor(db, policy.id, event.id) : workflow;
  if (!policy || !found) {
    holds.add(
      'no_workflow',
      `The approval policy “${policy?.name ?? 'default'}” has no workflow for “${event.name}”. An admin has to create it, then release this request.`,
    );
    return kept;
  }
  if (found.requirement === 'none' && (await pipelinesOfEvent(db, event.id)).length === 0)
    holds.add(
      'pipeline_not_listed',
      `The workflow requires no approval, and the event “${event.name}” lists no pipelines. An admin has to list them.`,
    );
  return { workflow: found, approvalPolicy: { id: policy.id, name: policy.name } };
}

/** The policy the webhook named, where its token may choose one. */
async function permittedPolicy(
  { db }: Context,
  { organizationId, posted }: StoredRequest,
): Promise<ApprovalPolicy | null> {
  const named = posted.mayChoosePolicy ? posted.approvalPolicy : null;
  if (!named) return null;
  return policyByIdOrSlug(db, organizationId, 'id' in named ? String(named.id) : named.slug);
}
