import type { CompiledQuery } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OutboxKind } from '../../src/store/bookkeeping-tables.ts';
import { type Database, inTransaction, openDatabase, type Trx } from '../../src/store/database.ts';
import { HELD, owe, oweAfresh, oweAll } from '../../src/store/outbox.ts';
import {
  type Finish,
  finish,
  holdLease,
  type LeasedRow,
  LeaseLost,
  releaseAllLeases,
} from '../../src/store/outbox-claims.ts';
import { kindsDue, leaseDue, nextDueAt } from '../../src/store/outbox-due.ts';
import { followClockBack } from '../../src/store/set-back-clock.ts';
import { pauseSuspects } from '../../src/store/suspects.ts';
import { freshDatabase, onPostgres, type TestDatabase } from '../helpers/databases.ts';

const NOON = 1_795_000_000_000;
const MINUTE = 60_000;

let database: TestDatabase;
let db: Database;

beforeEach(async () => {
  database = await freshDatabase();
  db = openDatabase(database.url);
  await db
    .insertInto('organizations')
    .values({ id: 1, name: 'Acme', created_at: NOON } as never)
    .execute();
});

afterEach(async () => {
  await db.destroy();
  await database.drop();
});

function debt(subjectId: string, runAt = NOON, kind: OutboxKind = 'sync_card') {
  return { kind, subjectId, organizationId: 1, runAt };
}

function oweNow(subjectId: string, now = NOON, more: { runAt?: number; exactly?: boolean } = {}) {
  return inTransaction(db, (trx) => owe(trx, { ...debt(subjectId, now), ...more }, now));
}

/** Claims the one row that is due. */
async function claim(now = NOON, leaseMs = MINUTE): Promise<LeasedRow> {
  const rows = await leaseDue(db, now, 16, leaseMs);
  expect(rows).toHaveLength(1);
  return rows[0]!;
}

const isIdle = async (now: number) => (await leaseDue(db, now, 16, MINUTE)).length === 0;

const rowOf = (subjectId: string) =>
  db.selectFrom('outbox').selectAll().where('subject_id', '=', subjectId).executeTakeFirstOrThrow();

const failed = (at: number): Finish => ({ kind: 'retry', at, error: 'Slack is down' });

describe('owing, claiming, paying', () => {
  it('kinds are claimed apart: a hundred open requests do not hide a decision', async () => {
    await inTransaction(db, async (trx) => {
      for (let n = 0; n < 100; n += 1) await owe(trx, debt(`apr_${n}`, NOON - MINUTE, 'check_harness'), NOON);
      await owe(trx, debt('apr_decided', NOON, 'submit_approval'), NOON);
    });
    const [first] = await leaseDue(db, NOON, 1, MINUTE, ['submit_approval', 'expire_request']);
    expect(first).toMatchObject({ kind: 'submit_approval', subjectId: 'apr_decided' });
    expect(await nextDueAt(db, ['submit_approval'])).toBe(NOON + MINUTE);
    expect(await nextDueAt(db, ['check_harness'])).toBe(NOON - MINUTE);
    expect(await nextDueAt(db, ['sync_home'])).toBeNull();
  });

  it('only kinds of which something can be claimed are looked through', async () => {
    const kinds = ['sync_home', 'sync_card', 'post_notice', 'check_harness'] as const;
    const due = async () => [...(await kindsDue(db, NOON, kinds))];
    expect(await due()).toEqual([]);
    await inTransaction(db, (trx) =>
      oweAll(
        trx,
        [debt('home', NOON, 'sync_home'), debt('card', NOON + 1), debt('notice', NOON, 'post_notice')],
        NOON,
      ),
    );
    expect(new Set(await due())).toEqual(new Set(['sync_home', 'post_notice']));
    await leaseDue(db, NOON, 16, MINUTE, ['post_notice']);
    expect(await due()).toEqual(['sync_home']);
  });

  it('what is owed is claimed once, paid, and then no longer due', async () => {
    await oweNow('card');
    const row = await claim();
    expect(row).toMatchObject({ kind: 'sync_card', subjectId: 'card', attempts: 1, crashes: 1 });
    expect(await isIdle(NOON)).toBe(true);
    await finish(db, row, { kind: 'done' });
    expect(await rowOf('card')).toMatchObject({ state: 'done', attempts: 0, crashes: 0, done_revision: 1 });
    expect(await isIdle(NOON + 1e9)).toBe(true);
    expect(await nextDueAt(db)).toBeNull();
  });

  it('a debt of the future waits for its time', async () => {
    await oweNow('card', NOON, { runAt: NOON + MINUTE });
    expect(await isIdle(NOON + MINUTE - 1)).toBe(true);
    expect(await nextDueAt(db)).toBe(NOON + MINUTE);
    await claim(NOON + MINUTE);
  });

  it('owed with a transaction that fails, it was never owed', async () => {
    const doomed = inTransaction(db, async (trx) => {
      await owe(trx, debt('card'), NOON);
      throw new Error('the ruling failed');
    });
    await expect(doomed).rejects.toThrow('the ruling failed');
    expect(await isIdle(NOON)).toBe(true);
  });

  it('the longest overdue go first', async () => {
    await oweNow('late', NOON + 2);
    await oweNow('later', NOON + 3);
    await oweNow('latest', NOON + 1);
    const rows = await leaseDue(db, NOON + 10, 2, MINUTE);
    expect(rows.map((row) => row.subjectId).sort()).toEqual(['late', 'latest']);
  });

  it('a change during a run causes one more run, and several changes not more', async () => {
    await oweNow('card');
    const first = await claim();
    await oweNow('card', NOON + 1);
    await oweNow('card', NOON + 2);
    expect(await isIdle(NOON + 3)).toBe(true);
    await finish(db, first, { kind: 'done' });
    const second = await claim(NOON + 3);
    expect(second.wantedRevision).toBe(3);
    expect(second.attempts).toBe(1);
    await finish(db, second, { kind: 'done' });
    expect(await isIdle(NOON + 4)).toBe(true);
  });

  it('given up during a change, it is tried for the change', async () => {
    await oweNow('card');
    const row = await claim();
    await oweNow('card', NOON + 1);
    await finish(db, row, { kind: 'dead', error: 'refused' });
    expect((await claim(NOON + 2)).attempts).toBe(1);
  });

  it('a dead row says why, and owing it again revives it', async () => {
    await oweNow('card');
    await finish(db, await claim(), { kind: 'dead', error: 'invalid_blocks' });
    expect(await rowOf('card')).toMatchObject({ state: 'dead', last_error: 'invalid_blocks' });
    expect(await isIdle(NOON + 1e9)).toBe(true);
    await oweNow('card', NOON + MINUTE);
    expect(await claim(NOON + MINUTE)).toMatchObject({ attempts: 1, firstDueAt: NOON + MINUTE });
  });
});

