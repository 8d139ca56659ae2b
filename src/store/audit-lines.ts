import { nextIds } from './counters.ts';
import type { Trx } from './database.ts';
import type { NewRow } from './schema.ts';

/** A line as it is written; its id comes with it. */
export type AuditLine = Omit<NewRow<'audit_events'>, 'id'>;

const MOST_ROWS = 500;

/** Writes a transaction's audit lines, in the order given and with rising ids. */
export async function insertAuditLines(trx: Trx, lines: readonly AuditLine[]): Promise<void> {
  const first = await nextIds(trx, 'audit_events', lines.length);
  const rows = lines.map((line, index) => ({ id: first + index, ...line }));
  for (let from = 0; from < rows.length; from += MOST_ROWS)
    await trx
      .insertInto('audit_events')
      .values(rows.slice(from, from + MOST_ROWS))
      .execute();
}
