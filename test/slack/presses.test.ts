import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/demo/doubles/common/json.ts';
import { ALICE, type Bot, ORGANIZATION, privateWords, startBot } from './bot.ts';
import { approveForm, waitingCard } from './samples.ts';

async function withCard(bot: Bot, change: Parameters<typeof waitingCard>[0] = {}) {
  const sent = await bot.adapter.platform.postCard(ALICE, 'crd_1', waitingCard(change));
  if (sent.kind !== 'sent') throw new Error(JSON.stringify(sent));
  const { channel, message } = sent.ref;
  return {
    ref: sent.ref,
    click: async (actionId: string, more: object = {}, user = 'U0ALICE') => {
      const result = await bot.slack.click(user, { channel, ts: message, actionId, confirm: true, ...more });
      await bot.adapter.stop();
      return result;
    },
    payload: (actionId: string) => bot.slack.clickPayload('U0ALICE', { channel, ts: message, actionId }),
  };
}

/** Alice pressed Review on a card in a channel, and reads the request. */
async function withReview(bot: Bot) {
  const { actions: _, ...details } = waitingCard();
  const actions = ['approve', 'reject', 'ask_question'] as const;
  bot.presses.answer = () => ({
    kind: 'form',
    form: { cardId: 'crd_1', contentVersion: 3, kind: 'review', title: 'Review', details, actions },
  });
  const card = await withCard(bot, { actions: [{ kind: 'review' }] });
  await card.click('review');
  const shown = bot.slack.openViewOf('U0ALICE')!;
  return {
    shown,
    press: async (actionId: string) => {
      await bot.slack.clickInView('U0ALICE', shown.id, actionId);
      await bot.adapter.stop();
      return bot.slack.openViewOf('U0ALICE')!;
    },
  };
}

describe('a review', () => {
  it('opens on its button, and its own buttons open forms on top of it, never deciding', async () => {
    await using bot = await startBot();
    const { shown, press } = await withReview(bot);
    expect(bot.presses.pressed.at(-1)).toMatchObject({ verb: 'openForm', kind: 'review' });
    for (const kind of ['approve', 'reject', 'ask_question'] as const) {
      bot.presses.answer = () => ({ kind: 'form', form: approveForm({ kind }) });
      const top = await press(kind === 'approve' ? 'approve_with_comment' : kind);
      expect(top.previousViewId).toBe(shown.id);
      expect(bot.presses.pressed.at(-1)).toMatchObject({
        verb: 'openForm',
        kind,
        press: { cardId: 'crd_1', contentVersion: 3, externalId: 'U0ALICE', ref: null },
      });
      await bot.slack.closeView('U0ALICE', top.id);
    }
    expect(bot.presses.pressed.map(({ verb }) => verb)).not.toContain('approve');
  });

  it('closes with the form on top of it', async () => {
    await using bot = await startBot();
    const { press } = await withReview(bot);
    bot.presses.answer = () => ({
      kind: 'form',
      form: approveForm({ fields: approveForm().fields.slice(3) }),
    });
    const top = await press('approve_with_comment');
    bot.presses.answer = () => ({ kind: 'done' });
    expect(await bot.slack.submitView('U0ALICE', top.id)).toMatchObject({ responseAction: 'clear' });
    expect(bot.slack.viewsOf('U0ALICE')).toEqual([]);
  });

  it('has a sentence put on top of it, and closes with that', async () => {
    await using bot = await startBot();
    const { press } = await withReview(bot);
    bot.presses.answer = () => ({ kind: 'notice', sentence: 'This request is already approved.' });
    const top = await press('approve_with_comment');
    expect(JSON.stringify(top.blocks)).toContain('already approved');
    expect(privateWords(bot, 'U0ALICE')).toEqual([]);
    await bot.slack.closeView('U0ALICE', top.id);
    expect(bot.slack.viewsOf('U0ALICE')).toEqual([]);
  });

  it('stays when Slack would not open the form, and says so on top', async () => {
    await using bot = await startBot();
    const { shown, press } = await withReview(bot);
    bot.presses.answer = () => ({ kind: 'form', form: approveForm() });
    bot.slack.addFault({ method: 'views.push', slackError: 'push_limit_reached' });
    const top = await press('approve_with_comment');
    expect(top.previousViewId).toBe(shown.id);
    expect(JSON.stringify(top.blocks)).toContain('did not open the form');
  });
});

