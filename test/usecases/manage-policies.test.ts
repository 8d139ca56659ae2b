import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../src/usecases/context.ts';
import type { Principal } from '../../src/usecases/managing/managing.ts';
import { deactivatePerson } from '../../src/usecases/people/manage-people.ts';
import {
  createAssignment,
  deleteAssignment,
  getAssignment,
  loadAssignmentsOfPeople,
  updateAssignment,
} from '../../src/usecases/workflows/manage-assignments.ts';
import {
  archivePolicy,
  createPolicy,
  getPolicy,
  restorePolicy,
  updatePolicy,
} from '../../src/usecases/workflows/manage-policies.ts';
import {
  accepted,
  adminOf,
  auditLines,
  foreignOrganization,
  personId,
  problemsOf,
  snapshot,
} from '../helpers/management.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

let world: World;
let context: Context;
let admin: Principal;
let dana: number;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
  context = world.app.context;
  admin = adminOf(world);
  dana = await personId(world, 'dana');
});
afterEach(() => world.close());

const make = async (name: string, more = {}) =>
  accepted(await createPolicy(context, admin, { name, ...more }));
const STANDARD = 1;

test('Productive’s example: a new policy and its defaults', async () => {
  expect(await make('Vacation policy')).toMatchObject({
    name: 'Vacation policy',
    slug: 'vacation-policy',
    archivedAt: null,
    custom: false,
    isDefault: false,
    description: null,
    typeId: 1,
  });
});

test('problems are collected', async () => {
  const wrong = { name: null, typeId: 4, slug: 'standard', description: 'x'.repeat(5_001) };
  expect(problemsOf(await createPolicy(context, admin, wrong))).toEqual([
    "name: can't be blank",
    'description: is too long (at most 5000 characters)',
    'type_id: must be 1, 2 or 3',
    'slug: has already been taken',
  ]);
});

test('the default is taken by another, never given up; both changes are audited', async () => {
  expect(problemsOf(await updatePolicy(context, admin, STANDARD, { isDefault: false }))).toEqual([
    "default: can't be given up: make another policy the default",
  ]);
  const strict = await make('Strict');
  expect(accepted(await updatePolicy(context, admin, strict.id, { isDefault: true })).isDefault).toBe(true);
  expect(accepted(await getPolicy(context, admin, STANDARD)).isDefault).toBe(false);
  expect((await auditLines(world, 'approval_policy')).slice(-2).map((line) => line.detail)).toEqual([
    { before: { isDefault: true }, after: { isDefault: false }, token: 'bootstrap' },
    { before: { isDefault: false }, after: { isDefault: true }, token: 'bootstrap' },
  ]);
  expect((await make('Stricter', { isDefault: true })).isDefault).toBe(true);
  expect(accepted(await getPolicy(context, admin, strict.id)).isDefault).toBe(false);
});

test('the default and an assigned policy are not archived; an archived one does not become the default', async () => {
  expect(problemsOf(await archivePolicy(context, admin, STANDARD))).toEqual(['conflict']);
  const strict = await make('Strict');
  const assignment = accepted(
    await createAssignment(context, admin, { personId: dana, approvalPolicyId: strict.id }),
  );
  expect(problemsOf(await archivePolicy(context, admin, strict.id))).toEqual(['conflict']);
  accepted(await deleteAssignment(context, admin, assignment.id));
  expect(accepted(await archivePolicy(context, admin, strict.id)).archivedAt).toBe(world.clock.now());
  expect(problemsOf(await updatePolicy(context, admin, strict.id, { isDefault: true }))).toEqual([
    "default: can't be an archived policy",
  ]);
  const again = { personId: dana, approvalPolicyId: strict.id };
  expect(problemsOf(await createAssignment(context, admin, again))).toEqual(['approval_policy: is archived']);
  expect(accepted(await restorePolicy(context, admin, strict.id)).archivedAt).toBeNull();
});

test('a person has one policy: a second is invalid, and moving one there too', async () => {
  const strict = await make('Strict');
  const first = accepted(
    await createAssignment(context, admin, {
      personId: dana,
      approvalPolicyId: strict.id,
      targetType: 'Person',
    }),
  );
  expect(first).toMatchObject({ targetType: 'person', personId: dana, approvalPolicyId: strict.id });
  const second = { personId: dana, approvalPolicyId: STANDARD };
  const taken = ['person: has an approval policy assigned already'];
  expect(problemsOf(await createAssignment(context, admin, second))).toEqual(taken);
  const alice = await personId(world, 'alice');
  const other = accepted(await createAssignment(context, admin, { ...second, personId: alice }));
  expect(problemsOf(await updateAssignment(context, admin, other.id, { personId: dana }))).toEqual(taken);
  const moved = accepted(await updateAssignment(context, admin, first.id, { approvalPolicyId: STANDARD }));
  expect(moved).toEqual({ ...first, approvalPolicyId: STANDARD });
  expect((await loadAssignmentsOfPeople(context, admin, [dana])).get(dana)).toEqual(moved);
  expect((await auditLines(world, 'approval_policy_assignment')).at(-1)?.detail).toMatchObject({
    before: { approvalPolicyId: strict.id },
    after: { approvalPolicyId: STANDARD },
  });
});

test('what an assignment names must exist; a deactivated person does not', async () => {
  const before = await snapshot(world, ['approval_policy_assignments', 'audit_events']);
  const blank = { personId: null, approvalPolicyId: null, targetType: 'deal' };
  expect(problemsOf(await createAssignment(context, admin, blank))).toEqual([
    "approval_policy: can't be blank",
    'target_type: must be person',
    "person: can't be blank",
  ]);
  const missing = { personId: 999, approvalPolicyId: 999 };
  expect(problemsOf(await createAssignment(context, admin, missing))).toEqual([
    'approval_policy: does not exist',
    'person: does not exist',
  ]);
  expect(await snapshot(world, ['approval_policy_assignments', 'audit_events'])).toBe(before);
  accepted(await deactivatePerson(context, admin, dana));
  const left = { personId: dana, approvalPolicyId: STANDARD };
  expect(problemsOf(await createAssignment(context, admin, left))).toEqual(['person: does not exist']);
});

test('members do not write; foreign ids are unknown', async () => {
  const member = adminOf(world, { role: 'member' });
  const foreign = await foreignOrganization(world);
  const wanted = { personId: dana, approvalPolicyId: STANDARD };
  const made = accepted(await createAssignment(context, admin, wanted));
  expect(accepted(await getAssignment(context, member, made.id))).toEqual(made);
  expect(problemsOf(await createAssignment(context, member, wanted))).toEqual(['forbidden']);
  expect(problemsOf(await deleteAssignment(context, member, made.id))).toEqual(['forbidden']);
  expect(problemsOf(await createPolicy(context, member, { name: 'X' }))).toEqual(['forbidden']);
  expect(problemsOf(await deleteAssignment(context, foreign, made.id))).toEqual(['not_found']);
  expect(problemsOf(await archivePolicy(context, foreign, STANDARD))).toEqual(['not_found']);
  expect(problemsOf(await createAssignment(context, foreign, wanted))).toEqual([
    'approval_policy: does not exist',
    'person: does not exist',
  ]);
});
