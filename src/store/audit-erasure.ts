import { sql } from 'kysely';
import { type Actor, writeAudit } from './audit.ts';
import { contentHashOf, newSalt } from './audit-chain.ts';
import type { Reader, Trx } from './database.ts';
import { GONE, jsonEraser, mayName, recordEraser, type Traces, textEraser } from './person-traces.ts';

/** That whoever holds the key of the checkpoints erased text. */
export interface ErasureProof {
  /** Which key, as in a checkpoint. */
  key: string;
  signature: string;
}

/** Signs what an erasure left: place in the organization's chain → hash of what stands there now. */
export type SignErasure = (organization: number, lines: Readonly<Record<string, string>>) => ErasureProof;

/** Ids of audit lines that may name the person, those about them included, and of those that repeat words of theirs. */
export async function auditLinesNaming(
  db: Reader,
  organizationId: number,
  traces: Traces,
): Promise<number[]> {
  const { rows } = await sql<{
    id: number;
  }>`select id from audit_events where organization_id = ${organizationId}
    and (${mayName(traces, ['detail', 'subject_id'])}
      or (person_id = ${traces.personId} and action in ('cancel', 'voted'))) order by id`.execute(db);
  return rows.map(({ id }) => id);
}

/**
 * Puts the pseudonym into these audit lines. The chain holds a salted hash of what they said, and the salt goes with the
 * text, so nobody can tell or guess it; a new line holds the hash of what each says now, so that no other change passes for
 * an erasure; it is signed where there is a key. How many lines were changed.
 */
export async function eraseInAudit(
  trx: Trx,
  organizationId: number,
  traces: Traces,
  ids: readonly number[],
  by: { actor: Actor; at: number; sign: SignErasure | null },
): Promise<number> {
  const erase = textEraser(traces);
  const rows = await trx
    .selectFrom('audit_events')
    .select(['id', 'seq', 'person_id', 'action', 'subject_type', 'subject_id', 'detail'])
    .where('id', 'in', ids)
    .execute();
  const lines: Record<string, string> = {};
  for (const { id, seq, person_id, action, subject_type, subject_id, detail } of rows) {
    const isAbout = subject_type === 'person' && subject_id === String(traces.personId);
    const eraseDetail = isAbout ? recordEraser(traces) : jsonEraser(erase);
    const isTheirs = person_id === traces.personId && (action === 'cancel' || action === 'voted');
    const content = {
      subjectId: erase(subject_id),
      detail: eraseDetail(isTheirs ? wordless(detail) : detail),
    };
    if (seq === null || (content.subjectId === subject_id && content.detail === detail)) continue;
    const salt = newSalt();
    lines[seq] = contentHashOf({ ...content, salt });
    await trx
      .updateTable('audit_events')
      .set({ subject_id: content.subjectId, detail: content.detail, salt })
      .where('id', '=', id)
      .execute();
  }
  const many = Object.keys(lines).length;
  if (many === 0) return 0;
  await writeAudit(trx, organizationId, {
    at: by.at,
    actor: by.actor,
    action: 'erased',
    subjectType: 'person',
    subjectId: String(traces.personId),
    detail: { lines, ...by.sign?.(organizationId, lines) },
  });
  return many;
}

/** Without why they cancelled, and without what their vote rested on. */
function wordless(detail: string): string {
  return JSON.stringify(JSON.parse(detail), (key, value: unknown) =>
    (key === 'reason' || key === 'link') && value !== '' ? GONE : value,
  );
}
