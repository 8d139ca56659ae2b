import { describe, expect, it } from 'vitest';
import { approveForm, waitingCard } from '../slack/samples.ts';
import { ALICE, BOB, OPS, ORGANIZATION, said, startBot, TENANT, withCard, wordsOf } from './bot.ts';

const account = { platform: 'teams', organizationId: ORGANIZATION, tenant: TENANT, externalId: ALICE };

describe('a button that acts at once', () => {
  it('is answered by the card as it is now, for the one who pressed', async () => {
    await using bot = await startBot();
    const { press, ref } = await withCard(bot);
    bot.presses.card = () => waitingCard({ title: 'Decided', actions: [] });
    const result = await press({ title: 'Approve' });
    expect(result).toMatchObject({ status: 200, body: { statusCode: 200 } });
    expect(wordsOf(result.card)).toContain('Decided');
    expect(bot.presses.pressed).toEqual([
      { verb: 'approve', press: { ...account, cardId: 'crd_1', contentVersion: 3, ref } },
      { verb: 'show', press: { ...account, cardId: 'crd_1', contentVersion: 3, ref } },
    ]);
  });

  it('shows why nothing was decided, on a fresh card', async () => {
    await using bot = await startBot();
    const { press } = await withCard(bot);
    bot.presses.answer = () => ({ kind: 'notice', sentence: 'Bob has already <at>rejected</at> this.' });
    const { card, status } = await press({ title: 'Approve' });
    expect(status).toBe(200);
    expect(wordsOf(card)).toContain('Bob has already <at>rejected</at> this.');
  });

  it('says it in words to whoever is shown no card', async () => {
    await using bot = await startBot();
    const { press } = await withCard(bot);
    bot.presses.answer = () => ({ kind: 'notice', sentence: 'There is no such approval.' });
    bot.presses.card = null;
    const result = await press({ title: 'Approve' });
    expect(result.toast).toBe('There is no such approval.');
  });

  it('that turned out to need a form shows the card, whose button opens it', async () => {
    await using bot = await startBot();
    const { press } = await withCard(bot);
    bot.presses.answer = () => ({ kind: 'form', form: approveForm() });
    const { card } = await press({ title: 'Approve' });
    expect(wordsOf(card)).toContain('needs a form');
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['another program’s data', { action: 'approve' }],
    ['an unknown verb', { do: 'press', verb: 'approve_all', card: 'crd_1', version: 3 }],
    ['no version', { do: 'press', verb: 'approve', card: 'crd_1' }],
    ['a version that is a text', { do: 'press', verb: 'approve', card: 'crd_1', version: '3' }],
  ])('that carries %s changes nothing, and says so', async (_, data) => {
    await using bot = await startBot();
    const { at } = await withCard(bot);
    const result = await bot.teams.press(ALICE, { ...at, forge: { data } });
    expect(result.toast).toMatch(/does not know this button/);
    expect(bot.presses.pressed).toEqual([]);
  });

  it('that fails inside is answered all the same, with HTTP 200 and no word of why', async () => {
    await using bot = await startBot();
    const { press } = await withCard(bot);
    bot.presses.answer = () => Promise.reject(new Error('database is locked'));
    const result = await press({ title: 'Approve' });
    expect(result.status).toBe(200);
    expect(result.toast).toMatch(/Something went wrong/);
    expect(JSON.stringify(result.body)).not.toContain('locked');
  });

  it('that takes too long is told to wait; what it leads to is finished before the bot stops', async () => {
    await using bot = await startBot({ config: { deadlineMs: 30 } });
    const { press } = await withCard(bot);
    const { promise, resolve } = Promise.withResolvers<void>();
    bot.presses.answer = async () => {
      await promise;
      return { kind: 'done' };
    };
    const result = await press({ title: 'Approve' });
    expect(result.toast).toMatch(/still working/);
    resolve();
    await bot.idle();
    expect(bot.presses.pressed.at(-1)).toMatchObject({ verb: 'show' });
  });

  it('names whoever pressed, not whoever it was for', async () => {
    await using bot = await startBot();
    const { at } = await withCard(bot);
    await bot.teams.press(BOB, {
      ...at,
      forge: { data: { do: 'press', verb: 'approve', card: 'crd_1', version: 3, externalId: ALICE } },
    });
    expect(bot.presses.acts).toMatchObject([{ press: { externalId: BOB } }]);
  });

  it('retries a delivery', async () => {
    await using bot = await startBot();
    const { press } = await withCard(bot, { actions: [{ kind: 'retry_submission' }] });
    await press({ title: 'Retry delivery' });
    expect(bot.presses.acts).toMatchObject([{ verb: 'retrySubmission', press: { cardId: 'crd_1' } }]);
  });
});

