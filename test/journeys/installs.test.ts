import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditOf } from '../../src/store/audit.ts';
import { admins } from '../../src/store/people.ts';
import { installationOf } from '../../src/store/slack-installations.ts';
import { issueInstallLink } from '../../src/usecases/installations/install-links.ts';
import { releaseWorkspace } from '../../src/usecases/installations/manage-installations.ts';
import type { Directory } from '../../src/usecases/ports.ts';
import {
  Browser,
  consent,
  install,
  linkFor,
  operatorOf,
  startTwoWorlds,
  type TwoWorlds,
} from '../helpers/installs.ts';
import { ok } from '../helpers/principals.ts';

const ADA = { teamId: 'T0ACME', userId: 'U0ADA' };
const IVY = { teamId: 'T0BETA', userId: 'U0IVY' };

let worlds: TwoWorlds;
beforeEach(async () => {
  worlds = await startTwoWorlds();
});
afterEach(() => worlds.close());

const stored = (teamId: string) => installationOf(worlds.app.context.db, teamId);
const called = (method: string) => worlds.slack.calls.filter((call) => call.method === method);
const audited = async (teamId: string) =>
  (await auditOf(worlds.app.context.db, 'slack_workspace', teamId, 50)).map((entry) => entry.action);

describe('a link', () => {
  test('installs one workspace for its organization, and says so first', async () => {
    const browser = new Browser(worlds);
    const link = await linkFor(worlds, worlds.beta);
    const page = await browser.open(link);
    expect(page.status).toBe(200);
    expect(page.html).toContain('Add Countersign to Slack for Beta');
    const done = await browser.open(await consent(worlds, browser, link, IVY));
    expect(done.status).toBe(200);
    expect(done.html).toContain('Countersign is in Beta &lt;b&gt;Works&lt;/b&gt;');
    expect(await stored('T0BETA')).toMatchObject({
      organizationId: worlds.beta,
      state: 'active',
      installedBy: 'U0IVY',
      botUserId: worlds.betaTeam.botUserId,
    });
    expect(await audited('T0BETA')).toEqual(['installed']);
  });

  test('R30: whoever installs becomes nobody by it', async () => {
    const { db } = worlds.app.context;
    const before = await admins(db, worlds.beta);
    await install(worlds, worlds.beta, { teamId: 'T0BETA', userId: 'U0ALICE' });
    expect(await admins(db, worlds.beta)).toEqual(before);
  });

  test('is not used up by whoever only looks: previews, robots, HEAD', async () => {
    const link = await linkFor(worlds, worlds.beta);
    for (const method of ['GET', 'HEAD', 'GET'])
      expect((await new Browser(worlds).open(link, method)).status).toBe(200);
    const browser = new Browser(worlds);
    expect((await browser.open(await consent(worlds, browser, link, IVY))).status).toBe(200);
  });

  test('works once, for any workspace', async () => {
    const link = await linkFor(worlds, worlds.acme);
    const browser = new Browser(worlds);
    await browser.open(await consent(worlds, browser, link, ADA));
    expect(await browser.open(link)).toMatchObject({ status: 410, button: null });
    expect(called('oauth.v2.access')).toHaveLength(1);
  });

  test('that was begun in two browsers is used by the first to finish', async () => {
    const link = await linkFor(worlds, worlds.acme);
    const [one, two] = [new Browser(worlds), new Browser(worlds)];
    const first = await consent(worlds, one, link, ADA);
    const second = await consent(worlds, two, link, { teamId: 'T0LABS', userId: 'U0GUS' });
    expect((await one.open(first)).status).toBe(200);
    const late = await two.open(second);
    expect(late.status).toBe(410);
    expect(late.html).toContain('used before');
    expect(await stored('T0LABS')).toBeNull();
    expect(called('oauth.v2.access')).toHaveLength(1);
  });

  test('expires, before Slack is opened and after', async () => {
    const link = await linkFor(worlds, worlds.acme);
    const browser = new Browser(worlds);
    worlds.clock.advance(59 * 60_000);
    const back = await consent(worlds, browser, link, ADA);
    worlds.clock.advance(60_000);
    expect(await browser.open(back)).toMatchObject({ status: 410 });
    expect((await browser.open(link)).html).toContain('This link has expired');
    expect(called('oauth.v2.access')).toEqual([]);
  });

  test('that does not exist is unknown, whatever it looks like', async () => {
    for (const secret of ['', 'csl_', `csl_${'A'.repeat(43)}`, 'x'.repeat(5_000), '%00', "' or 1=1 --"]) {
      const { status, html } = await new Browser(worlds).open(
        `https://approvals.acme.io/slack/install?link=${encodeURIComponent(secret)}`,
      );
      expect(status).toBe(404);
      expect(html).not.toContain('or 1=1');
    }
    expect((await new Browser(worlds).open('https://approvals.acme.io/slack/install')).status).toBe(404);
  });

  test('is made by admins only, for 168 hours at most, and no more than 20 at a time', async () => {
    const { context } = worlds.app;
    const admin = operatorOf(worlds.beta);
    expect(await issueInstallLink(context, { ...admin, role: 'member' })).toMatchObject({
      ok: false,
      refusal: { kind: 'forbidden' },
    });
    for (const hours of [0, 169, 1.5, Number.NaN])
      expect(await issueInstallLink(context, admin, hours)).toMatchObject({
        ok: false,
        refusal: { kind: 'invalid' },
      });
    const { expiresAt } = ok(await issueInstallLink(context, admin, 168));
    expect(expiresAt).toBe(worlds.clock.now() + 168 * 60 * 60_000);
    for (let nth = 2; nth <= 20; nth += 1) ok(await issueInstallLink(context, admin));
    expect(await issueInstallLink(context, admin)).toMatchObject({
      ok: false,
      refusal: { kind: 'conflict' },
    });
    ok(await issueInstallLink(context, operatorOf(worlds.acme)));
  });
});

