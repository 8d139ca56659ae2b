import { describe, expect, test } from 'vitest';
import {
  ALICE,
  BOB,
  CAROL,
  CHANNEL,
  card,
  dialogAnswer,
  everyTestItsOwnDouble,
  GROUP,
  message,
  posted,
  scene,
  TEAM,
} from './teams-scene.ts';

everyTestItsOwnDouble();

describe('typing', () => {
  test('in the own chat is a plain message', async () => {
    const result = await scene.double.type(ALICE, 'show <14> & more');
    expect(result).toMatchObject({
      sent: true,
      status: 200,
      message: { author: ALICE, text: 'show <14> & more' },
    });
    expect(scene.heard).toMatchObject([
      {
        type: 'message',
        id: result.message.id,
        text: 'show &lt;14&gt; &amp; more',
        textFormat: 'plain',
        locale: 'en-US',
      },
    ]);
  });

  test('in shared places the bot hears its name only', async () => {
    expect((await scene.double.type(ALICE, 'list', { conversation: GROUP, mention: false })).sent).toBe(
      false,
    );
    await scene.double.type(ALICE, 'list', { conversation: GROUP });
    const { message: root } = await scene.double.type(ALICE, 'list', { conversation: CHANNEL });
    await scene.double.type(BOB, 'help', { conversation: CHANNEL, threadOf: root.id });
    expect(scene.heard).toMatchObject([
      {
        text: '<at>Countersign</at> list',
        entities: [
          { type: 'mention', text: '<at>Countersign</at>', mentioned: { id: scene.double.botId } },
          {},
        ],
        conversation: { id: GROUP, conversationType: 'groupChat' },
      },
      { text: '<at>Countersign</at>&nbsp;list', conversation: { id: `${CHANNEL};messageid=${root.id}` } },
      { replyToId: root.id, conversation: { id: `${CHANNEL};messageid=${root.id}` } },
    ]);
    expect(scene.double.threadOf(CHANNEL, root.id)).toMatchObject([{ author: BOB }]);
  });

  test('a slash command is seen by the bot alone', async () => {
    await scene.double.type(ALICE, 'list', { conversation: GROUP, targeted: true });
    expect(scene.heard).toMatchObject([{ text: 'list', recipient: { isTargeted: true } }]);
    expect(scene.double.messagesOf(GROUP, { as: CAROL })).toEqual([]);
    expect(scene.double.messagesOf(GROUP, { as: ALICE })).toHaveLength(1);
    await expect(scene.double.type(ALICE, 'list', { targeted: true })).rejects.toThrow('no slash commands');
  });

  test('is for those who are there', async () => {
    await expect(scene.double.type(BOB, 'x', { conversation: GROUP })).rejects.toThrow('is not in');
    await expect(scene.double.type(CAROL, 'x')).rejects.toThrow('not installed');
    scene.double.block(ALICE);
    await expect(scene.double.type(ALICE, 'x')).rejects.toThrow('blocked');
  });

  test('warns when the bot did not take it', async () => {
    scene.reply = () => ({ status: 500 });
    expect((await scene.double.type(ALICE, 'x')).warning).toMatch(/http 500/);
  });

  test('ids are unique though the clock stands still', async () => {
    const ids = [];
    for (let index = 0; index < 3; index++) {
      ids.push((await scene.double.type(ALICE, 'x')).message.id);
      ids.push(await posted(CHANNEL));
    }
    expect(new Set(ids).size).toBe(6);
  });
});