describe('a button on a page', () => {
  it('that retries a delivery does not take the page for the card', async () => {
    await using bot = await startBot();
    const { at } = await withCard(bot);
    const data = { do: 'press', verb: 'retry_submission', card: 'crd_9', version: 3, page: true };
    const result = await bot.teams.press(ALICE, { ...at, forge: { data } });
    expect(bot.presses.pressed).toMatchObject([{ verb: 'retrySubmission', press: { ref: null } }]);
    expect(result.toast).toMatch(/^Done/);
  });
});

describe('a card that is looked at', () => {
  it('is fetched anew for its reader, and says where it is', async () => {
    await using bot = await startBot();
    await bot.teams.type(ALICE, 'help');
    await bot.idle();
    const { ref } = await withCard(bot);
    bot.presses.card = () => waitingCard({ title: 'As it is now' });
    const seen = await bot.teams.look(ALICE, ref.channel, ref.message);
    expect(wordsOf(seen.card)).toContain('As it is now');
    expect(bot.presses.pressed).toEqual([
      { verb: 'show', press: { ...account, cardId: 'crd_1', contentVersion: 3, ref } },
    ]);
  });

  it('in a channel is refreshed for those whose ids towards the bot are known; its thread is no part of where it is', async () => {
    await using bot = await startBot();
    await bot.teams.type(ALICE, 'help');
    await bot.idle();
    const target = {
      kind: 'channel',
      organizationId: ORGANIZATION,
      tenant: TENANT,
      externalId: OPS,
    } as const;
    const sent = await bot.adapter.platform.postCard(
      target,
      'crd_2',
      waitingCard({ cardId: 'crd_2', deciders: [ALICE, BOB], actions: [] }),
    );
    expect(sent.kind).toBe('sent');
    if (sent.kind !== 'sent') return;
    const { ref } = sent;
    bot.presses.card = () => waitingCard({ cardId: 'crd_2', title: 'Yours', deciders: [] });
    const seen = await bot.teams.look(ALICE, OPS, ref.message);
    expect(wordsOf(seen.card)).toContain('Yours');
    expect(bot.presses.pressed).toMatchObject([
      { verb: 'show', press: { ref: { channel: OPS, message: ref.message } } },
    ]);
    expect(JSON.stringify(seen.card)).toContain(bot.teams.person(ALICE).mri);
  });

  it('stays as it is for whoever may not see it', async () => {
    await using bot = await startBot();
    await bot.teams.type(ALICE, 'help');
    await bot.idle();
    const { ref } = await withCard(bot);
    bot.presses.card = null;
    const seen = await bot.teams.look(ALICE, ref.channel, ref.message);
    expect(seen.status).toBe(200);
    expect(seen.warning).toBeUndefined();
    expect(wordsOf(seen.card)).toContain('Deploy to production');
  });
});

describe('a client that knows no Action.Execute', () => {
  it('acts the same, and is told in a message', async () => {
    await using bot = await startBot();
    const { press } = await withCard(bot);
    const before = bot.teams.messagesOf(ALICE).length;
    await press({ title: 'Approve', oldClient: true });
    await bot.idle();
    expect(bot.presses.pressed).toMatchObject([{ verb: 'approve', press: { externalId: ALICE } }]);
    const [told] = bot.teams.messagesOf(ALICE).slice(before);
    expect(said(told)).toContain('Done. The card shows what became of it.');
  });

  it('is told why not', async () => {
    await using bot = await startBot();
    const { press } = await withCard(bot);
    bot.presses.answer = () => ({ kind: 'notice', sentence: 'You are not asked.' });
    await press({ title: 'Approve', oldClient: true });
    await bot.idle();
    expect(said(bot.teams.messagesOf(ALICE).at(-1))).toContain('You are not asked.');
  });

  it('gets a form as a message, and sends it as one', async () => {
    await using bot = await startBot();
    const { press } = await withCard(bot);
    bot.presses.answer = ({ verb }) =>
      verb === 'submitForm' ? { kind: 'done' } : { kind: 'form', form: approveForm() };
    await press({ title: 'Approve', oldClient: true });
    await bot.idle();
    const form = bot.teams.messagesOf(ALICE).at(-1)!;
    const inputs = { 'input-0': 'now', 'input-2': 'CHG-7' };
    await bot.teams.press(ALICE, {
      conversation: form.conversation,
      activityId: form.id,
      title: 'Approve',
      inputs,
    });
    await bot.idle();
    expect(bot.presses.acts.at(-1)).toMatchObject({ verb: 'submitForm', kind: 'approve', values: inputs });
    expect(said(bot.teams.messagesOf(ALICE).at(-1))).toContain('Done.');
  });
});
