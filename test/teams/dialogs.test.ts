import { describe, expect, it } from 'vitest';
import type { Form } from '../../src/approval/form.ts';
import type { WorkflowEditor } from '../../src/approval/workflow-editor.ts';
import { approveForm, waitingCard } from '../slack/samples.ts';
import { ALICE, BOB, type Bot, page, said, startBot, withCard, wordsOf } from './bot.ts';

const INPUTS = { 'input-0': 'now', 'input-1': 'eu', 'input-2': 'CHG-7', comment: 'Go.' };

/** Alice pressed “Approve with comment”, and the dialog is open. */
async function opened(bot: Bot, form: Form = approveForm()) {
  bot.presses.answer = () => ({ kind: 'form', form });
  const { press } = await withCard(bot);
  return press({ title: 'Approve with comment' });
}

describe('a button that opens a form', () => {
  it('is answered by the dialog, and decides nothing', async () => {
    await using bot = await startBot();
    const result = await opened(bot);
    expect(result.dialog).toMatchObject({ title: 'Approve', kind: 'task' });
    expect(bot.presses.pressed).toMatchObject([
      { verb: 'openForm', kind: 'approve', press: { externalId: ALICE, cardId: 'crd_1', contentVersion: 3 } },
    ]);
  });

  it('says why there is none', async () => {
    await using bot = await startBot();
    bot.presses.answer = () => ({ kind: 'notice', sentence: 'Bob has already decided.' });
    const { press } = await withCard(bot);
    const result = await press({ title: 'Reject' });
    expect(result.dialog).toBeUndefined();
    expect(result.toast).toBe('Bob has already decided.');
    expect(bot.presses.pressed).toMatchObject([{ verb: 'openForm', kind: 'reject' }]);
  });

  it('opens a form, whatever the button is said to be: a dialog that opens never decides', async () => {
    await using bot = await startBot();
    const { at } = await withCard(bot);
    bot.presses.answer = () => ({ kind: 'form', form: approveForm() });
    const data = { msteams: { type: 'task/fetch' }, do: 'press', verb: 'approve', card: 'crd_1', version: 3 };
    await bot.teams.press(ALICE, { ...at, forge: { type: 'Action.Submit', data } });
    expect(bot.presses.pressed.map(({ verb }) => verb)).toEqual(['openForm']);
  });
});

describe('a form that is sent', () => {
  it('brings what was entered, and the dialog closes', async () => {
    await using bot = await startBot();
    await opened(bot);
    bot.presses.answer = () => ({ kind: 'done' });
    const result = await bot.teams.submitDialog(ALICE, INPUTS);
    expect([result.status, result.dialog, result.warning]).toEqual([200, undefined, undefined]);
    expect(bot.teams.dialogOf(ALICE)).toBeUndefined();
    expect(bot.presses.pressed.at(-1)).toEqual({
      verb: 'submitForm',
      kind: 'approve',
      press: expect.objectContaining({ externalId: ALICE, cardId: 'crd_1', contentVersion: 3, ref: null }),
      values: INPUTS,
    });
  });

  it('with something wrong stays open, with what was entered and the sentence at its field', async () => {
    await using bot = await startBot();
    await opened(bot);
    bot.presses.answer = ({ verb }) =>
      verb === 'submitForm'
        ? { kind: 'form_errors', problems: { 'input-2': 'The ticket is closed.' } }
        : { kind: 'form', form: approveForm() };
    const result = await bot.teams.submitDialog(ALICE, INPUTS);
    expect(wordsOf(result.dialog?.card)).toContain('The ticket is closed.');
    expect(wordsOf(result.dialog?.card)).toContain('CHG-7');
    expect(wordsOf(result.dialog?.card)).toContain('Go.');
  });

  it('with something wrong that is closed by now says that instead', async () => {
    await using bot = await startBot();
    await opened(bot);
    bot.presses.answer = ({ verb }) =>
      verb === 'submitForm'
        ? { kind: 'form_errors', problems: { 'input-2': 'The ticket is closed.' } }
        : { kind: 'notice', sentence: 'It was decided meanwhile.' };
    const result = await bot.teams.submitDialog(ALICE, INPUTS);
    expect([result.dialog, result.toast]).toEqual([undefined, 'It was decided meanwhile.']);
  });

  it('that may not decide is told why', async () => {
    await using bot = await startBot();
    await opened(bot);
    bot.presses.answer = () => ({ kind: 'notice', sentence: 'This changed since you saw it.' });
    expect((await bot.teams.submitDialog(ALICE, INPUTS)).toast).toBe('This changed since you saw it.');
  });

  it('carries nothing but its fields, whatever else is sent', async () => {
    await using bot = await startBot();
    await opened(bot);
    bot.presses.answer = () => ({ kind: 'done' });
    const more = { personId: '1', approved_by: 'mallory', 'input-x': '1', __proto__: 'x' };
    await bot.teams.submitDialog(ALICE, { ...INPUTS, ...more }, { skipClientChecks: true });
    expect(bot.presses.pressed.at(-1)!.values).toEqual(INPUTS);
  });
});

