import { type CompiledQuery, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import {
  deadDebts,
  dueDebts,
  heldRequests,
  oldestDueAt,
  readFigures,
  requestTotals,
  unsettledSubmissions,
} from '../../src/store/operating-figures.ts';
import { onPostgres, openFresh } from '../helpers/databases.ts';

const NOW = 1_000_000;
const MANY = 12_000;

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openFresh());
  await db
    .insertInto('organizations')
    .values({ id: 1, name: 'Acme', domains: '[]', created_at: 0 })
    .execute();
  await sql`with recursive n(n) as (select 1 union all select n + 1 from n where n < ${MANY})
    insert into outbox (kind, subject_id, organization_id, state, run_at, first_due_at, leased_until)
    select case n % 3 when 0 then 'sync_card' else 'check_harness' end, 'row' || n, 1,
      case when n % 100 = 0 then 'dead' when n % 2 = 0 then 'done' else 'due' end,
      case when n % 3 = 0 then ${NOW} - n else ${NOW} + n end, 0, 0 from n`.execute(db);
});
afterAll(() => close());

/** How a query is answered, one line per step. */
async function plan({ sql: text, parameters }: CompiledQuery): Promise<string> {
  const { rows } = await db.executeQuery<{ detail: string }>({
    ...{ sql: `explain query plan ${text}`, parameters, query: { kind: 'RawNode' } as never },
    queryId: { queryId: 'plan' },
  });
  return rows.map(({ detail }) => detail).join('\n');
}

test.skipIf(onPostgres()).each([
  ['requests by status', () => requestTotals(db), 'INDEX list_totals_by_list'],
  ['requests on hold', () => heldRequests(db), 'COVERING INDEX approval_requests_held'],
  ['what is due', () => dueDebts(db, NOW), 'INDEX outbox_due'],
  ['what was given up', () => deadDebts(db), 'COVERING INDEX outbox_dead'],
  ['what Harness has not recorded', () => unsettledSubmissions(db), 'COVERING INDEX submissions_unsettled'],
] as const)('%s is read by an index', async (_what, query, index) => {
  expect(await plan(query().compile())).toContain(`USING ${index}`);
});

test('what is due now counts, what comes later or is done does not; the dead are counted apart', async () => {
  const { outbox } = await readFigures(db, NOW);
  const of = (kind: string) => outbox.find((row) => row.kind === kind);
  expect(of('sync_card')).toEqual({ kind: 'sync_card', due: 2_000, lateMs: 11_997, dead: 40 });
  expect(of('check_harness')).toEqual({ kind: 'check_harness', due: 0, lateMs: 0, dead: 80 });
  expect(of('sync_home')).toEqual({ kind: 'sync_home', due: 0, lateMs: 0, dead: 0 });
});

test('of very many the first 10,000 are counted', async () => {
  await sql`update outbox set run_at = 5, state = 'due'`.execute(db);
  const { outbox } = await readFigures(db, NOW);
  expect(outbox.reduce((sum, { due }) => sum + due, 0)).toBe(10_000);
});

test('the longest waiting work is the oldest that nobody has claimed', async () => {
  await sql`update outbox set run_at = 7, leased_until = 0`.execute(db);
  await sql`update outbox set run_at = 3, leased_until = ${NOW + 1} where subject_id = 'row1'`.execute(db);
  expect(await oldestDueAt(db, NOW)).toBe(7);
  await sql`update outbox set state = 'done'`.execute(db);
  expect(await oldestDueAt(db, NOW)).toBe(NOW);
});
