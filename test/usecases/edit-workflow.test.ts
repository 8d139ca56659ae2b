import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lineText } from '../../src/approval/card.ts';
import type { EditorValues } from '../../src/approval/workflow-editor.ts';
import type { ChatAccount, EditorAnswer } from '../../src/usecases/chat-commands.ts';
import type { Context } from '../../src/usecases/context.ts';
import type { Principal } from '../../src/usecases/managing/managing.ts';
import { createPerson, deactivatePerson } from '../../src/usecases/people/manage-people.ts';
import { createWorkflowForms, openEditor } from '../../src/usecases/workflows/edit-workflow.ts';
import { editorProblems } from '../../src/usecases/workflows/editor-problems.ts';
import { archiveEvent, createEvent } from '../../src/usecases/workflows/manage-events.ts';
import { archivePolicy, createPolicy } from '../../src/usecases/workflows/manage-policies.ts';
import {
  getWorkflow,
  updateWorkflow,
  type WorkflowRecord,
} from '../../src/usecases/workflows/manage-workflows.ts';
import { shownNames } from '../../src/usecases/workflows/workflow-form.ts';
import { accepted, auditLines, foreignOrganization, personId, snapshot } from '../helpers/management.ts';
import {
  accountOf,
  adaOf,
  editorIn,
  idBySlug,
  makeAdmin,
  meet,
  openedBy,
  stateOf,
} from '../helpers/workflow-forms.ts';
import { ACME, STAFF, type StaffName, startWorld, type World } from '../helpers/world.ts';

let world: World;
let context: Context;
let ada: Principal;
let account: ChatAccount;
let forms: ReturnType<typeof createWorkflowForms>;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
  context = world.app.context;
  await meet(world, 'ada', 'alice', 'bob', 'dana', 'maria', 'sam');
  ada = await adaOf(world);
  account = accountOf(world, 'ada');
  forms = createWorkflowForms(context);
});
afterEach(() => world.close());

const LONG = 5_000;

async function workflowOf(slug: string): Promise<WorkflowRecord> {
  const row = await context.db
    .selectFrom('approval_workflows')
    .select('id')
    .where('event_id', '=', await idBySlug(world, 'events', slug))
    .executeTakeFirstOrThrow();
  return accepted(await getWorkflow(context, ada, row.id));
}

const ids = (...names: StaffName[]) => Promise.all(names.map((name) => personId(world, name)));

async function submitted(
  workflowId: number | null,
  changes: Partial<EditorValues>,
  deadlineMs = LONG,
): Promise<EditorAnswer> {
  return forms.submitWorkflow(account, stateOf(await openedBy(world, workflowId), changes), deadlineMs);
}

async function newEvent(name = 'Hotfix'): Promise<number> {
  return accepted(await createEvent(context, ada, { name })).id;
}