describe('when a row is due', () => {
  it.each<[string, { state: 'fresh' | 'failed' | 'done'; at: number }, boolean | undefined, number]>([
    ['owing sooner brings a waiting row forward', { state: 'fresh', at: NOON + 9 }, undefined, NOON + 5],
    ['owing later does not put it off', { state: 'fresh', at: NOON + 2 }, undefined, NOON + 2],
    ['the pause after a failure is kept', { state: 'failed', at: NOON + 9 }, undefined, NOON + 9],
    ['but not when it is to be exactly then', { state: 'failed', at: NOON + 9 }, true, NOON + 5],
    ['exactly also puts off', { state: 'fresh', at: NOON + 2 }, true, NOON + 5],
    ['a paid row falls due when it is owed for', { state: 'done', at: NOON }, undefined, NOON + 5],
  ])('%s', async (_story, before, exactly, expected) => {
    await oweNow('card', NOON, { runAt: before.state === 'fresh' ? before.at : NOON });
    if (before.state === 'failed') await finish(db, await claim(), failed(before.at));
    if (before.state === 'done') await finish(db, await claim(), { kind: 'done' });
    await oweNow('card', NOON + 1, { runAt: NOON + 5, ...(exactly && { exactly }) });
    expect((await rowOf('card')).run_at).toBe(expected);
  });

  it.each([[undefined], [true]])(
    'what is held until Harness was looked at is woken by nobody (exactly: %s)',
    async (exactly) => {
      await oweNow('card');
      await db.updateTable('outbox').set({ run_at: HELD, paused_until: HELD }).execute();
      await oweNow('card', NOON + 1, { ...(exactly && { exactly }) });
      expect(await rowOf('card')).toMatchObject({ run_at: HELD, paused_until: HELD, wanted_revision: 2 });
    },
  );

  it('a clock that was set back is followed once, though every instance sees it', async () => {
    const day = 24 * 60 * MINUTE;
    const now = NOON - day;
    await db
      .insertInto('database_state')
      .values({ id: 1, mark: 'm', alive_at: NOON, backed_up_at: null, moved_to: null, moved_at: null })
      .execute();
    await oweNow('waits', NOON, { runAt: NOON + 30 * MINUTE });
    await oweNow('overdue', NOON - day - 2 * MINUTE);
    await oweNow('claimed', NOON);
    await leaseDue(db, NOON, 16, MINUTE);
    const seen = onPostgres() ? 3 : 1;
    for (let instance = 0; instance < seen; instance += 1) await followClockBack(db, day, now);
    expect(await rowOf('waits')).toMatchObject({ run_at: now + 30 * MINUTE });
    expect(await rowOf('claimed')).toMatchObject({ leased_until: now + MINUTE, first_due_at: now });
    expect(await rowOf('overdue')).toMatchObject({ first_due_at: now - 2 * MINUTE });
    // One that saw it late, and had noted meanwhile that it lives: nothing ends, and nothing grows old, by that.
    await db.updateTable('database_state').set({ alive_at: NOON }).execute();
    await followClockBack(db, day, now);
    expect(await rowOf('waits')).toMatchObject({ run_at: now });
    expect(await rowOf('claimed')).toMatchObject({ leased_until: now + MINUTE, first_due_at: now });
    expect(await rowOf('overdue')).toMatchObject({ first_due_at: now - 2 * MINUTE });
  });

  it('failures are counted until it succeeds; a wait that is nobody’s failure is not', async () => {
    await oweNow('card');
    await finish(db, await claim(NOON), failed(NOON + 1));
    await finish(db, await claim(NOON + 1), { ...failed(NOON + 2), countsAsAttempt: false } as Finish);
    const third = await claim(NOON + 2);
    expect(third).toMatchObject({ attempts: 2, firstDueAt: NOON });
    await finish(db, third, { kind: 'done' });
    expect(await rowOf('card')).toMatchObject({ attempts: 0, last_error: null });
  });

  it('an admin’s retry starts afresh: at once, with nothing held against it', async () => {
    await oweNow('card');
    for (let at = NOON; at < NOON + 5; at += 1) await finish(db, await claim(at), failed(at + 1));
    await inTransaction(db, (trx) => oweAfresh(trx, debt('card'), NOON + 5));
    expect(await claim(NOON + 5)).toMatchObject({ attempts: 1, crashes: 1, firstDueAt: NOON + 5 });
  });
});

