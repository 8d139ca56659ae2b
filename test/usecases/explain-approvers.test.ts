import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lineText } from '../../src/approval/card.ts';
import type { ApprovalWorkflow } from '../../src/approval/workflow.ts';
import { workflowFor } from '../../src/store/approval-workflows.ts';
import { slotsOf } from '../../src/store/slots.ts';
import {
  type Explanation,
  explainApprovers,
  type Question,
} from '../../src/usecases/approvers/explain-approvers.ts';
import { askedLine, furtherLines } from '../../src/usecases/approvers/explanation-lines.ts';
import type { Context } from '../../src/usecases/context.ts';
import type { Principal } from '../../src/usecases/managing/managing.ts';
import { createPerson, deactivatePerson } from '../../src/usecases/people/manage-people.ts';
import { createAssignment } from '../../src/usecases/workflows/manage-assignments.ts';
import { createEvent } from '../../src/usecases/workflows/manage-events.ts';
import { createPolicy } from '../../src/usecases/workflows/manage-policies.ts';
import { createWorkflow } from '../../src/usecases/workflows/manage-workflows.ts';
import {
  accepted,
  adminOf,
  foreignOrganization,
  personId,
  refusalOf,
  snapshot,
} from '../helpers/management.ts';
import { ACME, STAFF, startWorld, type World } from '../helpers/world.ts';

let world: World;
let context: Context;
let admin: Principal;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
  context = world.app.context;
  admin = adminOf(world);
});
afterEach(() => world.close());

const AT_ACME = { platform: 'slack', tenant: 'T0ACME' } as const;

async function eventId(slug: string): Promise<number> {
  const row = await context.db
    .selectFrom('events')
    .select('id')
    .where('slug', '=', slug)
    .executeTakeFirstOrThrow();
  return row.id;
}

async function explained(
  slug: string,
  requester: string | null,
  more: Partial<Question> = {},
): Promise<Explanation> {
  const requesterId = requester === null ? null : await personId(world, requester);
  const question = { eventId: await eventId(slug), requesterId, ...more };
  return accepted(await explainApprovers(context, admin, question, AT_ACME));
}

function words(explanation: Explanation): string[] {
  return [askedLine(explanation), ...furtherLines(explanation)].map(lineText);
}

async function stored(slug: string): Promise<ApprovalWorkflow> {
  const policy = await context.db
    .selectFrom('approval_policies')
    .select('id')
    .where('is_default', '=', 1)
    .executeTakeFirstOrThrow();
  return (await workflowFor(context.db, policy.id, await eventId(slug)))!;
}

