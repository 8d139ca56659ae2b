import { type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';

/** No pause is believed to be longer, ms. */
const LONGEST_BLOCK_MS = 600_000;
const PRUNED_AT_ONCE = 5_000;

interface Budget {
  key: string;
  burst: number;
  perMs: number;
}

/**
 * Counts one call in each of these budgets if its turn comes within `mostWaitMs` in all of them, else in none; and how
 * long each has it wait. PostgreSQL alone: one statement, whose row locks make instances take turns. A budget is
 * one number, until when it is in use (GCRA): in any stretch of t ms at most `burst + t / perMs` calls. What lies further
 * ahead than it can was written by a clock that was set back, and is not believed.
 */
export async function reserveInBudgets(
  db: Database,
  budgets: readonly Budget[],
  { now, mostWaitMs }: { now: number; mostWaitMs: number },
): Promise<{ granted: boolean; turns: Turn[] }> {
  // Everybody locks in the same order.
  const asked = budgets.toSorted((one, other) => (one.key < other.key ? -1 : 1));
  for (;;) {
    const rows = await reserve(db, asked, now, mostWaitMs);
    if (rows.length === asked.length)
      return { granted: rows.every(({ counted }) => counted === 1), turns: rows };
    await db
      .insertInto('rate_budgets')
      .values(asked.map(({ key }) => ({ key, used_until: 0, not_before: 0 })))
      .onConflict((oc) => oc.column('key').doNothing())
      .execute();
  }
}

/** One budget's answer: in how many ms a call would have its turn, and for how long nobody may call at all. */
interface Turn {
  key: string;
  wait: number;
  blocked: number;
  counted: 0 | 1;
}

async function reserve(
  db: Database,
  asked: readonly Budget[],
  now: number,
  mostWaitMs: number,
): Promise<Turn[]> {
  const at = bigint(now);
  const most = bigint(mostWaitMs);
  const values = asked.map(
    ({ key, burst, perMs }) => sql`(${key}::text, ${bigint((burst - 1) * perMs)}, ${bigint(perMs)})`,
  );
  const { rows } = await sql<Turn>`
    with asked (key, room, per) as (values ${sql.join(values)}),
    held as (
      select b.key, a.room, a.per,
        greatest(least(b.used_until, ${at} + a.room + a.per + ${most}), ${at}) as used,
        case when b.not_before > ${at} + ${bigint(LONGEST_BLOCK_MS)} then 0 else b.not_before - ${at} end as blocked
      from rate_budgets b join asked a on a.key = b.key
      order by b.key for update of b
    ),
    waiting as (select key, per, used, blocked, used - room - ${at} as wait from held),
    counted as (
      update rate_budgets b set used_until = w.used + w.per from waiting w
      where b.key = w.key
        and (select count(*) from waiting) = ${bigint(asked.length)}
        and not exists (select 1 from waiting where blocked > 0 or wait > ${most})
      returning b.key
    )
    select w.key, greatest(w.wait, 0) as wait, greatest(w.blocked, 0) as blocked, case when c.key is null then 0 else 1 end as counted
    from waiting w left join counted c on c.key = w.key`.execute(db);
  return rows;
}

/** No call is counted in it before then (epoch ms), whoever asks; a later moment that was written before stands. */
export async function blockBudget(db: Database, key: string, until: number): Promise<void> {
  await db
    .insertInto('rate_budgets')
    .values({ key, used_until: 0, not_before: until })
    .onConflict((oc) =>
      oc.column('key').doUpdateSet((eb) => ({
        not_before: eb
          .case()
          .when('rate_budgets.not_before', '>', until)
          .then(eb.ref('rate_budgets.not_before'))
          .else(until)
          .end(),
      })),
    )
    .execute();
}

/** For how many ms nobody may call; 0 = calls are made. */
export async function blockedFor(db: Database, key: string, now: number): Promise<number> {
  const row = await db
    .selectFrom('rate_budgets')
    .select('not_before')
    .where('key', '=', key)
    .executeTakeFirst();
  const left = (row?.not_before ?? 0) - now;
  return left > LONGEST_BLOCK_MS ? 0 : Math.max(0, left);
}

/** Forgets budgets that say nothing any more. Reads the whole table, which this keeps small: an index would cost each call. */
export async function pruneBudgets(db: Database, now: number): Promise<void> {
  await sql`
    delete from rate_budgets where key in (
      select key from rate_budgets where used_until <= ${bigint(now)} and not_before <= ${bigint(now)}
      limit ${PRUNED_AT_ONCE} for update skip locked
    )`.execute(db);
}

function bigint(value: number): RawBuilder<number> {
  return sql<number>`${Math.ceil(value)}::bigint`;
}