describe('opening the form', () => {
  test('a new one: the default policy is chosen, and events and policies are offered by name', async () => {
    const editor = await openedBy(world, null);
    expect(editor).toMatchObject({
      workflowId: null,
      seenAt: null,
      title: 'New workflow',
      submitLabel: 'Create',
    });
    expect(editor.events.map(({ name }) => name)).toEqual([
      'Database migration',
      'Deploy to production',
      'Rollback',
    ]);
    expect(editor.values).toMatchObject({
      eventId: null,
      policyId: await idBySlug(world, 'approval_policies', 'standard'),
      approvers: [],
      disallowRequester: true,
    });
  });

  test('a stored one: accounts in place of people, and the moment it was seen', async () => {
    const workflow = await workflowOf('database-migration');
    expect(await openedBy(world, workflow.id)).toMatchObject({
      workflowId: workflow.id,
      seenAt: workflow.updatedAt,
      values: {
        eventId: workflow.eventId,
        requirementId: 3,
        approvers: [STAFF.alice, STAFF.bob],
        managerApproves: true,
        subscribers: [STAFF.sam],
        managerSubscribes: false,
        disallowRequester: false,
        previewFor: null,
      },
      kept: { approvers: [], personIds: [] },
    });
  });

  test('names its people, by their accounts, for platforms whose menus do not', async () => {
    const { id } = await workflowOf('database-migration');
    expect(await openedBy(world, id)).toMatchObject({
      names: new Map([
        [STAFF.alice, 'Alice'],
        [STAFF.bob, 'Bob'],
        [STAFF.sam, 'Sam'],
      ]),
    });
    const foreign = { ...account, organizationId: (await foreignOrganization(world)).organizationId };
    expect(await shownNames(context.db, foreign, (await openedBy(world, id)).values)).toEqual(new Map());
  });

  test('asks nobody: a trigger lives three seconds', async () => {
    const calls = world.slack.calls.length;
    await openedBy(world, (await workflowOf('database-migration')).id);
    expect(world.slack.calls).toHaveLength(calls);
  });

  test('only for admins, and only for workflows of their own organization', async () => {
    const member = { ...ada, role: 'member' as const };
    expect(await openEditor(context, member, account, null)).toEqual({
      kind: 'notice',
      sentence: 'Only an admin may change this.',
    });
    const foreign = await foreignOrganization(world);
    const { id } = await workflowOf('rollback');
    const answers = [
      await openEditor(context, foreign, { ...account, organizationId: 900 }, id),
      await openEditor(context, foreign, { ...account, organizationId: 900 }, 12_345),
    ];
    for (const answer of answers)
      expect(answer).toMatchObject({
        kind: 'notice',
        sentence: expect.stringMatching(/^There is no approval workflow/),
      });
  });

  test('over a hundred events: the chosen one is offered first, and how many are left out is said', async () => {
    for (let nth = 0; nth < 100; nth += 1)
      await createEvent(context, ada, { name: `Event ${String(nth).padStart(3, '0')}` });
    const zulu = await newEvent('Zulu');
    const open = await openedBy(world, null);
    expect(open.events).toHaveLength(100);
    expect(open.leftOut).toEqual({ events: 4, policies: 0 });
    const chosen = await openedBy(world, null, { eventId: zulu });
    expect(chosen.events).toHaveLength(100);
    expect(chosen.events[0]).toEqual({ id: zulu, name: 'Zulu' });
    expect(chosen.leftOut.events).toBe(4);
  });

  test('an archived event of a workflow stays chosen and says so', async () => {
    const workflow = await workflowOf('rollback');
    accepted(await archiveEvent(context, ada, workflow.eventId!));
    const { events, values } = await openedBy(world, workflow.id);
    expect(events[0]).toEqual({ id: values.eventId, name: 'Rollback (archived)' });
  });
});