describe('who would be asked', () => {
  test('any: the listed ones, whom it tells, by the default policy', async () => {
    expect(words(await explained('deploy-to-production', 'dana'))).toEqual([
      'When Dana asks, any one of these decides: Alice (listed), Bob (listed).',
      'Told: Sam.',
      'Policy: Standard, the default.',
    ]);
  });

  test('all: the requester’s manager too, and what R5 changes for somebody unconfirmed', async () => {
    expect(words(await explained('database-migration', 'dana'))).toEqual([
      'When Dana asks, all of these must approve: Alice (listed), Bob (listed), Maria (Dana’s manager).',
      'Told: Sam.',
      'Policy: Standard, the default.',
      'If Harness cannot confirm who asked: all of these must approve: Alice (listed), Bob (listed), and a place that has nobody. The request would wait until an admin gives the empty place to somebody.',
    ]);
  });

  test('R7: somebody deactivated is missing by name; under all their place has nobody', async () => {
    accepted(await deactivatePerson(context, admin, await personId(world, 'bob')));
    expect(words(await explained('deploy-to-production', 'dana')).slice(0, 2)).toEqual([
      'When Dana asks, Alice (listed) decides.',
      'Missing: Bob is deactivated.',
    ]);
    const all = await explained('database-migration', 'dana');
    expect(all.prospect.problem).toMatch(/empty place/);
    expect(all.prospect.groups.map((group) => group.vacantBecause)).toEqual([
      null,
      'Bob is deactivated',
      null,
    ]);
  });

  test('R7: nobody at all is a problem, never an approval', async () => {
    for (const name of ['alice', 'bob'])
      accepted(await deactivatePerson(context, admin, await personId(world, name)));
    const nobody = await explained('deploy-to-production', 'dana');
    expect(nobody.prospect.groups).toEqual([]);
    expect(words(nobody).slice(0, 2)).toEqual([
      'When Dana asks, nobody is asked.',
      'Note: Nobody could be asked, so nothing could be approved.',
    ]);
  });

  test('requirement none needs listed pipelines (R1)', async () => {
    expect(words(await explained('rollback', 'dana'))[0]).toBe(
      'When Dana asks, it is approved without asking anybody.',
    );
    const draft = { ...(await stored('deploy-to-production')), requirement: 'none' as const };
    expect((await explained('deploy-to-production', 'dana', { draft })).prospect.problem).toMatch(
      /lists no pipelines/,
    );
  });

  test('the requester who may not approve is missing, and a fallback approver stands in', async () => {
    const draft: ApprovalWorkflow = {
      ...(await stored('deploy-to-production')),
      approverIds: [await personId(world, 'alice')],
      fallbackApproverIds: [await personId(world, 'carol')],
      disallowRequester: true,
    };
    const asked = words(await explained('deploy-to-production', 'alice', { draft }));
    expect(asked[0]).toBe('When Alice asks, Carol (fallback) decides.');
    expect(asked[1]).toBe('Missing: Alice asked for this and may not approve it.');
    // R5: of somebody unconfirmed nobody can be shown not to be the one who asked.
    expect(words(await explained('deploy-to-production', 'dana', { draft })).at(-1)).toBe(
      'If Harness cannot confirm who asked: Carol (fallback) decides.',
    );
  });

  test('R6: an assignment leads to another policy’s workflow; for somebody unconfirmed the default', async () => {
    const strict = accepted(await createPolicy(context, admin, { name: 'Strict' }));
    const [dana, carol] = [await personId(world, 'dana'), await personId(world, 'carol')];
    accepted(await createAssignment(context, admin, { personId: dana, approvalPolicyId: strict.id }));
    const question = { eventId: await eventId('deploy-to-production'), requesterId: dana };
    expect(refusalOf(await explainApprovers(context, admin, question, AT_ACME))).toEqual({
      kind: 'conflict',
      why: 'The approval policy “Strict” has no workflow for “Deploy to production”, so a pipeline would be refused: nothing is approved by default. An admin can make one: /approvals create deploy-to-production',
    });
    accepted(
      await createWorkflow(context, admin, {
        eventId: question.eventId,
        approvalPolicyId: strict.id,
        approvalRequirementId: 2,
        approverIds: [carol],
      }),
    );
    expect(words(await explained('deploy-to-production', 'dana'))).toEqual([
      'When Dana asks, Carol (listed) decides.',
      'Policy: Strict, assigned to Dana.',
      'If Harness cannot confirm who asked: the policy is Standard; any one of these decides: Alice (listed), Bob (listed).',
    ]);
    const draft = await stored('deploy-to-production');
    expect(words(await explained('deploy-to-production', 'dana', { draft }))).toContain(
      'Note: Dana is under the approval policy Strict, so this workflow of Standard would not be used.',
    );
  });

  test('R5: somebody without an e-mail address can never be confirmed', async () => {
    const eve = accepted(await createPerson(context, admin, { firstName: 'Eve' }));
    const asked = await explained('database-migration', null, { requesterId: eve.id });
    expect(words(asked)[0]).toMatch(/^When Harness cannot confirm who asks, /);
    expect(words(asked).at(-1)).toBe(
      'Note: Eve has no e-mail address here, so Harness cannot confirm that it was they who asked.',
    );
  });

  test('mentions the people whom the reader’s workspace knows, and only there', async () => {
    const known = await explained('deploy-to-production', 'dana');
    expect(known.prospect.groups[0]!.people.map(({ person }) => person.externalId)).toEqual([
      STAFF.alice,
      STAFF.bob,
    ]);
    const question = { eventId: await eventId('deploy-to-production'), requesterId: null };
    const elsewhere = accepted(
      await explainApprovers(context, admin, question, { platform: 'slack', tenant: 'T0OTHER' }),
    );
    expect(elsewhere.prospect.groups[0]!.people[0]!.person).toMatchObject({
      name: 'Alice',
      externalId: null,
    });
  });

  test('opens nothing and asks nobody: only accounts are pinned', async () => {
    const before = await snapshot(world, [
      'approval_requests',
      'cards',
      'slots',
      'outbox',
      'audit_events',
      'people',
    ]);
    await explained('database-migration', 'dana');
    expect(
      await snapshot(world, ['approval_requests', 'cards', 'slots', 'outbox', 'audit_events', 'people']),
    ).toBe(before);
    expect(world.slack.calls.some(({ method }) => method.startsWith('chat.'))).toBe(false);
  });

  test('is what a request then comes to', async () => {
    accepted(await deactivatePerson(context, admin, await personId(world, 'bob')));
    const { prospect } = await explained('database-migration', 'dana');
    const id = await world.ask('database-migration', 'run-1');
    const slots = await slotsOf(context.db, id);
    expect(slots.map(({ personId: who, origins }) => [who, origins])).toEqual(
      prospect.groups.map(({ people: [one] }) => [
        one?.person.personId ?? null,
        one?.origins ?? ['explicit'],
      ]),
    );
  });

  test('says so when people cannot be looked up', async () => {
    world.slack.addFault({ method: 'users.lookupByEmail', status: 503, times: Number.POSITIVE_INFINITY });
    const question = { eventId: await eventId('deploy-to-production'), requesterId: null };
    expect(refusalOf(await explainApprovers(context, admin, question, AT_ACME))).toMatchObject({
      kind: 'conflict',
      why: expect.stringMatching(/^People cannot be looked up now \(.+\)\. Please try again in a moment\.$/),
    });
  });

  test('nothing of another organization: neither its events nor its people', async () => {
    const other = await foreignOrganization(world);
    const theirs = accepted(await createEvent(context, other, { name: 'Theirs' }));
    const stranger = accepted(await createPerson(context, other, { firstName: 'Stranger' }));
    for (const question of [
      { eventId: theirs.id, requesterId: null },
      { eventId: await eventId('rollback'), requesterId: stranger.id },
      { eventId: 999_999, requesterId: null },
    ])
      expect(refusalOf(await explainApprovers(context, admin, question, AT_ACME))).toEqual({
        kind: 'not_found',
      });
  });

  test('R26: a pipeline’s token reads no configuration', async () => {
    const question = { eventId: await eventId('rollback'), requesterId: null };
    expect(
      refusalOf(await explainApprovers(context, adminOf(world, { role: 'pipeline' }), question, AT_ACME)),
    ).toMatchObject({ kind: 'forbidden' });
  });
});
