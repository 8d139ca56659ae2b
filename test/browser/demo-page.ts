import type { Locator, Page } from 'playwright-core';
import { TeamsPane } from './teams-pane.ts';

export type Name = 'alice' | 'bob' | 'maria' | 'dana' | 'sam';
export type EventTitle = 'Deploy to production' | 'Database migration' | 'Rollback' | 'Release the app';
type StageKey = 'build' | 'ask' | 'check' | 'gate' | 'last';

/** The demo's page in the words of the story. Everything waits; nothing sleeps. */
export class DemoPage {
  readonly page: Page;
  /** Microsoft Teams, beside Slack. */
  readonly teams: TeamsPane;

  constructor(page: Page) {
    this.page = page;
    this.teams = new TeamsPane(page);
  }

  get guide(): Locator {
    return this.page.locator('#guide');
  }

  get modal(): Locator {
    return this.page.locator('#overlay .modal');
  }

  get confirm(): Locator {
    return this.page.getByRole('alertdialog');
  }

  get run(): Locator {
    return this.page.locator('.run-card');
  }

  /** The latest card that the chosen person sees in Slack. */
  get card(): Locator {
    return this.page.locator('#messages .message').last();
  }

  get slackWindow(): Locator {
    return this.page.locator('#slack-window');
  }

  async runPipeline(title: EventTitle): Promise<void> {
    await this.page.getByRole('radio', { name: title }).check();
    await this.page.getByRole('button', { name: 'Run pipeline' }).click();
  }

  async lookAs(name: Name): Promise<void> {
    const person = this.person(name);
    await person.click();
    await this.page.locator(`[data-person=${name}][aria-pressed=true]`).waitFor();
  }

  async lookAtChannel(): Promise<void> {
    await this.lookAt('# deploys');
  }

  async lookAt(place: 'Messages' | 'Home' | '# deploys'): Promise<void> {
    await this.page.locator('#places').getByRole('button', { name: place }).click();
  }

  /** The Home tab, as the chosen person sees it. */
  get home(): Locator {
    return this.page.locator('#messages .home');
  }

  /** Types a slash command under the messages. */
  async type(line: string): Promise<void> {
    await this.page.locator('#composer-line').fill(line);
    await this.page.locator('#composer button').click();
  }

  person(name: Name): Locator {
    return this.page.locator(`[data-person=${name}]`);
  }

  button(name: string): Locator {
    return this.card.getByRole('button').filter({ hasText: new RegExp(`^${name}`) });
  }

  field(label: string): Locator {
    return this.modal.locator('.field').filter({ has: this.page.getByText(label, { exact: true }) });
  }

  async submit(): Promise<void> {
    await this.modal.locator('[type=submit]').click();
  }

  /** Presses Approve on a card without inputs, and says yes. */
  async approveAtOnce(): Promise<void> {
    await this.button('Approve').first().click();
    await this.confirm.locator('[data-confirm-yes]').click();
    await this.confirm.waitFor({ state: 'detached' });
  }

  /** Waits until the place shows the words. */
  async shows(place: Locator, words: string | RegExp): Promise<void> {
    await place.filter({ hasText: words }).waitFor();
  }

  async stage(key: StageKey, state: string): Promise<void> {
    await this.page.locator(`[data-stage=${key}][data-state=${state}]`).waitFor();
  }

  /** The calls of that way in the log, such as “Harness → bot”. */
  call(way: string): Locator {
    return this.page.locator('#log tr').filter({ hasText: way });
  }

  async runEnds(how: 'done' | 'failed', word: string): Promise<void> {
    await this.shows(this.page.locator(`[data-run-state=${how}]`), word);
  }

  async switchOff(title: string): Promise<void> {
    await this.page.getByRole('switch', { name: title }).uncheck({ force: true });
  }

  async switchOn(title: string): Promise<void> {
    await this.page.getByRole('switch', { name: title }).check({ force: true });
  }
}