describe('saving', () => {
  test('a new workflow, from accounts to people, audited as from Slack', async () => {
    const eventId = await newEvent();
    const answer = await submitted(null, {
      eventId,
      requirementId: 3,
      approvers: [STAFF.alice, STAFF.bob],
      managerApproves: true,
      fallbackApprovers: [STAFF.carol],
      subscribers: [STAFF.sam],
      managerSubscribes: true,
      channels: ['C0DEPLOYS'],
    });
    expect(answer).toMatchObject({ kind: 'saved', page: { title: 'Workflow created' } });
    const saved = await workflowOf('hotfix');
    const [alice, bob, carol, sam] = await ids('alice', 'bob', 'carol', 'sam');
    expect(saved).toMatchObject({
      requirement: 'all',
      approverIds: [alice, bob],
      fallbackApproverIds: [carol],
      subscriberIds: [sam],
      dynamicApproverIds: [1],
      dynamicSubscriberIds: [1],
      subscriberChannels: [{ platform: 'slack', channelId: 'C0DEPLOYS' }],
      disallowRequester: true,
    });
    const [line] = (await auditLines(world, 'approval_workflow')).slice(-1);
    expect(line).toMatchObject({ action: 'created', via: 'slack', personId: await personId(world, 'ada') });
  });

  test('people of the workflow whom this workspace cannot show are kept, in their order', async () => {
    const robot = accepted(await createPerson(context, ada, { firstName: 'Robot' }));
    const { id, approverIds } = await workflowOf('deploy-to-production');
    accepted(await updateWorkflow(context, ada, id, { approverIds: [robot.id, ...approverIds] }));
    const editor = await openedBy(world, id);
    expect(editor.kept.approvers).toEqual(['Robot']);
    expect(editor.values.approvers).toEqual([STAFF.alice, STAFF.bob]);
    const state = stateOf(editor, { approvers: [STAFF.dana, STAFF.alice] });
    expect(await forms.submitWorkflow(account, state, LONG)).toMatchObject({ kind: 'saved' });
    const [alice, dana] = await ids('alice', 'dana');
    expect((await workflowOf('deploy-to-production')).approverIds).toEqual([robot.id, alice, dana]);
  });

  test('somebody who gets an account while the form is open is not taken out', async () => {
    const [carol] = await ids('carol');
    const { id, approverIds } = await workflowOf('deploy-to-production');
    accepted(await updateWorkflow(context, ada, id, { approverIds: [...approverIds, carol!] }));
    const editor = await openedBy(world, id);
    expect(editor.kept.approvers).toEqual(['Carol']);
    await meet(world, 'carol');
    await forms.submitWorkflow(account, stateOf(editor, { requirementId: 3 }), LONG);
    expect(await workflowOf('deploy-to-production')).toMatchObject({
      requirement: 'all',
      approverIds: [...approverIds, carol],
    });
  });

  test('channels of other platforms are kept', async () => {
    const { id } = await workflowOf('deploy-to-production');
    const teams = { platform: 'teams' as const, channelId: '19:abc@thread.tacv2' };
    accepted(await updateWorkflow(context, ada, id, { subscriberChannels: [teams] }));
    await submitted(id, { channels: ['C0DEPLOYS'] });
    expect((await workflowOf('deploy-to-production')).subscriberChannels).toEqual([
      teams,
      { platform: 'slack', channelId: 'C0DEPLOYS', tenant: 'T0ACME' },
    ]);
    expect((await openedBy(world, id)).values.channels).toEqual(['C0DEPLOYS']);
  });

  test('nothing different changes nothing, and says so', async () => {
    const before = await workflowOf('deploy-to-production');
    expect(await submitted(before.id, {})).toMatchObject({
      kind: 'saved',
      page: { title: 'Nothing was different' },
    });
    expect(await workflowOf('deploy-to-production')).toEqual(before);
  });

  test('R14: whoever is taken out loses open places at once, and the answer says so', async () => {
    await world.ask('deploy-to-production', 'run-1');
    const { id } = await workflowOf('deploy-to-production');
    const answer = await submitted(id, { approvers: [STAFF.alice] });
    expect(answer).toMatchObject({ kind: 'saved' });
    if (answer.kind === 'saved')
      expect(answer.page.notes.map(lineText)).toEqual([
        'Bob lost any place in open requests at once. Everything else applies to new requests.',
      ]);
    const slots = await context.db.selectFrom('slots').select(['person_id', 'vacant_because']).execute();
    expect(slots.filter((slot) => slot.person_id === null)).toHaveLength(1);
  });

  test('somebody who left since does not block other changes; the list cannot change with them in it', async () => {
    const { id } = await workflowOf('deploy-to-production');
    accepted(await deactivatePerson(context, ada, await personId(world, 'bob')));
    expect(await submitted(id, { disallowRequester: true })).toMatchObject({ kind: 'saved' });
    expect(await submitted(id, { approvers: [STAFF.alice, STAFF.bob, STAFF.dana] })).toEqual({
      kind: 'field_errors',
      problems: {
        approvers:
          'Bob is deactivated and cannot be listed: take them out, with the management API if they are not shown here.',
      },
    });
    expect(await submitted(id, { approvers: [STAFF.alice, STAFF.dana] })).toMatchObject({ kind: 'saved' });
  });
});

