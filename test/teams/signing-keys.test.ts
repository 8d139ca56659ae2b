import { KeyObject } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TeamsDouble } from '../../src/demo/doubles/teams/handle.ts';
import { startTeamsDouble } from '../../src/demo/doubles/teams/teams-double.ts';
import { createInboundActivities } from '../../src/teams/botbuilder/inbound.ts';
import { createSigningKeys, type SigningKeys } from '../../src/teams/signing-keys.ts';
import { RecordingLog } from '../helpers/recording.ts';
import { APP, TENANT } from './bot.ts';

const HOUR = 3_600_000;
let teams: TeamsDouble;
let keys: SigningKeys;
let now = 0;
let kid = '';

beforeEach(async () => {
  now = 0;
  teams = await startTeamsDouble({ appId: APP, tenantId: TENANT });
  keys = createSigningKeys({ metadataUrl: teams.openIdUrl, now: () => now, log: new RecordingLog() });
  const [head] = (await teams.signToken()).split('.');
  kid = (JSON.parse(Buffer.from(head!, 'base64url').toString()) as { kid: string }).kid;
});
afterEach(() => teams.close());

/** How often the metadata were asked for. */
const fetches = () => teams.calls.filter(({ request }) => request.includes('openidconfiguration')).length;
const down = () => teams.addFault({ method: 'openid', status: 503, times: Number.POSITIVE_INFINITY });

describe('the keys that the Connector signs with', () => {
  it('are fetched once, however many ask at once', async () => {
    const found = await Promise.all(Array.from({ length: 20 }, () => keys.find(kid)));
    expect(found.every((key) => key instanceof KeyObject)).toBe(true);
    expect(fetches()).toBe(1);
  });

  it('are not fetched anew for each unknown one', async () => {
    await keys.find(kid);
    for (let nth = 0; nth < 50; nth += 1) expect(await keys.find(`unknown-${nth}`)).toBe('unknown');
    expect(fetches()).toBe(1);
    now += 10_000;
    expect(await keys.find('unknown')).toBe('unknown');
    expect(fetches()).toBe(2);
  });

  it('are fetched anew after a day; one that is known is not waited for', async () => {
    await keys.find(kid);
    now += 24 * HOUR;
    const hanging = teams.addFault({ method: 'openid', connection: 'hang' });
    expect(await keys.find(kid)).toBeInstanceOf(KeyObject);
    hanging.remove();
  });

  it('are believed for two days while they cannot be fetched, and no longer', async () => {
    await keys.find(kid);
    down();
    now += 47 * HOUR;
    expect(await keys.find(kid)).toBeInstanceOf(KeyObject);
    now += HOUR;
    expect(await keys.find(kid)).toBe('unavailable');
    expect(keys.trouble()).toMatch(/cannot be fetched/);
    teams.clearFaults();
    now += 10_000;
    expect(await keys.find(kid)).toBeInstanceOf(KeyObject);
    expect(keys.trouble()).toBeNull();
  });

  it('that cannot be fetched at first are nobody’s', async () => {
    down();
    expect(await keys.find(kid)).toBe('unavailable');
  });
});

describe('botbuilder’s own word', () => {
  const activity = () => ({ type: 'message', channelId: 'msteams', serviceUrl: teams.serviceUrl });
  const inbound = (deadlineMs?: number) =>
    createInboundActivities({
      ...{ appId: APP, auth: 'on', openIdMetadataUrl: teams.openIdUrl, log: new RecordingLog() },
      ...(deadlineMs !== undefined && { deadlineMs }),
    });
  const bearer = async (forgery = {}) => `Bearer ${await teams.signToken(forgery)}`;

  it('is given for the Connector’s token, and for no other service, channel or app', async () => {
    expect(await inbound().verify(await bearer(), activity())).toBe('proved');
    const elsewhere = { ...activity(), serviceUrl: 'https://x.botframework.com/' };
    expect(await inbound().verify(await bearer(), elsewhere)).toBe('refused');
    expect(await inbound().verify(await bearer({ serviceUrl: null }), activity())).toBe('refused');
    expect(await inbound().verify(await bearer({ audience: 'another' }), activity())).toBe('refused');
    expect(await inbound().verify('', activity())).toBe('refused');
  });

  it('is remembered for what it was given for, and for no longer than the token is in force', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const words = inbound();
      const token = await bearer();
      expect(await words.verify(token, activity())).toBe('proved');
      vi.setSystemTime(Date.now() + HOUR / 2);
      expect(await words.verify(token, activity())).toBe('proved');
      for (const change of [{ serviceUrl: 'https://x.botframework.com/' }, { channelId: 'slack' }])
        expect(await words.verify(token, { ...activity(), ...change })).not.toBe('proved');
      expect(await words.verify(`${token.slice(0, -4)}AAAA`, activity())).toBe('refused');
      vi.setSystemTime(Date.now() + 2 * HOUR);
      expect(await words.verify(token, activity())).toBe('refused');
    } finally {
      vi.useRealTimers();
    }
  });

  it('is not waited for longer than a deadline', async () => {
    teams.addFault({ method: 'openid', connection: 'hang' });
    expect(await inbound(20).verify(await bearer(), activity())).toBe('unavailable');
  });

  it('is never that all is well when the keys cannot be had', async () => {
    down();
    expect(await inbound().verify(await bearer(), activity())).toBe('unavailable');
  });
});
