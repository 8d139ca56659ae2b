import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyDatabase } from '../../src/store/copy-database.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { freshDatabase, type TestDatabase } from '../helpers/databases.ts';

let made: TestDatabase[];
let from: Database;
let to: Database;
beforeEach(async () => {
  made = [await freshDatabase(), await freshDatabase()];
  [from, to] = made.map(({ url }) => openDatabase(url)) as [Database, Database];
  for (const [name, value] of [
    ['people', 3],
    ['events', 1],
    ['audit_events', 2],
  ] as const)
    await from.insertInto('counters').values({ name, value }).execute();
});
afterEach(async () => {
  await from.destroy();
  await to.destroy();
  for (const { drop } of made) await drop();
});

const arrived = () => to.selectFrom('counters').select('name').execute();

describe('a copy', () => {
  test('has as many rows, with the same checksum', async () => {
    const counters = (await copyDatabase(from, to)).find(({ table }) => table === 'counters');
    expect(counters).toMatchObject({ rows: 3, checksum: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await arrived()).toHaveLength(3);
  });

  test.each([
    ['a row is lost', `delete from counters where name = 'events'`, /3 rows \w{12}, 2 rows/],
    ['a row comes twice', `insert into counters values ('again', 1)`, /3 rows \w{12}, 4 rows/],
    ['a value changes', `update counters set value = value + 1 where name = 'people'`, /3 rows \w{12}, 3 r/],
    ['two rows change places', `update counters set value = 6 - value where name <> 'audit_events'`, /3 r/],
  ])('in which %s on the way is refused, and nothing of it stays', async (_, happens, said) => {
    await sql`create trigger mishap after insert on counters when new.name = 'people' begin
      ${sql.raw(happens)}; end`.execute(to);
    const refused = copyDatabase(from, to);
    await expect(refused).rejects.toThrow(/^counters did not arrive as it was sent/);
    await expect(refused).rejects.toThrow(said);
    expect(await arrived()).toEqual([]);
  });
});