describe('what is wrong stands at its field, in words', () => {
  test('nothing chosen', async () => {
    const before = await snapshot(world, ['approval_workflows', 'audit_events']);
    expect(await submitted(null, { policyId: null, requirementId: null })).toEqual({
      kind: 'field_errors',
      problems: {
        eventId: 'Choose the event that is to be approved.',
        policyId: 'Choose an approval policy.',
        requirementId: 'Choose how many of the approvers must approve.',
      },
    });
    expect(await snapshot(world, ['approval_workflows', 'audit_events'])).toBe(before);
  });

  test('nobody to approve', async () => {
    expect(await submitted(null, { eventId: await newEvent() })).toEqual({
      kind: 'field_errors',
      problems: { approvers: 'Name at least one approver, or let the requester’s manager approve.' },
    });
  });

  test('R6: a second workflow of a policy and event names the first', async () => {
    const first = await workflowOf('deploy-to-production');
    expect(await submitted(null, { eventId: first.eventId, managerApproves: true })).toEqual({
      kind: 'field_errors',
      problems: {
        eventId: `There is already a workflow for Deploy to production under Standard: edit ${first.id} instead.`,
      },
    });
  });

  test('an event and a policy that were archived while the form was open', async () => {
    const eventId = await newEvent();
    const policy = accepted(await createPolicy(context, ada, { name: 'Strict' }));
    const editor = await openedBy(world, null, { eventId, policyId: policy.id });
    accepted(await archiveEvent(context, ada, eventId));
    accepted(await archivePolicy(context, ada, policy.id));
    expect(await forms.submitWorkflow(account, stateOf(editor, { managerApproves: true }), LONG)).toEqual({
      kind: 'field_errors',
      problems: {
        eventId: 'This event is archived: choose another.',
        policyId: 'This approval policy is archived: choose another.',
      },
    });
  });

  test('R13, R17: bots, guests, strangers and the deactivated are refused by name, with every other problem', async () => {
    const { slack } = world;
    slack.addUser({ id: 'U0BOT', name: 'bot', realName: 'Deploy Bot', isBot: true });
    slack.addUser({ id: 'U0GUEST', name: 'guest', realName: 'Gus Guest', isRestricted: true });
    slack.addUser({ id: 'U0GONE', name: 'gone', realName: 'Gone', deleted: true });
    slack.addUser({ id: 'U0ALIEN', name: 'alien', realName: 'Alien', isStranger: true, teamId: 'T0OTHER' });
    const answer = await submitted(null, {
      approvers: ['U0BOT', STAFF.alice],
      fallbackApprovers: ['U0GUEST', 'U0GONE'],
      subscribers: ['U0ALIEN', 'U0NOBODY'],
    });
    expect(answer).toMatchObject({
      kind: 'field_errors',
      problems: {
        eventId: 'Choose the event that is to be approved.',
        approvers: 'Deploy Bot is a bot.',
        fallbackApprovers: expect.stringContaining('Gus Guest is a guest.'),
        subscribers: expect.stringContaining('Alien is from another workspace.'),
      },
    });
  });

  test('a channel that is none', async () => {
    const answer = await submitted(null, {
      eventId: await newEvent(),
      managerApproves: true,
      channels: ['D0PRIVATE'],
    });
    expect(answer).toMatchObject({
      kind: 'field_errors',
      problems: { channels: expect.stringMatching(/^The channels must name Slack channels/) },
    });
  });

  test('in Teams, the link that is none is named, and where to find one', async () => {
    const draft = {
      ...{ eventId: 1, approvalPolicyId: 1, approvalRequirementId: 1 },
      subscriberChannels: [
        { platform: 'teams' as const, channelId: '19:ops@thread.tacv2' },
        { platform: 'teams' as const, channelId: 'https://example.com/ops' },
      ],
    };
    const refused = { organizationId: world.app.organizationId, before: null, draft };
    const problem = { field: 'subscriber_channels', detail: 'must name channels' };
    expect(await editorProblems(world.app.context.db, refused, [problem])).toEqual({
      channels:
        '“https://example.com/ops” is not the link of a Teams channel. Copy it in Teams: More options › Get link to channel.',
    });
  });
});

