import {
  type ApprovalPolicy,
  addPolicy,
  changePolicy,
  POLICIES,
  type PolicyColumns,
  policiesById,
  policySlugsLike,
  takeDefault,
} from '../../store/approval-policies.ts';
import { countAssigned } from '../../store/approval-policy-assignments.ts';
import type { Reader, Trx } from '../../store/database.ts';
import { vocabularyOf } from '../../store/list-query.ts';
import type { Context } from '../context.ts';
import { auditChange, changedMembers, named } from '../managing/change-audit.ts';
import {
  choiceProblems,
  freeSlug,
  MAX_TEXT,
  nameProblems,
  slugOf,
  slugProblems,
  tooLong,
} from '../managing/field-checks.ts';
import { readOne, readPage, write, writeOne } from '../managing/managed-records.ts';
import type { FieldProblem, ListQuery, Managed, Page, Principal } from '../managing/managing.ts';
import { conflict, done, invalid, readingRefused } from '../tokens/principal-rights.ts';

export type PolicyRecord = ApprovalPolicy;

/** What can be written of an approval policy. */
export interface PolicyDraft {
  name: string | null;
  description?: string | null;
  /** 1 event, 2 budget, 3 deal; 1 unless said otherwise. */
  typeId?: number;
  /** true takes it from the policy that was the default; there is always one to take it from, or none yet. */
  isDefault?: boolean;
  /** Unique; derived from the name unless given. */
  slug?: string;
}
/** Members left out keep their value. */
export type PolicyChange = Partial<PolicyDraft>;

export const POLICY_LIST = vocabularyOf(POLICIES);

export function listPolicies(
  context: Context,
  principal: Principal,
  query: ListQuery,
): Promise<Managed<Page<PolicyRecord>>> {
  return readPage(context, principal, { shape: POLICIES, load: policiesById }, query);
}

export function getPolicy(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<PolicyRecord>> {
  return readOne(context, principal, policiesById, id);
}

/** For includes: only those of the principal's organization are in the map. */
export function loadPolicies(
  context: Context,
  principal: Principal,
  ids: Iterable<number>,
): Promise<Map<number, PolicyRecord>> {
  return policiesById(context.db, principal.organizationId, readingRefused(principal) ? [] : ids);
}

export function createPolicy(
  context: Context,
  principal: Principal,
  draft: PolicyDraft,
): Promise<Managed<PolicyRecord>> {
  return write(context, principal, async (trx, now) => {
    const { organizationId } = principal;
    const wanted = { ...named(draft), name: draft.name ?? null };
    const problems = await problemsOf(trx, organizationId, null, wanted);
    if (problems.length > 0) return invalid(problems);
    const columns = columnsOf(wanted);
    const name = columns.name!;
    const slug = columns.slug ?? (await deriveSlug(trx, organizationId, name));
    if (columns.isDefault) await passDefaultOn(trx, principal, now);
    const id = await addPolicy(trx, organizationId, { ...columns, name, slug }, now);
    const after = (await policiesById(trx, organizationId, [id])).get(id)!;
    await audit(trx, principal, 'created', now, null, after);
    return done(after);
  });
}

/** Writes the members that are named. The default cannot be given up, only taken by another policy (R6). */
export function updatePolicy(
  context: Context,
  principal: Principal,
  id: number,
  change: PolicyChange,
): Promise<Managed<PolicyRecord>> {
  return writeOne(context, principal, policiesById, id, async (trx, before, now) => {
    const wanted = named(change);
    const problems = await problemsOf(trx, principal.organizationId, before, wanted);
    if (problems.length > 0) return invalid(problems);
    if (wanted.isDefault && !before.isDefault) await passDefaultOn(trx, principal, now);
    return save(trx, principal, 'changed', before, columnsOf(wanted), now);
  });
}

/**
 * Archives a policy. Refused with conflict for the default, and while people are assigned to it: they would pass
 * to the default's approvers unnoticed. Archiving again changes nothing.
 */
export function archivePolicy(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<PolicyRecord>> {
  return writeOne(context, principal, policiesById, id, async (trx, before, now) => {
    if (before.isDefault)
      return conflict(`“${before.name}” is the default policy. Make another policy the default first.`);
    const assigned = before.archivedAt === null ? await countAssigned(trx, before.organizationId, id) : 0;
    if (assigned > 0)
      return conflict(
        `“${before.name}” is assigned to ${assigned === 1 ? 'one person' : `${assigned} people`}. Assign them another policy first.`,
      );
    return save(trx, principal, 'archived', before, { archivedAt: before.archivedAt ?? now }, now);
  });
}

export function restorePolicy(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<PolicyRecord>> {
  return writeOne(context, principal, policiesById, id, (trx, before, now) =>
    save(trx, principal, 'restored', before, { archivedAt: null }, now),
  );
}

async function save(
  trx: Trx,
  principal: Principal,
  action: string,
  before: PolicyRecord,
  wanted: PolicyColumns,
  now: number,
): Promise<Managed<PolicyRecord>> {
  const change = changedMembers(before, wanted);
  if (!change) return done(before);
  await changePolicy(trx, before, change, now);
  const after = (await policiesById(trx, before.organizationId, [before.id])).get(before.id)!;
  await audit(trx, principal, action, now, before, after);
  return done(after);
}

/** The policy that was the default is it no longer; that is a change of its own. */
async function passDefaultOn(trx: Trx, principal: Principal, now: number): Promise<void> {
  const formerId = await takeDefault(trx, principal.organizationId, now);
  if (formerId === null) return;
  const former = (await policiesById(trx, principal.organizationId, [formerId])).get(formerId)!;
  await audit(trx, principal, 'changed', now, { ...former, isDefault: true }, former);
}

function audit(
  trx: Trx,
  principal: Principal,
  action: string,
  at: number,
  before: PolicyRecord | null,
  after: PolicyRecord,
): Promise<void> {
  const subject = { subjectType: 'approval_policy', subjectId: after.id } as const;
  return auditChange(trx, principal, { at, action, ...subject, before, after });
}

async function deriveSlug(db: Reader, organizationId: number, name: string): Promise<string> {
  const slug = slugOf(name, 'policy');
  return freeSlug(slug, await policySlugsLike(db, organizationId, slug));
}

function columnsOf({ name, ...others }: PolicyChange): PolicyColumns {
  return { ...others, ...(name != null && { name: name.trim() }) };
}

async function problemsOf(
  db: Reader,
  organizationId: number,
  before: PolicyRecord | null,
  wanted: PolicyChange,
): Promise<FieldProblem[]> {
  const { slug, isDefault } = wanted;
  const problems = [
    ...nameProblems('name', wanted.name),
    ...slugProblems(slug),
    ...tooLong('description', wanted.description, MAX_TEXT),
    ...choiceProblems('type_id', wanted.typeId, [1, 2, 3]),
  ];
  if (isDefault === false && before?.isDefault)
    problems.push({ field: 'default', detail: "can't be given up: make another policy the default" });
  if (isDefault && before && before.archivedAt !== null)
    problems.push({ field: 'default', detail: "can't be an archived policy" });
  if (slug !== undefined && slug !== before?.slug)
    if ((await policySlugsLike(db, organizationId, slug)).has(slug))
      problems.push({ field: 'slug', detail: 'has already been taken' });
  return problems;
}
