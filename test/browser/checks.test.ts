import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DemoPage } from './demo-page.ts';
import { DESKTOP, NARROW, type OpenedDemo, openDemo, skipsLoudly } from './opened-demo.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;

describe.skipIf(skipsLoudly())('a release that waits for its smoke tests first', () => {
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

  it('tells the subscriber what it waits for, and does not ask Alice yet', async () => {
    await at.lookAs('sam');
    await at.runPipeline('Release the app');
    await at.stage('check', 'waiting');
    await at.stage('gate', 'waiting');
    for (const card of [at.card, at.teams.card]) await at.shows(card, 'Waiting for the check Smoke tests');
    await at.shows(at.guide, 'Press Smoke tests pass');
    await demo.pictures.takePage('check-page', at.page);
    await at.lookAs('alice');
    await at.shows(at.page.locator('#messages'), 'Nothing yet');
    expect(await at.page.locator('#messages .message').count()).toBe(0);
    expect(await at.teams.messages.locator('.t-card').count()).toBe(0);
  });

  it('asks Alice once they have passed, with the result on her card and in the log', async () => {
    await at.lookAs('alice');
    await at.run.getByRole('button', { name: 'Smoke tests pass' }).click();
    await at.stage('check', 'done');
    await at.shows(at.call('smoke tests → bot'), /check passed\s*200/);
    for (const card of [at.card, at.teams.card]) {
      await at.shows(card, 'Waiting for your decision');
      await at.shows(card, /Check passed: Smoke tests .*214 passed, 0 failed.*ci\.fernhill\.example/);
    }
    expect(await at.run.getByRole('button', { name: /^Smoke tests/ }).count()).toBe(0);
    await at.stage('gate', 'waiting');
    await demo.pictures.take('check-card', at.card);
  });

  it('goes on when Alice approves', async () => {
    await at.approveAtOnce();
    await at.runEnds('done', 'Success');
    await at.stage('last', 'done');
    for (const card of [at.card, at.teams.card])
      await at.shows(card, /Approved by @?Alice Moreau .* confirmed by Harness/);
    await at.shows(at.page.locator('#activities'), 'Approved by Countersign');
  });

  it('stops when they fail, and Alice is not asked', async () => {
    const before = await at.page.locator('#messages .message').count();
    await at.runPipeline('Release the app');
    await at.stage('gate', 'waiting');
    await at.run.getByRole('button', { name: 'Smoke tests fail' }).click();
    await at.stage('check', 'failed');
    await at.runEnds('failed', 'Rejected');
    await at.stage('last', 'skipped');
    expect(await at.page.locator('#messages .message').count()).toBe(before);
    await at.lookAs('sam');
    for (const card of [at.card, at.teams.card]) {
      await at.shows(card, /Rejected by Smoke tests/);
      await at.shows(card, '2 of 214 failed: checkout, refunds');
    }
  });

  it.skipIf(!hasCurl)('takes the result from the curl line it shows, on a telephone too', async () => {
    const { page } = at;
    await at.runPipeline('Release the app');
    await at.stage('check', 'waiting');
    await page.setViewportSize(NARROW);
    await at.run.locator('summary').click();
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await page.setViewportSize(DESKTOP);
    const line = await at.run.locator('pre').textContent();
    const { stdout } = await promisify(execFile)('sh', ['-c', line ?? '']);
    expect(stdout).toMatch(/^HTTP\/1\.1 200/);
    await at.stage('check', 'done');
    await at.lookAs('alice');
    await at.shows(at.teams.card, 'Waiting for your decision');
    expect(demo.troubles).toEqual([]);
  });
});