describe('coming back from Slack', () => {
  test('without the cookie, or with another browser’s, changes nothing and asks Slack nothing', async () => {
    const link = await linkFor(worlds, worlds.acme);
    const browser = new Browser(worlds);
    const back = await consent(worlds, browser, link, ADA);
    const other = new Browser(worlds);
    expect(await other.open(back)).toMatchObject({ status: 400 });
    await other.open(link);
    expect(await other.open(back)).toMatchObject({ status: 400 });
    expect(called('oauth.v2.access')).toEqual([]);
    expect((await browser.open(back)).status).toBe(200);
  });

  test('a second time changes nothing', async () => {
    const link = await linkFor(worlds, worlds.acme);
    const browser = new Browser(worlds);
    const back = await consent(worlds, browser, link, ADA);
    const cookies = new Map(browser.cookies);
    await browser.open(back);
    expect(await browser.open(back)).toMatchObject({ status: 400 });
    for (const [name, value] of cookies) browser.cookies.set(name, value);
    expect(await browser.open(back)).toMatchObject({ status: 410 });
    expect(called('oauth.v2.access')).toHaveLength(1);
  });

  test('with a state that is forged, altered or ten minutes old changes nothing', async () => {
    const link = await linkFor(worlds, worlds.acme);
    const betaLink = await linkFor(worlds, worlds.beta);
    const browser = new Browser(worlds);
    const back = new URL(await consent(worlds, browser, link, ADA));
    const state = back.searchParams.get('state')!;
    const [id, at, hash, signature] = state.split('.');
    const forged = createHmac('sha256', 'guess').update(`${id}.${at}.${hash}`).digest('base64url');
    const betaPage = await browser.open(betaLink);
    const betaState = new URL(betaPage.button!).searchParams.get('state')!;
    // The browser holds the cookie of the second beginning now.
    expect(await browser.open(back.href)).toMatchObject({ status: 400 });
    const again = new Browser(worlds);
    const own = new URL(await consent(worlds, again, link, ADA));
    const cookies = new Map(again.cookies);
    for (const altered of [
      `${id}.${at}.${hash}.${forged}`,
      `${Number(id) + 1}.${at}.${hash}.${signature}`,
      `${id}.${Number(at) + 60_000}.${hash}.${signature}`,
      betaState,
      'x',
      '',
    ]) {
      for (const [name, value] of cookies) again.cookies.set(name, value);
      own.searchParams.set('state', altered);
      expect(await again.open(own.href)).toMatchObject({ status: 400 });
    }
    const late = new Browser(worlds);
    const lateBack = await consent(worlds, late, link, ADA);
    worlds.clock.advance(10 * 60_000 + 1);
    expect(await late.open(lateBack)).toMatchObject({ status: 400 });
    expect(called('oauth.v2.access')).toEqual([]);
  });

  test('HEAD is not answered there: nothing but a browser comes back', async () => {
    const link = await linkFor(worlds, worlds.acme);
    const browser = new Browser(worlds);
    const back = await consent(worlds, browser, link, ADA);
    expect((await browser.open(back, 'HEAD')).status).toBe(404);
    expect(called('oauth.v2.access')).toEqual([]);
  });

  test('having said no uses nothing up', async () => {
    const link = await linkFor(worlds, worlds.acme);
    const browser = new Browser(worlds);
    const { button } = await browser.open(link);
    const back = worlds.slack.authorize({ url: button!, ...ADA, deny: true });
    expect(await browser.open(back)).toMatchObject({ status: 200 });
    expect((await browser.open(await consent(worlds, browser, link, ADA))).status).toBe(200);
  });

  test('when Slack does not exchange the code uses nothing up', async () => {
    const link = await linkFor(worlds, worlds.acme);
    const browser = new Browser(worlds);
    for (const fault of [{ status: 500 }, { slackError: 'invalid_code' }, { connection: 'reset' as const }]) {
      worlds.slack.addFault({ method: 'oauth.v2.access', ...fault });
      expect(await browser.open(await consent(worlds, browser, link, ADA))).toMatchObject({ status: 502 });
    }
    expect(await stored('T0ACME')).toBeNull();
    expect((await browser.open(await consent(worlds, browser, link, ADA))).status).toBe(200);
  });

  test('what was exchanged and never stored is repeated with the same link', async () => {
    const link = await linkFor(worlds, worlds.acme);
    const browser = new Browser(worlds);
    worlds.slack.addFault({ method: 'oauth.v2.access', when: 'after', connection: 'reset' });
    expect(await browser.open(await consent(worlds, browser, link, ADA))).toMatchObject({ status: 502 });
    expect(worlds.slack.team('T0ACME').installed).toBe(true);
    expect(await stored('T0ACME')).toBeNull();
    expect((await browser.open(await consent(worlds, browser, link, ADA))).status).toBe(200);
  });

  test('two at once with two codes: one is installed, the other refused and its token ended', async () => {
    const link = await linkFor(worlds, worlds.acme);
    const [one, two] = [new Browser(worlds), new Browser(worlds)];
    const backs = [
      [one, await consent(worlds, one, link, ADA)],
      [two, await consent(worlds, two, link, { teamId: 'T0LABS', userId: 'U0GUS' })],
    ] as const;
    worlds.slack.addFault({ method: 'oauth.v2.access', times: 2, delayMs: 50 });
    const pages = await Promise.all(backs.map(([browser, back]) => browser.open(back)));
    expect(pages.map((page) => page.status).sort()).toEqual([200, 410]);
    const installed = (await Promise.all(['T0ACME', 'T0LABS'].map(stored))).filter((one) => one !== null);
    expect(installed).toHaveLength(1);
    expect(called('auth.revoke')).toHaveLength(1);
  });

  test('pages are kept nowhere, load nothing and say nothing of where one came from', async () => {
    const { headers, html } = await new Browser(worlds).open(await linkFor(worlds, worlds.acme));
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(headers.get('set-cookie')).toMatch(
      /^countersign_install=[\w-]{43}; Max-Age=600; Path=\/slack\/oauth_redirect; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(html).not.toMatch(/<script|src=|csl_/);
  });
});

describe('a workspace', () => {
  test('of one organization is never another’s: nothing is overwritten, and its token lives', async () => {
    await install(worlds, worlds.acme, ADA);
    const before = await stored('T0ACME');
    const refused = await install(worlds, worlds.beta, ADA);
    expect(refused.status).toBe(409);
    expect(refused.html).toContain('This workspace is taken');
    expect(refused.html).not.toContain('Acme');
    expect(await stored('T0ACME')).toEqual(before);
    expect(called('auth.revoke')).toEqual([]);
    expect(await worlds.app.context.platforms.get('slack')!.checkHealth(worlds.acme)).toEqual({ ok: true });
    const lines = await auditOf(worlds.app.context.db, 'slack_workspace', 'T0ACME', 10);
    expect(lines.map(({ action }) => action)).toEqual(['installed', 'install_refused']);
    expect(JSON.stringify(lines[1])).not.toContain('Default');
  });

  test('that was uninstalled is still its organization’s, until an operator releases it', async () => {
    await install(worlds, worlds.acme, ADA);
    await worlds.slack.uninstall('T0ACME');
    // Slack has its answer before that is on record.
    await expect
      .poll(() => stored('T0ACME'), { timeout: 20_000 })
      .toMatchObject({ state: 'removed', botToken: null });
    expect(await install(worlds, worlds.beta, ADA)).toMatchObject({ status: 409 });
    ok(await releaseWorkspace(worlds.app.context, 'T0ACME', { personId: null, via: 'cli' }));
    expect(await install(worlds, worlds.beta, ADA)).toMatchObject({ status: 200 });
    expect(await stored('T0ACME')).toMatchObject({ organizationId: worlds.beta });
  });

  test('that was released and installed anew is called with its new token', async () => {
    await install(worlds, worlds.acme, ADA);
    const [directory] = worlds.app.context.directories as [Directory];
    const look = (organizationId: number) =>
      directory.lookUp({ organizationId, tenant: 'T0ACME', externalId: 'U0ALICE' });
    expect(await look(worlds.acme)).toMatchObject({ kind: 'found' });
    const before = await stored('T0ACME');
    ok(await releaseWorkspace(worlds.app.context, 'T0ACME', { personId: null, via: 'cli' }));
    await worlds.slack.uninstall('T0ACME');
    worlds.clock.advance(1_000);
    expect(await install(worlds, worlds.beta, ADA)).toMatchObject({ status: 200 });
    expect((await stored('T0ACME'))!.tokenVersion).toBeGreaterThan(before!.tokenVersion);
    expect(await look(worlds.beta)).toMatchObject({ kind: 'found' });
  });

  test('whose grant lacks a scope is not installed', async () => {
    const link = await linkFor(worlds, worlds.acme);
    const browser = new Browser(worlds);
    const { button } = await browser.open(link);
    const url = new URL(button!);
    url.searchParams.set('scope', 'chat:write,users:read');
    const page = await browser.open(worlds.slack.authorize({ url: url.href, ...ADA }));
    expect(page.status).toBe(422);
    expect(page.html).toContain('im:history, im:write');
    expect(await stored('T0ACME')).toBeNull();
  });
});
