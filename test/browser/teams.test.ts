import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DemoPage } from './demo-page.ts';
import { DESKTOP, NARROW, type OpenedDemo, openDemo, skipsLoudly } from './opened-demo.ts';

describe.skipIf(skipsLoudly())('Microsoft Teams beside Slack in a browser', () => {
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

  it('asks everybody where they are: on both platforms, or on the one', async () => {
    await at.runPipeline('Deploy to production');
    await at.stage('gate', 'waiting');
    await at.shows(at.card, 'Waiting for your decision');
    await at.shows(at.teams.card, 'Waiting for your decision');
    await at.lookAs('maria');
    await at.shows(at.teams.messages, 'Maria is not in this Teams');
    await at.lookAs('bob');
    await at.shows(at.page.locator('#messages'), 'Bob is not in this Slack');
    await at.shows(at.teams.card, 'Waiting for your decision');
    await demo.pictures.take('teams-demo-card', at.teams.window);
  });

  it('says in the dialog which field is wrong, and takes a right one', async () => {
    await at.teams.button('Approve').click();
    await at.teams.field('change_ticket').fill('JIRA-12');
    await at.teams.submit('Approve');
    await at.shows(at.teams.dialog, /CHG/);
    expect(await at.teams.field('change_ticket').inputValue()).toBe('JIRA-12');
    await demo.pictures.take('teams-demo-dialog', at.teams.window);
    await at.teams.field('change_ticket').fill('CHG0042137');
    await at.teams.choice('full').check();
    await at.teams.field('Comment').fill('Dashboards are quiet.');
    await at.teams.submit('Approve');
    await at.teams.closes();
    await at.shows(at.teams.card, /Approved by Bob Okafor .* confirmed by Harness/);
    expect(await at.teams.button('Approve').count()).toBe(0);
  });

  it('tells the same truth in Slack, and the pipeline goes on with what Bob entered', async () => {
    await at.runEnds('done', 'Success');
    for (const words of [
      'change_ticket = CHG0042137',
      'rollout = full',
      'approved_by = bob@fernhill.example',
    ])
      await at.shows(at.page.locator('#activities'), words);
    await at.lookAs('alice');
    for (const card of [at.card, at.teams.card])
      await at.shows(card, /Approved by @?Bob Okafor .* confirmed by Harness/);
  });

  it('takes an all-of decision half from Slack and half from Teams, each person counted once', async () => {
    await at.runPipeline('Database migration');
    await at.stage('gate', 'waiting');
    await at.shows(at.teams.card, '0 of 3 approved');
    await at.teams.button('Approve').click();
    await at.shows(at.teams.card, '1 of 3 approved');
    await at.shows(at.card, '1 of 3 approved');
    await at.lookAs('maria');
    await at.shows(at.card, '1 of 3 approved');
    await at.approveAtOnce();
    await at.shows(at.card, '2 of 3 approved');
    await at.lookAs('bob');
    await at.shows(at.teams.card, '2 of 3 approved');
    await at.teams.button('Approve').click();
    await at.runEnds('done', 'Success');
    await at.lookAs('alice');
    for (const card of [at.card, at.teams.card]) await at.shows(card, 'confirmed by Harness');
    await demo.pictures.takePage('teams-demo', at.page);
  });

  it('shows one post in the channel to each as it concerns them', async () => {
    await at.runPipeline('Deploy to production');
    await at.stage('gate', 'waiting');
    await at.teams.lookAt('Deploys');
    await at.shows(at.teams.card, 'Deploy to production');
    await at.teams.button('Review').or(at.teams.button('Approve')).first().waitFor();
    await demo.pictures.take('teams-demo-channel', at.teams.window);
    await at.lookAs('sam');
    await at.teams.lookAt('Deploys');
    await at.shows(at.teams.card, 'Deploy to production');
    for (const name of ['Review', 'Approve', 'Reject']) expect(await at.teams.button(name).count()).toBe(0);
  });

  it('answers an approval from the compose box, and a rejection wants its reason', async () => {
    await at.lookAs('alice');
    await at.teams.answerAnApproval();
    await at.teams.dialog
      .getByRole('button', { name: /^Review/ })
      .first()
      .click();
    await at.shows(at.teams.dialog, 'Deploy checkout');
    await at.teams.dialog.getByRole('button', { name: 'Reject' }).click();
    await at.shows(at.teams.dialog, 'Reason');
    await at.teams.submit('Reject');
    expect(await at.teams.dialog.count()).toBe(1);
    await at.teams.dialog.locator('textarea').fill('Not before the backup has finished.');
    await at.teams.submit('Reject');
    await at.teams.closes();
    await at.runEnds('failed', 'Rejected');
    for (const card of [at.card, at.teams.card])
      await at.shows(card, /Rejected by @?Alice Moreau .* confirmed by Harness/);
  });

  it('answers what is typed: in the own chat, and in the channel to whoever asked alone', async () => {
    await at.teams.say('why database-migration');
    await at.shows(at.teams.messages, 'all of these must approve');
    await at.teams.lookAt('Deploys');
    await at.teams.say('@Countersign pending');
    await at.shows(at.teams.messages, 'Only you can see this message');
    await at.lookAs('sam');
    await at.teams.lookAt('Deploys');
    await at.shows(at.teams.messages, 'Countersign pending');
    await expect.poll(() => at.teams.messages.getByText('Only you can see this message').count()).toBe(0);
  });

  it('greets whoever adds the app', async () => {
    await at.lookAs('dana');
    await at.teams.app('Remove');
    await at.shows(at.teams.window, 'Countersign is not added for Dana');
    await at.teams.app('Add');
    await at.page.locator('#teams-composer').waitFor();
    await at.shows(at.teams.card, 'Hello from Countersign');
  });

  it('is good to look at in the dark and on a telephone', async () => {
    const { page } = at;
    await at.lookAs('sam');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('#teams-messages[data-here$=dark]').waitFor();
    await demo.pictures.takePage('teams-demo-dark', page);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(NARROW);
    await page.locator('#pane-tabs').getByRole('button', { name: 'Teams' }).click();
    await at.teams.card.waitFor();
    await demo.pictures.take('teams-demo-narrow', at.teams.window);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await page.setViewportSize(DESKTOP);
    expect(demo.troubles).toEqual([]);
  });
});
