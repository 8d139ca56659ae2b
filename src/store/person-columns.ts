import type { Trx } from './database.ts';
import { keepTotals } from './list-totals.ts';
import type { NewRow, Row } from './schema.ts';

/** The first word as first name, the rest as last name. */
export function splitName(name: string): { first_name: string; last_name: string } {
  const [first = '', ...rest] = name.trim().split(/\s+/);
  return { first_name: first, last_name: rest.join(' ') };
}

/** What a person is counted under in the list of people. */
export function countedPerson(row: Pick<Row<'people'>, 'role' | 'status' | 'archived_at' | 'manager_id'>) {
  const status = row.status === 'active' && row.archived_at === null ? 1 : 2;
  return { status, role: row.role, manager_id: row.manager_id };
}

/** Writes these columns of a person and no other; nothing when they are so already. */
export async function changePerson(
  trx: Trx,
  personId: number,
  columns: Partial<Omit<NewRow<'people'>, 'id' | 'organization_id'>>,
  now: number,
): Promise<void> {
  const read = () =>
    trx.selectFrom('people').selectAll().where('id', '=', personId).executeTakeFirstOrThrow();
  const before = await read();
  const isSo = (column: string) =>
    before[column as keyof typeof before] === columns[column as keyof typeof columns];
  if (Object.keys(columns).every(isSo)) return;
  await trx
    .updateTable('people')
    .set({ ...columns, updated_at: now })
    .where('id', '=', personId)
    .execute();
  await keepTotals(trx, before.organization_id, 'people', countedPerson(before), countedPerson(await read()));
}
