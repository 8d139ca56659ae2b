import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { dropErasedBytes } from '../../src/store/erased-bytes.ts';

const DATABASE_MIB = 128;

/** The most memory this process has had, MiB. */
const most = () => process.resourceUsage().maxRSS / 1024;

test('a database larger than the memory can be written anew', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vacuum-'));
  const db = openDatabase(`sqlite:${join(folder, 'large.db')}`);
  await sql`create table notes (text text)`.execute(db);
  for (let mib = 0; mib < DATABASE_MIB; mib += 1)
    await sql`insert into notes values (${'x'.repeat(2 ** 20)})`.execute(db);
  const before = most();
  expect(await dropErasedBytes(db)).toBe(true);
  expect(most() - before).toBeLessThan(DATABASE_MIB / 2);
  await db.destroy();
  rmSync(folder, { recursive: true });
});
