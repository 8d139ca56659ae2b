import type { Database } from '../../src/store/database.ts';

/** What was written down about a request, and who did it, oldest first. */
export async function requestAudit(
  db: Database,
  requestId: string,
): Promise<{ action: string; personId: number | null }[]> {
  const rows = await db
    .selectFrom('audit_events')
    .select(['action', 'person_id'])
    .where('subject_type', '=', 'approval_request')
    .where('subject_id', '=', requestId)
    .orderBy('id')
    .execute();
  return rows.map(({ action, person_id }) => ({ action, personId: person_id }));
}
