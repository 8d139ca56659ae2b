import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { createEncryption } from '../../src/encryption.ts';
import { installationOf } from '../../src/store/slack-installations.ts';
import { reencryptValues } from '../../src/usecases/organizations/reencrypt-values.ts';
import { Browser, consent, install, linkFor, startInstalled, type TwoWorlds } from '../helpers/installs.ts';
import { ACME } from '../helpers/world.ts';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const ADA = { teamId: 'T0ACME', userId: 'U0ADA' };

const PATIENCE = { timeout: 10_000, interval: 10 };

let worlds: TwoWorlds;
afterEach(() => worlds.close());

const look = () =>
  worlds.app.context.directories[0]!.lookUp({
    organizationId: worlds.acme,
    tenant: 'T0ACME',
    externalId: 'U0ALICE',
  });
const stored = async (teamId: string) => (await installationOf(worlds.app.context.db, teamId))!;

test('no token, code, link or key is in the log, the database, or any page', async () => {
  const lines: string[] = [];
  const pages: string[] = [];
  worlds = await startInstalled({ oauth: { tokenRotation: true }, hear: (line) => lines.push(line) });
  await worlds.load(ACME);
  const links: string[] = [];
  const codes: string[] = [];
  const browser = new Browser(worlds);
  const goes = async (link: string, comesBackTo = browser) => {
    links.push(new URL(link).searchParams.get('link')!);
    const { html } = await browser.open(link);
    const back = await consent(worlds, browser, link, ADA);
    codes.push(new URL(back).searchParams.get('code')!, new URL(back).searchParams.get('state')!);
    pages.push(html.replace(/href="[^"]+"/, ''), (await comesBackTo.open(back)).html);
  };
  await goes(await linkFor(worlds, worlds.acme), new Browser(worlds));
  await goes(await linkFor(worlds, worlds.acme));
  const link = await linkFor(worlds, worlds.beta);
  for (const fault of [{ slackError: 'invalid_code' }, { status: 500 }, { connection: 'reset' as const }]) {
    worlds.slack.addFault({ method: 'oauth.v2.access', ...fault });
    await goes(link);
  }
  await goes(link);
  await worlds.ask('deploy-to-production', 'run1');
  const { tokenVersion } = await stored('T0ACME');
  worlds.clock.advance(11 * 60 * 60_000);
  await look();
  await expect.poll(async () => (await stored('T0ACME')).tokenVersion, PATIENCE).toBe(tokenVersion + 1);
  worlds.slack.addFault({ method: 'oauth.v2.access', slackError: 'invalid_refresh_token' });
  worlds.clock.advance(11 * 60 * 60_000);
  await look();
  await expect.poll(async () => (await stored('T0ACME')).reinstallBecause, PATIENCE).not.toBeNull();
  await worlds.slack.uninstall('T0LABS');
  await worlds.settle();

  const tokens = worlds.slack.calls.flatMap(({ method, answered }) => {
    if (method !== 'oauth.v2.access' || typeof answered !== 'object') return [];
    const { access_token: access, refresh_token: refresh } = answered.body as Record<string, string>;
    return [access, refresh].filter((one) => one !== undefined);
  });
  expect(tokens.length).toBeGreaterThanOrEqual(8);
  expect(lines.length).toBeGreaterThan(5);
  await sql`pragma wal_checkpoint(truncate)`.execute(worlds.app.context.db);
  const database = readFileSync(worlds.config.databaseUrl.slice('sqlite:'.length), 'latin1');
  const everything = [database, ...lines, ...pages].join('\n');
  const { access } = worlds.config.slack!;
  const app = access.kind === 'oauth' ? [access.clientSecret, access.stateSecret] : [];
  expect(app).toHaveLength(2);
  for (const secret of [...tokens, ...links, ...codes, ...worlds.config.encryptionKeys, ...app])
    expect(everything.includes(secret), secret).toBe(false);
});

test('a new key first, a restart, and the old one can go', async () => {
  worlds = await startInstalled({ oauth: { tokenRotation: true } });
  const { context } = worlds.app;
  const [old = ''] = worlds.config.encryptionKeys;
  const before = await stored('T0ACME');
  const both = createEncryption([key(9), old]);
  expect(await reencryptValues(context, both)).toEqual({ renewed: 7, unreadable: 0 });
  expect(await reencryptValues(context, both)).toEqual({ renewed: 0, unreadable: 0 });
  const after = await stored('T0ACME');
  const alone = createEncryption([key(9)]);
  const place = 'slack_installations:T0ACME:bot_token';
  expect(alone.decrypt(after.botToken!, place)).toBe(
    createEncryption([old]).decrypt(before.botToken!, place),
  );
  expect(after.tokenVersion).toBe(before.tokenVersion);
});

test('a value changed while it was being brought under the new key keeps the change', async () => {
  worlds = await startInstalled();
  const { context } = worlds.app;
  const [old = ''] = worlds.config.encryptionKeys;
  const encryption = createEncryption([key(9), old]);
  const place = 'slack_installations:T0ACME:bot_token';
  const newer = encryption.encrypt('xoxb-newer', place);
  await reencryptValues(context, {
    ...encryption,
    encrypt(text, at) {
      const change = sql`update slack_installations set bot_token = ${newer} where team_id = 'T0ACME'`;
      if (at === place) void change.execute(context.db);
      return encryption.encrypt(text, at);
    },
  });
  expect(encryption.decrypt((await stored('T0ACME')).botToken!, place)).toBe('xoxb-newer');
});

test('without the old key the bot starts, says what is missing, and touches nothing', async () => {
  const lines: string[] = [];
  worlds = await startInstalled({ hear: (line) => lines.push(line) });
  const before = await stored('T0ACME');
  expect(await reencryptValues(worlds.app.context, createEncryption([key(9)]))).toEqual({
    renewed: 0,
    unreadable: 4,
  });
  expect(await stored('T0ACME')).toEqual(before);
  expect(lines.filter((line) => line.includes('ENCRYPTION_KEY no longer holds the key'))).toHaveLength(4);
});

test('a token that was tampered with, or moved from another row, calls nobody', async () => {
  worlds = await startInstalled();
  const { db } = worlds.app.context;
  const beta = await stored('T0BETA');
  await sql`update slack_installations set bot_token = ${beta.botToken}, token_version = 7 where team_id = 'T0ACME'`.execute(
    db,
  );
  const calls = worlds.slack.calls.length;
  expect(await look()).toMatchObject({ kind: 'refused', detail: expect.stringContaining('ENCRYPTION_KEY') });
  expect(worlds.slack.calls).toHaveLength(calls);
  expect(await worlds.app.context.platforms.get('slack')!.checkHealth(worlds.acme)).toMatchObject({
    ok: false,
  });
  expect(await install(worlds, worlds.acme, ADA)).toMatchObject({ status: 200 });
  expect(await look()).toMatchObject({ kind: 'found' });
});
