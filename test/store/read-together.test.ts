import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { readTogether } from '../../src/store/read-together.ts';

let db: Database;
let told: string;
let reads: string[];
const read = readTogether(
  (name: string) => name,
  async (_db, name) => {
    reads.push(name);
    const found = `${name}: ${told}`;
    await new Promise((turn) => setImmediate(turn));
    return found;
  },
);

beforeEach(() => {
  db = openDatabase('sqlite::memory:');
  told = 'old';
  reads = [];
});
afterEach(() => db.destroy());

test('whoever asks before a read has begun shares it, and gets what was told before they asked', async () => {
  const first = read(db, 'a');
  told = 'new';
  const second = read(db, 'a');
  const other = read(db, 'b');
  expect(await Promise.all([first, second, other])).toEqual(['a: new', 'a: new', 'b: new']);
  expect(reads).toEqual(['a', 'b']);
});

test('whoever asks while it is under way gets one of their own', async () => {
  const first = read(db, 'a');
  while (reads.length === 0) await new Promise((turn) => setImmediate(turn));
  told = 'new';
  expect(await read(db, 'a')).toBe('a: new');
  expect(await first).toBe('a: old');
});

test('each database has its own, and one that failed is not kept', async () => {
  const elsewhere = openDatabase('sqlite::memory:');
  await Promise.all([read(db, 'a'), read(elsewhere, 'a')]);
  expect(reads).toEqual(['a', 'a']);
  await elsewhere.destroy();
  let broken = true;
  const failing = readTogether(
    (name: string) => name,
    async () => {
      if (broken) throw new Error('gone');
      return 'back';
    },
  );
  const both = await Promise.allSettled([failing(db, 'a'), failing(db, 'a')]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  broken = false;
  expect(await failing(db, 'a')).toBe('back');
});