describe('fencing', () => {
  it.each([
    ['an admin’s retry', (trx: Trx) => oweAfresh(trx, debt('card'), NOON + 3)],
    ['a moment that was set', (trx: Trx) => owe(trx, { ...debt('card', NOON + 3), exactly: true }, NOON + 3)],
  ])('%s during a run that fails is not put off by its pause', async (_story, wake) => {
    await oweNow('card');
    const row = await claim();
    await inTransaction(db, wake);
    await finish(db, row, failed(NOON + MINUTE));
    expect(await rowOf('card')).toMatchObject({ run_at: NOON + 3, attempts: 0, last_error: 'Slack is down' });
    expect((await claim(NOON + 3)).attempts).toBe(1);
  });

  it('the end of a run that fails is one statement, whatever its pause: SQLite keeps a few prepared', async () => {
    const compiling = vi.spyOn(db.getExecutor(), 'compileQuery');
    const ends: string[] = [];
    for (const pause of [1, 2]) {
      await oweNow('card', NOON, { exactly: true });
      const row = await claim();
      await finish(db, { ...row, attempts: pause }, failed(NOON + pause * MINUTE));
      ends.push((compiling.mock.results.at(-1)!.value as CompiledQuery).sql);
    }
    expect(ends[0]).toMatch(/^update "outbox"/);
    expect(ends[1]).toBe(ends[0]);
  });

  it('a change during a run that fails waits for its pause', async () => {
    await oweNow('card');
    const row = await claim();
    await oweNow('card', NOON + 3);
    await finish(db, row, failed(NOON + MINUTE));
    expect(await isIdle(NOON + MINUTE - 1)).toBe(true);
    expect((await claim(NOON + MINUTE)).attempts).toBe(2);
  });

  it('a claim runs out, somebody else takes over, and the first can write nothing any more', async () => {
    await oweNow('card');
    const slow = await claim(NOON, MINUTE);
    expect(await isIdle(NOON + MINUTE - 1)).toBe(true);
    const quick = await claim(NOON + MINUTE);
    expect(quick.lease).toBe(slow.lease + 1);

    const effect = inTransaction(db, async (trx) => {
      await finish(trx, slow, { kind: 'done' });
      await trx.updateTable('organizations').set({ name: 'written twice' }).execute();
    });
    await expect(effect).rejects.toThrow(LeaseLost);
    const before = inTransaction(db, async (trx) => {
      await trx.updateTable('organizations').set({ name: 'written twice' }).execute();
      await holdLease(trx, slow, NOON + 2 * MINUTE);
    });
    await expect(before).rejects.toThrow(LeaseLost);
    expect(await db.selectFrom('organizations').select('name').executeTakeFirst()).toEqual({ name: 'Acme' });

    await finish(db, quick, { kind: 'done' });
    await expect(finish(db, slow, failed(NOON))).rejects.toThrow(LeaseLost);
    await expect(finish(db, quick, { kind: 'done' })).rejects.toThrow(LeaseLost);
  });

  it('a claim that is held does not run out', async () => {
    await oweNow('card');
    const row = await claim(NOON, MINUTE);
    await holdLease(db, row, NOON + 5 * MINUTE);
    expect(await isIdle(NOON + 4 * MINUTE)).toBe(true);
    await finish(db, row, { kind: 'done' });
  });

  it('a claimed row does not make the worker look again and again', async () => {
    await oweNow('card');
    await claim(NOON, MINUTE);
    expect(await nextDueAt(db)).toBe(NOON + MINUTE);
    await oweNow('other', NOON + 5);
    expect(await nextDueAt(db)).toBe(NOON + 5);
  });
});

