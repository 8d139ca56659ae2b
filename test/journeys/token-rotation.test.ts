import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditOf } from '../../src/store/audit.ts';
import { installationOf } from '../../src/store/slack-installations.ts';
import type { ChatPlatform, Directory } from '../../src/usecases/ports.ts';
import { install, startInstalled, type TwoWorlds } from '../helpers/installs.ts';
import { ACME } from '../helpers/world.ts';

const HOUR = 60 * 60_000;
const ADA = { teamId: 'T0ACME', userId: 'U0ADA' };

const PATIENCE = { timeout: 10_000, interval: 10 };

let worlds: TwoWorlds;
let directory: Directory;
let platform: ChatPlatform;
let first: number;
beforeEach(async () => {
  worlds = await startInstalled({ oauth: { tokenRotation: true } });
  [directory] = worlds.app.context.directories as [Directory];
  platform = worlds.app.context.platforms.get('slack')!;
  first = (await stored()).tokenVersion;
});
afterEach(() => worlds.close());

const stored = async () => (await installationOf(worlds.app.context.db, 'T0ACME'))!;
const refreshes = () =>
  worlds.slack.calls.filter(
    ({ method, args }) => method === 'oauth.v2.access' && args.grant_type === 'refresh_token',
  );
/** A cheap call in Acme's first workspace. */
const look = () => directory.lookUp({ organizationId: worlds.acme, tenant: 'T0ACME', externalId: 'U0ALICE' });
/** How many pairs of tokens followed the first. */
const renewals = async () => (await stored()).tokenVersion - first;
const renewed = (times: number) => expect.poll(renewals, PATIENCE).toBe(times);

test('a token with two hours left is renewed beside the call, which uses the old one', async () => {
  worlds.clock.advance(9 * HOUR);
  expect(await look()).toMatchObject({ kind: 'found' });
  expect(refreshes()).toEqual([]);
  worlds.clock.advance(1 * HOUR);
  worlds.slack.addFault({ method: 'oauth.v2.access', delayMs: 100 });
  expect(await look()).toMatchObject({ kind: 'found' });
  expect(await renewals()).toBe(0);
  await renewed(1);
  expect((await stored()).tokenExpiresAt).toBe(worlds.clock.now() + 12 * HOUR);
  worlds.clock.advance(3 * HOUR);
  expect(await look()).toMatchObject({ kind: 'found' });
  expect(refreshes()).toHaveLength(1);
});

test('twenty calls at once renew it once, long before its end and after', async () => {
  worlds.slack.addFault({ method: 'oauth.v2.access', delayMs: 50, times: 2 });
  worlds.clock.advance(11 * HOUR);
  const early = await Promise.all(Array.from({ length: 20 }, look));
  expect(early.every(({ kind }) => kind === 'found')).toBe(true);
  await renewed(1);
  expect(refreshes()).toHaveLength(1);
  worlds.clock.advance(13 * HOUR);
  const late = await Promise.all(Array.from({ length: 20 }, look));
  expect(late.every(({ kind }) => kind === 'found')).toBe(true);
  expect(await renewals()).toBe(2);
  expect(refreshes()).toHaveLength(2);
});

test('while another process renews it nobody else does: who cannot wait is told to come again', async () => {
  worlds.clock.advance(13 * HOUR);
  const { db } = worlds.app.context;
  const until = worlds.clock.now() + 30_000;
  await sql`update slack_installations set refreshing_until = ${until} where team_id = 'T0ACME'`.execute(db);
  expect(await look()).toMatchObject({ kind: 'unavailable', retryAfterMs: 30_000 });
  expect(refreshes()).toEqual([]);
  // It died meanwhile.
  worlds.clock.advance(30_000);
  expect(await look()).toMatchObject({ kind: 'found' });
  expect(refreshes()).toHaveLength(1);
});

test('that Slack finds expired before its time is renewed, and the call repeated later', async () => {
  const token = await tokenOf('T0ACME');
  worlds.slack.endToken(token, 'token_expired');
  expect(await look()).toMatchObject({ kind: 'unavailable', retryAfterMs: 1_000 });
  expect(await look()).toMatchObject({ kind: 'found' });
  expect(refreshes()).toHaveLength(1);
});

test('Slack’s silence is no refusal: it is tried again after a pause, not at every call', async () => {
  worlds.clock.advance(13 * HOUR);
  worlds.slack.addFault({ method: 'oauth.v2.access', status: 503, times: 2 });
  for (let call = 0; call < 5; call += 1)
    expect(await look()).toMatchObject({ kind: 'unavailable', retryAfterMs: 10_000 });
  expect(refreshes()).toHaveLength(1);
  worlds.clock.advance(10_000);
  expect(await look()).toMatchObject({ kind: 'unavailable' });
  worlds.clock.advance(10_000);
  expect(await look()).toMatchObject({ kind: 'found' });
  expect((await stored()).reinstallBecause).toBeNull();
});

test('a refused renewal is final: seen in health and audit, never repeated, mended by a reinstall', async () => {
  await worlds.load(ACME);
  worlds.clock.advance(11 * HOUR);
  worlds.slack.addFault({ method: 'oauth.v2.access', slackError: 'invalid_refresh_token' });
  expect(await look()).toMatchObject({ kind: 'found' });
  await expect.poll(async () => (await stored()).reinstallBecause, PATIENCE).toMatch(/invalid_refresh_token/);
  // The token itself is good until its own end.
  expect(await look()).toMatchObject({ kind: 'found' });
  expect(await platform.checkHealth(worlds.acme)).toMatchObject({
    ok: false,
    detail: expect.stringContaining('invalid_refresh_token'),
  });
  expect(await platform.checkHealth(worlds.beta)).toEqual({ ok: true });
  expect((await auditOf(worlds.app.context.db, 'slack_workspace', 'T0ACME', 9)).at(-1)).toMatchObject({
    action: 'reinstall_needed',
  });
  worlds.clock.advance(2 * HOUR);
  for (let call = 0; call < 5; call += 1) expect(await look()).toMatchObject({ kind: 'refused' });
  expect(
    refreshes().filter(({ args }) => args.refresh_token === refreshes()[0]!.args.refresh_token),
  ).toHaveLength(1);
  expect(await install(worlds, worlds.acme, ADA)).toMatchObject({ status: 200 });
  expect(await look()).toMatchObject({ kind: 'found' });
  expect(await platform.checkHealth(worlds.acme)).toEqual({ ok: true });
});

test('a pair that was renewed while the app was installed anew does not replace the newer one', async () => {
  worlds.clock.advance(11 * HOUR);
  worlds.slack.addFault({ method: 'oauth.v2.access', delayMs: 300 });
  await look();
  await install(worlds, worlds.acme, ADA);
  const fresh = await stored();
  expect(fresh.tokenVersion).toBe(first + 1);
  await expect.poll(() => refreshes()[0]?.answered, PATIENCE).toBeDefined();
  await worlds.app.stop(2_000);
  const { openDatabase } = await import('../../src/store/database.ts');
  const db = openDatabase(worlds.config.databaseUrl);
  expect(await installationOf(db, 'T0ACME')).toEqual(fresh);
  await db.destroy();
});

/** The bot token of a workspace, as Slack gave it last. */
async function tokenOf(teamId: string): Promise<string> {
  const given = worlds.slack.calls.flatMap(({ method, answered }) => {
    if (method !== 'oauth.v2.access' || typeof answered !== 'object') return [];
    const body = answered.body as { access_token: string; team: { id: string } };
    return body.team.id === teamId ? [body.access_token] : [];
  });
  return given.at(-1)!;
}