describe('look-ups that take their time', () => {
  test('end in a sentence at the field within the deadline, and nothing is saved; pressing again saves', async () => {
    const eventId = await newEvent();
    world.slack.addUser({ id: 'U0NEW', name: 'new', realName: 'New Hire', email: 'new@acme.io' });
    const slow = world.slack.addFault({ method: 'users.info', user: 'U0NEW', delayMs: 400 });
    const state = stateOf(await openedBy(world, null), { eventId, approvers: [STAFF.alice, 'U0NEW'] });
    const before = await snapshot(world, ['approval_workflows']);
    const began = performance.now();
    expect(await forms.submitWorkflow(account, state, 100)).toEqual({
      kind: 'field_errors',
      problems: {
        approvers:
          'Slack has not yet said who one of these people is, so nothing was saved. Please press Save again.',
      },
    });
    expect(performance.now() - began).toBeLessThan(350);
    expect(slow.hits).toBe(1);
    expect(await snapshot(world, ['approval_workflows'])).toBe(before);
    await expect
      .poll(() => context.db.selectFrom('identities').select('external_id').execute())
      .toContainEqual({
        external_id: 'U0NEW',
      });
    expect(await forms.submitWorkflow(account, state, 100)).toMatchObject({ kind: 'saved' });
    expect(slow.hits).toBe(1);
  });

  test('that cannot be made are a sentence at the field', async () => {
    world.slack.addFault({ method: 'users.info', status: 503, times: Number.POSITIVE_INFINITY });
    expect(await submitted(null, { eventId: await newEvent(), approvers: [STAFF.carol] })).toMatchObject({
      kind: 'field_errors',
      problems: { approvers: expect.stringMatching(/cannot be looked up just now/) },
    });
  });
});

describe('authority', () => {
  test('a member cannot preview or save an admin’s form, nor can somebody unknown or gone', async () => {
    const state = stateOf(await openedBy(world, null), {
      eventId: await newEvent(),
      managerApproves: true,
      previewFor: STAFF.dana,
    });
    const before = await snapshot(world, ['approval_workflows']);
    const unknown = { ...account, externalId: 'U0NOBODY' };
    for (const other of [accountOf(world, 'alice'), unknown]) {
      expect(await forms.submitWorkflow(other, state, LONG)).toMatchObject({ kind: 'notice' });
      expect(await forms.previewWorkflow(other, state)).toMatchObject({ kind: 'notice' });
    }
    const refusals = await auditLines(world, 'command');
    expect(refusals.map(({ personId: who, detail }) => [who, detail])).toEqual([
      [await personId(world, 'alice'), { wanted: 'create', why: 'admins_only' }],
      [await personId(world, 'alice'), { wanted: 'preview', why: 'admins_only' }],
      [null, { wanted: 'create', why: 'unknown', account: 'U0NOBODY' }],
      [null, { wanted: 'preview', why: 'unknown', account: 'U0NOBODY' }],
    ]);
    await makeAdmin(world, 'alice');
    accepted(await deactivatePerson(context, ada, await personId(world, 'alice')));
    expect(await forms.submitWorkflow(accountOf(world, 'alice'), state, LONG)).toMatchObject({
      kind: 'notice',
    });
    expect(await snapshot(world, ['approval_workflows'])).toBe(before);
  });

  test('two admins edit at once: the second is told that it changed, also within the same millisecond', async () => {
    await makeAdmin(world, 'bob');
    const { id } = await workflowOf('deploy-to-production');
    const [first, second] = [await openedBy(world, id), await openedBy(world, id)];
    expect(await forms.submitWorkflow(account, stateOf(first, { requirementId: 3 }), LONG)).toMatchObject({
      kind: 'saved',
    });
    expect(
      await forms.submitWorkflow(accountOf(world, 'bob'), stateOf(second, { disallowRequester: true }), LONG),
    ).toEqual({
      kind: 'notice',
      sentence: `Somebody changed workflow ${id} while you had the form open, so nothing was saved. Open it again with /approvals edit ${id} and look at what changed first.`,
    });
    expect(await workflowOf('deploy-to-production')).toMatchObject({
      requirement: 'all',
      disallowRequester: false,
    });
  });

  test('of two that are saved at the very same time one is', async () => {
    const { id } = await workflowOf('deploy-to-production');
    const editor = await openedBy(world, id);
    const answers = await Promise.all(
      [{ requirementId: 3 }, { disallowRequester: true }].map((change) =>
        forms.submitWorkflow(account, stateOf(editor, change), LONG),
      ),
    );
    expect(answers.map(({ kind }) => kind).sort()).toEqual(['notice', 'saved']);
  });

  test('forged ids name nothing of another organization', async () => {
    const foreign = await foreignOrganization(world);
    const theirs = accepted(await createEvent(context, foreign, { name: 'Theirs' }));
    const stranger = accepted(await createPerson(context, foreign, { firstName: 'Stranger' }));
    const editor = await openedBy(world, null);
    const state = stateOf(editor, { eventId: theirs.id, managerApproves: true });
    expect(await forms.submitWorkflow(account, state, LONG)).toEqual({
      kind: 'field_errors',
      problems: { eventId: 'This event does not exist: choose another.' },
    });
    const { id } = await workflowOf('deploy-to-production');
    const kept = { ...stateOf(await openedBy(world, id)), keptPersonIds: [stranger.id] };
    const preview = await forms.previewWorkflow(account, kept);
    expect(JSON.stringify(preview)).not.toContain('Stranger');
    await forms.submitWorkflow(account, kept, LONG);
    expect((await workflowOf('deploy-to-production')).approverIds).not.toContain(stranger.id);
  });

  test('a workflow deleted meanwhile', async () => {
    const editor = await openedBy(world, (await workflowOf('rollback')).id);
    await context.db.deleteFrom('approval_workflows').where('id', '=', editor.workflowId!).execute();
    const state = stateOf(editor);
    for (const answer of [
      await forms.submitWorkflow(account, state, LONG),
      await forms.previewWorkflow(account, state),
    ])
      expect(answer).toMatchObject({
        kind: 'notice',
        sentence: expect.stringMatching(/^There is no approval workflow \d+; /),
      });
  });
});

