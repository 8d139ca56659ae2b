import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryOnce, rowsOnce } from '../../src/store/compiled-queries.ts';
import { type Database, inTransaction, openDatabase } from '../../src/store/database.ts';
import { freshDatabase, type TestDatabase } from '../helpers/databases.ts';

let file: TestDatabase;
let db: Database;

beforeAll(async () => {
  file = await freshDatabase();
  db = openDatabase(file.url);
});
afterAll(async () => {
  await db.destroy();
  await file.drop();
});

let built = 0;
const upsert = rowsOnce((db, rows: readonly { name: string; value: number }[]) => {
  built += 1;
  return db
    .insertInto('counters')
    .values([...rows])
    .onConflict((oc) => oc.column('name').doUpdateSet({ value: 7 }))
    .returning(['name', 'value']);
});
const above = queryOnce((db, given: { least: number; most: number }) =>
  db
    .selectFrom('counters')
    .selectAll()
    .where('name', 'like', 'compiled %')
    .where('value', '<=', given.most)
    .where('value', '>=', given.least)
    .orderBy('value'),
);
const change = queryOnce((db, { name, ...given }: { name: string; value?: number }) =>
  db.updateTable('counters').set(given).where('name', '=', name).returning('value'),
);

test('each call runs with its own values, in and outside of a transaction, and is built once', async () => {
  const [first, second, third] = ['compiled 1', 'compiled 2', 'compiled 3'] as const;
  await inTransaction(db, async (trx) => {
    expect(await upsert.all(trx, [{ name: first, value: 1 }])).toEqual([{ name: first, value: 1 }]);
    expect(await upsert.all(trx, [{ name: second, value: 2 }])).toEqual([{ name: second, value: 2 }]);
    expect(await above.all(trx, { least: 2, most: 9 })).toEqual([{ name: second, value: 2 }]);
  });
  expect(built).toBe(1);
  expect(await above.first(db, { least: 1, most: 1 })).toEqual({ name: first, value: 1 });
  expect(await above.first(db, { least: 50, most: 60 })).toBeUndefined();
  const both = [
    { name: third, value: 3 },
    { value: 1, name: first },
  ];
  expect(await upsert.all(db, both)).toEqual([
    { name: third, value: 3 },
    { name: first, value: 7 },
  ]);
  expect(await change.first(db, { name: third, value: 5 })).toEqual({ value: 5 });
});

test('a value that lacks, rows of different shapes and no rows are refused; so is a build that reads a value', async () => {
  await expect(above.all(db, { least: 1, most: undefined as unknown as number })).rejects.toThrow(
    'without its most',
  );
  await expect(change.all(db, { name: 'x', value: undefined as unknown as number })).rejects.toThrow(
    'without its value',
  );
  const uneven = [{ name: 'x', value: 1 }, { name: 'y' }] as { name: string; value: number }[];
  await expect(upsert.all(db, uneven)).rejects.toThrow('same names');
  await expect(upsert.all(db, uneven.toReversed())).rejects.toThrow('same names');
  await expect(upsert.all(db, [])).rejects.toThrow('needs one');
  const reads = queryOnce((db, given: { name: string }) =>
    db.selectFrom('counters').selectAll().where('name', '=', `${given.name}!`),
  );
  await expect(reads.all(db, { name: 'x' })).rejects.toThrow('no value while the query is built');
  expect(await above.all(db, { least: 0, most: 0 })).toEqual([]);
});
