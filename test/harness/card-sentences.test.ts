import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REFUSALS } from '../../src/harness/errors.ts';

const root = new URL('../../', import.meta.url).pathname;
const sources = globSync(['src/approval/*.ts', 'src/harness/*.ts', 'src/usecases/**/*.ts'], { cwd: root })
  .map((path) => readFileSync(`${root}${path}`, 'utf8'))
  .join('\n');

/** The first column of docs/harness.md's table of what cards say. */
const sentences = readFileSync(`${root}docs/harness.md`, 'utf8')
  .split(/^## /m)
  .find((section) => section.startsWith('What a card says'))!
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split(' | ')[0]!.replace('| ', '').replaceAll('**', '').trim())
  .filter((cell) => cell !== 'on the card' && !cell.startsWith('---'));

test('docs/harness.md explains what cards really say', () => {
  expect(sentences.length).toBeGreaterThan(30);
  expect(sentences.filter((sentence) => !sources.includes(sentence))).toEqual([]);
});

test('and nothing that a refusal of Harness puts on a card is left out', () => {
  const remedies = REFUSALS.flatMap(({ means }) => (means.kind === 'permanent' ? [means.remedy] : []));
  const unexplained = remedies.filter((remedy) => !sentences.some((sentence) => remedy.includes(sentence)));
  expect(remedies.length).toBeGreaterThan(10);
  expect([...new Set(unexplained)]).toEqual([]);
});
