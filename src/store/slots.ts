import type { NewSlot, Slot } from '../approval/approvers.ts';
import { queryOnce, rowsOnce } from './compiled-queries.ts';
import { nextIds } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import { fromJson, toJson } from './json.ts';
import { byId } from './row-order.ts';
import type { Row } from './schema.ts';
import { forgetSlots, refreshSlots } from './slot-states.ts';

/** The slots of a request, in the order they were made. */
export async function slotsOf(db: Reader, requestId: string): Promise<Slot[]> {
  const rows = await slotsOfRequest.all(db, { requestId });
  return rows.sort(byId).map((row) => ({
    id: row.id,
    groupKey: row.group_key,
    personId: row.person_id,
    origins: fromJson(row.origins),
    vacantBecause: row.vacant_because,
  }));
}

const slotsOfRequest = queryOnce((db, { requestId }: { requestId: string }) =>
  db.selectFrom('slots').selectAll().where('request_id', '=', requestId),
);

/** Replaces all slots of a locked request, which are these. */
export async function replaceSlots(
  trx: Trx,
  organizationId: number,
  requestId: string,
  before: readonly Slot[],
  slots: readonly NewSlot[],
): Promise<void> {
  if (before.length > 0) {
    await forgetSlots(trx, requestId);
    await trx.deleteFrom('slots').where('request_id', '=', requestId).execute();
  }
  await addSlots(trx, organizationId, requestId, slots);
}

/** Adds slots to a locked request. */
export async function addSlots(
  trx: Trx,
  organizationId: number,
  requestId: string,
  slots: readonly NewSlot[],
): Promise<void> {
  if (slots.length === 0) return;
  const first = await nextIds(trx, 'slots', slots.length);
  for (let from = 0; from < slots.length; from += MOST_ROWS)
    await insertSlots.all(
      trx,
      slots.slice(from, from + MOST_ROWS).map((slot, nth) => ({
        id: first + from + nth,
        organization_id: organizationId,
        request_id: requestId,
        group_key: slot.groupKey,
        person_id: slot.personId,
        origins: toJson(slot.origins),
        vacant_because: slot.vacantBecause,
      })),
    );
  refreshSlots(trx, requestId);
}

/** SQLite takes 32,766 values in one statement. */
const MOST_ROWS = 500;

const insertSlots = rowsOnce((db, slots: readonly Omit<Row<'slots'>, SetLater>[]) =>
  db.insertInto('slots').values(slots),
);

/** By `refreshSlots`. */
type SetLater = 'state' | 'request_status' | 'request_number' | 'approval_workflow_id';

/** Gives a slot to somebody else, or (null) leaves it vacant for a reason. */
export async function fillSlot(
  trx: Trx,
  slotId: number,
  holder: { personId: number; origins: Slot['origins'] } | { personId: null; vacantBecause: string },
): Promise<void> {
  const slot = await trx
    .updateTable('slots')
    .set(
      holder.personId === null
        ? { person_id: null, vacant_because: holder.vacantBecause }
        : { person_id: holder.personId, vacant_because: null, origins: toJson(holder.origins) },
    )
    .where('id', '=', slotId)
    .returning('request_id')
    .executeTakeFirst();
  if (slot) refreshSlots(trx, slot.request_id);
}
