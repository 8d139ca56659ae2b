import type { Locator, Page } from 'playwright-core';

/** The demo's Teams in the words of the story. */
export class TeamsPane {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get window(): Locator {
    return this.#page.locator('#teams-window');
  }

  get messages(): Locator {
    return this.#page.locator('#teams-messages');
  }

  /** The latest card that the chosen person sees. */
  get card(): Locator {
    return this.#page.locator('#teams-messages .t-card').last();
  }

  get dialog(): Locator {
    return this.#page.locator('.t-dialog');
  }

  get toast(): Locator {
    return this.#page.locator('#teams-toast');
  }

  button(name: string): Locator {
    return this.card.getByRole('button', { name, exact: true });
  }

  /** A field of the dialog by its label; one that must be filled in has a star behind it. */
  field(label: string): Locator {
    return this.dialog.getByLabel(new RegExp(`^${label}( \\*)?$`));
  }

  choice(label: string): Locator {
    return this.dialog.getByRole('radio', { name: label });
  }

  async submit(name: string): Promise<void> {
    await this.dialog.getByRole('button', { name, exact: true }).click();
  }

  async closes(): Promise<void> {
    await this.dialog.waitFor({ state: 'detached' });
  }

  async lookAt(place: 'Countersign' | 'Deploys'): Promise<void> {
    await this.#page.locator('#teams-places').getByRole('button', { name: place }).click();
    await this.#page.locator('#teams-head h3').filter({ hasText: place }).waitFor();
  }

  /** Types a message where the person is looking. */
  async say(line: string): Promise<void> {
    await this.#page.locator('#teams-line').fill(line);
    await this.#page.getByRole('button', { name: 'Send in Teams' }).click();
  }

  async answerAnApproval(): Promise<void> {
    await this.#page.getByRole('button', { name: 'Answer an approval' }).click();
    await this.dialog.waitFor();
  }

  /** Adds the app for the chosen person, or removes it. */
  async app(what: 'Add' | 'Remove'): Promise<void> {
    await this.#page.locator('.t-menu summary').click();
    await this.#page.locator('.t-menu').getByRole('button', { name: what }).click();
  }
}
