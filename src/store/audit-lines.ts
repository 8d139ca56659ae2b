import { type AuditContent, type ChainedLine, chainLine, GENESIS } from './audit-chain.ts';
import { queryOnce, rowsOnce } from './compiled-queries.ts';
import { nextIds } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import type { Row } from './schema.ts';

/** A line as a transaction collects it; its id and its place come at the end. */
export interface AuditLine extends AuditContent {
  organization: number;
}

export interface ChainHead {
  seq: number;
  hash: string;
  lateUntil: number;
}

const MOST_ROWS = 500;

/**
 * Writes a transaction's audit lines in the order given, with rising ids, each behind the last line of its organization's
 * chain. Throws where lines from before the chain still wait for their place.
 */
export async function insertAuditLines(trx: Trx, lines: readonly AuditLine[]): Promise<void> {
  const first = await nextIds(trx, 'audit_events', lines.length);
  const heads = new Map<number, { seq: number; hash: string }>();
  const rows: ReturnType<typeof toRow>[] = [];
  for (const [index, { organization, ...content }] of lines.entries()) {
    const head = heads.get(organization) ?? (await headToExtend(trx, organization));
    const line = chainLine(head, organization, first + index, wellFormed(content));
    heads.set(organization, line);
    rows.push(toRow(line));
  }
  for (let from = 0; from < rows.length; from += MOST_ROWS)
    await insertRows.all(trx, rows.slice(from, from + MOST_ROWS));
  for (const [organization, { seq, hash }] of [...heads].sort(([one], [other]) => one - other))
    await setHead(trx, organization, { seq, hash });
}

const insertRows = rowsOnce((db, rows: readonly ReturnType<typeof toRow>[]) =>
  db.insertInto('audit_events').values(rows),
);

/** Text as the database gives it back: half a surrogate pair is no character there. */
function wellFormed(content: AuditContent): AuditContent {
  return { ...content, subjectId: content.subjectId.toWellFormed() };
}

async function headToExtend(trx: Trx, organization: number): Promise<ChainHead> {
  const head = await chainHead(trx, organization);
  if (head && head.lateUntil > 0)
    throw new Error('Audit lines from before wait for their place in the chain: npm run migrate -- up.');
  return head ?? { seq: 0, hash: GENESIS, lateUntil: 0 };
}

/** The last line's place and hash; null = the organization has no line yet. */
export async function chainHead(db: Reader, organizationId: number): Promise<ChainHead | null> {
  const row = await chainOf.first(db, { organizationId });
  return row ? { seq: row.seq, hash: row.hash, lateUntil: row.late_until } : null;
}

const chainOf = queryOnce((db, { organizationId }: { organizationId: number }) =>
  db.selectFrom('audit_chains').selectAll().where('organization_id', '=', organizationId),
);

export async function setHead(
  trx: Trx,
  organizationId: number,
  { seq, hash }: { seq: number; hash: string },
): Promise<void> {
  await putHead.all(trx, { organization_id: organizationId, seq, hash });
}

const putHead = queryOnce(
  (db, { organization_id, ...head }: Pick<Row<'audit_chains'>, 'organization_id' | 'seq' | 'hash'>) =>
    db
      .insertInto('audit_chains')
      .values({ organization_id, ...head })
      .onConflict((oc) => oc.column('organization_id').doUpdateSet(head)),
);

function toRow(line: ChainedLine) {
  return {
    id: line.id,
    organization_id: line.organization,
    at: line.at,
    person_id: line.personId,
    via: line.via,
    action: line.action,
    subject_type: line.subjectType,
    subject_id: line.subjectId,
    detail: line.detail,
    ...placeOf(line),
  };
}

/** The columns that the chain adds to a line. */
export function placeOf(line: ChainedLine) {
  return {
    seq: line.seq,
    salt: line.salt,
    content_hash: line.contentHash,
    previous_hash: line.previous,
    hash: line.hash,
  };
}

/** A row of the chain as its line; what is missing is empty, so that it fails every check. */
export function toChainedLine(row: Row<'audit_events'>): ChainedLine {
  return {
    ...contentOf(row),
    organization: row.organization_id,
    seq: row.seq ?? 0,
    id: row.id,
    salt: row.salt ?? '',
    contentHash: row.content_hash ?? '',
    previous: row.previous_hash ?? '',
    hash: row.hash ?? '',
  };
}

export function contentOf(row: Row<'audit_events'>): AuditContent {
  return {
    at: row.at,
    personId: row.person_id,
    via: row.via,
    action: row.action,
    subjectType: row.subject_type,
    subjectId: row.subject_id,
    detail: row.detail,
  };
}

/** Every organization's last line. */
export async function chainHeads(db: Reader): Promise<{ organization: number; seq: number; hash: string }[]> {
  const rows = await db.selectFrom('audit_chains').selectAll().orderBy('organization_id').execute();
  return rows.map(({ organization_id, seq, hash }) => ({ organization: organization_id, seq, hash }));
}
