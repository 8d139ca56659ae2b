import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/demo/doubles/common/json.ts';
import {
  ALICE,
  at,
  BOB,
  CAROL,
  CHANNEL,
  card,
  cardAnswer,
  connector,
  everyTestItsOwnDouble,
  execute,
  GROUP,
  message,
  posted,
  scene,
  start,
} from './teams-scene.ts';

everyTestItsOwnDouble();

const done = card({ body: [{ type: 'TextBlock', text: 'Done.' }] });
const withButton = (change: JsonObject = {}) => card({ actions: [execute('Approve', change)] });
const refreshed = (...people: string[]) =>
  card({
    refresh: { action: execute('Refresh'), userIds: people.map((person) => scene.double.person(person).mri) },
  });
const chat = () => scene.double.chatOf(ALICE);

describe('pressing Action.Execute', () => {
  test('asks the bot, and its card takes the place of the old one', async () => {
    const id = await posted(chat(), message(withButton()));
    scene.reply = () => cardAnswer(done);
    const result = await scene.double.press(ALICE, {
      conversation: chat(),
      activityId: id,
      title: 'Approve',
    });
    expect(result).toMatchObject({ sent: true, status: 200, card: done });
    expect(result).not.toHaveProperty('warning');
    const { mri } = scene.double.person(ALICE);
    expect(scene.heard).toMatchObject([
      {
        type: 'invoke',
        name: 'adaptiveCard/action',
        channelId: 'msteams',
        serviceUrl: scene.double.serviceUrl,
        replyToId: id,
        from: { id: mri, aadObjectId: ALICE, name: 'Alice Ames' },
        recipient: { id: scene.double.botId },
        conversation: { id: chat(), conversationType: 'personal', tenantId: scene.double.tenantId },
        channelData: { tenant: { id: scene.double.tenantId } },
        value: {
          action: { type: 'Action.Execute', title: 'Approve', verb: 'approve', data: { card: 'c1' } },
          trigger: 'manual',
        },
      },
    ]);
    expect(scene.double.message(chat(), id)).toMatchObject({ card: done, summary: 'Deploy?', edits: [{}] });
  });

  test('shows words as a toast and leaves the card', async () => {
    const id = await posted(chat(), message(withButton()));
    const type = 'application/vnd.microsoft.activity.message';
    scene.reply = () => ({ body: { statusCode: 200, type, value: 'Too late.' } });
    const result = await scene.double.press(ALICE, { conversation: chat(), activityId: id, index: 0 });
    expect(result).toMatchObject({ toast: 'Too late.', card: withButton() });
    expect(scene.double.toasts).toMatchObject([{ person: ALICE, text: 'Too late.' }]);
  });

  const bad: [string, object][] = [
    ['HTTP 500', { status: 500 }],
    ['HTTP 400 with a card', { ...cardAnswer(done), status: 400 }],
    ['HTTP 202', { ...cardAnswer(done), status: 202 }],
    ['nothing', {}],
    [
      'an error in the body',
      { body: { statusCode: 400, type: 'application/vnd.microsoft.error', value: { message: 'x' } } },
    ],
    ['an unknown type', { body: { statusCode: 200, type: 'text/plain', value: 'x' } }],
    [
      'an empty text',
      { body: { statusCode: 200, type: 'application/vnd.microsoft.activity.message', value: '' } },
    ],
    ['a card Teams does not draw', cardAnswer({ type: 'AdaptiveCard', version: '1.9', body: [] })],
  ];
  test.each(bad)('warns after %s', async (_what, answer) => {
    const id = await posted(chat(), message(withButton()));
    scene.reply = () => answer;
    const result = await scene.double.press(ALICE, {
      conversation: chat(),
      activityId: id,
      title: 'Approve',
    });
    expect(result.warning).toMatch(/Something went wrong/);
    expect(result.card).toEqual(withButton());
  });

  test('warns when the bot is late or nowhere', async () => {
    await start({ answerTimeoutMs: 50 });
    const id = await posted(chat(), message(withButton()));
    const press = () => scene.double.press(ALICE, { conversation: chat(), activityId: id, title: 'Approve' });
    scene.reply = () => ({ never: true });
    expect((await press()).delivery?.failure).toBe('timeout');
    scene.double.requestUrl = 'http://127.0.0.1:1/';
    expect((await press()).warning).toMatch(/unreachable/);
    scene.double.requestUrl = undefined;
    expect((await press()).warning).toMatch(/no request url/);
  });

  test('is for whoever sees the button, unless forged or out of date', async () => {
    const id = await posted(GROUP, message(withButton()));
    const target = { conversation: GROUP, activityId: id, title: 'Approve' };
    await expect(scene.double.press(BOB, target)).rejects.toThrow('is not in');
    await expect(scene.double.press(ALICE, { ...target, title: 'Reject' })).rejects.toThrow('no such button');
    await expect(scene.double.press(ALICE, { ...target, activityId: '1' })).rejects.toThrow(
      'sees no message',
    );
    expect(
      (await scene.double.press(BOB, { ...target, forge: { verb: 'approve', data: { card: 'c2' } } })).sent,
    ).toBe(true);
    expect(scene.heard.at(-1)).toMatchObject({
      from: { aadObjectId: BOB },
      value: { action: { data: { card: 'c2' } } },
    });
    await connector('PUT', at(GROUP, id), message(done));
    await expect(scene.double.press(ALICE, target)).rejects.toThrow('no such button');
    expect((await scene.double.press(ALICE, { ...target, stale: true })).sent).toBe(true);
    await connector('DELETE', at(GROUP, id));
    expect((await scene.double.press(ALICE, { ...target, stale: true })).sent).toBe(true);
    expect(scene.double.pressActivity(ALICE, { ...target, stale: true })).toMatchObject({
      name: 'adaptiveCard/action',
    });
  });

  test('is not for the disabled, nor where the app is not', async () => {
    const id = await posted(chat(), message(withButton()));
    const target = { conversation: chat(), activityId: id, title: 'Approve' };
    scene.double.updatePerson(ALICE, { enabled: false });
    await expect(scene.double.press(ALICE, target)).rejects.toThrow('disabled');
    scene.double.updatePerson(ALICE, { enabled: true });
    await scene.double.uninstall(ALICE);
    await expect(scene.double.press(ALICE, target)).rejects.toThrow('not installed');
  });

  test('in a channel names the thread, the channel and the team', async () => {
    const id = await posted(CHANNEL, message(withButton()));
    await scene.double.press(ALICE, { conversation: CHANNEL, activityId: id, title: 'Approve' });
    expect(scene.heard[0]).toMatchObject({
      replyToId: id,
      conversation: { id: `${CHANNEL};messageid=${id}`, conversationType: 'channel', isGroup: true },
      channelData: { channel: { id: CHANNEL }, team: { id: '19:general@thread.tacv2' } },
    });
  });

  test('an answer about a version that was replaced meanwhile changes nothing', async () => {
    const id = await posted(chat(), message(withButton()));
    const newer = card({ body: [{ type: 'TextBlock', text: 'Newer.' }] });
    scene.reply = async () => {
      await connector('PUT', at(chat(), id), message(newer));
      return cardAnswer(done);
    };
    const result = await scene.double.press(ALICE, {
      conversation: chat(),
      activityId: id,
      title: 'Approve',
    });
    expect(result.card).toEqual(newer);
  });
});

