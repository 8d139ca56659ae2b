import { sql } from 'kysely';
import type { SlotOrigin } from '../approval/approvers.ts';
import type { RequestLink, RequestStatus } from '../approval/request.ts';
import { allOf, type Condition, idOf, oneOf, oneOfOrNot, type StoredFilter } from './conditions.ts';
import type { Reader } from './database.ts';
import { fromJson } from './json.ts';
import { ownNumbers, type SeenBy } from './list-requests.ts';
import { keptTotal } from './list-totals.ts';
import { keysOfPage, sliceOf } from './page-slice.ts';
import type { SlotState } from './request-tables.ts';
import type { Row } from './schema.ts';

/** A slot with the vote that decided it. Times are epoch ms. */
export interface StoredStatus {
  id: number;
  requestId: string;
  requestStatus: RequestStatus;
  groupKey: string;
  origins: readonly SlotOrigin[];
  personId: number | null;
  state: SlotState;
  vacantBecause: string | null;
  vote: {
    action: 'APPROVE' | 'REJECT';
    comment: string;
    link: RequestLink | null;
    contentVersion: number;
    at: number;
  } | null;
}

export interface StatusSelection {
  organizationId: number;
  seenBy: SeenBy;
  filters: readonly StoredFilter[];
}

const STATES: readonly string[] = ['pending', 'approved', 'rejected', 'vacant', 'closed'];

/** One page of slots by id, and how many there are in all. */
export async function pageOfStatuses(
  db: Reader,
  selection: StatusSelection,
  page: { number: number; size: number },
  descending: boolean,
): Promise<{ rows: StoredStatus[]; total: number }> {
  const total = await totalOf(db, selection);
  const slice = sliceOf(page, total, descending);
  if (!slice) return { rows: [], total };
  const { organizationId, seenBy, filters } = selection;
  const list = {
    table: 'slots',
    key: 'id',
    condition: where(selection),
    whole: seenBy.kind === 'all' && filters.length === 0,
  } as const;
  const ids = await keysOfPage(db, organizationId, list, slice, total);
  const found = await statusesWhere(db, oneOf('id', ids));
  const byId = new Map(found.map((row) => [row.id, row]));
  return { rows: ids.flatMap((id) => byId.get(id) ?? []), total };
}

/** These slots as far as they may be seen. */
export async function visibleStatuses(
  db: Reader,
  organizationId: number,
  seenBy: SeenBy,
  ids: Iterable<number>,
): Promise<StoredStatus[]> {
  const wanted = [...new Set(ids)];
  return statusesWhere(
    db,
    allOf([oneOf('id', wanted), sql`+organization_id = ${organizationId}`, visible(seenBy, organizationId)]),
  );
}

/** The slots of these requests, in the order they were made. */
export function statusesOfRequests(db: Reader, requestIds: readonly string[]): Promise<StoredStatus[]> {
  return statusesWhere(db, oneOf('request_id', requestIds));
}

async function statusesWhere(db: Reader, condition: Condition): Promise<StoredStatus[]> {
  const slots = await db
    .selectFrom('slots')
    .selectAll()
    .where(() => condition)
    .orderBy('id')
    .execute();
  const decided = slots.filter((slot) => slot.state === 'approved' || slot.state === 'rejected');
  const votes =
    decided.length === 0
      ? []
      : await db
          .selectFrom('votes')
          .innerJoin('approval_requests', 'approval_requests.id', 'votes.request_id')
          .selectAll('votes')
          .where('votes.request_id', 'in', [...new Set(decided.map((slot) => slot.request_id))])
          .whereRef('votes.content_version', '=', 'approval_requests.content_version')
          .where('votes.void_because', 'is', null)
          .execute();
  return slots.map((slot) => toStatus(slot, votes));
}

function toStatus(slot: Row<'slots'>, votes: readonly Row<'votes'>[]): StoredStatus {
  const vote = votes.find((one) => one.request_id === slot.request_id && one.person_id === slot.person_id);
  return {
    id: slot.id,
    requestId: slot.request_id,
    requestStatus: slot.request_status as RequestStatus,
    groupKey: slot.group_key,
    origins: fromJson(slot.origins),
    personId: slot.person_id,
    state: slot.state as SlotState,
    vacantBecause: slot.vacant_because,
    vote: vote
      ? {
          action: vote.action,
          comment: vote.comment,
          link: vote.link === null ? null : fromJson(vote.link),
          contentVersion: vote.content_version,
          at: vote.created_at,
        }
      : null,
  };
}

async function totalOf(db: Reader, selection: StatusSelection): Promise<number> {
  const { organizationId, seenBy, filters } = selection;
  const [only, ...others] = filters;
  if (seenBy.kind === 'all' && others.length === 0) {
    if (!only) return keptTotal(db, organizationId, 'slots', null);
    if (only.field === 'approval_workflow_id')
      return keptTotal(db, organizationId, 'slots', { field: only.field, values: only.values.map(idOf) });
    if (only.field === 'status')
      return keptTotal(db, organizationId, 'slots', { field: 'state', values: statesOf(only) });
  }
  const { rows } = await sql<{
    total: number;
  }>`select count(*) as total from slots where ${where(selection)}`.execute(db);
  return Number(rows[0]?.total ?? 0);
}

function statesOf({ op, values }: StoredFilter): string[] {
  const named = values.map((value) => value.toLowerCase());
  return STATES.filter((state) => named.includes(state) === (op === 'eq'));
}

function where({ organizationId, seenBy, filters }: StatusSelection): Condition {
  return allOf([
    sql`organization_id = ${organizationId}`,
    asksForOwn(seenBy, filters) ? sql`1 = 1` : visible(seenBy, organizationId),
    ...filters.map(conditionOf),
  ]);
}

/** Everybody sees their own places: nothing more to check. */
function asksForOwn(seenBy: SeenBy, filters: readonly StoredFilter[]): boolean {
  return (
    seenBy.kind === 'person' &&
    filters.some(
      ({ field, values }) =>
        field === 'approver_id' && values.every((value) => idOf(value) === seenBy.personId),
    )
  );
}

/** The slots of the requests somebody may see. */
function visible(seenBy: SeenBy, organizationId: number): Condition {
  if (seenBy.kind === 'all') return sql`1 = 1`;
  if (seenBy.kind === 'opener')
    return sql`request_id in (select id from approval_requests
      where organization_id = ${organizationId} and opened_by = ${seenBy.name})`;
  return sql`request_number in (${ownNumbers(seenBy.personId)})`;
}

/** Throws RangeError for a filter there is not: whoever asks checks them first. */
function conditionOf(filter: StoredFilter): Condition {
  const { field, op, values } = filter;
  switch (field) {
    case 'id':
      return oneOfOrNot('id', op, values.map(idOf));
    case 'status':
      return oneOf('state', statesOf(filter));
    case 'approver_id':
      return oneOf('person_id', values.map(idOf));
    case 'actual_approver_id':
      // A vote counts only while its voter holds the slot, so the one who decided is the one whose place it is.
      return allOf([oneOf('person_id', values.map(idOf)), oneOf('state', ['approved', 'rejected'])]);
    case 'approval_request_id':
      return oneOf('request_id', values);
    case 'approval_workflow_id':
      return oneOf('approval_workflow_id', values.map(idOf));
    default:
      throw new RangeError(`approval_statuses cannot be filtered by ${field}`);
  }
}
