import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DemoPage, Name } from './demo-page.ts';
import { DESKTOP, NARROW, type OpenedDemo, openDemo, skipsLoudly } from './opened-demo.ts';

describe.skipIf(skipsLoudly())('the demo in a browser', () => {
  let demo: OpenedDemo;
  let at: DemoPage;

  beforeAll(async () => {
    demo = await openDemo();
    at = demo.at;
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await demo.explain();
  });
  afterAll(() => demo?.close());

  it('starts and says what to press first', async () => {
    await at.shows(at.guide, 'Press Run pipeline');
  });

  it('brings the card of a deployment to both approvers and the subscriber', async () => {
    await at.runPipeline('Deploy to production');
    await at.shows(at.card, 'Waiting for your decision');
    await at.stage('gate', 'waiting');
    await at.shows(at.person('bob'), '1');
    // In Slack and in Teams.
    await at.shows(at.person('sam'), '2');
    await demo.pictures.take('card-before', at.card);
    await demo.pictures.takePage('page-light', at.page);
  });

  it('shows Alice a wrong change ticket on its field, and takes a right one', async () => {
    await at.button('Approve').click();
    await at.field('change_ticket').locator('input').fill('JIRA-12');
    await at.submit();
    await at.shows(at.field('change_ticket').locator('.f-error'), 'CHG[0-9]{6,}');
    expect(await at.field('rollout').locator('.f-error').count()).toBe(0);
    expect(await at.field('change_ticket').locator('input').inputValue()).toBe('JIRA-12');
    await demo.pictures.take('modal', at.slackWindow);
    await at.field('change_ticket').locator('input').fill('CHG0042137');
    await at.field('rollout').locator('select').selectOption({ label: 'full' });
    await at.field('Comment').locator('textarea').fill('Dashboards are quiet.');
    await at.submit();
    await at.modal.waitFor({ state: 'detached' });
    await at.shows(at.card, /Approved by @Alice Moreau .* confirmed by Harness/);
    await demo.pictures.take('card-after', at.card);
  });

  it('lets the pipeline go on, with what Alice entered', async () => {
    await at.runEnds('done', 'Success');
    await at.stage('last', 'done');
    const recorded = at.page.locator('#activities');
    for (const words of [
      'change_ticket = CHG0042137',
      'rollout = full',
      'approved_by = alice@fernhill.example',
    ])
      await at.shows(recorded, words);
  });

  it('is good to look at in the dark and on a telephone', async () => {
    const { page } = at;
    await page.emulateMedia({ colorScheme: 'dark' });
    await demo.pictures.takePage('page-dark', page);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(NARROW);
    await demo.pictures.takePage('page-narrow', page);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await page.setViewportSize(DESKTOP);
  });

  it('shows the outcome on everybody’s card, with nothing left to press', async () => {
    for (const name of ['sam', 'dana'] satisfies Name[]) {
      await at.lookAs(name);
      await at.shows(at.card, 'Approved by @Alice Moreau');
      expect(await at.button('(Approve|Reject)').count()).toBe(0);
    }
    await at.lookAtChannel();
    await at.shows(at.card, /Approved by @?Alice Moreau/);
  });

  it('lets Maria reject a migration that Alice had approved', async () => {
    await at.lookAs('alice');
    await at.runPipeline('Database migration');
    await at.shows(at.card, '0 of 3 approved');
    await at.stage('gate', 'waiting');
    await at.button('Approve').first().click();
    await at.confirm.getByRole('button', { name: 'Not yet' }).click();
    await at.confirm.waitFor({ state: 'detached' });
    await at.shows(at.card, '0 of 3 approved');
    await at.approveAtOnce();
    await at.shows(at.card, '1 of 3 approved');
    await at.lookAs('maria');
    await at.shows(at.card, '1 of 3 approved · approved by @Alice Moreau');
    await at.button('Reject').click();
    await at.submit();
    await at.modal.locator('.f-error').waitFor();
    await at.modal.locator('textarea').fill('Not before the backup has finished.');
    await at.submit();
    await at.runEnds('failed', 'Rejected');
    await at.stage('last', 'skipped');
    for (const name of ['alice', 'maria', 'sam', 'dana'] satisfies Name[]) {
      await at.lookAs(name);
      await at.shows(at.card, /Rejected by @Maria Silva .* confirmed by Harness/);
    }
  });

  it('goes on by itself where no approval is required', async () => {
    await at.runPipeline('Rollback');
    await at.runEnds('done', 'Success');
    await at.lookAs('sam');
    await at.shows(at.card, 'no approval is required');
  });

  it('stops cleanly on Ctrl-C: the bot is gone and its database too', async () => {
    expect(demo.troubles).toEqual([]);
    const { botUrl, logFile } = demo.process;
    expect(existsSync(dirname(logFile))).toBe(true);
    expect(await demo.process.interrupt()).toBe(0);
    expect(existsSync(dirname(logFile))).toBe(false);
    await expect(fetch(`${botUrl}/healthz`)).rejects.toThrow();
  });
});
