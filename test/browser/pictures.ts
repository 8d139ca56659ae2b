import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { updatesPictures } from './environment.ts';

const DOCS = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));
// Moving things are shown at rest.
const STILL = { animations: 'disabled', caret: 'hide' } as const;

/** Takes pictures into a temporary folder, or into docs/pictures with UPDATE_PICTURES=1. */
export class Pictures {
  readonly #temporary: string;

  private constructor(temporary: string) {
    this.#temporary = temporary;
  }

  static async open(): Promise<Pictures> {
    const temporary = await mkdtemp(join(tmpdir(), 'countersign-pictures-'));
    if (updatesPictures) await mkdir(DOCS, { recursive: true });
    console.log(`Pictures: ${updatesPictures ? DOCS : temporary}`);
    return new Pictures(temporary);
  }

  async take(name: string, of: Locator): Promise<void> {
    await of.page().mouse.move(0, 0);
    await of.screenshot({ ...STILL, path: this.#path(name) });
  }

  async takePage(name: string, page: Page): Promise<void> {
    await page.mouse.move(0, 0);
    await page.evaluate('scrollTo(0, 0)');
    await page.screenshot({ ...STILL, path: this.#path(name), fullPage: true });
  }

  async takeFailure(page: Page): Promise<void> {
    const path = join(this.#temporary, 'failure.png');
    await page.screenshot({ path, fullPage: true });
    console.error(`How the page looked: ${path}`);
  }

  #path(name: string): string {
    return join(updatesPictures ? DOCS : this.#temporary, `${name}.png`);
  }
}
