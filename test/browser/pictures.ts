import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { updatesPictures } from './environment.ts';

const DOCS = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));

/** Takes pictures into a temporary folder, or into docs/pictures with UPDATE_PICTURES=1. */
export class Pictures {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Pictures> {
    if (!updatesPictures) return new Pictures(await mkdtemp(join(tmpdir(), 'countersign-pictures-')));
    await mkdir(DOCS, { recursive: true });
    return new Pictures(DOCS);
  }

  /** Moving things are shown at rest. */
  async take(name: string, of: Locator | Page): Promise<void> {
    const path = join(this.folder, `${name}.png`);
    const still = { path, animations: 'disabled', caret: 'hide' } as const;
    if ('goto' in of) await of.screenshot({ ...still, fullPage: true });
    else await of.screenshot(still);
  }
}
