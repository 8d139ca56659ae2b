import { describe, expect, it } from 'vitest';
import { standingOf } from '../../src/slack/standing.ts';
import { account, ORGANIZATION, startBot } from './bot.ts';

describe('an account', () => {
  it('is found by e-mail, in any case, and by id', async () => {
    await using bot = await startBot();
    const bob = {
      tenant: bot.slack.teamId,
      externalId: 'U0BOB',
      name: 'Bob Bell',
      email: 'bob@example.com',
      standing: 'member',
    };
    expect(await bot.adapter.directory.findByEmail(ORGANIZATION, ' BOB@example.com ')).toEqual({
      kind: 'found',
      value: bob,
    });
    expect(await bot.adapter.directory.lookUp(account('U0BOB'))).toEqual({ kind: 'found', value: bob });
    expect(await bot.adapter.directory.findByEmail(ORGANIZATION, 'nobody@example.com')).toEqual({
      kind: 'missing',
    });
    expect(await bot.adapter.directory.findByEmail(ORGANIZATION, 'not an address')).toEqual({
      kind: 'missing',
    });
    expect(await bot.adapter.directory.lookUp(account('U0NOBODY'))).toEqual({ kind: 'missing' });
    expect(await bot.adapter.directory.lookUp(account('<@U1>'))).toEqual({ kind: 'missing' });
  });

  it('has a standing', async () => {
    await using bot = await startBot();
    const { slack, adapter } = bot;
    slack.addUser({ id: 'U1', name: 'a', deleted: true });
    slack.addUser({ id: 'U2', name: 'b', isRestricted: true });
    slack.addUser({ id: 'U3', name: 'c', isUltraRestricted: true });
    slack.addUser({ id: 'U4', name: 'd', isStranger: true });
    slack.addUser({ id: 'U5', name: 'e', teamId: 'T0ELSE' });
    slack.addUser({ id: 'U6', name: 'f', isBot: true });
    const standings = [];
    for (const id of ['U1', 'U2', 'U3', 'U4', 'U5', 'U6', 'U0ALICE']) {
      const answer = await adapter.directory.lookUp(account(id));
      standings.push(answer.kind === 'found' ? answer.value.standing : answer.kind);
    }
    expect(standings).toEqual(['deactivated', 'guest', 'guest', 'stranger', 'stranger', 'bot', 'member']);
    expect(standingOf({ id: 'W1', team_id: 'E1', enterprise_user: { teams: ['T1'] } }, 'T1')).toBe('member');
    expect(standingOf({ id: 'W1' }, 'T1')).toBe('stranger');
  });

  it('is unavailable, not missing, while Slack is', async () => {
    await using bot = await startBot();
    bot.slack.addFault({ method: 'users.info', status: 503 });
    expect(await bot.adapter.directory.lookUp(account('U0BOB'))).toMatchObject({ kind: 'unavailable' });
    bot.slack.addFault({ method: 'users.info', status: 429, retryAfter: 9 });
    expect(await bot.adapter.directory.lookUp(account('U0BOB'))).toMatchObject({
      kind: 'unavailable',
      retryAfterMs: 9000,
    });
    bot.slack.addFault({ method: 'users.lookupByEmail', connection: 'reset' });
    expect(await bot.adapter.directory.findByEmail(ORGANIZATION, 'bob@example.com')).toMatchObject({
      kind: 'unavailable',
    });
  });

  it('cannot be looked up without the scope, which is named', async () => {
    await using bot = await startBot({ double: { scopes: ['users:read'] } });
    expect(await bot.adapter.directory.findByEmail(ORGANIZATION, 'bob@example.com')).toEqual({
      kind: 'refused',
      detail: expect.stringContaining('users:read.email'),
    });
  });
});

describe('the manager', () => {
  async function withManager(value: string | null, field: { isInverse?: boolean; id?: string } = {}) {
    const bot = await startBot({ managerFieldId: 'Xf01' });
    bot.slack.defineProfileField({ id: 'Xf01', label: 'Manager', type: 'user', ...field });
    if (value !== null) bot.slack.updateUser('U0ALICE', { profileFields: { Xf01: { value } } });
    return bot;
  }
  const bob = { kind: 'found', value: expect.objectContaining({ externalId: 'U0BOB' }) };

  it('is the account the field names, by id or by e-mail', async () => {
    for (const value of ['U0BOB', 'bob@example.com', ' Bob@Example.com ']) {
      await using bot = await withManager(value);
      expect(await bot.adapter.directory.managerOf(account('U0ALICE'))).toEqual(bob);
    }
  });

  it('is missing where none is set or no field is configured', async () => {
    await using none = await withManager(null);
    expect(await none.adapter.directory.managerOf(account('U0ALICE'))).toEqual({ kind: 'missing' });
    await using unconfigured = await startBot();
    expect(await unconfigured.adapter.directory.managerOf(account('U0ALICE'))).toEqual({ kind: 'missing' });
    expect(unconfigured.slack.calls.filter((call) => call.method !== 'auth.test')).toEqual([]);
  });

  it('cannot be read from a name, a wrong field or one of direct reports', async () => {
    await using name = await withManager('Bob Bell');
    expect(await name.adapter.directory.managerOf(account('U0ALICE'))).toEqual({
      kind: 'refused',
      detail: expect.stringContaining('“Bob Bell”'),
    });
    await using inverse = await withManager('U0BOB', { isInverse: true });
    expect(await inverse.adapter.directory.managerOf(account('U0ALICE'))).toEqual({
      kind: 'refused',
      detail: expect.stringContaining('direct reports'),
    });
    await using wrong = await withManager('U0BOB', { id: 'Xf99' });
    expect(await wrong.adapter.directory.managerOf(account('U0ALICE'))).toEqual({
      kind: 'refused',
      detail: expect.stringContaining('SLACK_MANAGER_FIELD_ID'),
    });
  });

  it('asks for the field’s definition once in ten minutes', async () => {
    let now = Date.now();
    const bot = await startBot({ managerFieldId: 'Xf01', clock: { now: () => now } });
    await using _ = bot;
    bot.slack.defineProfileField({ id: 'Xf01', label: 'Manager', type: 'user' });
    const asked = () => bot.slack.calls.filter((call) => call.method === 'team.profile.get').length;
    await bot.adapter.directory.managerOf(account('U0ALICE'));
    await bot.adapter.directory.managerOf(account('U0BOB'));
    expect(asked()).toBe(1);
    now += 10 * 60_000;
    await bot.adapter.directory.managerOf(account('U0BOB'));
    expect(asked()).toBe(2);
  });
});
