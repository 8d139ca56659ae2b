import { WebClient } from '@slack/web-api';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/demo/doubles/common/json.ts';
import type { OAuthOptions } from '../../../src/demo/doubles/slack/setup.ts';
import { ALICE, BOB, call, everyTestItsOwnDouble, scene, start } from './slack-scene.ts';

everyTestItsOwnDouble();

const OAUTH: OAuthOptions = {
  clientId: '111.222',
  clientSecret: 'client secret',
  redirectUris: ['https://approvals.acme.io/slack/oauth_redirect'],
};
const HOUR = 3_600_000;

/** A double whose app anybody may install, and a workspace without it. */
async function installable(more: Partial<OAuthOptions> = {}) {
  await start({ oauth: { ...OAUTH, ...more } });
  const team = scene.double.addTeam({ teamId: 'T0NEW', name: 'New Inc' });
  team.addUser({ id: ALICE, name: 'alice' });
  return team;
}

function consentUrl(more: Record<string, string> = {}): string {
  const url = new URL('/oauth/v2/authorize', scene.double.url);
  const asked = { client_id: OAUTH.clientId, scope: 'chat:write,commands', state: 'our state', ...more };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return url.href;
}

function codeFor(more: Record<string, string> = {}): string {
  const back = scene.double.authorize({ url: consentUrl(more), userId: ALICE, teamId: 'T0NEW' });
  return new URL(back).searchParams.get('code') ?? '';
}

const ID_AND_SECRET = { client_id: OAUTH.clientId, client_secret: OAUTH.clientSecret };
const access = (args: JsonObject) => call('oauth.v2.access', { ...ID_AND_SECRET, ...args }, '');

describe('consent', () => {
  test('sends the person back with a code and the state', async () => {
    await installable();
    const back = new URL(scene.double.authorize({ url: consentUrl(), userId: ALICE, teamId: 'T0NEW' }));
    expect(back.origin + back.pathname).toBe(OAUTH.redirectUris[0]);
    expect(back.searchParams.get('state')).toBe('our state');
    expect(back.searchParams.get('code')).toMatch(/./);
  });

  test('can be denied', async () => {
    await installable();
    const back = new URL(
      scene.double.authorize({ url: consentUrl(), userId: ALICE, teamId: 'T0NEW', deny: true }),
    );
    expect(Object.fromEntries(back.searchParams)).toEqual({ error: 'access_denied', state: 'our state' });
  });

  test.each([
    ['a foreign client', { client_id: '9.9' }, 'client_id'],
    ['an unregistered way back', { redirect_uri: 'https://evil.example/' }, 'redirect_uri'],
    [
      'a way back that only begins alike',
      { redirect_uri: `${OAUTH.redirectUris[0]}.evil.example` },
      'redirect_uri',
    ],
    ['no scopes', { scope: '' }, 'scope'],
  ])('is refused to %s', async (_name, more, word) => {
    await installable();
    expect(() => scene.double.authorize({ url: consentUrl(more), userId: ALICE, teamId: 'T0NEW' })).toThrow(
      word,
    );
  });

  test('is given by members on Slack’s own page', async () => {
    await installable();
    expect(() => scene.double.authorize({ url: consentUrl(), userId: BOB, teamId: 'T0NEW' })).toThrow(
      'sign in',
    );
    const elsewhere = consentUrl().replace('/oauth/v2/', '/oauth/');
    expect(() => scene.double.authorize({ url: elsewhere, userId: ALICE, teamId: 'T0NEW' })).toThrow(
      'consent page',
    );
  });
});

