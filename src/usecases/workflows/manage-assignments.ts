import { policiesById } from '../../store/approval-policies.ts';
import {
  ASSIGNMENTS,
  type AssignmentRecord,
  addAssignment,
  assignmentOfPerson,
  assignmentsById,
  assignmentsOfPeople,
  changeAssignment,
  removeAssignment,
} from '../../store/approval-policy-assignments.ts';
import type { Reader, Trx } from '../../store/database.ts';
import { vocabularyOf } from '../../store/list-query.ts';
import type { Context } from '../context.ts';
import { auditChange, changedMembers, named } from '../managing/change-audit.ts';
import { readOne, readPage, write, writeOne } from '../managing/managed-records.ts';
import type { FieldProblem, ListQuery, Managed, Page, Principal } from '../managing/managing.ts';
import { missingPeople } from '../people/existing-people.ts';
import { done, invalid, readingRefused } from '../tokens/principal-rights.ts';

export type { AssignmentRecord };

/** What can be written of an assignment. */
export interface AssignmentDraft {
  approvalPolicyId: number | null;
  personId: number | null;
  /** 'person', in any case; nothing else can be assigned a policy here. */
  targetType?: string | null;
}
/** Members left out keep their value. */
export type AssignmentChange = Partial<AssignmentDraft>;

export const ASSIGNMENT_LIST = vocabularyOf(ASSIGNMENTS);

export function listAssignments(
  context: Context,
  principal: Principal,
  query: ListQuery,
): Promise<Managed<Page<AssignmentRecord>>> {
  return readPage(context, principal, { shape: ASSIGNMENTS, load: assignmentsById }, query);
}

export function getAssignment(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<AssignmentRecord>> {
  return readOne(context, principal, assignmentsById, id);
}

/** For includes: only those of the principal's organization are in the map. */
export function loadAssignments(
  context: Context,
  principal: Principal,
  ids: Iterable<number>,
): Promise<Map<number, AssignmentRecord>> {
  return assignmentsById(context.db, principal.organizationId, readingRefused(principal) ? [] : ids);
}

/** For people's include: person id → assignment. */
export function loadAssignmentsOfPeople(
  context: Context,
  principal: Principal,
  personIds: Iterable<number>,
): Promise<Map<number, AssignmentRecord>> {
  return assignmentsOfPeople(
    context.db,
    principal.organizationId,
    readingRefused(principal) ? [] : personIds,
  );
}

/** Assigns a policy. A person has one at most: a second is a problem of `person` (R6). */
export function createAssignment(
  context: Context,
  principal: Principal,
  draft: AssignmentDraft,
): Promise<Managed<AssignmentRecord>> {
  return write(context, principal, async (trx, now) => {
    const { organizationId } = principal;
    const wanted = {
      ...named(draft),
      approvalPolicyId: draft.approvalPolicyId ?? null,
      personId: draft.personId ?? null,
    };
    const problems = await problemsOf(trx, organizationId, null, wanted);
    if (problems.length > 0) return invalid(problems);
    const id = await addAssignment(
      trx,
      organizationId,
      { personId: wanted.personId!, approvalPolicyId: wanted.approvalPolicyId! },
      now,
    );
    const after = (await assignmentsById(trx, organizationId, [id])).get(id)!;
    await audit(trx, principal, 'created', now, null, after);
    return done(after);
  });
}

export function updateAssignment(
  context: Context,
  principal: Principal,
  id: number,
  change: AssignmentChange,
): Promise<Managed<AssignmentRecord>> {
  return writeOne(context, principal, assignmentsById, id, async (trx, before, now) => {
    const wanted = named(change);
    const problems = await problemsOf(trx, principal.organizationId, before, wanted);
    if (problems.length > 0) return invalid(problems);
    const { approvalPolicyId, personId } = wanted;
    const changed = changedMembers(before, {
      ...(approvalPolicyId != null && { approvalPolicyId }),
      ...(personId != null && { personId }),
    });
    if (!changed) return done(before);
    await changeAssignment(trx, before, changed);
    const after = (await assignmentsById(trx, principal.organizationId, [id])).get(id)!;
    await audit(trx, principal, 'changed', now, before, after);
    return done(after);
  });
}

/** Takes the assignment away: from now on the default policy is the person's. */
export function deleteAssignment(context: Context, principal: Principal, id: number): Promise<Managed<null>> {
  return writeOne(context, principal, assignmentsById, id, async (trx, before, now) => {
    await removeAssignment(trx, before);
    await audit(trx, principal, 'deleted', now, before, null);
    return done(null);
  });
}

function audit(
  trx: Trx,
  principal: Principal,
  action: string,
  at: number,
  before: AssignmentRecord | null,
  after: AssignmentRecord | null,
): Promise<void> {
  const subjectId = (after ?? before)!.id;
  const subjectType = 'approval_policy_assignment';
  return auditChange(trx, principal, { at, action, subjectType, subjectId, before, after });
}

async function problemsOf(
  db: Reader,
  organizationId: number,
  before: AssignmentRecord | null,
  wanted: AssignmentChange,
): Promise<FieldProblem[]> {
  const { approvalPolicyId, personId, targetType } = wanted;
  const problems: FieldProblem[] = [];
  const policy = (detail: string) =>
    problems.push({ field: 'approval_policy', attribute: 'approval_policy_id', detail });
  const person = (detail: string) => problems.push({ field: 'person', attribute: 'person_id', detail });
  if (approvalPolicyId === null) policy("can't be blank");
  else if (approvalPolicyId !== undefined && approvalPolicyId !== before?.approvalPolicyId) {
    const found = (await policiesById(db, organizationId, [approvalPolicyId])).get(approvalPolicyId);
    if (!found) policy('does not exist');
    else if (found.archivedAt !== null) policy('is archived');
  }
  if (targetType !== undefined && targetType?.toLowerCase() !== 'person')
    problems.push({ field: 'target_type', detail: 'must be person' });
  if (personId === null) person("can't be blank");
  else if (personId !== undefined && personId !== before?.personId) {
    if ((await missingPeople(db, organizationId, [personId])).length > 0) person('does not exist');
    else if (await assignmentOfPerson(db, organizationId, personId))
      person('has an approval policy assigned already');
  }
  return problems;
}