describe('inputs', () => {
  const form = () =>
    card({
      body: [
        {
          type: 'Input.Text',
          id: 'why',
          label: 'Why',
          isRequired: true,
          maxLength: 5,
          regex: '^[a-z]+$',
          errorMessage: 'Say why.',
        },
        { type: 'Input.Number', id: 'count', label: 'Count', min: 1, max: 9, value: 7 },
        { type: 'Input.Toggle', id: 'sure', title: 'Sure' },
        { type: 'Input.Text', id: 'note', label: 'Note' },
        {
          type: 'Input.ChoiceSet',
          id: 'where',
          label: 'Where',
          choices: [
            { title: 'A', value: 'a' },
            { title: 'B', value: 'b' },
          ],
          isMultiSelect: true,
        },
      ],
      actions: [execute('Approve'), execute('Cancel', { associatedInputs: 'none' })],
    });
  const press = async (inputs: Record<string, string>, more: object = {}) => {
    const id = await posted(chat(), message(form()));
    return scene.double.press(ALICE, {
      conversation: chat(),
      activityId: id,
      title: 'Approve',
      inputs,
      ...more,
    });
  };

  test('go along as texts; empty ones are left out', async () => {
    await press({ why: 'abc', where: 'a,b' });
    expect(scene.heard[0]).toMatchObject({
      value: { action: { data: { card: 'c1', why: 'abc', count: '7', sure: 'false', where: 'a,b' } } },
    });
    expect(JSON.stringify(scene.heard[0])).not.toContain('"note":');
    await press({ why: 'NOT CHECKED' }, { title: 'Cancel' });
    expect(scene.heard[1]).toMatchObject({ value: { action: { data: { card: 'c1' } } } });
    expect(JSON.stringify(scene.heard[1])).not.toMatch(/"(count|why)":/);
  });

  test.each([
    ['missing', {}],
    ['too long', { why: 'abcdef' }],
    ['of another form', { why: 'ABC' }],
  ])('are held back by the client when %s', async (_what, inputs) => {
    expect(await press(inputs)).toMatchObject({ sent: false, inputErrors: { why: 'Say why.' } });
    expect(scene.heard).toEqual([]);
  });

  test('are held back by the client out of bounds', async () => {
    for (const count of ['0', '10', 'x'])
      expect(await press({ why: 'a', count })).toMatchObject({
        sent: false,
        inputErrors: { count: 'This is not valid.' },
      });
  });

  test('can be sent as they are by a client of one’s own', async () => {
    await press({ why: 'ABCDEFGH', other: 'x' }, { skipClientChecks: true });
    expect(scene.heard[0]).toMatchObject({ value: { action: { data: { why: 'ABCDEFGH', other: 'x' } } } });
  });

  test('can only be what the client offers', async () => {
    await expect(press({ why: 'a', other: 'x' })).rejects.toThrow('no input');
    await expect(press({ why: 'a', where: 'c' })).rejects.toThrow('offers no');
    await expect(press({ why: 'a', sure: 'perhaps' })).rejects.toThrow('true or false');
  });
});

