import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import { fromJson, toJson } from './json.ts';

/** Who did it and from where. personId null = the product itself, or somebody unknown. */
export interface Actor {
  personId: number | null;
  via: 'slack' | 'teams' | 'api' | 'cli' | 'webhook' | 'harness' | 'timer';
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

/** Appends one line to the audit, in the caller's transaction: no fact without its line. */
export async function writeAudit(trx: Trx, organizationId: number, entry: AuditEntry): Promise<void> {
  await trx
    .insertInto('audit_events')
    .values({
      id: await nextId(trx, 'audit_events'),
      organization_id: organizationId,
      at: entry.at,
      person_id: entry.actor.personId,
      via: entry.actor.via,
      action: entry.action,
      subject_type: entry.subjectType,
      subject_id: entry.subjectId,
      detail: toJson(entry.detail),
    })
    .execute();
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
  return rows.reverse().map((row) => ({
    at: row.at,
    actor: { personId: row.person_id, via: row.via as Actor['via'] },
    action: row.action,
    subjectType: row.subject_type,
    subjectId: row.subject_id,
    detail: fromJson(row.detail),
  }));
}