describe('a review', () => {
  it('opens its forms in the same dialog', async () => {
    await using bot = await startBot();
    const { actions: _, ...details } = waitingCard();
    const review: Form = {
      ...{ cardId: 'crd_1', contentVersion: 3, kind: 'review', title: 'Review', details },
      actions: ['approve', 'reject', 'ask_question'],
    };
    bot.presses.answer = () => ({ kind: 'form', form: review });
    const { press } = await withCard(bot, { actions: [{ kind: 'review' }] });
    await press({ title: 'Review' });
    bot.presses.answer = () => ({ kind: 'form', form: approveForm({ kind: 'reject', title: 'Reject' }) });
    const result = await bot.teams.submitDialog(ALICE, {}, { title: 'Reject' });
    expect(result.dialog?.title).toBe('Reject');
    expect(bot.presses.pressed.at(-1)).toMatchObject({
      verb: 'openForm',
      kind: 'reject',
      press: { ref: null },
    });
  });
});

describe('the message extension', () => {
  it('lists what waits, opens it, and sends the decision', async () => {
    await using bot = await startBot();
    bot.presses.waits = [waitingCard(), waitingCard({ cardId: 'crd_2', title: 'Database migration' })];
    const list = await bot.teams.openExtension(ALICE, 'answerApproval');
    expect(wordsOf(list.dialog?.card)).toContain('Database migration');
    bot.presses.answer = () => ({ kind: 'form', form: approveForm({ cardId: 'crd_2' }) });
    const form = await bot.teams.submitDialog(ALICE, {}, { data: { card: 'crd_2' } });
    expect(form.dialog?.title).toBe('Approve');
    bot.presses.answer = () => ({ kind: 'done' });
    const done = await bot.teams.submitDialog(ALICE, INPUTS);
    expect(done.warning).toBeUndefined();
    expect(done.toast).toMatch(/^Done/);
    expect(bot.presses.acts.map(({ verb }) => verb)).toEqual(['openForm', 'submitForm']);
  });

  it('says so when nothing waits', async () => {
    await using bot = await startBot();
    expect((await bot.teams.openExtension(ALICE, 'answerApproval')).toast).toMatch(/Nothing waits/);
  });

  it('does not know other commands', async () => {
    await using bot = await startBot();
    const result = await bot.teams.openExtension(ALICE, 'launchMissiles');
    expect([result.status, result.toast]).toEqual([200, expect.stringMatching(/does not know/)]);
  });

  it('is used in any chat: that is no conversation of the bot’s, and what follows comes in the person’s own', async () => {
    await using bot = await startBot();
    const lunch = '19:lunch@thread.v2';
    bot.teams.addGroupChat({ id: lunch, members: [ALICE] });
    bot.commands.answer = () => ({ kind: 'editor', editor: editor() });
    bot.commands.saved = () => ({ kind: 'saved', page: page('Workflow 7 is saved') });
    const result = await bot.teams.openExtension(ALICE, 'newWorkflow', { conversation: lunch });
    expect(result.dialog?.title).toBe('New workflow');
    expect(bot.commands.ran).toMatchObject([{ text: 'create', account: { externalId: ALICE } }]);
    await bot.teams.submitDialog(ALICE, {}, { title: 'Create', skipClientChecks: true });
    await bot.idle();
    expect([...bot.conversations.kept.values()]).toEqual([]);
    expect(bot.teams.messagesOf(lunch, { as: ALICE })).toEqual([]);
    expect(said(bot.teams.messagesOf(ALICE).at(-1))).toContain('Workflow 7 is saved');
  });
});