describe('dialogs', () => {
  const form = card({
    body: [{ type: 'Input.Text', id: 'why', label: 'Why', isRequired: true, errorMessage: 'Say why.' }],
    actions: [{ type: 'Action.Submit', title: 'Send', data: { card: 'c1' } }],
  });
  const opening = card({
    actions: [
      { type: 'Action.Submit', title: 'Reject', data: { card: 'c1', msteams: { type: 'task/fetch' } } },
    ],
  });
  const open = async () => {
    const conversation = scene.double.chatOf(ALICE);
    const activityId = await posted(conversation, message(opening));
    scene.reply = () => dialogAnswer(form, 'Reject');
    return scene.double.press(ALICE, { conversation, activityId, title: 'Reject' });
  };

  test('open from a card’s button', async () => {
    expect(await open()).toMatchObject({ sent: true, dialog: { title: 'Reject', kind: 'task' } });
    expect(scene.heard).toMatchObject([
      { type: 'invoke', name: 'task/fetch', value: { data: { card: 'c1' }, context: { theme: 'default' } } },
    ]);
    expect(scene.double.dialogOf(ALICE)).toMatchObject({ card: form });
  });

  test('are held back while an input is wrong; show what the bot answers; close with words or nothing', async () => {
    await open();
    expect(await scene.double.submitDialog(ALICE)).toMatchObject({
      sent: false,
      inputErrors: { why: 'Say why.' },
    });
    const again = card({
      body: [{ type: 'TextBlock', text: 'Longer, please.' }],
      actions: form.actions as [],
    });
    scene.reply = () => dialogAnswer(again);
    expect(await scene.double.submitDialog(ALICE, { why: 'no' })).toMatchObject({ dialog: { card: again } });
    expect(scene.heard.at(-1)).toMatchObject({
      name: 'task/submit',
      value: { data: { card: 'c1', why: 'no' } },
    });
    scene.reply = () => ({ body: { task: { type: 'message', value: 'Rejected.' } } });
    expect(await scene.double.submitDialog(ALICE)).toMatchObject({ toast: 'Rejected.' });
    expect(scene.double.dialogOf(ALICE)).toBeUndefined();
    await expect(scene.double.submitDialog(ALICE)).rejects.toThrow('no dialog');
    await open();
    scene.reply = () => ({});
    expect(await scene.double.submitDialog(ALICE, { why: 'no' })).not.toHaveProperty('dialog');
    expect(scene.double.dialogOf(ALICE)).toBeUndefined();
  });

  const bad: [string, object][] = [
    ['HTTP 500', { status: 500 }],
    ['nothing known', { body: { task: { type: 'open' } } }],
    [
      'a card with Action.Execute',
      dialogAnswer(card({ actions: [{ type: 'Action.Execute', title: 'x', verb: 'x' }] })),
    ],
    ['no title', dialogAnswer(form, '')],
    ['no card', { body: { task: { type: 'continue', value: { title: 'x' } } } }],
    [
      'an unknown size',
      { body: { task: { type: 'continue', value: { title: 'x', height: 'huge', card: {} } } } },
    ],
    ['an unknown member', { body: { task: { type: 'continue', value: { title: 'x', colour: 'red' } } } }],
  ];
  test.each(bad)('stay as they are, with a warning, after %s', async (_what, answer) => {
    await open();
    scene.reply = () => answer;
    const result = await scene.double.submitDialog(ALICE, { why: 'no' });
    expect(result).toMatchObject({ warning: expect.stringContaining('went wrong'), dialog: { card: form } });
  });

  test('a people picker offers the tenant’s people', async () => {
    const dataset = { type: 'Data.Query', dataset: 'graph.microsoft.com/users' };
    const who = { type: 'Input.ChoiceSet', id: 'who', label: 'Who', isMultiSelect: true, choices: [] };
    await open();
    scene.reply = () =>
      dialogAnswer(card({ body: [{ ...who, 'choices.data': dataset }], actions: form.actions as [] }));
    await scene.double.submitDialog(ALICE, { why: 'no' });
    await expect(scene.double.submitDialog(ALICE, { who: 'aad-nobody' })).rejects.toThrow('offers no');
    await scene.double.submitDialog(ALICE, { who: `${BOB},${CAROL}` });
    expect(scene.heard.at(-1)).toMatchObject({ value: { data: { who: `${BOB},${CAROL}` } } });
  });

  test('do not open from nothing', async () => {
    const conversation = scene.double.chatOf(ALICE);
    const activityId = await posted(conversation, message(opening));
    const result = await scene.double.press(ALICE, { conversation, activityId, title: 'Reject' });
    expect(result.warning).toMatch(/no dialog/);
    expect(scene.double.dialogOf(ALICE)).toBeUndefined();
  });

  test('what was closed meanwhile stays closed', async () => {
    await open();
    scene.reply = () => {
      scene.double.closeDialog(ALICE);
      return dialogAnswer(form);
    };
    await scene.double.submitDialog(ALICE, { why: 'no' });
    expect(scene.double.dialogOf(ALICE)).toBeUndefined();
  });

  test('open from the message extension too', async () => {
    scene.reply = () => dialogAnswer(form, 'Answer');
    expect(await scene.double.openExtension(ALICE, 'answer')).toMatchObject({
      dialog: { kind: 'extension' },
    });
    await scene.double.submitDialog(ALICE, { why: 'no' });
    expect(scene.heard).toMatchObject([
      { name: 'composeExtension/fetchTask', value: { commandId: 'answer', commandContext: 'compose' } },
      {
        name: 'composeExtension/submitAction',
        value: { commandId: 'answer', data: { card: 'c1', why: 'no' } },
      },
    ]);
  });
});

describe('coming and going', () => {
  test('an installation is told twice, in either order', async () => {
    await scene.double.install(CAROL);
    await scene.double.uninstall(CAROL, { first: 'conversationUpdate' });
    const bot = [{ id: scene.double.botId }];
    expect(scene.heard).toMatchObject([
      {
        type: 'installationUpdate',
        action: 'add',
        from: { aadObjectId: CAROL },
        conversation: { conversationType: 'personal' },
      },
      { type: 'conversationUpdate', membersAdded: bot },
      { type: 'conversationUpdate', membersRemoved: bot },
      { type: 'installationUpdate', action: 'remove' },
    ]);
    await expect(scene.double.uninstall(CAROL)).rejects.toThrow('no longer');
  });

  test('a team and its members', async () => {
    await scene.double.removeBot(TEAM, ALICE);
    expect(await scene.double.addMember(TEAM, CAROL)).toEqual({ sent: false });
    await scene.double.addBot(TEAM, ALICE);
    await scene.double.removeMember(TEAM, CAROL);
    expect(scene.heard).toMatchObject([
      { type: 'installationUpdate', action: 'remove', conversation: { id: TEAM } },
      {
        type: 'conversationUpdate',
        channelData: { eventType: 'teamMemberRemoved', team: { id: TEAM, name: 'Operations' } },
      },
      { type: 'installationUpdate', action: 'add' },
      { type: 'conversationUpdate', channelData: { eventType: 'teamMemberAdded' } },
      { type: 'conversationUpdate', membersRemoved: [{ aadObjectId: CAROL }] },
    ]);
  });
});