describe('a pressed button', () => {
  it('names the presser and the card by ids alone, and says nothing more when all is done', async () => {
    await using bot = await startBot();
    const card = await withCard(bot);
    const result = await card.click('approve');
    expect(result).toMatchObject({ sent: true, ackStatus: 200 });
    expect(result.warning).toBeUndefined();
    expect(bot.presses.pressed).toEqual([
      {
        verb: 'approve',
        press: {
          platform: 'slack',
          organizationId: ORGANIZATION,
          tenant: bot.slack.teamId,
          externalId: 'U0ALICE',
          cardId: 'crd_1',
          contentVersion: 3,
          ref: card.ref,
        },
      },
    ]);
    expect(privateWords(bot, 'U0ALICE')).toEqual([]);
  });

  it('opens the form the use case hands out', async () => {
    await using bot = await startBot();
    const card = await withCard(bot);
    bot.presses.answer = () => ({ kind: 'form', form: approveForm() });
    for (const [actionId, kind] of [
      ['approve', undefined],
      ['approve_with_comment', 'approve'],
      ['reject', 'reject'],
    ] as const) {
      await card.click(actionId);
      expect(bot.slack.openViewOf('U0ALICE')).toMatchObject({ callbackId: 'countersign_form' });
      expect(bot.presses.pressed.at(-1)!.kind).toBe(kind);
      await bot.slack.closeView('U0ALICE', bot.slack.openViewOf('U0ALICE')!.id);
    }
    expect(bot.presses.pressed).toHaveLength(3);
  });

  it('passes retry and correction on', async () => {
    await using bot = await startBot();
    const card = await withCard(bot, { actions: [{ kind: 'retry_submission' }, { kind: 'supply_inputs' }] });
    await card.click('retry_submission');
    await card.click('supply_inputs');
    expect(bot.presses.pressed.map(({ verb, kind }) => [verb, kind])).toEqual([
      ['retrySubmission', undefined],
      ['openForm', 'supply_inputs'],
    ]);
  });

  it('brings a notice to the presser alone, as plain words', async () => {
    await using bot = await startBot();
    const card = await withCard(bot);
    bot.presses.answer = () => ({ kind: 'notice', sentence: 'Already approved by <!channel> & co.' });
    await card.click('approve');
    expect(privateWords(bot, 'U0ALICE')).toEqual(['Already approved by &lt;!channel&gt; &amp; co.']);
    const notice = bot.slack.messagesOf('U0ALICE').find((message) => message.visibleTo)!;
    expect(notice.blocks[0]).toMatchObject({
      text: { type: 'plain_text', text: 'Already approved by <!channel> & co.' },
    });
    expect(bot.slack.message(card.ref.channel, card.ref.message)!.edits).toEqual([]);
  });

  it('brings the notice another way when the response URL fails', async () => {
    await using bot = await startBot();
    const card = await withCard(bot);
    bot.presses.answer = () => ({ kind: 'notice', sentence: 'Too late.' });
    bot.slack.addFault({ method: 'response_url', status: 500 });
    await card.click('approve');
    expect(bot.slack.calls.at(-1)!.method).toBe('chat.postEphemeral');
    expect(privateWords(bot, 'U0ALICE')).toEqual(['Too late.']);
  });

  it('of the link is acked and nothing else', async () => {
    await using bot = await startBot();
    const card = await withCard(bot);
    expect(await card.click('view_pipeline')).toMatchObject({ ackStatus: 200 });
    expect(bot.presses.pressed).toEqual([]);
    expect(privateWords(bot, 'U0ALICE')).toEqual([]);
  });

  it('is answered and acked when the use case fails', async () => {
    await using bot = await startBot();
    const card = await withCard(bot);
    bot.presses.answer = () => {
      throw new Error('database is locked');
    };
    expect(await card.click('approve')).toMatchObject({ ackStatus: 200 });
    expect(privateWords(bot, 'U0ALICE')).toEqual([expect.stringContaining('went wrong on our side')]);
    expect(bot.log.lines.some(({ level }) => level === 'error')).toBe(true);
  });

  it('is acked before Slack is asked for anything', async () => {
    await using bot = await startBot();
    const card = await withCard(bot);
    bot.presses.answer = () => ({ kind: 'form', form: approveForm() });
    bot.slack.addFault({ method: 'views.open', connection: 'hang' });
    const { channel, message } = card.ref;
    const result = await bot.slack.click('U0ALICE', { channel, ts: message, actionId: 'reject' });
    expect(result).toMatchObject({ ackStatus: 200 });
    bot.slack.clearFaults();
    await bot.adapter.stop();
  });

  it('says to press again when Slack was slow or did not open the form', async () => {
    await using bot = await startBot();
    const card = await withCard(bot);
    bot.presses.answer = () => ({ kind: 'form', form: approveForm() });
    for (const slackError of ['expired_trigger_id', 'exchanged_trigger_id', 'internal_error']) {
      bot.slack.addFault({ method: 'views.open', slackError });
      await card.click('reject');
    }
    const words = privateWords(bot, 'U0ALICE');
    expect(words).toHaveLength(3);
    expect(words[0]).toContain('slow');
    for (const sentence of words) expect(sentence).toContain('press the button again');
  });

  it('with a forged value, an unknown action or no value brings a sentence, never an error', async () => {
    await using bot = await startBot();
    const card = await withCard(bot);
    const values = [
      '',
      'crd_1',
      'crd_1.x',
      'crd_1.-1',
      '../../x.3',
      'crd_1.3.',
      `${'x'.repeat(300)}.1`,
      'crd 1.3',
    ];
    for (const value of values) {
      const payload = structuredClone(card.payload('approve'));
      (payload.actions as JsonObject[])[0]!.value = value;
      expect(await bot.slack.sendRaw({ payload })).toMatchObject({ status: 200 });
    }
    const unknown = structuredClone(card.payload('approve'));
    (unknown.actions as JsonObject[])[0]!.action_id = 'delete_everything';
    expect(await bot.slack.sendRaw({ payload: unknown })).toMatchObject({ status: 200 });
    await bot.adapter.stop();
    expect(bot.presses.pressed).toEqual([]);
    expect(bot.slack.calls.filter((call) => call.method === 'response_url').length).toBeGreaterThan(0);
    expect(privateWords(bot, 'U0ALICE').every((words) => words.includes('does not know this button'))).toBe(
      true,
    );
  });

  it('is acked whatever the payload lacks', async () => {
    await using bot = await startBot();
    const card = await withCard(bot);
    for (const key of [
      'user',
      'team',
      'actions',
      'channel',
      'message',
      'container',
      'response_url',
      'trigger_id',
    ]) {
      const { [key]: _dropped, ...payload } = card.payload('approve');
      const delivery = await bot.slack.sendRaw({ payload });
      expect([key, delivery.status]).toEqual([key, 200]);
    }
    for (const payload of [
      {},
      { type: 'block_actions' },
      { type: 'nonsense', actions: [] },
      { actions: [1] },
    ])
      expect((await bot.slack.sendRaw({ payload })).status).toBe(200);
  });

  it('from somebody of another workspace is passed on with their own tenant', async () => {
    await using bot = await startBot();
    const card = await withCard(bot);
    const payload = structuredClone(card.payload('approve'));
    (payload.user as JsonObject).team_id = 'T0ELSE';
    await bot.slack.sendRaw({ payload });
    expect(bot.presses.pressed[0]!.press).toMatchObject({ tenant: 'T0ELSE', externalId: 'U0ALICE' });
  });

  it('in another workspace is refused, told so and acked', async () => {
    await using bot = await startBot();
    const card = await withCard(bot);
    const payload = structuredClone(card.payload('approve'));
    (payload.user as JsonObject).team_id = 'T0ELSE';
    (payload.team as JsonObject).id = 'T0ELSE';
    expect(await bot.slack.sendRaw({ payload })).toMatchObject({ status: 200 });
    await bot.adapter.stop();
    expect(bot.presses.pressed).toEqual([]);
    expect(privateWords(bot, 'U0ALICE')).toEqual([expect.stringContaining('another Slack workspace')]);
  });

  it('before the bot knows its own workspace is refused politely, and it asks Slack', async () => {
    await using bot = await startBot({ started: false });
    bot.slack.addFault({ method: 'auth.test', status: 503 });
    await bot.adapter.start();
    const card = await withCard(bot);
    await card.click('approve');
    expect(privateWords(bot, 'U0ALICE')).toEqual([expect.stringContaining('still starting')]);
    await bot.adapter.platform.checkHealth();
    await card.click('approve');
    expect(bot.presses.pressed).toHaveLength(1);
  });

  it('asks the people of a double click twice, with the same ids', async () => {
    await using bot = await startBot();
    const card = await withCard(bot);
    await Promise.all([card.click('approve'), card.click('approve')]);
    expect(bot.presses.pressed).toHaveLength(2);
    expect(bot.presses.pressed[0]).toEqual(bot.presses.pressed[1]);
  });
});

