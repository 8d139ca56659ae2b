import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DemoPage } from './demo-page.ts';
import { type OpenedDemo, openDemo, skipsLoudly } from './opened-demo.ts';

describe.skipIf(skipsLoudly())('commands, forms and Homes in a browser', () => {
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

  it('answers a slash command to its caller alone', async () => {
    await at.lookAs('sam');
    await at.type('/approvals why database-migration @dana');
    await at.shows(at.card, 'Only visible to you');
    await at.shows(at.card, 'When @Dana Reyes asks, all of these must approve');
    await at.shows(at.card, /Maria Silva.*manager/);
    await demo.pictures.take('command-why', at.card);
    await at.lookAs('alice');
    await at.shows(at.page.locator('#messages'), 'Nothing yet');
  });

  it('lets an admin make a workflow in a form that shows who would be asked', async () => {
    await at.lookAs('sam');
    await at.lookAt('Home');
    await at.shows(at.home, 'Getting started');
    await at.home.getByRole('button', { name: 'Older' }).click();
    await at.home.getByRole('button', { name: 'Edit: Deploy to production' }).click();
    await at.field('Event').waitFor();
    await at.field('Approvers').getByText('Maria Silva').click();
    await at.field('If the run is started by').locator('select').selectOption({ label: 'Dana Reyes' });
    await at.shows(at.modal, /Dana Reyes.*Maria Silva/);
    expect(await at.field('Approvers').getByRole('checkbox', { name: 'Maria Silva' }).isChecked()).toBe(true);
    await demo.pictures.take('workflow-form', at.slackWindow);
    await at.submit();
    await at.shows(at.modal, 'Maria Silva');
    await at.modal.locator('footer [data-close]').click();
    await at.modal.waitFor({ state: 'detached' });
  });

  it('shows what waits on the Home, without looking again, and decides from there', async () => {
    await at.lookAs('alice');
    await at.shows(at.home, 'Nothing waits for you');
    await at.runPipeline('Database migration');
    await at.shows(at.home, '1 request waits for you');
    await at.home
      .getByRole('button')
      .filter({ hasText: /^Approve$/ })
      .click();
    await at.confirm.locator('[data-confirm-yes]').click();
    await at.confirm.waitFor({ state: 'detached' });
    await at.shows(at.home, 'Nothing waits for you');
    await at.lookAs('sam');
    await at.shows(at.home, 'Last 30 days');
    await demo.pictures.take('home', at.slackWindow);
  });

  it('takes a question to whoever started the run, and shows the answer on the card', async () => {
    await at.lookAs('maria');
    await at.lookAt('Messages');
    await at.button('Ask a question').click();
    await at.modal.locator('textarea').fill('Is the backup done?');
    await at.submit();
    await at.modal.waitFor({ state: 'detached' });
    await at.lookAs('dana');
    await at.shows(at.card, 'Is the backup done?');
    await at.button('Answer').click();
    await at.modal.locator('textarea').fill('Yes, at noon.');
    await at.submit();
    await at.modal.waitFor({ state: 'detached' });
    await at.lookAs('maria');
    await at.shows(at.page.locator('#messages'), 'Yes, at noon.');
  });

  it('reviews in the channel, where comment and outcome follow in the thread', async () => {
    await at.lookAs('alice');
    await at.runPipeline('Deploy to production');
    await at.lookAtChannel();
    await at.button('Review').click();
    await at.shows(at.modal, 'Deploy checkout');
    await demo.pictures.take('review', at.slackWindow);
    await at.modal
      .getByRole('button')
      .filter({ hasText: /^Approve$/ })
      .click();
    await at.field('change_ticket').locator('input').fill('CHG0042139');
    await at.field('Comment').locator('textarea').fill('Error rates are flat.');
    await at.submit();
    await at.modal.waitFor({ state: 'detached' });
    await at.shows(at.page.locator('#messages'), 'Error rates are flat.');
    // The last line of the thread.
    await at.shows(at.card, /Approved by Alice Moreau .* confirmed by Harness/);
    await demo.pictures.take('channel', at.slackWindow);
    expect(demo.troubles).toEqual([]);
  });
});