describe('pressing Action.Submit', () => {
  test('is a message with a value', async () => {
    const id = await posted(
      chat(),
      message(card({ actions: [{ type: 'Action.Submit', title: 'Go', data: { a: 1 } }] })),
    );
    const result = await scene.double.press(ALICE, { conversation: chat(), activityId: id, data: { a: 1 } });
    expect(result).toMatchObject({ sent: true, status: 200 });
    expect(scene.heard[0]).toMatchObject({ type: 'message', value: { a: 1 }, replyToId: id });
    expect(scene.heard[0]).not.toHaveProperty('text');
  });

  test('is what an old client makes of Action.Execute, where there is a fallback', async () => {
    const fallback = { type: 'Action.Submit', data: { old: true } };
    const actions = [execute('Approve', { fallback }), execute('Reject')];
    const id = await posted(chat(), message(card({ actions })));
    const target = { conversation: chat(), activityId: id, oldClient: true };
    await scene.double.press(ALICE, { ...target, title: 'Approve' });
    expect(scene.heard[0]).toMatchObject({ type: 'message', value: { old: true } });
    await expect(scene.double.press(ALICE, { ...target, title: 'Reject' })).rejects.toThrow('no such button');
  });

  test('a link is opened, and nothing sent', async () => {
    const actions = [{ type: 'Action.OpenUrl', title: 'See', url: 'https://example.com/a' }];
    const id = await posted(chat(), message(card({ actions })));
    const result = await scene.double.press(ALICE, { conversation: chat(), activityId: id, title: 'See' });
    expect(result).toMatchObject({ sent: false, openedUrl: 'https://example.com/a' });
  });
});

