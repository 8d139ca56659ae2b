import { describe, expect, it, vi } from 'vitest';
import { until } from '../helpers/world.ts';
import { ALICE, APP_TOKEN, type Bot, privateWords, startBot, TOKEN } from './bot.ts';
import { approveForm, waitingCard } from './samples.ts';

const start = (how: Parameters<typeof startBot>[0] = {}) => startBot({ transport: 'socket', ...how });
const userChange = { type: 'user_change', user: { id: 'U0BOB', team_id: 'T0DOUBLE' } };
const opened = (bot: Bot) => bot.slack.calls.filter(({ method }) => method === 'apps.connections.open');

async function card(bot: Bot): Promise<{ channel: string; ts: string }> {
  const sent = await bot.adapter.platform.postCard(ALICE, 'crd_1', waitingCard());
  if (sent.kind !== 'sent') throw new Error(JSON.stringify(sent));
  return { channel: sent.ref.channel, ts: sent.ref.message };
}

describe('over a socket', () => {
  it('presses and commands arrive, and Slack posts nothing', async () => {
    await using bot = await start();
    expect(bot.slack.sockets.connected).toBe(1);
    expect(bot.adapter.trouble()).toBeNull();
    const click = await bot.slack.click('U0ALICE', { ...(await card(bot)), actionId: 'approve' });
    expect(click.warning).toBeUndefined();
    await bot.slack.slashCommand('U0BOB', '/approvals', '');
    await bot.slack.sendEvent(userChange);
    await bot.adapter.stop();
    expect(bot.presses.pressed).toMatchObject([{ verb: 'approve' }]);
    expect(bot.changes.noted).toHaveLength(1);
    expect(bot.slack.deliveries.every(({ url, status }) => url.startsWith('ws:') && status === 200)).toBe(
      true,
    );
  });

  it('nothing is taken from the address where Slack would post otherwise', async () => {
    await using bot = await start();
    expect((await bot.slack.sendRaw({ json: { type: 'event_callback', event: userChange } })).status).toBe(
      404,
    );
    expect(bot.changes.noted).toEqual([]);
  });

  it('a submission nobody could handle is still answered', async () => {
    await using bot = await start();
    const { triggerId } = await bot.slack.slashCommand('U0ALICE', '/approvals', '');
    const view = {
      type: 'modal',
      callback_id: 'unknown',
      title: { type: 'plain_text', text: 'T' },
      submit: { type: 'plain_text', text: 'S' },
      blocks: [],
    };
    const answer = await fetch(`${bot.slack.url}views.open`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ trigger_id: triggerId, view }),
    });
    const { id } = ((await answer.json()) as { view: { id: string } }).view;
    expect((await bot.slack.submitView('U0ALICE', id)).warning).toBeUndefined();
  });

  it('a press that comes twice is given to the rules twice, acked twice', async () => {
    await using bot = await start();
    const { delivery } = await bot.slack.click('U0ALICE', { ...(await card(bot)), actionId: 'approve' });
    expect((await bot.slack.sendRaw({ replayOf: delivery! })).status).toBe(200);
    await bot.adapter.stop();
    expect(bot.presses.pressed).toHaveLength(2);
  });
});

describe('the connection', () => {
  it.each(['warning', 'refresh_requested', 'link_disabled'] as const)(
    'is replaced when Slack says %s',
    async (reason) => {
      await using bot = await start();
      const closed = bot.slack.sockets.askToReconnect(reason);
      await bot.slack.sockets.whenConnected();
      await closed;
      expect((await bot.slack.slashCommand('U0BOB', '/approvals', '')).warning).toBeUndefined();
      expect(opened(bot)).toHaveLength(2);
    },
  );

  it('still takes the ack of what was being handled when Slack asked for a new one', async () => {
    await using bot = await start();
    bot.presses.answer = () => ({ kind: 'form', form: approveForm() });
    await bot.slack.click('U0ALICE', { ...(await card(bot)), actionId: 'approve' });
    const form = await until(bot.slack, () => bot.slack.openViewOf('U0ALICE'));
    bot.presses.answer = async () => {
      void bot.slack.sockets.askToReconnect('warning');
      await bot.slack.sockets.whenConnected();
      return { kind: 'done' };
    };
    const submitted = await bot.slack.submitView('U0ALICE', form.id, {}, { skipClientChecks: true });
    expect(submitted).toMatchObject({ ackStatus: 200, responseAction: 'close' });
    expect(bot.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('comes back when it breaks without a word', async () => {
    await using bot = await start();
    bot.slack.sockets.drop();
    await bot.slack.sockets.whenConnected(0);
    await bot.slack.sockets.whenConnected(1);
    expect((await bot.slack.slashCommand('U0BOB', '/approvals', '')).warning).toBeUndefined();
    expect(bot.adapter.trouble()).toBeNull();
  });

  it('is tried again when Slack cannot be reached at the start, and said to be missing meanwhile', async () => {
    await using bot = await start({ started: false });
    expect(bot.adapter.trouble()).toContain('not started');
    const fault = bot.slack.addFault({ method: 'apps.connections.open', connection: 'reset', times: 1 });
    await bot.adapter.start();
    expect(fault.hits).toBe(1);
    expect(bot.adapter.trouble()).toContain('no answer from Slack');
    await bot.slack.sockets.whenConnected();
    await vi.waitFor(() => expect(bot.adapter.trouble()).toBeNull());
    const lines = bot.log.lines.filter(({ message }) => message.includes('socket'));
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  it('is refused with a remedy when the token is not good for it', async () => {
    await using bot = await start({ double: { appToken: 'xapp-another' } });
    expect(bot.adapter.trouble()).toMatch(/invalid_auth.*connections:write/);
    expect(JSON.stringify(bot.log.lines)).not.toContain(APP_TOKEN);
  });

  it('closes when the bot stops, even in the midst of trying, and is not opened again', async () => {
    await using bot = await start();
    await bot.adapter.stop();
    await bot.slack.sockets.whenConnected(0);
    expect(opened(bot)).toHaveLength(1);
    await using lost = await start({ double: { appToken: 'xapp-another' } });
    await lost.adapter.stop();
    const tried = opened(lost).length;
    await lost.adapter.stop();
    expect(opened(lost)).toHaveLength(tried);
  });

  it('does not end the process when Slack is gone in the moment of reconnecting', async () => {
    await using bot = await start();
    bot.slack.addFault({ method: 'apps.connections.open', connection: 'reset', times: 1 });
    bot.slack.sockets.drop();
    await bot.slack.sockets.whenConnected(0);
    await bot.slack.sockets.whenConnected(1);
    expect(opened(bot)).toHaveLength(3);
  });
});

describe('words to one person', () => {
  it('reach them as over HTTP', async () => {
    await using bot = await start();
    bot.presses.answer = () => ({ kind: 'notice', sentence: 'You are not asked here.' });
    await bot.slack.click('U0ALICE', { ...(await card(bot)), actionId: 'approve' });
    await bot.adapter.stop();
    expect(privateWords(bot, 'U0ALICE')).toEqual(['You are not asked here.']);
  });
});
