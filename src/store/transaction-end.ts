import { type AuditLine, insertAuditLines } from './audit-lines.ts';
import { rowsOnce } from './compiled-queries.ts';
import type { Trx } from './database.ts';

/** A step of one kept total: `list_totals` by bucket, `day_totals` by day. */
interface Step<K> {
  organizationId: number;
  list: string;
  key: K;
  by: number;
}

/** What a transaction owes the books, written once as its last statements. */
interface Ledger {
  lines: AuditLine[];
  totals: Map<string, Step<string>>;
  days: Map<string, Step<number>>;
  /** By name, so that each is done once, however often it was asked for. */
  works: Map<string, () => Promise<void>>;
  isOpen: boolean;
}

/** SQLite takes 32,766 values in one statement. */
const MOST_ROWS = 500;

const ledgers = new WeakMap<Trx, Ledger>();

/**
 * Runs a transaction's work, then what is to be done once at its end, then writes what was collected: audit lines in their order, kept totals,
 * totals of days, a statement each. Work that throws writes nothing. For `inTransaction` alone.
 */
export async function withTransactionEnd<T>(trx: Trx, work: (trx: Trx) => Promise<T>): Promise<T> {
  const ledger: Ledger = { lines: [], totals: new Map(), days: new Map(), works: new Map(), isOpen: true };
  ledgers.set(trx, ledger);
  try {
    const result = await work(trx);
    for (const finish of ledger.works.values()) await finish();
    ledger.isOpen = false;
    if (ledger.lines.length > 0) await insertAuditLines(trx, ledger.lines);
    await writeTotals(trx, inOrder(ledger.totals));
    await writeDays(trx, inOrder(ledger.days));
    return result;
  } finally {
    ledger.isOpen = false;
  }
}

/** Does this once, at the transaction's end, before lines and totals are written. Throws outside `inTransaction`. */
export function onceAtEnd(trx: Trx, name: string, work: () => Promise<void>): void {
  const { works } = ledgerOf(trx);
  if (!works.has(name)) works.set(name, work);
}

/** Adds a line to what the transaction's end writes. Throws outside `inTransaction`. */
export function collectAuditLine(trx: Trx, line: AuditLine): void {
  ledgerOf(trx).lines.push(line);
}

/** Adds to one bucket of a list's totals at the transaction's end. Throws outside `inTransaction`. */
export function collectTotal(
  trx: Trx,
  organizationId: number,
  list: string,
  bucket: string,
  by: number,
): void {
  collect(ledgerOf(trx).totals, { organizationId, list, key: bucket, by });
}

/** Adds to one day of a list (days since 1970) at the transaction's end. Throws outside `inTransaction`. */
export function collectDay(trx: Trx, organizationId: number, list: string, day: number, by: number): void {
  collect(ledgerOf(trx).days, { organizationId, list, key: day, by });
}

function collect<K extends string | number>(steps: Map<string, Step<K>>, step: Step<K>): void {
  const name = `${step.organizationId} ${step.list} ${step.key}`;
  const known = steps.get(name);
  if (known) known.by += step.by;
  else steps.set(name, step);
}

function ledgerOf(trx: Trx): Ledger {
  const ledger = ledgers.get(trx);
  if (!ledger?.isOpen)
    throw new Error('Audit lines and totals are written inside inTransaction, where its end writes them.');
  return ledger;
}

/** Those that change something, in one order for every transaction. */
function inOrder<K>(steps: ReadonlyMap<string, Step<K>>): Step<K>[] {
  return [...steps]
    .filter(([, { by }]) => by !== 0)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, step]) => step);
}

async function writeTotals(trx: Trx, steps: readonly Step<string>[]): Promise<void> {
  for (let from = 0; from < steps.length; from += MOST_ROWS)
    await addToTotals.all(trx, steps.slice(from, from + MOST_ROWS));
}

const addToTotals = rowsOnce((db, steps: readonly Step<string>[]) =>
  db
    .insertInto('list_totals')
    .values(
      steps.map(({ organizationId, list, key, by }) => ({
        organization_id: organizationId,
        list,
        bucket: key,
        total: by,
      })),
    )
    .onConflict((oc) =>
      oc
        .columns(['organization_id', 'list', 'bucket'])
        .doUpdateSet((eb) => ({ total: eb('list_totals.total', '+', eb.ref('excluded.total')) })),
    ),
);

async function writeDays(trx: Trx, steps: readonly Step<number>[]): Promise<void> {
  for (let from = 0; from < steps.length; from += MOST_ROWS)
    await addToDays.all(trx, steps.slice(from, from + MOST_ROWS));
}

const addToDays = rowsOnce((db, steps: readonly Step<number>[]) =>
  db
    .insertInto('day_totals')
    .values(
      steps.map(({ organizationId, list, key, by }) => ({
        organization_id: organizationId,
        list,
        day: key,
        total: by,
      })),
    )
    .onConflict((oc) =>
      oc
        .columns(['organization_id', 'list', 'day'])
        .doUpdateSet((eb) => ({ total: eb('day_totals.total', '+', eb.ref('excluded.total')) })),
    ),
);
