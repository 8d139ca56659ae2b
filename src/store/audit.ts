import { sql } from 'kysely';
import { allOf, type Condition, idOf, momentIs, oneOfOrNot, type StoredFilter } from './conditions.ts';
import type { Reader, Trx } from './database.ts';
import { countDay, spanOf, totalBetween } from './day-totals.ts';
import { fromJson, toJson } from './json.ts';
import { keepTotals, keptTotal } from './list-totals.ts';
import { keysOfPage, sliceOf } from './page-slice.ts';
import type { Row } from './schema.ts';
import { collectAuditLine } from './transaction-end.ts';

/** Who did it and from where. personId null = the product itself, or somebody unknown. */
export interface Actor {
  personId: number | null;
  via: 'slack' | 'teams' | 'api' | 'harness_api' | 'cli' | 'webhook' | 'harness' | 'timer';
}

export interface AuditEntry {
  at: number;
  actor: Actor;
  /** A verb in the past: opened, voted, refused, decided … */
  action: string;
  subjectType: string;
  subjectId: string;
  detail: Record<string, unknown>;
}

/** Appends one line to the audit at the end of the caller's transaction: no fact without its line. */
export async function writeAudit(trx: Trx, organizationId: number, entry: AuditEntry): Promise<void> {
  collectAuditLine(trx, {
    organization: organizationId,
    at: entry.at,
    personId: entry.actor.personId,
    via: entry.actor.via,
    action: entry.action,
    subjectType: entry.subjectType,
    subjectId: entry.subjectId,
    detail: toJson(entry.detail),
  });
  const counted = { action: entry.action, via: entry.actor.via };
  await keepTotals(trx, organizationId, 'audit_events', null, counted);
  await countDay(trx, organizationId, 'audit_events', entry.at);
}

/** The newest `limit` entries about one subject, oldest first. */
export async function auditOf(
  db: Reader,
  subjectType: string,
  subjectId: string,
  limit: number,
): Promise<AuditEntry[]> {
  const rows = await db
    .selectFrom('audit_events')
    .selectAll()
    .where('subject_type', '=', subjectType)
    .where('subject_id', '=', subjectId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.reverse().map(toEntry);
}

function toEntry(row: Row<'audit_events'>): AuditEntry {
  return {
    at: row.at,
    actor: { personId: row.person_id, via: row.via as Actor['via'] },
    action: row.action,
    subjectType: row.subject_type,
    subjectId: row.subject_id,
    detail: fromJson(row.detail),
  };
}

export interface StoredAuditEvent extends AuditEntry {
  id: number;
  organizationId: number;
}

/** One page of the audit by id, and how many lines there are in all. */
export async function pageOfAudit(
  db: Reader,
  organizationId: number,
  filters: readonly StoredFilter[],
  page: { number: number; size: number },
  descending: boolean,
): Promise<{ rows: StoredAuditEvent[]; total: number }> {
  const condition = allOf([sql`organization_id = ${organizationId}`, ...filters.map(conditionOf)]);
  const total = await totalOf(db, organizationId, filters, condition);
  const slice = sliceOf(page, total, descending);
  if (!slice) return { rows: [], total };
  const list = {
    table: 'audit_events',
    key: 'id',
    ...(filters.some(({ field }) => field === 'at') && { by: 'at' }),
    span: spanOf('audit_events', filters),
    condition,
    whole: filters.length === 0,
  } as const;
  const ids = await keysOfPage(db, organizationId, list, slice, total);
  const found = await db.selectFrom('audit_events').selectAll().where('id', 'in', ids).execute();
  const byId = new Map(found.map((row) => [row.id, row]));
  const rows = ids.flatMap((id) => byId.get(id) ?? []);
  return {
    rows: rows.map((row) => ({ id: row.id, organizationId: row.organization_id, ...toEntry(row) })),
    total,
  };
}

async function totalOf(
  db: Reader,
  organizationId: number,
  filters: readonly StoredFilter[],
  condition: Condition,
): Promise<number> {
  const [only, ...others] = filters;
  if (!only) return keptTotal(db, organizationId, 'audit_events', null);
  if (others.length === 0 && only.op === 'eq' && (only.field === 'action' || only.field === 'via'))
    return keptTotal(db, organizationId, 'audit_events', only);
  const span = spanOf('audit_events', filters);
  if (span) return totalBetween(db, organizationId, 'audit_events', span);
  const { rows } = await sql<{
    total: number;
  }>`select count(*) as total from audit_events where ${condition}`.execute(db);
  return Number(rows[0]?.total ?? 0);
}

/** Throws RangeError for a filter there is not: whoever asks checks them first. */
function conditionOf({ field, op, values }: StoredFilter): Condition {
  switch (field) {
    case 'at':
      return momentIs('at', op, values);
    case 'id':
    case 'person_id':
      return oneOfOrNot(field, op, values.map(idOf));
    case 'action':
    case 'via':
    case 'subject_type':
    case 'subject_id':
      return oneOfOrNot(field, op, values);
    default:
      throw new RangeError(`audit_events cannot be filtered by ${field}`);
  }
}
