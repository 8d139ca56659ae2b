import type { ModalView } from '@slack/types';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EditorValues, WorkflowEditor } from '../../src/approval/workflow-editor.ts';
import type { StoredView } from '../../src/demo/doubles/slack/shown.ts';
import { assertView } from '../../src/slack/assert-blocks.ts';
import { editorView, readEditorState } from '../../src/slack/editor-view.ts';
import { createEvent } from '../../src/usecases/workflows/manage-events.ts';
import { rounds } from '../faults/rounds.ts';
import { accepted, snapshot } from '../helpers/management.ts';
import { adaOf, idBySlug, makeAdmin, meet, openedBy } from '../helpers/workflow-forms.ts';
import { ACME, STAFF, type StaffName, startWorld, until, type World, wordsOf } from '../helpers/world.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
  await meet(world, 'ada', 'alice', 'bob', 'dana', 'maria', 'sam');
});
afterEach(() => world.close());

/** Somebody types the command that opens the form. */
async function open(typed: string, name: StaffName = 'ada'): Promise<StoredView> {
  await world.slack.slashCommand(STAFF[name], '/approvals', typed);
  return world.form(name);
}

async function workflowId(slug: string): Promise<number> {
  const row = await world.app.context.db
    .selectFrom('approval_workflows')
    .select('id')
    .where('event_id', '=', await idBySlug(world, 'events', slug))
    .executeTakeFirstOrThrow();
  return row.id;
}

async function newEvent(): Promise<number> {
  return accepted(await createEvent(world.app.context, await adaOf(world), { name: 'Hotfix' })).id;
}

function preview(view: StoredView): string {
  return wordsOf(view.blocks.find((block) => block.block_id === 'preview')).join('');
}

const updates = () => world.slack.calls.filter(({ method }) => method === 'views.update');

/** Waits until what the bot does after its acks is done. */
async function quiet(count: number): Promise<void> {
  await until(world.slack, () =>
    updates().filter(({ answered }) => answered).length >= count ? true : undefined,
  );
}

describe('the form in Slack', () => {
  test('makes a workflow that the next request is asked by', async () => {
    const eventId = await newEvent();
    const view = await open('create');
    const result = await world.slack.submitView(STAFF.ada, view.id, {
      eventId: String(eventId),
      requirementId: '3',
      approvers: [STAFF.alice],
      managerApproves: ['yes'],
      subscribers: [STAFF.sam],
    });
    expect(result).toMatchObject({ responseAction: 'update', ackStatus: 200 });
    expect(result.warning).toBeUndefined();
    expect(result.viewAfter?.title).toMatchObject({ text: 'Workflow created' });
    await world.ask('hotfix', 'run-1');
    expect(world.card('alice')).toBeDefined();
    expect(world.card('maria')).toBeDefined();
    expect(world.words('sam')).toContain('Hotfix');
  });

  test('shows a stored workflow, and saves what was changed in it', async () => {
    const id = await workflowId('database-migration');
    const view = await open(`edit ${id}`);
    const result = await world.slack.submitView(STAFF.ada, view.id, {
      approvers: [STAFF.alice],
      disallowRequester: ['yes'],
    });
    expect(result.viewAfter?.title).toMatchObject({ text: 'Workflow saved' });
    expect((await openedBy(world, id)).values).toMatchObject({
      requirementId: 3,
      approvers: [STAFF.alice],
      managerApproves: true,
      subscribers: [STAFF.sam],
      disallowRequester: true,
      checksFirst: false,
    });
  });

  test('what is wrong stands under its input, and what was entered stays', async () => {
    const eventId = await idBySlug(world, 'events', 'rollback');
    const view = await open('create');
    const { errors, viewAfter } = await world.slack.submitView(STAFF.ada, view.id, {
      eventId: String(eventId),
    });
    expect(errors).toEqual({
      eventId: expect.stringMatching(
        /^There is already a workflow for Rollback under Standard: edit \d+ instead\.$/,
      ),
      approvers: 'Name at least one approver, or let the requester’s manager approve.',
    });
    expect(viewAfter?.id).toBe(view.id);
  });

  test('carries ids alone, and names nobody in its metadata', async () => {
    const view = await open(`edit ${await workflowId('deploy-to-production')}`);
    expect(Object.keys(JSON.parse(view.privateMetadata)).sort()).toEqual(['kept', 'seenAt', 'workflowId']);
  });
});