function editor(change: Partial<WorkflowEditor> = {}): WorkflowEditor {
  return {
    workflowId: null,
    seenAt: null,
    title: 'New workflow',
    submitLabel: 'Create',
    events: [{ id: 1, name: 'Deploy to production' }],
    policies: [{ id: 2, name: 'Standard' }],
    leftOut: { events: 0, policies: 0 },
    values: {
      eventId: null,
      policyId: 2,
      requirementId: 2,
      approvers: [],
      managerApproves: false,
      fallbackApprovers: [],
      subscribers: [],
      managerSubscribes: false,
      channels: [],
      disallowRequester: true,
      checksFirst: false,
      previewFor: null,
    },
    kept: { approvers: [], subscribers: [], fallbackApprovers: [], channels: [], personIds: [41, 42] },
    preview: [],
    ...change,
  };
}

describe('the form of a workflow', () => {
  /** The dialog that `create` opens, from the page that its command is answered with. */
  async function opened(bot: Bot) {
    bot.commands.answer = () => ({ kind: 'editor', editor: editor() });
    await bot.teams.type(ALICE, 'create');
    await bot.idle();
    const { conversation, id } = bot.teams.messagesOf(ALICE).at(-1)!;
    return bot.teams.press(ALICE, { conversation, activityId: id, title: 'Open the form' });
  }
  const entered = { eventId: '1', policyId: '2', requirementId: '3', approvers: `${ALICE},${BOB}` };

  it('is opened by a button, since only a press can open it', async () => {
    await using bot = await startBot();
    const { dialog } = await opened(bot);
    expect(dialog?.title).toBe('New workflow');
    expect(bot.commands.ran.map(({ text }) => text)).toEqual(['create', 'create']);
  });

  it('is saved, closes, and what was saved is told in the chat', async () => {
    await using bot = await startBot();
    await opened(bot);
    bot.commands.saved = () => ({ kind: 'saved', page: page('Workflow 7 is saved') });
    const result = await bot.teams.submitDialog(ALICE, entered, { title: 'Create', skipClientChecks: true });
    expect([result.status, result.dialog, result.warning]).toEqual([200, undefined, undefined]);
    await bot.idle();
    expect(bot.commands.submitted).toMatchObject([
      {
        workflowId: null,
        keptPersonIds: [41, 42],
        values: { eventId: 1, requirementId: 3, approvers: [ALICE, BOB] },
      },
    ]);
    expect(said(bot.teams.messagesOf(ALICE).at(-1))).toContain('Workflow 7 is saved');
  });

  it('with something wrong stays open, as it was filled in; nobody is looked up for that', async () => {
    await using bot = await startBot();
    await opened(bot);
    bot.commands.saved = () => ({ kind: 'field_errors', problems: { eventId: 'There is one already.' } });
    bot.commands.preview = ({ values }) => ({ kind: 'editor', editor: editor({ values }) });
    const sent = { ...entered, previewFor: BOB };
    const result = await bot.teams.submitDialog(ALICE, sent, { title: 'Create', skipClientChecks: true });
    expect(wordsOf(result.dialog?.card)).toContain('There is one already.');
    expect(JSON.stringify(result.dialog?.card)).toContain(BOB);
    expect(bot.commands.previewed).toMatchObject([{ values: { previewFor: null } }]);
  });

  it('may be refused', async () => {
    await using bot = await startBot();
    await opened(bot);
    bot.commands.saved = () => ({ kind: 'notice', sentence: 'Only an admin may use “/approvals create”.' });
    const result = await bot.teams.submitDialog(ALICE, entered, { title: 'Create', skipClientChecks: true });
    expect(result.toast).toBe('Only an admin may use “create”.');
  });

  it('shows who would be asked', async () => {
    await using bot = await startBot();
    await opened(bot);
    bot.commands.preview = ({ values }) => ({
      kind: 'editor',
      editor: editor({ values, preview: [[{ kind: 'text', text: 'Alice would be asked.' }]] }),
    });
    const sent = { ...entered, previewFor: BOB };
    const how = { title: 'Who would be asked?', skipClientChecks: true };
    const result = await bot.teams.submitDialog(ALICE, sent, how);
    expect(wordsOf(result.dialog?.card)).toContain('Alice would be asked.');
    expect(bot.commands.previewed).toMatchObject([{ values: { previewFor: BOB } }]);
    expect(bot.commands.submitted).toEqual([]);
  });
});
