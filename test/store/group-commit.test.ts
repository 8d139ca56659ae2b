import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import fc from 'fast-check';
import { Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sqliteDialect } from '../../src/store/sqlite.ts';

interface Notes {
  notes: { id: number; text: string; about: number | null };
}

const folder = mkdtempSync(join(tmpdir(), 'group-commit-'));
let file = '';
let db: Kysely<Notes>;
let elsewhere: SqliteDatabase.Database;

beforeEach(async () => {
  file = join(folder, `${Math.random()}.db`);
  // So that no slow machine ends a group early.
  db = new Kysely<Notes>({ dialect: sqliteDialect(file, Number.POSITIVE_INFINITY) });
  await sql`create table notes (id integer primary key, text text not null,
    about integer references notes (id) deferrable initially deferred)`.execute(db);
  elsewhere = new SqliteDatabase(file, { readonly: true });
});
afterEach(async () => {
  elsewhere.close();
  await db.destroy();
  rmSync(file, { force: true });
});

const note = (id: number, about: number | null = null, fails = false): Promise<void> =>
  db.transaction().execute(async (trx) => {
    await trx.insertInto('notes').values({ id, text: 'a note', about }).execute();
    if (fails) throw new Error('no');
  });
/** What another process sees: what is committed. */
const kept = () => elsewhere.prepare('select id from notes order by id').pluck().all();

test('those of one turn are on disk together, before any of them is answered', async () => {
  const all = [1, 2, 3, 4].map((id) => note(id));
  await all[0];
  expect(kept()).toEqual([1, 2, 3, 4]);
  await Promise.all(all);
});

test('one that fails fails alone, and leaves nothing', async () => {
  const ends = await Promise.allSettled([note(1), note(2, null, true), note(3), note(1), note(4)]);
  expect(ends.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
  expect(kept()).toEqual([1, 3, 4]);
});

test('the first that fails takes nobody with it, and keeps nobody waiting', async () => {
  const ends = await Promise.allSettled([note(1, null, true), note(2), note(3, null, true), note(4)]);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
  expect(kept()).toEqual([2, 4]);
});

test('any of a turn may fail: the others are there, in whatever order they came', async () => {
  const work = fc.record({ id: fc.integer({ min: 1, max: 6 }), fails: fc.boolean(), alone: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(work, { maxLength: 6 }), { maxLength: 4 }), async (turns) => {
      await db.deleteFrom('notes').execute();
      const there = new Set<number>();
      for (const turn of turns) {
        const ends = await Promise.allSettled(
          turn.map(({ id, fails, alone }) =>
            alone
              ? db.insertInto('notes').values({ id, text: 'alone', about: null }).execute()
              : note(id, null, fails),
          ),
        );
        for (const [nth, { id, fails, alone }] of turn.entries()) {
          const succeeds = !there.has(id) && (alone || !fails);
          expect(ends[nth]!.status).toBe(succeeds ? 'fulfilled' : 'rejected');
          if (succeeds) there.add(id);
        }
        expect(kept()).toEqual([...there].sort((a, b) => a - b));
      }
    }),
    { numRuns: 50 },
  );
});

test.skipIf(!existsSync('/proc/self/fd'))('what a savepoint may take back is kept in no file', async () => {
  const long = 'x'.repeat(4_000);
  for (let id = 1; id <= 100; id += 1)
    await db.insertInto('notes').values({ id, text: long, about: null }).execute();
  let open: string[] = [];
  const second = db.transaction().execute(async (trx) => {
    await trx.updateTable('notes').set({ text: long.toUpperCase() }).execute();
    open = readdirSync('/proc/self/fd').flatMap((fd) => linkOf(`/proc/self/fd/${fd}`));
  });
  await Promise.all([note(101), second]);
  // A temporary file has no name any more, and the system says so.
  expect(open.filter((name) => name.endsWith('(deleted)'))).toEqual([]);
});

function linkOf(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}

test('a read outside sees nothing that is not committed, whoever waits for the commit', async () => {
  const first = note(1);
  let seen: unknown[] = [];
  let ownSeen: unknown[] = [];
  const second = db.transaction().execute(async (trx) => {
    ownSeen = await trx.selectFrom('notes').select('id').execute();
    seen = await db.selectFrom('notes').select('id').execute();
    expect(kept()).toEqual([]);
  });
  await Promise.all([first, second]);
  // The second follows the first, and shares its commit.
  expect(ownSeen).toEqual([{ id: 1 }]);
  expect(seen).toEqual([]);
  expect(await db.selectFrom('notes').select('id').execute()).toEqual([{ id: 1 }]);
});

test('a write on its own is on disk when it returns, and fails alone', async () => {
  const write = (id: number) => db.insertInto('notes').values({ id, text: 'alone', about: null }).execute();
  const ends = await Promise.allSettled([note(1), write(1), write(2)]);
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(kept()).toEqual([1, 2]);
});

describe('when SQLite refuses', () => {
  test('a commit that fails fails all its members, and the next one is not touched by it', async () => {
    const ends = await Promise.allSettled([note(1), note(2, 99), note(3)]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(kept()).toEqual([]);
    await note(4);
    expect(kept()).toEqual([4]);
  });

  test('a full disk: whoever was told “done” is there, whoever was not is not', async () => {
    const pages = elsewhere.pragma('page_count', { simple: true }) as number;
    await sql.raw(`pragma max_page_count = ${pages + 1}`).execute(db);
    const big = (id: number) =>
      db.transaction().execute(async (trx) => {
        await trx
          .insertInto('notes')
          .values({ id, text: 'x'.repeat(50_000), about: null })
          .execute();
      });
    const ends = await Promise.allSettled([note(1), big(2), note(3)]);
    const done = ends.flatMap(({ status }, index) => (status === 'fulfilled' ? [index + 1] : []));
    expect(ends[1]!.status).toBe('rejected');
    expect(kept()).toEqual(done);
    await sql`pragma max_page_count = 100000`.execute(db);
    await big(5);
    expect(kept()).toEqual([...done, 5]);
  });
});

test('closed in the midst of a transaction, it is as after a kill: nobody waits, nothing of it stays', async () => {
  await note(1);
  const { promise: never } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const stuck = db.transaction().execute(async (trx) => {
    await trx.insertInto('notes').values({ id: 2, text: 'a note', about: null }).execute();
    begin();
    await never;
  });
  await begun;
  const behind = note(3);
  await db.destroy();
  await expect(behind).rejects.toThrow();
  expect(kept()).toEqual([1]);
  const writer = new SqliteDatabase(file);
  writer.prepare('insert into notes (id, text) values (4, ?)').run('a note');
  writer.close();
  void stuck;
});
