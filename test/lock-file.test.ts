import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
// @ts-expect-error plain JavaScript, so that it runs before anything is installed
import { mended } from '../.ci/mend-lock.mjs';

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));

test('the lock file is mended: run `npm run mend-lock` after changing dependencies', () => {
  expect(mended(structuredClone(lock))).toEqual(lock);
});

test('the lock file names no registry', () => {
  expect(JSON.stringify(lock)).not.toContain('"resolved"');
});