describe('the preview in Slack', () => {
  test('follows each change in place, and nothing entered is lost', async () => {
    const view = await open(`edit ${await workflowId('deploy-to-production')}`);
    await world.slack.clickInView(STAFF.ada, view.id, 'previewFor', STAFF.dana);
    await quiet(1);
    expect(preview(view)).toBe(
      `When @${STAFF.dana} asks, any one of these decides: @${STAFF.alice} (listed), @${STAFF.bob} (listed).\nTold: @${STAFF.sam}.\nPolicy: Standard, the default.`,
    );
    await world.slack.clickInView(STAFF.ada, view.id, 'approvers', [STAFF.alice]);
    await quiet(2);
    await world.slack.clickInView(STAFF.ada, view.id, 'managerApproves', ['yes']);
    await quiet(3);
    expect(preview(view)).toContain(
      `any one of these decides: @${STAFF.alice} (listed), @${STAFF.maria} (Dana’s manager).`,
    );
    const { viewAfter } = await world.slack.submitView(STAFF.ada, view.id);
    expect(viewAfter?.title).toMatchObject({ text: 'Workflow saved' });
    expect((await openedBy(world, await workflowId('deploy-to-production'))).values).toMatchObject({
      approvers: [STAFF.alice],
      managerApproves: true,
    });
  });

  test('is not drawn while nobody is chosen to draw it for', async () => {
    const view = await open('create');
    const result = await world.slack.clickInView(STAFF.ada, view.id, 'requirementId', '3');
    expect(result.ackStatus).toBe(200);
    await world.slack.clickInView(STAFF.ada, view.id, 'previewFor', STAFF.dana);
    await quiet(1);
    expect(updates()).toHaveLength(1);
  });

  test('acks at once, however long people are looked up', async () => {
    const view = await open(`create ${await newEvent()}`);
    world.slack.addFault({ method: 'users.info', user: STAFF.carol, delayMs: 400 });
    await world.slack.clickInView(STAFF.ada, view.id, 'previewFor', STAFF.dana);
    const { ackMs } = await world.slack.clickInView(STAFF.ada, view.id, 'approvers', [STAFF.carol]);
    expect(ackMs).toBeLessThan(300);
    await until(world.slack, () => (preview(view).includes(STAFF.carol) ? true : undefined));
  });

  test('of an older change never replaces that of a newer one', async () => {
    const view = await open(`edit ${await workflowId('deploy-to-production')}`);
    await world.slack.clickInView(STAFF.ada, view.id, 'previewFor', STAFF.dana);
    await quiet(1);
    const slow = world.slack.addFault({ method: 'users.info', user: STAFF.carol, delayMs: 300 });
    await world.slack.clickInView(STAFF.ada, view.id, 'approvers', [STAFF.carol]);
    await world.slack.clickInView(STAFF.ada, view.id, 'approvers', [STAFF.alice]);
    await world.slack.clickInView(STAFF.ada, view.id, 'approvers', [STAFF.bob]);
    const bobs = `@${STAFF.bob} (listed) decides`;
    await until(world.slack, () => (preview(view).includes(bobs) ? true : undefined));
    expect(slow.hits).toBe(1);
    // Carol's came too late and Alice's was overtaken: one drawing for the three.
    expect(updates()).toHaveLength(2);
  });

  test('an action that arrives after a newer one is acked and drawn no more', async () => {
    const view = await open(`edit ${await workflowId('deploy-to-production')}`);
    await world.slack.clickInView(STAFF.ada, view.id, 'previewFor', STAFF.dana);
    await quiet(1);
    const older = await world.slack.clickInView(STAFF.ada, view.id, 'approvers', [STAFF.alice]);
    await quiet(2);
    world.clock.advance(1_000);
    await world.slack.clickInView(STAFF.ada, view.id, 'approvers', [STAFF.bob]);
    await quiet(3);
    expect(await world.slack.sendRaw({ replayOf: older.delivery! })).toMatchObject({ status: 200 });
    await world.slack.clickInView(STAFF.ada, view.id, 'requirementId', '3');
    await quiet(4);
    expect(updates()).toHaveLength(4);
    expect(preview(view)).toContain(STAFF.bob);
  });

  test('never comes over what was saved meanwhile', async () => {
    const view = await open(`edit ${await workflowId('deploy-to-production')}`);
    const held = world.slack.addFault({ method: 'views.update', delayMs: 300 });
    await world.slack.clickInView(STAFF.ada, view.id, 'previewFor', STAFF.dana);
    const { viewAfter } = await world.slack.submitView(STAFF.ada, view.id, { requirementId: '3' });
    expect(viewAfter?.title).toMatchObject({ text: 'Workflow saved' });
    await quiet(1);
    expect(held.hits).toBe(1);
    expect(updates()[0]?.answered).toMatchObject({ body: { ok: false, error: 'hash_conflict' } });
    expect(world.slack.openViewOf(STAFF.ada)?.title).toMatchObject({ text: 'Workflow saved' });
  });
});

