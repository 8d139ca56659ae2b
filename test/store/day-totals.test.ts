import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pageOfAudit, writeAudit } from '../../src/store/audit.ts';
import { type Database, inTransaction } from '../../src/store/database.ts';
import { onPostgres, openFresh } from '../helpers/databases.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);
let db: Database;
let close: () => Promise<void>;
let moments: number[];

beforeAll(async () => {
  ({ db, close } = await openFresh());
  await db.insertInto('organizations').values({ id: 1, name: 'Acme', created_at: 0 }).execute();
  // Thirteen lines a day or none, some at the very ends of a day; the clock steps back now and then.
  moments = Array.from({ length: 200 }, (_, n) => {
    const day = START + ((n * 7) % 20) * DAY_MS;
    return [day, day + DAY_MS - 1, day + ((n * 7_919_000) % DAY_MS)][n % 3]!;
  });
  const actor = { personId: null, via: 'api' } as const;
  for (const at of moments)
    await inTransaction(db, (trx) =>
      writeAudit(trx, 1, { at, actor, action: 'changed', subjectType: 'event', subjectId: '1', detail: {} }),
    );
});
afterAll(() => close());

test('any span, any page, either way: the rows and total that counting every row gives', async () => {
  const near = fc
    .integer({ min: -1, max: 21 })
    .chain((day) =>
      fc
        .oneof(fc.constantFrom(-1, 0, 1), fc.integer({ min: 0, max: DAY_MS }))
        .map((ms) => START + day * DAY_MS + ms),
    );
  const bounds = fc.record(
    { gt: near, gt_eq: near, lt: near, lt_eq: near, again: fc.constantFrom(...moments) },
    { requiredKeys: [] },
  );
  const page = fc.record({ number: fc.integer({ min: 1, max: 12 }), size: fc.constantFrom(1, 7, 30, 200) });
  await fc.assert(
    fc.asyncProperty(bounds, page, fc.boolean(), async ({ again, ...given }, page, descending) => {
      // One exact moment: both bounds on it.
      const wanted = again === undefined ? given : { ...given, gt_eq: again, lt_eq: again };
      const filters = Object.entries(wanted).map(([op, at]) => ({
        ...{ field: 'at', op: op as 'gt', values: [new Date(at).toISOString()] },
      }));
      const holds = { gt: (a: number, b: number) => a > b, gt_eq: (a: number, b: number) => a >= b };
      const rows = moments
        .map((at, n) => ({ at, id: n + 1 }))
        .filter(({ at }) =>
          Object.entries(wanted).every(([op, bound]) =>
            op.startsWith('gt')
              ? holds[op as 'gt'](at, bound)
              : holds[op === 'lt' ? 'gt' : 'gt_eq'](bound, at),
          ),
        )
        .sort((a, b) => (filters.length === 0 ? a.id - b.id : a.at - b.at || a.id - b.id));
      if (descending) rows.reverse();
      const from = (page.number - 1) * page.size;
      const found = await pageOfAudit(db, 1, filters, page, descending);
      expect([found.total, found.rows.map(({ id }) => id)]).toEqual([
        ...[rows.length, rows.slice(from, from + page.size).map(({ id }) => id)],
      ]);
    }),
    { numRuns: onPostgres() ? 100 : 2_000 },
  );
}, 60_000);