describe('a code', () => {
  test('buys a bot token that works in that workspace', async () => {
    const team = await installable();
    expect(team.installed).toBe(false);
    const answer = await access({ code: codeFor() });
    expect(answer).toEqual({
      ok: true,
      access_token: expect.stringMatching(/^xoxb-/),
      token_type: 'bot',
      scope: 'chat:write,commands',
      bot_user_id: team.botUserId,
      app_id: 'A0DOUBLE',
      team: { id: 'T0NEW', name: 'New Inc' },
      enterprise: null,
      is_enterprise_install: false,
      authed_user: { id: ALICE },
    });
    expect(team.installed).toBe(true);
    const posted = await call(
      'chat.postMessage',
      { channel: ALICE, text: 'hello' },
      String(answer.access_token),
    );
    expect(posted).toMatchObject({ ok: true });
    expect(await call('users.info', { user: ALICE }, String(answer.access_token))).toMatchObject({
      error: 'missing_scope',
    });
  });

  test('works once, for ten minutes, with the same way back', async () => {
    await installable();
    const code = codeFor();
    scene.time += 600_000;
    expect(await access({ code })).toMatchObject({ ok: true });
    expect(await access({ code })).toMatchObject({ error: 'invalid_code' });
    const late = codeFor();
    scene.time += 600_001;
    expect(await access({ code: late })).toMatchObject({ error: 'invalid_code' });
    const redirect_uri = `${OAUTH.redirectUris[0]}/here`;
    const tied = codeFor({ redirect_uri });
    expect(await access({ code: tied })).toMatchObject({ error: 'bad_redirect_uri' });
    expect(await access({ code: tied, redirect_uri })).toMatchObject({ ok: true });
  });

  test('is worth nothing without the app’s id and secret', async () => {
    await installable();
    const code = codeFor();
    expect(await access({ code, client_id: '9.9' })).toMatchObject({ error: 'invalid_client_id' });
    expect(await access({ code, client_secret: 'guess' })).toMatchObject({ error: 'bad_client_secret' });
    expect(await access({ code, grant_type: 'password' })).toMatchObject({ error: 'invalid_grant_type' });
    expect(await access({ code })).toMatchObject({ ok: true });
  });

  test('can be exchanged by the official client, and by HTTP Basic', async () => {
    await installable();
    const client = new WebClient(undefined, { slackApiUrl: scene.double.url });
    const answer = await client.oauth.v2.access({ ...ID_AND_SECRET, code: codeFor() });
    expect(answer.team?.id).toBe('T0NEW');
    const basic = Buffer.from(`${OAUTH.clientId}:${OAUTH.clientSecret}`).toString('base64');
    const response = await fetch(`${scene.double.url}oauth.v2.access`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ code: codeFor() }),
    });
    expect(await response.json()).toMatchObject({ ok: true });
    expect(JSON.stringify(scene.double.calls)).not.toContain(OAUTH.clientSecret);
  });
});

describe('token rotation', () => {
  test('gives a token of twelve hours and a refresh token that works once', async () => {
    await installable({ tokenRotation: true });
    const first = await access({ code: codeFor() });
    expect(first).toMatchObject({ expires_in: 43_200, refresh_token: expect.stringMatching(/^xoxe-1-/) });
    const old = String(first.access_token);
    scene.time += 11 * HOUR;
    expect(await call('auth.test', {}, old)).toMatchObject({ ok: true, expires_in: 3_600 });
    const refresh = { grant_type: 'refresh_token', refresh_token: String(first.refresh_token) };
    const second = await access(refresh);
    expect(second).toMatchObject({ ok: true, expires_in: 43_200, team: { id: 'T0NEW' }, scope: first.scope });
    expect(second).not.toHaveProperty('authed_user');
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await access(refresh)).toMatchObject({ error: 'invalid_refresh_token' });
    expect(await call('auth.test', {}, old)).toMatchObject({ ok: true });
    scene.time += HOUR;
    expect(await call('chat.postMessage', { channel: ALICE, text: 'x' }, old)).toMatchObject({
      error: 'token_expired',
    });
    expect(await call('auth.test', {}, String(second.access_token))).toMatchObject({ ok: true });
  });
});

describe('uninstalling', () => {
  test('kills every token of that workspace and says so, signed', async () => {
    const team = await installable({ tokenRotation: true });
    const { access_token, refresh_token } = await access({ code: codeFor() });
    const told = await scene.double.uninstall('T0NEW');
    expect(told.map(({ ackStatus }) => ackStatus)).toEqual([200, 200]);
    expect(scene.heard.map(({ payload, genuine }) => [payload.team_id, payload.event, genuine])).toEqual([
      ['T0NEW', expect.objectContaining({ type: 'app_uninstalled' }), true],
      [
        'T0NEW',
        expect.objectContaining({ type: 'tokens_revoked', tokens: { oauth: [], bot: [team.botUserId] } }),
        true,
      ],
    ]);
    expect(await call('auth.test', {}, String(access_token))).toMatchObject({ error: 'account_inactive' });
    expect(await access({ grant_type: 'refresh_token', refresh_token })).toMatchObject({
      error: 'invalid_refresh_token',
    });
    expect(await call('auth.test', {})).toMatchObject({ ok: true, team_id: 'T0DOUBLE' });
    await expect(team.slashCommand(ALICE, '/approvals', '')).rejects.toThrow('not installed');
    expect(await access({ code: codeFor() })).toMatchObject({ ok: true });
    expect(team.installed).toBe(true);
  });

  test('can go unnoticed', async () => {
    await scene.double.uninstall('T0DOUBLE', { silently: true });
    expect(scene.heard).toEqual([]);
    expect(await call('auth.test', {})).toMatchObject({ error: 'account_inactive' });
  });
});