describe('authority and haste', () => {
  test('two admins edit at once: the second reads that it changed', async () => {
    await makeAdmin(world, 'bob');
    const id = await workflowId('deploy-to-production');
    const [first, second] = [await open(`edit ${id}`), await open(`edit ${id}`, 'bob')];
    await world.slack.submitView(STAFF.ada, first.id, { requirementId: '3' });
    const late = await world.slack.submitView(STAFF.bob, second.id, { approvers: [STAFF.bob] });
    expect(wordsOf(late.viewAfter?.blocks).join(' ')).toContain(`Somebody changed workflow ${id}`);
    expect((await openedBy(world, id)).values.approvers).toEqual([STAFF.alice, STAFF.bob]);
  });

  test('a member who sends an admin’s form, its metadata forged or not, changes nothing', async () => {
    const id = await workflowId('deploy-to-production');
    const view = await open(`edit ${id}`);
    const changed = await world.slack.clickInView(STAFF.ada, view.id, 'previewFor', STAFF.dana);
    await quiet(1);
    const { payload } = await world.slack.submitView(STAFF.ada, view.id, { requirementId: '3' });
    const before = await snapshot(world, ['approval_workflows', 'approval_workflow_people']);
    const forgeries = [
      {},
      { private_metadata: JSON.stringify({ workflowId: id, seenAt: 1, kept: [] }) },
      { private_metadata: JSON.stringify({ workflowId: null, seenAt: null, kept: [] }) },
      { private_metadata: '{"workflowId":"x"}' },
      { private_metadata: '' },
      { state: { values: {} } },
      { state: null },
    ];
    for (const forgery of forgeries)
      for (const user of [STAFF.alice, STAFF.carol, 'U0NOBODY']) {
        const sent = { ...payload, user: { id: user, team_id: 'T0ACME' } } as Record<string, unknown>;
        const delivery = await world.slack.sendRaw({
          payload: { ...sent, view: { ...(sent.view as object), ...forgery } },
        });
        expect(delivery.status).toBe(200);
        expect(delivery.responseBody).not.toContain('Workflow saved');
        const action = { ...changed.payload, user: { id: user, team_id: 'T0ACME' } } as Record<
          string,
          unknown
        >;
        expect(await world.slack.sendRaw({ payload: action })).toMatchObject({ status: 200 });
      }
    // The admin's own, forged: nothing it could name is theirs to save.
    for (const forgery of forgeries.slice(3)) {
      const delivery = await world.slack.sendRaw({
        payload: { ...payload, view: { ...(payload!.view as object), ...forgery } },
      });
      expect(delivery.status).toBe(200);
      expect(delivery.responseBody).not.toContain('Workflow saved');
    }
    expect(await snapshot(world, ['approval_workflows', 'approval_workflow_people'])).toBe(before);
  });

  test('a form from a workspace that is not ours is refused', async () => {
    const eventId = await newEvent();
    const view = await open('create');
    const { payload } = await world.slack.submitView(STAFF.ada, view.id, { eventId: String(eventId) });
    const foreign = {
      ...payload,
      team: { id: 'T0OTHER' },
      user: { id: STAFF.ada, team_id: 'T0OTHER' },
      view: { ...(payload!.view as object), app_installed_team_id: 'T0OTHER' },
    };
    const { responseBody } = await world.slack.sendRaw({ payload: foreign });
    expect(responseBody).toContain('another Slack workspace');
  });

  test('slow look-ups are a sentence at the field within Slack’s three seconds', async () => {
    const view = await open(`create ${await newEvent()}`);
    world.slack.addFault({ method: 'users.info', user: STAFF.carol, delayMs: 4_000 });
    const { errors, ackMs, warning } = await world.slack.submitView(STAFF.ada, view.id, {
      approvers: [STAFF.carol],
    });
    expect(warning).toBeUndefined();
    expect(ackMs).toBeLessThan(2_800);
    expect(errors).toEqual({
      approvers: expect.stringMatching(/^Slack has not yet said who one of these people is/),
    });
  }, 15_000);

  test('bots, which Slack’s menus offer as well, are refused by name', async () => {
    world.slack.addUser({ id: 'U0BOT', name: 'bot', realName: 'Deploy Bot', isBot: true });
    const view = await open(`create ${await newEvent()}`);
    const { errors } = await world.slack.submitView(STAFF.ada, view.id, { approvers: ['U0BOT'] });
    expect(errors).toEqual({ approvers: 'Deploy Bot is a bot.' });
  });
});

