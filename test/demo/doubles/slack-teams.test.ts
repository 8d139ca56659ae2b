import { describe, expect, test } from 'vitest';
import {
  ALICE,
  actions,
  BOB,
  button,
  call,
  everyTestItsOwnDouble,
  modal,
  scene,
  section,
  TOKEN,
} from './slack-scene.ts';

everyTestItsOwnDouble();

const OTHER = 'xoxb-other';

function other() {
  const team = scene.double.addTeam({
    teamId: 'T0OTHER',
    botToken: OTHER,
    name: 'Other Inc',
    domain: 'other',
  });
  team.addUser({ id: ALICE, name: 'alice.other', email: 'alice@example.com' });
  team.addChannel({ id: 'C0THEIRS', name: 'theirs' });
  return team;
}

describe('several workspaces behind one address', () => {
  test('are told apart by the token', async () => {
    const team = other();
    expect(await call('auth.test', {})).toMatchObject({ team_id: 'T0DOUBLE', user_id: 'U0DOUBLE' });
    expect(await call('auth.test', {}, OTHER)).toMatchObject({
      team: 'Other Inc',
      url: 'https://other.slack.com/',
      team_id: 'T0OTHER',
      user_id: team.botUserId,
    });
    expect(team.botUserId).not.toBe(scene.double.botUserId);
  });

  test('share nothing: people, channels, messages', async () => {
    const team = other();
    expect(await call('users.info', { user: BOB }, OTHER)).toMatchObject({ error: 'user_not_found' });
    expect(await call('chat.postMessage', { channel: 'C0OPS', text: 'hello' }, OTHER)).toMatchObject({
      error: 'channel_not_found',
    });
    expect(await call('chat.postMessage', { channel: ALICE, text: 'hello' }, OTHER)).toMatchObject({
      ok: true,
    });
    expect(team.messagesOf(ALICE).map(({ text }) => text)).toEqual(['hello']);
    expect(scene.double.messagesOf(ALICE)).toEqual([]);
  });

  test('keep their own record, and the whole double one of all', async () => {
    const team = other();
    await call('auth.test', {});
    await call('auth.test', {}, OTHER);
    await call('auth.test', {}, 'xoxb-nobody');
    await team.slashCommand(ALICE, '/approvals', 'help');
    expect(team.calls.map(({ teamId }) => teamId)).toEqual(['T0OTHER']);
    expect(scene.double.calls.map(({ teamId }) => teamId)).toEqual(['T0DOUBLE', 'T0OTHER', undefined]);
    expect(scene.double.team('T0DOUBLE').calls).toHaveLength(1);
    expect(team.deliveries).toEqual(scene.double.deliveries);
    expect(scene.double.team('T0DOUBLE').deliveries).toEqual([]);
  });

  test('send payloads of their own team, signed with the one secret of the app', async () => {
    const team = other();
    await call('chat.postMessage', { channel: ALICE, blocks: [section(), actions(button())] }, OTHER);
    const [message] = team.messagesOf(ALICE);
    const { payload } = await team.click(ALICE, {
      channel: message?.channel ?? '',
      ts: message?.ts ?? '',
      actionId: 'go',
    });
    expect(payload).toMatchObject({
      team: { id: 'T0OTHER', domain: 'other' },
      user: { id: ALICE, team_id: 'T0OTHER' },
      message: { bot_id: 'B0OTHERBOT', team: 'T0OTHER' },
    });
    expect(scene.heard.at(-1)?.genuine).toBe(true);
  });

  test('do not lend each other triggers, views or response URLs', async () => {
    const team = other();
    const theirs = await team.slashCommand(ALICE, '/approvals', '');
    const ours = await scene.double.slashCommand(ALICE, '/approvals', '');
    expect(theirs.triggerId).not.toBe(ours.triggerId);
    expect(await call('views.open', { trigger_id: theirs.triggerId, view: modal() })).toMatchObject({
      error: 'invalid_trigger_id',
    });
    const opened = await call('views.open', { trigger_id: theirs.triggerId, view: modal() }, OTHER);
    expect(opened).toMatchObject({ ok: true, view: { team_id: 'T0OTHER' } });
    expect(scene.double.openViewOf(ALICE)).toBeUndefined();
    const { id } = opened.view as { id: string };
    expect(await call('views.update', { view_id: id, view: modal() })).toMatchObject({ error: 'not_found' });
    await fetch(theirs.responseUrl ?? '', {
      method: 'POST',
      body: JSON.stringify({ text: 'psst' }),
      headers: { 'content-type': 'application/json' },
    });
    expect(team.messagesOf(ALICE).at(-1)).toMatchObject({ text: 'psst', visibleTo: ALICE });
    expect(scene.double.messagesOf(ALICE)).toEqual([]);
  });

  test('share faults, but not each other’s pace', async () => {
    other();
    scene.double.addFault({ method: 'auth.test', slackError: 'fatal_error' });
    expect(await call('auth.test', {}, OTHER)).toMatchObject({ error: 'fatal_error' });
  });

  test('are changed and listened to apart', async () => {
    const team = other();
    const mine: string[] = [];
    const all: string[] = [];
    team.onChange(({ kind }) => mine.push(kind));
    const stop = scene.double.onChange(({ kind }) => all.push(kind));
    team.addUser({ id: 'U0NEW', name: 'new' });
    scene.double.addUser({ id: 'U0NEW', name: 'new' });
    expect(mine).toEqual(['people']);
    expect(all).toEqual(['people', 'people']);
    stop();
    team.addUser({ id: 'U0LATE', name: 'late' });
    expect(all).toHaveLength(2);
  });
});

describe('a token', () => {
  test('is unknown, revoked, run out, or of a workspace that is gone: each has its word', async () => {
    expect(await call('auth.test', {}, 'xoxb-nobody')).toMatchObject({ error: 'invalid_auth' });
    for (const end of ['token_revoked', 'token_expired', 'account_inactive'] as const) {
      scene.double.endToken(TOKEN, end);
      expect(await call('chat.postMessage', { channel: ALICE, text: 'x' })).toMatchObject({ error: end });
    }
    expect(scene.double.messagesOf(ALICE)).toEqual([]);
  });

  test('can revoke itself', async () => {
    expect(await call('auth.revoke', { test: true })).toMatchObject({ ok: true, revoked: false });
    expect(await call('auth.revoke', {})).toMatchObject({ ok: true, revoked: true });
    expect(await call('auth.test', {})).toMatchObject({ error: 'token_revoked' });
  });

  test('is no app-level token', async () => {
    expect(await call('chat.postMessage', { channel: ALICE, text: 'x' }, 'xapp-1')).toMatchObject({
      error: 'not_allowed_token_type',
    });
  });

  test('may do in its workspace what it was given there', async () => {
    const narrow = scene.double.addTeam({
      teamId: 'T0NARROW',
      botToken: 'xoxb-narrow',
      scopes: ['commands'],
    });
    narrow.addUser({ id: ALICE, name: 'alice' });
    expect(await call('chat.postMessage', { channel: ALICE, text: 'x' }, 'xoxb-narrow')).toMatchObject({
      error: 'missing_scope',
      needed: 'chat:write',
      provided: 'commands',
    });
  });
});