describe('views of one’s own', () => {
  const own = card({ body: [{ type: 'TextBlock', text: 'For you.' }], actions: [execute('Approve')] });

  test('are asked for by whom the card names, once a version', async () => {
    const id = await posted(GROUP, message(refreshed(ALICE)));
    scene.reply = () => cardAnswer(own);
    expect(await scene.double.look(CAROL, GROUP, id)).toMatchObject({ sent: false });
    const looked = await scene.double.look(ALICE, GROUP, id);
    expect(looked).toMatchObject({ sent: true, card: own });
    expect(scene.heard).toMatchObject([
      {
        name: 'adaptiveCard/action',
        replyToId: id,
        value: { trigger: 'automatic', action: { verb: 'refresh' } },
      },
    ]);
    expect((await scene.double.look(ALICE, GROUP, id)).sent).toBe(false);
    expect((await scene.double.look(ALICE, GROUP, id, { again: true })).sent).toBe(true);
    expect(scene.double.cardFor(ALICE, GROUP, id)).toEqual(own);
    expect(scene.double.hasOwnView(ALICE, GROUP, id)).toBe(true);
    expect(scene.double.cardFor(CAROL, GROUP, id)).toEqual(refreshed(ALICE));
    expect(scene.double.message(GROUP, id)?.edits).toEqual([]);
  });

  test('end with the next version', async () => {
    const id = await posted(GROUP, message(refreshed(ALICE)));
    scene.reply = () => cardAnswer(own);
    await scene.double.look(ALICE, GROUP, id);
    await connector('PUT', at(GROUP, id), message(refreshed(ALICE)));
    expect(scene.double.hasOwnView(ALICE, GROUP, id)).toBe(false);
    expect((await scene.double.look(ALICE, GROUP, id)).sent).toBe(true);
  });

  test('hold the buttons that are pressed, and take the answer', async () => {
    const id = await posted(GROUP, message(refreshed(ALICE)));
    scene.reply = () => cardAnswer(own);
    const target = { conversation: GROUP, activityId: id, title: 'Approve' };
    await expect(scene.double.press(ALICE, target)).rejects.toThrow('no such button');
    await scene.double.look(ALICE, GROUP, id);
    await expect(scene.double.press(CAROL, target)).rejects.toThrow();
    scene.reply = () => cardAnswer(done);
    expect((await scene.double.press(ALICE, target)).card).toEqual(done);
    expect(scene.double.cardFor(CAROL, GROUP, id)).toEqual(refreshed(ALICE));
    expect((await scene.double.press(ALICE, { ...target, stale: true })).sent).toBe(true);
  });

  test('a refresh that fails is tried at the next look', async () => {
    const id = await posted(GROUP, message(refreshed(ALICE)));
    scene.reply = () => ({ status: 500 });
    expect(await scene.double.look(ALICE, GROUP, id)).toMatchObject({
      warning: expect.stringContaining('refreshed'),
      card: refreshed(ALICE),
    });
    scene.reply = () => cardAnswer(own);
    expect((await scene.double.look(ALICE, GROUP, id)).card).toEqual(own);
  });

  test('are for everybody where the card names nobody', async () => {
    const id = await posted(GROUP, message(card({ refresh: { action: execute('Refresh') } })));
    scene.reply = () => cardAnswer(own);
    expect((await scene.double.look(CAROL, GROUP, id)).card).toEqual(own);
  });

  test('nobody looks at what they do not see', async () => {
    const id = await posted(GROUP, message(refreshed(BOB)));
    await expect(scene.double.look(BOB, GROUP, id)).rejects.toThrow('sees no message');
  });
});
