import { createHmac } from 'node:crypto';
import type { App, ReceiverEvent } from '@slack/bolt';
import fastify from 'fastify';
import { describe, expect, it, vi } from 'vitest';
import { boltLogger } from '../../src/slack/bolt-log.ts';
import { createSlackReceiver } from '../../src/slack/receiver.ts';
import { RecordingLog } from '../helpers/recording.ts';
import { SECRET, startBot } from './bot.ts';

const seconds = () => Math.floor(Date.now() / 1000);
const event = (user: object, team = 'T0DOUBLE') => ({
  type: 'event_callback',
  team_id: team,
  event: { type: 'user_change', user },
});

describe('Slack’s requests', () => {
  it('need a good signature of the right age, neither too old nor in the future', async () => {
    await using bot = await startBot();
    const json = event({ id: 'U0BOB', team_id: 'T0DOUBLE' });
    const status = async (request: Parameters<typeof bot.slack.sendRaw>[0]) =>
      (await bot.slack.sendRaw({ json, ...request })).status;
    expect(await status({})).toBe(200);
    expect(await status({ secret: 'other' })).toBe(401);
    expect(await status({ signature: null })).toBe(401);
    expect(await status({ signature: 'v0=00' })).toBe(401);
    expect(await status({ timestamp: seconds() - 400 })).toBe(401);
    expect(await status({ timestamp: seconds() + 400 })).toBe(401);
    expect(await status({ timestamp: seconds() + 200 })).toBe(200);
    const now = seconds();
    for (const written of [`0${now}`, `${now}.0`, `+${now}`, `0x${now.toString(16)}`, `${now / 10}e1`]) {
      const headers = { 'x-slack-request-timestamp': written };
      expect([written, await status({ timestamp: now, headers })]).toEqual([written, 401]);
    }
    await bot.adapter.stop();
    expect(bot.changes.noted).toHaveLength(2);
  });

  it('may be of at most 1 MiB', async () => {
    await using bot = await startBot();
    const body = `payload=${'x'.repeat(1024 * 1024)}`;
    expect((await bot.slack.sendRaw({ body })).status).toBe(413);
  });

  it('check the URL without a signature, and smuggle nothing in', async () => {
    await using bot = await startBot();
    const request = {
      form: { ssl_check: '1', token: 'x', payload: '{"type":"block_actions"}' },
      signature: null,
    };
    expect((await bot.slack.sendRaw(request)).status).toBe(200);
    const challenge = { type: 'url_verification', challenge: 'abc' };
    const answer = await bot.slack.sendRaw({ json: challenge });
    expect(JSON.parse(answer.responseBody)).toEqual({ challenge: 'abc' });
    expect(bot.presses.pressed).toEqual([]);
  });

  it('are taken as forms even when a proxy adds a charset', async () => {
    await using bot = await startBot();
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const form = { command: '/approvals', text: '', user_id: 'U0BOB', team_id: 'T0DOUBLE', channel_id: 'C1' };
    expect((await bot.slack.sendRaw({ form, headers })).status).toBe(200);
    await bot.adapter.stop();
    expect(bot.commands.ran).toHaveLength(1);
  });

  it('are POSTs to one path; other routes keep their own parsers', async () => {
    await using bot = await startBot();
    expect((await fetch(`${bot.url}/slack/events`)).status).toBe(404);
    expect((await fetch(`${bot.url}/slack/events`, { method: 'PUT' })).status).toBe(404);
    const response = await fetch(`${bot.url}/json`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    expect(await response.json()).toEqual({ got: { a: 1 } });
  });

  it('are acked, and not called unknown, though Slack itself waits no longer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const log = new RecordingLog();
    const receiver = createSlackReceiver({
      ...{ signingSecret: SECRET, clock: { now: Date.now }, log, logger: boltLogger(log) },
    });
    const came = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    const processEvent = async ({ ack }: ReceiverEvent) => {
      came.resolve();
      await done.promise;
      await ack();
    };
    receiver.init({ processEvent } as unknown as App);
    const server = fastify();
    try {
      await server.register(receiver.routes);
      const origin = await server.listen({ host: '127.0.0.1', port: 0 });
      const body = JSON.stringify(event({ id: 'U0BOB' }));
      const at = String(seconds());
      const signature = createHmac('sha256', SECRET).update(`v0:${at}:${body}`).digest('hex');
      const answer = fetch(`${origin}/slack/events`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-slack-request-timestamp': at,
          'x-slack-signature': `v0=${signature}`,
        },
      });
      await came.promise;
      vi.advanceTimersByTime(10_000);
      done.resolve();
      expect((await answer).status).toBe(200);
    } finally {
      vi.useRealTimers();
      await server.close();
    }
  });

  it('that nobody handles are acked: shortcuts, menus, events, nonsense', async () => {
    await using bot = await startBot();
    const who = { user: { id: 'U0BOB', team_id: 'T0DOUBLE' }, team: { id: 'T0DOUBLE' }, token: 'x' };
    for (const payload of [
      { type: 'shortcut', callback_id: 'x', ...who },
      { type: 'message_action', callback_id: 'x', ...who },
      { type: 'block_suggestion', action_id: 'x', ...who },
      { type: 'view_closed', view: { callback_id: 'x' }, ...who },
      { type: 'interactive_message', actions: [{ name: 'x' }], callback_id: 'x', ...who },
    ])
      expect([payload.type, (await bot.slack.sendRaw({ payload })).status]).toEqual([payload.type, 200]);
    expect(
      (await bot.slack.sendRaw({ json: { type: 'event_callback', event: { type: 'new' } } })).status,
    ).toBe(200);
    expect((await bot.slack.sendRaw({ json: {} })).status).toBe(200);
  });
});

describe('user_change', () => {
  it('tells what became of the account', async () => {
    await using bot = await startBot();
    const people: [object, string][] = [
      [{ id: 'U0BOB', team_id: 'T0DOUBLE', deleted: true }, 'deactivated'],
      [{ id: 'U0BOB', team_id: 'T0DOUBLE', is_restricted: true }, 'guest'],
      [{ id: 'U0BOB', team_id: 'T0ELSE' }, 'stranger'],
      [{ id: 'U0BOB', team_id: 'T0DOUBLE' }, 'member'],
    ];
    for (const [user] of people) await bot.slack.sendEvent({ type: 'user_change', user });
    await bot.adapter.stop();
    expect(bot.changes.noted.map(([platform, { standing }]) => [platform, standing])).toEqual(
      people.map(([, standing]) => ['slack', standing]),
    );
    expect(bot.changes.noted[0]![1]).toMatchObject({ tenant: 'T0DOUBLE', externalId: 'U0BOB' });
  });

  it('of another workspace, or without a person, is dropped', async () => {
    await using bot = await startBot();
    await bot.slack.sendRaw({ json: event({ id: 'U0BOB', team_id: 'T0ELSE' }, 'T0ELSE') });
    await bot.slack.sendRaw({ json: event({}) });
    await bot.adapter.stop();
    expect(bot.changes.noted).toEqual([]);
  });
});

describe('start', () => {
  it('never throws, and makes no call before it', async () => {
    await using bot = await startBot({ started: false });
    expect(bot.slack.calls).toEqual([]);
    bot.slack.addFault({ method: 'auth.test', connection: 'reset' });
    await bot.adapter.start();
    expect(bot.log.lines.some(({ message }) => message === 'Slack is not ready')).toBe(true);
    expect(bot.slack.calls).toHaveLength(1);
  });
});