describe('the view', () => {
  const accounts = fc.uniqueArray(fc.stringMatching(/^U[A-Z0-9]{2,10}$/), { maxLength: 100 });
  const words = fc.string({ unit: 'binary', maxLength: 200 });
  const options = fc.uniqueArray(fc.record({ id: fc.integer({ min: 1, max: 1e9 }), name: words }), {
    minLength: 1,
    maxLength: 100,
    selector: ({ id }) => id,
  });
  const values: fc.Arbitrary<EditorValues> = fc.record({
    eventId: fc.option(fc.integer({ min: 1, max: 1e9 })),
    policyId: fc.constant(null),
    requirementId: fc.constantFrom(null, 1, 2, 3),
    approvers: accounts,
    managerApproves: fc.boolean(),
    fallbackApprovers: accounts,
    subscribers: accounts,
    managerSubscribes: fc.boolean(),
    channels: fc.uniqueArray(fc.stringMatching(/^C[A-Z0-9]{2,10}$/), { maxLength: 50 }),
    disallowRequester: fc.boolean(),
    checksFirst: fc.boolean(),
    previewFor: fc.option(fc.stringMatching(/^U[A-Z0-9]{2,10}$/)),
  });
  const editors: fc.Arbitrary<WorkflowEditor> = fc.record({
    workflowId: fc.option(fc.integer({ min: 1, max: 1e9 })),
    seenAt: fc.option(fc.integer({ min: 0, max: 2e12 })),
    title: words,
    submitLabel: words,
    events: options,
    policies: options,
    leftOut: fc.record({ events: fc.nat(1e6), policies: fc.nat(1e6) }),
    values,
    kept: fc.record({
      approvers: fc.array(words, { maxLength: 200 }),
      subscribers: fc.array(words, { maxLength: 200 }),
      fallbackApprovers: fc.array(words, { maxLength: 200 }),
      channels: fc.array(words, { maxLength: 50 }),
      personIds: fc.array(fc.integer({ min: 1, max: 1e9 }), { maxLength: 200 }),
    }),
    preview: fc.array(
      fc.array(fc.record({ kind: fc.constant('text' as const), text: words }), { maxLength: 20 }),
      {
        maxLength: 30,
      },
    ),
  });

  test('holds within Slack’s limits and gives back what it was given, whatever the form', () => {
    fc.assert(
      fc.property(editors, (editor) => {
        const view = editorView(editor);
        assertView(view);
        const state = readEditorState(view.private_metadata!, untouched(view));
        const eventId = editor.events.some(({ id }) => id === editor.values.eventId)
          ? editor.values.eventId
          : null;
        expect(state).toEqual({
          workflowId: editor.workflowId,
          seenAt: editor.seenAt,
          keptPersonIds: editor.kept.personIds,
          values: { ...editor.values, eventId },
        });
      }),
      { numRuns: rounds('STRINGS', 100, 2_000) },
    );
  });

  test('reads no form but a whole one of ours, and never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.anything(), (metadata, anything) => {
        expect(readEditorState(metadata, anything)).toBeNull();
      }),
    );
  });

  test('keeps its block and action ids from one drawing to the next', async () => {
    const editor = await openedBy(world, null);
    const idsOf = (view: ModalView) =>
      Object.entries(untouched(view)).map(([blockId, elements]) => [blockId, Object.keys(elements)]);
    const later = {
      ...editor,
      values: { ...editor.values, approvers: [STAFF.alice], previewFor: STAFF.dana },
    };
    expect(idsOf(editorView(later))).toEqual(idsOf(editorView(editor)));
  });
});

/** The state Slack sends of a view nobody touched. */
function untouched(view: ModalView): Record<string, Record<string, object>> {
  const values: Record<string, Record<string, object>> = {};
  for (const block of view.blocks as { block_id?: string; element?: Record<string, unknown> }[]) {
    const { element } = block;
    if (!element) continue;
    values[block.block_id!] = {
      [String(element.action_id)]: {
        selected_option: element.initial_option ?? null,
        selected_options: element.initial_options ?? [],
        selected_users: element.initial_users ?? [],
        selected_conversations: element.initial_conversations ?? [],
        selected_user: element.initial_user ?? null,
      },
    };
  }
  return values;
}