describe('the preview', () => {
  async function preview(workflowId: number | null, changes: Partial<EditorValues>): Promise<string[]> {
    const state = stateOf(await openedBy(world, workflowId), changes);
    return editorIn(await forms.previewWorkflow(account, state)).preview.map(lineText);
  }

  test('is of what is entered, not of what is stored, and keeps what was entered', async () => {
    const { id } = await workflowOf('deploy-to-production');
    const changes = {
      requirementId: 3,
      approvers: [STAFF.alice],
      managerApproves: true,
      previewFor: STAFF.dana,
    };
    const state = stateOf(await openedBy(world, id), changes);
    const editor = editorIn(await forms.previewWorkflow(account, state));
    expect(editor.values).toEqual(state.values);
    expect(lineText(editor.preview[0]!)).toBe(
      'When Dana asks, all of these must approve: Alice (listed), Maria (Dana’s manager).',
    );
    expect((await workflowOf('deploy-to-production')).requirement).toBe('any');
  });

  test('says what is missing yet', async () => {
    expect(await preview(null, { previewFor: STAFF.dana })).toEqual([
      'Choose an event and a policy to see who would be asked.',
    ]);
    expect(await preview(null, {})).toEqual([]);
  });

  test('names whom it cannot ask', async () => {
    world.slack.addUser({ id: 'U0BOT', name: 'bot', realName: 'Deploy Bot', isBot: true });
    const lines = await preview(null, {
      eventId: await newEvent(),
      approvers: [STAFF.alice, 'U0BOT'],
      previewFor: STAFF.dana,
    });
    expect(lines[0]).toBe('When Dana asks, Alice (listed) decides.');
    expect(lines.at(-1)).toBe('Deploy Bot is a bot.');
  });

  test('says so when people cannot be looked up', async () => {
    world.clock.advance(60 * 60_000);
    world.slack.addFault({ method: 'users.info', status: 503, times: Number.POSITIVE_INFINITY });
    const { id } = await workflowOf('deploy-to-production');
    expect((await preview(id, { previewFor: STAFF.dana }))[0]).toMatch(/^People cannot be looked up now/);
  });
});
