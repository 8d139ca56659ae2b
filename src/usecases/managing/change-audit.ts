import { type Actor, writeAudit } from '../../store/audit.ts';
import type { Trx } from '../../store/database.ts';
import { oweHomesOfAdmins } from '../../store/homes.ts';
import { actorOf } from '../tokens/principal-rights.ts';
import type { Principal } from './managing.ts';

/** Those members of `wanted` that are named and differ from what is; null when none does. */
export function changedMembers<W extends object>(before: object, wanted: W): Partial<W> | null {
  const known = before as Readonly<Record<string, unknown>>;
  const changed = Object.entries(wanted).filter(
    ([member, value]) => value !== undefined && JSON.stringify(known[member]) !== JSON.stringify(value),
  );
  return changed.length === 0 ? null : (Object.fromEntries(changed) as Partial<W>);
}

/** The members that are named: those that are undefined keep their value. */
export function named<T extends object>(change: T): Partial<T> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>;
}

export type AuditedSubject =
  | 'approval_workflow'
  | 'approval_policy'
  | 'approval_policy_assignment'
  | 'event'
  | 'pipeline_event'
  | 'person';

/** A change of one record; `before` null = created, `after` null = deleted. */
export interface RecordChange {
  at: number;
  /** A verb in the past: created, changed, deleted … */
  action: string;
  subjectType: AuditedSubject;
  subjectId: number;
  before: object | null;
  after: object | null;
}

/** One audit line for what a principal changed: who, from where, with which token, and only the members that changed. */
export async function auditChange(trx: Trx, principal: Principal, change: RecordChange): Promise<void> {
  const { organizationId, tokenId } = principal;
  await auditRecordChange(trx, { organizationId, actor: actorOf(principal), token: tokenId }, change);
}

/** One audit line with the members that changed, and the Homes that show them; nothing when nothing did. */
export async function auditRecordChange(
  trx: Trx,
  by: { organizationId: number; actor: Actor; token?: string },
  { before, after, subjectId, ...entry }: RecordChange,
): Promise<void> {
  const members = before && after ? differing(before, after) : null;
  if (members?.length === 0) return;
  await writeAudit(trx, by.organizationId, {
    ...entry,
    actor: by.actor,
    subjectId: String(subjectId),
    detail: {
      before: before && members ? only(before, members) : before,
      after: after && members ? only(after, members) : after,
      ...(by.token !== undefined && { token: by.token }),
    },
  });
  const alsoOf = entry.subjectType === 'person' ? [subjectId] : [];
  await oweHomesOfAdmins(trx, by.organizationId, entry.at, alsoOf);
}

function differing(before: object, after: object): string[] {
  return Object.keys(changedMembers(before, after) ?? {}).filter((member) => member !== 'updatedAt');
}

function only(record: object, members: readonly string[]): object {
  const known = record as Readonly<Record<string, unknown>>;
  return Object.fromEntries(members.map((member) => [member, known[member]]));
}
