import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { up } from '../../migrations/0011-gates.ts';
import { openDatabase } from '../../src/store/database.ts';

test('requests from before get their pipeline from their content, however many there are', async () => {
  const db = openDatabase('sqlite::memory:');
  await sql`create table approval_requests (number integer primary key, organization_id integer, event_id integer,
    account text, org text, project text, content text)`.execute(db);
  for (let number = 1; number <= 1_201; number += 1)
    await sql`insert into approval_requests (number, content)
      values (${number * 3}, ${JSON.stringify({ execution: { pipeline: `p${number}` } })})`.execute(db);
  await up(db as never);
  const { rows } = await sql<{ number: number; pipeline: string }>`select number, pipeline
    from approval_requests`.execute(db);
  expect(rows).toHaveLength(1_201);
  expect(rows.filter(({ number, pipeline }) => pipeline !== `p${number / 3}`)).toEqual([]);
  await db.destroy();
});
