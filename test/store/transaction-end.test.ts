import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeAudit } from '../../src/store/audit.ts';
import { type Database, inTransaction, type Trx } from '../../src/store/database.ts';
import { countDay } from '../../src/store/day-totals.ts';
import { keepTotals } from '../../src/store/list-totals.ts';
import { addOrganization } from '../../src/store/organizations.ts';
import { openFresh } from '../helpers/databases.ts';

let db: Database;
let close: () => Promise<void>;
let acme: number;
beforeEach(async () => {
  ({ db, close } = await openFresh());
  acme = await inTransaction(db, (trx) => addOrganization(trx, { name: 'Acme', domains: [] }, 0));
});
afterEach(() => close());

const line = (trx: Trx, action: string) =>
  writeAudit(trx, acme, {
    at: 5,
    actor: { personId: null, via: 'timer' },
    action,
    subjectType: 'event',
    subjectId: '1',
    detail: {},
  });
const actions = async () =>
  (await db.selectFrom('audit_events').select(['id', 'action']).orderBy('id').execute()).map(
    ({ id, action }) => `${id} ${action}`,
  );
const totals = () =>
  db.selectFrom('list_totals').select(['bucket', 'total']).where('list', '=', 'audit_events').execute();

test('lines keep their order, totals are summed, and work that throws leaves nothing', async () => {
  await inTransaction(db, async (trx) => {
    await line(trx, 'opened');
    await line(trx, 'voted');
    await line(trx, 'opened');
  });
  await expect(
    inTransaction(db, async (trx) => {
      await line(trx, 'decided');
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  await inTransaction(db, (trx) => line(trx, 'voted'));
  expect(await actions()).toEqual(['1 opened', '2 voted', '3 opened', '4 voted']);
  expect(new Map((await totals()).map(({ bucket, total }) => [bucket, total]))).toEqual(
    new Map([
      ['', 4],
      ['action=opened', 2],
      ['action=voted', 2],
      ['via=timer', 4],
    ]),
  );
  expect(await db.selectFrom('day_totals').select(['list', 'day', 'total']).execute()).toEqual([
    { list: 'audit_events', day: 0, total: 4 },
  ]);
});

test('a line or a total outside inTransaction, or after it, is refused instead of lost', async () => {
  const outside = 'written inside inTransaction';
  await expect(db.transaction().execute((trx) => line(trx, 'opened'))).rejects.toThrow(outside);
  await expect(
    db.transaction().execute((trx) => keepTotals(trx, acme, 'events', null, { a: 1 })),
  ).rejects.toThrow(outside);
  await expect(db.transaction().execute((trx) => countDay(trx, acme, 'audit_events', 0))).rejects.toThrow(
    outside,
  );
  let late: Trx | undefined;
  await inTransaction(db, async (trx) => {
    late = trx;
  });
  await expect(line(late!, 'opened')).rejects.toThrow(outside);
  expect(await actions()).toEqual([]);
});

test('more lines and totals than one statement takes', async () => {
  await inTransaction(db, async (trx) => {
    for (let nth = 0; nth < 1_203; nth += 1) await line(trx, `did_${nth}`);
  });
  expect((await actions()).at(-1)).toBe('1203 did_1202');
  expect(await totals()).toHaveLength(1_205);
});
