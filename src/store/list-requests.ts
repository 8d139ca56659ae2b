import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { FINAL_STATUSES } from '../approval/request.ts';
import { type StoredRequest, toRequest } from './approval-requests.ts';
import { allOf, type Condition, idOf, momentIs, oneOf, oneOfOrNot, type StoredFilter } from './conditions.ts';
import type { Reader } from './database.ts';
import { spanOf, totalBetween } from './day-totals.ts';
import { keptTotal } from './list-totals.ts';
import { keysOfPage, type Slice, sliceOf } from './page-slice.ts';

/** Whose eyes a list is for: everything, what concerns one person, or what one token opened (R26). */
export type SeenBy =
  | { kind: 'all' }
  | { kind: 'person'; personId: number }
  | { kind: 'opener'; name: string };

export interface RequestSelection {
  organizationId: number;
  seenBy: SeenBy;
  filters: readonly StoredFilter[];
}

const STATUSES: readonly string[] = ['WAITING', ...FINAL_STATUSES];

export interface ListedRequest extends StoredRequest {
  updatedAt: number;
}

/** One page of requests in the order they were opened, and how many there are in all. */
export async function pageOfRequests(
  db: Reader,
  selection: RequestSelection,
  page: { number: number; size: number },
  descending: boolean,
): Promise<{ rows: ListedRequest[]; total: number }> {
  const total = await totalOf(db, selection);
  const slice = sliceOf(page, total, descending);
  if (!slice) return { rows: [], total };
  const numbers = await numbersOf(db, selection, slice, total);
  const found = await db.selectFrom('approval_requests').selectAll().where('number', 'in', numbers).execute();
  const byNumber = new Map(found.map((row) => [row.number, row]));
  const rows = numbers.flatMap((number) => byNumber.get(number) ?? []);
  return { rows: rows.map((row) => ({ ...toRequest(row), updatedAt: row.updated_at })), total };
}

/** These requests as far as they may be seen. */
export async function visibleRequests(
  db: Reader,
  organizationId: number,
  seenBy: SeenBy,
  ids: Iterable<string>,
): Promise<ListedRequest[]> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return [];
  const rows = await db
    .selectFrom('approval_requests')
    .selectAll()
    .where('id', 'in', wanted)
    .where(() => visible(seenBy))
    .execute();
  // Not in the statement: without statistics SQLite would rather read all of the organization's rows than these few.
  const own = rows.filter((row) => row.organization_id === organizationId);
  return own.map((row) => ({ ...toRequest(row), updatedAt: row.updated_at }));
}

/** True for the requests somebody may see. */
function visible(seenBy: SeenBy): Condition {
  if (seenBy.kind === 'all') return sql`1 = 1`;
  if (seenBy.kind === 'opener') return sql`opened_by = ${seenBy.name}`;
  return sql`number in (${ownNumbers(seenBy.personId)})`;
}

/** The requests in which somebody holds a place, for which they asked, or of which they were told: each from an index. */
export function ownNumbers(personId: number, statuses: readonly string[] | null = null): RawBuilder<unknown> {
  const and = (column: string) => (statuses ? sql` and ${oneOf(column, statuses)}` : sql``);
  return sql`select request_number as number from slots where person_id = ${personId}${and('request_status')}
    union select number from approval_requests where requester_id = ${personId}${and('status')}
    union select request_number from cards where person_id = ${personId}${and('request_status')}`;
}

/** What one person sees, of some statuses or all; null where somebody else looks or more is asked. */
function ownOf({ seenBy, filters }: RequestSelection): RawBuilder<unknown> | null {
  const [status, ...others] = filters;
  if (seenBy.kind !== 'person' || others.length > 0) return null;
  if (!status) return ownNumbers(seenBy.personId);
  return status.field === 'status' ? ownNumbers(seenBy.personId, statusesOf(status)) : null;
}

/** Kept totals answer the usual questions; the others count in an index. */
async function totalOf(db: Reader, selection: RequestSelection): Promise<number> {
  const { organizationId, seenBy, filters } = selection;
  const kept = seenBy.kind === 'all' ? keptBuckets(filters) : undefined;
  if (kept !== undefined) return keptTotal(db, organizationId, 'approval_requests', kept);
  const span = seenBy.kind === 'all' ? spanOf('approval_requests', filters) : null;
  if (span) return totalBetween(db, organizationId, 'approval_requests', span);
  const own = ownOf(selection);
  if (own) {
    const { rows } = await sql<{ total: number }>`select count(*) as total from (${own}) own`.execute(db);
    return Number(rows[0]?.total ?? 0);
  }
  const places = await placesOf(db, selection);
  const { rows } = await (places
    ? sql<{ total: number }>`select count(distinct request_number) as total from slots where ${places}`
    : sql<{ total: number }>`select count(*) as total from approval_requests where ${where(selection)}`
  ).execute(db);
  return Number(rows[0]?.total ?? 0);
}

/** undefined = no kept total answers it; null = all of them. */
function keptBuckets(
  filters: readonly StoredFilter[],
): { field: string; values: string[] } | null | undefined {
  if (filters.length === 0) return null;
  const known = filters.every(({ field, op }) => field === 'status' || (field === 'event_id' && op === 'eq'));
  const fields = new Set(filters.map(({ field }) => field));
  if (!known || fields.size < filters.length) return undefined;
  const status = filters.find(({ field }) => field === 'status');
  const statuses = status ? statusesOf(status) : STATUSES;
  const event = filters.find(({ field }) => field === 'event_id');
  if (!event) return { field: 'status', values: [...statuses] };
  const events = [...new Set(event.values.map(idOf))];
  const values = events.flatMap((id) => statuses.map((one) => `${id}:${one}`));
  return { field: 'event_status', values };
}

