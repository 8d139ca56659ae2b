import type { Actor } from '../../store/audit.ts';
import type { FieldProblem, Managed, ManageRefusal, Principal } from '../managing/managing.ts';

/** The refusal of somebody who may not read the configuration; null = they may. Pipelines read their own requests only (R26). */
export function readingRefused(principal: Principal): Extract<ManageRefusal, { kind: 'forbidden' }> | null {
  if (principal.role !== 'pipeline') return null;
  return { kind: 'forbidden', why: 'A pipeline token reads only the requests it opened.' };
}

export const ADMINS_ONLY = 'Only an admin may change this.';

/** The refusal of somebody who may not change the configuration; null = they may. */
export function writingRefused(principal: Principal): Extract<ManageRefusal, { kind: 'forbidden' }> | null {
  if (principal.role === 'admin') return null;
  return { kind: 'forbidden', why: ADMINS_ONLY };
}

/** Who did it, as the audit says it. */
export function actorOf(principal: Principal): Actor {
  return { personId: principal.personId, via: principal.via };
}

export function done<T>(value: T): Managed<T> {
  return { ok: true, value };
}

export function refused<T>(refusal: ManageRefusal): Managed<T> {
  return { ok: false, refusal };
}

export const NOT_FOUND: ManageRefusal = { kind: 'not_found' };

export function invalid<T>(problems: readonly FieldProblem[]): Managed<T> {
  return refused({ kind: 'invalid', problems });
}

export function conflict<T>(why: string): Managed<T> {
  return refused({ kind: 'conflict', why });
}
