import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DemoPage, type Name } from './demo-page.ts';
import { type DemoProcess, startDemoProcess } from './demo-process.ts';
import { browserIsRequired, chromiumPath } from './environment.ts';
import { Pictures } from './pictures.ts';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const DESKTOP = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
const hasCurl = spawnSync('curl', ['--version']).status === 0;

if (!chromiumPath && !browserIsRequired)
  console.warn(`
==============================================================================
  SKIPPED: the browser test did not run, for there is no Chromium here.
  Install it (apt-get install chromium) or name it in CHROMIUM_PATH.
==============================================================================`);

describe.skipIf(!chromiumPath && !browserIsRequired)('the demo in a browser', () => {
  let demo: DemoProcess;
  let browser: Browser;
  let pictures: Pictures;
  let at: DemoPage;
  const troubles: string[] = [];

  beforeAll(async () => {
    if (!chromiumPath)
      throw new Error('There is no Chromium: apt-get install chromium, or name it in CHROMIUM_PATH.');
    browser = await chromium.launch({ executablePath: chromiumPath, args: FLAGS });
    demo = await startDemoProcess();
    pictures = await Pictures.open();
    const page = await browser.newPage({ viewport: DESKTOP, colorScheme: 'light' });
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('console', (said) => {
      if (said.type() === 'error') troubles.push(said.text());
    });
    await page.goto(demo.pageUrl);
    at = new DemoPage(page);
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.interrupt();
    if (pictures) console.log(`Pictures: ${pictures.folder}`);
  });

  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    await pictures.take('failure', at.page);
    console.error(`The bot's log:\n${await readFile(demo.logFile, 'utf8').catch(String)}`);
  });

  it('starts within ten seconds and says what to press first', async () => {
    expect(demo.startedInMs).toBeLessThan(10_000);
    await at.shows(at.guide, 'Press Run pipeline');
  });

  it('lets Alice approve a deployment, after a wrong change ticket', async () => {
    await at.runPipeline('Deploy to production');
    await at.shows(at.card, 'Waiting for your decision');
    await at.stage(2, 'waiting');
    await at.shows(at.person('bob'), '1');
    await pictures.take('card-before', at.card);
    await at.button('Approve').click();
    await at.field('change_ticket').locator('input').fill('JIRA-12');
    await at.submit();
    await at.shows(at.field('change_ticket').locator('.f-error'), 'CHG[0-9]{6,}');
    expect(await at.field('rollout').locator('.f-error').count()).toBe(0);
    await pictures.take('modal-field-error', at.slackWindow);
    await at.field('change_ticket').locator('input').fill('CHG0042137');
    await at.field('rollout').locator('select').selectOption({ label: 'full' });
    await at.field('Comment').locator('textarea').fill('Dashboards are quiet.');
    await at.submit();
    await at.modal.waitFor({ state: 'detached' });
    await at.shows(at.card, /Approved by @Alice Moreau .* confirmed by Harness/);
    await at.runEnds('done', 'Success');
    await at.stage(3, 'done');
    const recorded = at.page.locator('#activities');
    for (const words of [
      'change_ticket = CHG0042137',
      'rollout = full',
      'approved_by = alice@fernhill.example',
    ])
      await at.shows(recorded, words);
    await pictures.take('card-after', at.card);
  });

  it('shows the outcome on everybody’s card, with nothing left to press', async () => {
    for (const name of ['bob', 'sam', 'dana'] satisfies Name[]) {
      await at.lookAs(name);
      await at.shows(at.card, 'Approved by @Alice Moreau');
      expect(await at.button('(Approve|Reject)').count()).toBe(0);
    }
    await at.lookAtChannel();
    await at.shows(at.card, /Approved by @?Alice Moreau/);
  });

  it('lets Bob reject a migration that Alice had approved', async () => {
    await at.lookAs('alice');
    await at.runPipeline('Database migration');
    await at.shows(at.card, '0 of 3 approved');
    await at.stage(2, 'waiting');
    await at.button('Approve').first().click();
    await at.confirm.getByRole('button', { name: 'Not yet' }).click();
    await at.shows(at.card, '0 of 3 approved');
    await at.button('Approve').first().click();
    await at.confirm.locator('[data-confirm-yes]').click();
    await at.shows(at.card, '1 of 3 approved');
    await at.lookAs('maria');
    await at.shows(at.card, '1 of 3 approved · approved by @Alice Moreau');
    await at.lookAs('bob');
    await at.button('Reject').click();
    await at.submit();
    await at.modal.locator('.f-error').waitFor();
    await at.modal.locator('textarea').fill('Not before the backup has finished.');
    await at.submit();
    await at.runEnds('failed', 'Rejected');
    await at.stage(3, 'skipped');
    for (const name of ['bob', 'alice', 'maria', 'sam', 'dana'] satisfies Name[]) {
      await at.lookAs(name);
      await at.shows(at.card, /Rejected by @Bob Okafor .* confirmed by Harness/);
    }
  });

  it('goes on by itself where no approval is required', async () => {
    await at.runPipeline('Rollback');
    await at.runEnds('done', 'Success');
    await at.lookAs('sam');
    await at.shows(at.card, 'no approval is required');
  });

  it('records one vote although the answer to it was lost', async () => {
    await at.lookAs('bob');
    await at.switchOn('504 after commit');
    await at.runPipeline('Deploy to production');
    await at.shows(at.card, 'Waiting for your decision');
    await at.button('Approve').click();
    await at.field('change_ticket').locator('input').fill('CHG0042138');
    await at.submit();
    await at.runEnds('done', 'Success');
    await at.shows(at.card, /Approved by @Bob Okafor .* confirmed by Harness/);
    await at.shows(at.page.locator('#log'), 'vote recorded, answer lost');
    expect(await at.page.locator('.activity').count()).toBe(1);
  });

  it('tells the cards what was decided in Harness itself', async () => {
    await at.lookAs('alice');
    await at.runPipeline('Deploy to production');
    await at.stage(2, 'waiting');
    await at.shows(at.card, 'Waiting for your decision');
    await at.run.getByRole('button', { name: 'Reject' }).click();
    await at.runEnds('failed', 'Rejected');
    await at.shows(at.card, 'Rejected in Harness by Priya Nair');
    expect(await at.button('(Approve|Reject)').count()).toBe(0);
  });

  it('keeps a decision until the gate is there to take it', async () => {
    await at.switchOn('Not yet');
    await at.runPipeline('Database migration');
    for (const name of ['alice', 'bob', 'maria'] satisfies Name[]) {
      await at.lookAs(name);
      await at.shows(at.card, 'Waiting for your decision');
      await at.button('Approve').first().click();
      await at.confirm.locator('[data-confirm-yes]').click();
    }
    await at.shows(at.card, 'Approved, telling Harness');
    await at.stage(2, 'idle');
    await at.runEnds('done', 'Success');
    await at.shows(at.card, 'confirmed by Harness');
  });

  it.skipIf(!hasCurl)('takes the webhook from the curl line it shows', async () => {
    await at.page.getByRole('radio', { name: 'Deploy to production' }).check();
    await at.page.locator('#curl summary').click();
    await at.shows(at.page.locator('#curl-line'), 'curl -sS -X POST');
    const line = await at.page.locator('#curl-line').textContent();
    const { stdout } = await promisify(execFile)('sh', ['-c', line ?? '']);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'WAITING' });
    await at.stage(2, 'waiting');
    await at.shows(at.run, 'posted by curl');
    await at.page.locator('#curl summary').click();
  });

  it('is pleasant to look at: light, dark and narrow', async () => {
    const { page } = at;
    await at.lookAs('alice');
    await at.shows(at.card, 'Waiting for your decision');
    await pictures.take('page-light', page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await pictures.take('page-dark', page);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(NARROW);
    await pictures.take('page-narrow', page);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    expect(troubles).toEqual([]);
  });

  it('stops cleanly on Ctrl-C: the bot is gone and its database too', async () => {
    expect(existsSync(dirname(demo.logFile))).toBe(true);
    expect(await demo.interrupt()).toBe(0);
    expect(existsSync(dirname(demo.logFile))).toBe(false);
    await expect(fetch(`${demo.botUrl}/healthz`)).rejects.toThrow();
  });
});