/** The statuses a filter lets through. */
function statusesOf({ op, values }: StoredFilter): string[] {
  const named = values.map((value) => value.toUpperCase());
  return STATUSES.filter((status) => named.includes(status) === (op === 'eq'));
}

/**
 * One approver's requests, of some statuses or all, stand in an index of slots: a condition on slots, or null where
 * more is asked.
 */
async function placesOf(db: Reader, selection: RequestSelection): Promise<Condition | null> {
  const { seenBy, filters, organizationId } = selection;
  const approver = filters.find(({ field }) => field === 'approver_id');
  const status = filters.find(({ field }) => field === 'status');
  const others = filters.filter((filter) => filter !== approver && filter !== status);
  if (approver?.op !== 'eq' || approver.values.length !== 1 || others.length > 0) return null;
  const personId = idOf(approver.values[0]!);
  if (seenBy.kind !== 'all' && !(seenBy.kind === 'person' && seenBy.personId === personId)) return null;
  const person = await db
    .selectFrom('people')
    .select('id')
    .where('id', '=', personId)
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  if (!person) return sql`1 = 0`;
  const statuses = status ? sql`and ${oneOf('request_status', statusesOf(status))}` : sql``;
  return sql`person_id = ${personId} ${statuses}`;
}

async function numbersOf(
  db: Reader,
  selection: RequestSelection,
  slice: Slice,
  total: number,
): Promise<number[]> {
  const { organizationId, seenBy, filters } = selection;
  const places = await placesOf(db, selection);
  if (places) return numbersOfPlaces(db, places, slice);
  const own = ownOf(selection);
  if (own) return pageOfNumbers(db, own, slice);
  const list = {
    table: 'approval_requests',
    key: 'number',
    ...(filters.some(({ field }) => field === 'created_at') && { by: 'created_at' }),
    condition: where(selection),
    whole: seenBy.kind === 'all' && filters.length === 0,
    span: seenBy.kind === 'all' ? spanOf('approval_requests', filters) : null,
    ...(seenBy.kind === 'all' && eachStatus(organizationId, filters)),
  } as const;
  return keysOfPage(db, organizationId, list, slice, total);
}

/** Of several statuses, and of one event or any: each status stands in an index by number. */
function eachStatus(
  organizationId: number,
  filters: readonly StoredFilter[],
): { either: readonly Condition[] } | null {
  const status = filters.find(({ field }) => field === 'status');
  const others = filters.filter((filter) => filter !== status);
  const plain = others.every(
    ({ field, op, values }) => field === 'event_id' && op === 'eq' && values.length === 1,
  );
  if (!status || others.length > 1 || !plain) return null;
  const statuses = statusesOf(status);
  if (statuses.length < 2) return null;
  const own = sql<SqlBool>`organization_id = ${organizationId}`;
  const events = others.map(({ values }) => oneOf('event_id', values.map(idOf)));
  return { either: statuses.map((one) => allOf([own, ...events, oneOf('status', [one])])) };
}

function numbersOfPlaces(db: Reader, places: Condition, slice: Slice): Promise<number[]> {
  return pageOfNumbers(db, sql`select distinct request_number as number from slots where ${places}`, slice);
}

async function pageOfNumbers(db: Reader, numbers: RawBuilder<unknown>, slice: Slice): Promise<number[]> {
  const { rows } = await sql<{
    number: number;
  }>`${numbers} order by number ${slice.descending ? sql`desc` : sql`asc`}
    limit ${slice.limit} offset ${slice.offset}`.execute(db);
  const found = rows.map((row) => Number(row.number));
  return slice.reversed ? found.reverse() : found;
}

function where(selection: RequestSelection): Condition {
  const { organizationId, seenBy, filters } = selection;
  return allOf([
    sql`organization_id = ${organizationId}`,
    visible(seenBy),
    ...filters.map((filter) => conditionOf(filter, selection)),
  ]);
}

/** Throws RangeError for a filter or operator there is not: whoever asks checks them first. */
function conditionOf(filter: StoredFilter, { organizationId, filters }: RequestSelection): Condition {
  const { field, op, values } = filter;
  switch (field) {
    case 'id':
      return oneOfOrNot('id', op, values);
    case 'status':
      return oneOf('status', statusesOf(filter));
    case 'event_id':
      return oneOfOrNot('event_id', op, values.map(idOf));
    case 'requester_id':
      return oneOf('requester_id', values.map(idOf));
    case 'execution_id':
      return oneOf('execution_id', values);
    case 'approver_id':
      return approverIs(values.map(idOf), organizationId, filters);
    case 'involved_id':
      return allOf(values.map((value) => isInvolved(idOf(value))));
    case 'created_at':
      return momentIs('created_at', op, values);
    default:
      throw new RangeError(`approval_requests cannot be filtered by ${field}`);
  }
}

/** They hold a place in it, or asked for it: each from an index. */
export function isInvolved(personId: number): Condition {
  return sql`number in (select request_number from slots where person_id = ${personId}
    union select number from approval_requests where requester_id = ${personId})`;
}

const SELECTIVE: readonly string[] = ['id', 'event_id', 'requester_id', 'execution_id'];

/** By whichever is fewer as a rule: the approvers' slots, or the requests that another filter leaves. */
function approverIs(
  personIds: readonly number[],
  organizationId: number,
  filters: readonly StoredFilter[],
): Condition {
  const held = sql`${oneOf('person_id', personIds)} and +slots.organization_id = ${organizationId}`;
  return filters.some(({ field, op }) => op === 'eq' && SELECTIVE.includes(field))
    ? sql`exists (select 1 from slots where request_number = approval_requests.number and ${held})`
    : sql`number in (select request_number from slots where ${held})`;
}
