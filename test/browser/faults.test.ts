import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DemoPage, Name } from './demo-page.ts';
import { type OpenedDemo, openDemo, skipsLoudly } from './opened-demo.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;

describe.skipIf(skipsLoudly())('what a visitor of the demo can break', () => {
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

  it('keeps a decision until the gate is there to take it', async () => {
    await at.switchOn('Not yet');
    await at.runPipeline('Database migration');
    for (const name of ['alice', 'maria'] satisfies Name[]) {
      await at.lookAs(name);
      await at.shows(at.card, 'Waiting for your decision');
      await at.approveAtOnce();
    }
    await at.lookAs('bob');
    await at.teams.button('Approve').click();
    await at.shows(at.teams.card, 'Approved, telling Harness');
    await at.lookAs('maria');
    await at.shows(at.card, 'Approved, telling Harness');
    await at.stage('gate', 'idle');
    await at.runEnds('done', 'Success');
    await at.shows(at.card, 'confirmed by Harness');
  });

  it('records one vote although the answer to it was lost', async () => {
    await at.lookAs('alice');
    await at.switchOn('504 after commit');
    await at.runPipeline('Deploy to production');
    await at.shows(at.card, 'Deploy to production');
    await at.shows(at.card, 'Waiting for your decision');
    await at.button('Approve').click();
    await at.field('change_ticket').locator('input').fill('CHG0042138');
    await at.submit();
    await at.runEnds('done', 'Success');
    await at.shows(at.card, /Approved by @Alice Moreau .* confirmed by Harness/);
    await at.shows(at.page.locator('#log'), 'vote recorded, answer lost');
    expect(await at.page.locator('.activity').count()).toBe(1);
  });

  it('closes the cards of both chats as soon as it was decided in Harness itself', async () => {
    await at.runPipeline('Deploy to production');
    await at.stage('gate', 'waiting');
    for (const card of [at.card, at.teams.card]) await at.shows(card, 'Waiting for your decision');
    await at.run.getByRole('button', { name: 'Reject' }).click();
    await at.runEnds('failed', 'Rejected');
    for (const card of [at.card, at.teams.card]) await at.shows(card, 'Rejected in Harness by Priya Nair');
    expect(await at.button('(Approve|Reject)').count()).toBe(0);
    expect(await at.teams.button('Approve').count()).toBe(0);
    for (const event of ['WaitingForUserAction', 'PipelineEnd'])
      await at.shows(at.call('Harness → bot').filter({ hasText: event }), '202');
  });

  it('closes them for a run that was aborted', async () => {
    await at.runPipeline('Deploy to production');
    await at.stage('gate', 'waiting');
    for (const card of [at.card, at.teams.card]) await at.shows(card, 'Waiting for your decision');
    await at.run.getByRole('button', { name: 'Abort run' }).click();
    await at.runEnds('failed', 'Aborted');
    for (const card of [at.card, at.teams.card]) await at.shows(card, /aborted/i);
    expect(await at.button('(Approve|Reject)').count()).toBe(0);
    expect(await at.teams.button('Approve').count()).toBe(0);
  });

  it('goes on in Slack while Teams is down, and Teams catches up', async () => {
    await at.switchOn('Teams is down');
    await at.runPipeline('Deploy to production');
    await at.stage('gate', 'waiting');
    await at.shows(at.card, 'Waiting for your decision');
    await at.button('Approve').click();
    await at.field('change_ticket').locator('input').fill('CHG0042140');
    await at.submit();
    await at.runEnds('done', 'Success');
    await at.shows(at.card, /Approved by @Alice Moreau .* confirmed by Harness/);
    await at.switchOff('Teams is down');
    await at.lookAs('bob');
    await at.shows(at.teams.card, /Approved by Alice Moreau .* confirmed by Harness/);
    await at.lookAs('alice');
  });

  it.skipIf(!hasCurl)('takes the webhook from the curl line it shows', async () => {
    await at.page.locator('#curl summary').click();
    await at.shows(at.page.locator('#curl-line'), 'curl -sS -X POST');
    const line = await at.page.locator('#curl-line').textContent();
    const { stdout } = await promisify(execFile)('sh', ['-c', line ?? '']);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'WAITING' });
    await at.shows(at.run, 'posted by curl');
    await at.stage('gate', 'waiting');
    expect(demo.troubles).toEqual([]);
  });
});