const noChance = () => 1;

/** All that was claimed is let go: when the one process starts again or, on PostgreSQL, when claims run out. */
async function workerDied(now: number, random = noChance): Promise<number> {
  await releaseAllLeases(db, now, random);
  if (!onPostgres()) return now;
  await pauseSuspects(db, now + MINUTE, random);
  return now + MINUTE;
}

describe('when workers die', () => {
  it('every claim is free again, and who held it can end nothing any more', async () => {
    await oweNow('a');
    await oweNow('b');
    const before = await leaseDue(db, NOON, 16, MINUTE);
    const then = await workerDied(NOON);
    expect(await leaseDue(db, then, 16, MINUTE)).toHaveLength(2);
    for (const row of before) await expect(finish(db, row, { kind: 'done' })).rejects.toThrow(LeaseLost);
  });

  it('a row that kills its worker every time is given up in the end', async () => {
    await oweNow('poison');
    let now = NOON;
    let deaths = 0;
    for (;;) {
      const rows = await leaseDue(db, now, 16, MINUTE);
      if (rows.length === 0) break;
      deaths += 1;
      now = (await workerDied(now)) + 2 * 60 * MINUTE;
    }
    expect(deaths).toBe(25);
    expect(await rowOf('poison')).toMatchObject({
      state: 'dead',
      last_error: 'gave up: the worker died each time',
    });
  });

  it('it runs apart from the innocent before long, and they are not given up with it', async () => {
    const innocent = ['a', 'b', 'c'];
    for (const subject of ['poison', ...innocent]) await oweNow(subject);
    let seed = 1;
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    for (let now = NOON; now < NOON + 40 * 60 * MINUTE; now += 250) {
      const next = await nextDueAt(db);
      if (next === null) break;
      now = Math.max(now, next);
      const rows = await leaseDue(db, now, 16, MINUTE);
      if (rows.some((row) => row.subjectId === 'poison')) now = await workerDied(now, random);
      else for (const row of rows) await finish(db, row, { kind: 'done' });
    }
    for (const subject of innocent) expect(await rowOf(subject), subject).toMatchObject({ state: 'done' });
    expect(await rowOf('poison')).toMatchObject({ state: 'dead' });
  });

  it('an end of any kind clears the suspicion', async () => {
    await oweNow('card');
    let now = NOON;
    for (let deaths = 0; deaths < 2; deaths += 1) {
      await claim(now);
      now = await workerDied(now);
    }
    const third = await claim(now);
    expect(third.crashes).toBe(3);
    await finish(db, third, failed(now + 1));
    expect((await claim(now + 1)).crashes).toBe(1);
  });
});

it('two connections that race never claim a row twice', { timeout: 60_000 }, async () => {
  const count = 1_000;
  await inTransaction(db, async (trx) => {
    for (let n = 0; n < count; n += 1) await owe(trx, debt(`card${n}`), NOON);
  });
  // Two on one SQLite file are two processes: in one, the second would wait for what the first commits at its turn's end.
  const other = onPostgres() ? openDatabase(database.url) : db;
  const claimed: string[] = [];
  async function work(connection: Database): Promise<void> {
    for (;;) {
      const rows = await leaseDue(connection, NOON, 16, MINUTE);
      if (rows.length === 0) return;
      claimed.push(...rows.map((row) => row.subjectId));
      await Promise.all(rows.slice(0, 3).map((row) => finish(connection, row, { kind: 'done' })));
    }
  }
  await Promise.all([work(db), work(other), work(db), work(other)]);
  if (other !== db) await other.destroy();
  expect(claimed).toHaveLength(count);
  expect(new Set(claimed).size).toBe(count);
});