describe('a submitted form', () => {
  async function withForm(bot: Bot, form = approveForm()) {
    const card = await withCard(bot);
    bot.presses.answer = () => ({ kind: 'form', form });
    await card.click('reject');
    bot.presses.pressed.length = 0;
    const view = bot.slack.openViewOf('U0ALICE')!;
    return {
      submit: (
        values: Parameters<typeof bot.slack.submitView>[2] = {},
        how: { skipClientChecks?: boolean } = {},
      ) => bot.slack.submitView('U0ALICE', view.id, values, how),
    };
  }

  it('brings the values by field, choices by their words, and closes', async () => {
    await using bot = await startBot();
    const { submit } = await withForm(bot);
    bot.presses.answer = ({ verb }) =>
      verb === 'openForm' ? { kind: 'form', form: approveForm() } : { kind: 'done' };
    const result = await submit({ value: null, 'input-0': 'now', 'input-1': ['us', 'ap'], comment: 'ok' });
    expect(result).toMatchObject({ responseAction: 'close', ackStatus: 200 });
    expect(bot.presses.pressed.at(-1)).toEqual({
      verb: 'submitForm',
      kind: 'approve',
      press: {
        platform: 'slack',
        organizationId: ORGANIZATION,
        tenant: bot.slack.teamId,
        externalId: 'U0ALICE',
        cardId: 'crd_1',
        contentVersion: 3,
        ref: null,
      },
      values: { 'input-0': 'now', 'input-1': 'us,ap', 'input-2': 'CHG-1', comment: 'ok' },
    });
  });

  it('of another version brings no choices, and is refused by its version', async () => {
    await using bot = await startBot();
    const { submit } = await withForm(bot);
    bot.presses.answer = ({ verb, press }) =>
      verb === 'openForm'
        ? { kind: 'form', form: approveForm({ contentVersion: 4 }) }
        : { kind: 'notice', sentence: `changed since version ${press.contentVersion}` };
    const result = await submit();
    expect(bot.presses.pressed.at(-1)!.values).toMatchObject({ 'input-0': '', 'input-1': '' });
    expect(JSON.stringify(result.viewAfter)).toContain('changed since version 3');
  });

  it('that may no longer be opened is answered with the reason', async () => {
    await using bot = await startBot();
    const { submit } = await withForm(bot);
    bot.presses.answer = () => ({ kind: 'notice', sentence: 'This request is already approved.' });
    const result = await submit();
    expect(result).toMatchObject({ responseAction: 'update' });
    expect(JSON.stringify(result.viewAfter!.blocks)).toContain('This request is already approved.');
    expect(bot.presses.pressed.map(({ verb }) => verb)).toEqual(['openForm']);
  });

  it('shows a sentence at each wrong field and stays open', async () => {
    await using bot = await startBot();
    const form = approveForm({ kind: 'reject', fields: approveForm().fields.slice(2) });
    const { submit } = await withForm(bot, form);
    bot.presses.answer = () => ({
      kind: 'form_errors',
      problems: { 'input-2': 'Does not have the form CHG-\\d+', 'input-9': 'not shown' },
    });
    const result = await submit({ 'input-2': 'nonsense' });
    expect(result).toMatchObject({
      responseAction: 'errors',
      errors: { 'input-2': 'Does not have the form CHG-\\d+' },
    });
    expect(bot.presses.pressed.map(({ verb }) => verb)).toEqual(['submitForm']);
  });

  it('says a problem that belongs to no field shown', async () => {
    await using bot = await startBot();
    const { submit } = await withForm(bot, approveForm({ fields: approveForm().fields.slice(2) }));
    bot.presses.answer = () => ({ kind: 'form_errors', problems: { 'input-9': 'A value is required.' } });
    expect(JSON.stringify((await submit()).viewAfter)).toContain('A value is required.');
  });

  it('is answered when the use case fails', async () => {
    await using bot = await startBot();
    const { submit } = await withForm(bot, approveForm({ fields: approveForm().fields.slice(2) }));
    bot.presses.answer = () => {
      throw new Error('database is locked');
    };
    const result = await submit();
    expect(result).toMatchObject({ ackStatus: 200, responseAction: 'update' });
    expect(JSON.stringify(result.viewAfter)).toContain('went wrong on our side');
  });

  it('with forged metadata brings a sentence', async () => {
    await using bot = await startBot();
    const { submit } = await withForm(bot, approveForm({ fields: approveForm().fields.slice(2) }));
    bot.presses.answer = () => ({ kind: 'form_errors', problems: { comment: 'x' } });
    const { payload } = await submit();
    for (const change of [
      { private_metadata: 'x' },
      { private_metadata: '{"cardId":1}' },
      { callback_id: 'other' },
      { state: {} },
    ]) {
      const forged = { ...payload!, view: { ...(payload!.view as JsonObject), ...change } };
      const delivery = await bot.slack.sendRaw({ payload: forged });
      expect(delivery.status).toBe(200);
      if (!('state' in change)) expect(delivery.responseBody).toContain('does not know this');
    }
    expect(bot.presses.pressed.filter(({ verb }) => verb === 'submitForm').length).toBeLessThanOrEqual(2);
  });

  it('that is closed decides nothing', async () => {
    await using bot = await startBot();
    await withForm(bot);
    expect(bot.presses.pressed).toEqual([]);
    await bot.slack.closeView('U0ALICE', bot.slack.openViewOf('U0ALICE')!.id);
    expect(bot.presses.pressed).toEqual([]);
  });
});
