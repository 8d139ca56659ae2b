import { type Actor, writeAudit } from '../../store/audit.ts';
import { auditLinesNaming, eraseInAudit, type SignErasure } from '../../store/audit-erasure.ts';
import {
  dropNotices,
  eraseInRows,
  eraseOwnWords,
  PLACES_OF_TEXT,
  pseudonymise,
  renameTokens,
  requestsNeeding,
  rowsNaming,
  tracesOf,
} from '../../store/person-erasure.ts';
import { pseudonymOf } from '../../store/person-traces.ts';
import { type Context, commit } from '../context.ts';
import type { Managed, Principal } from '../managing/managing.ts';
import { done, NOT_FOUND, refused } from '../tokens/principal-rights.ts';
import { archivePerson } from './manage-people.ts';

/** Rows in one transaction, so that nobody's press waits long. */
const MOST_AT_ONCE = 100;
const MOST_NAMED = 5;

export interface Erased {
  auditLines: number;
  pseudonym: string;
}

/**
 * Erases a person on request: name, addresses, accounts and their own words go from everywhere, a number stays. Refused for
 * the last admin, and while requests need them. May be repeated after a kill half-way: the person's own row is last.
 */
export async function erasePerson(
  context: Context,
  operator: Principal,
  personId: number,
  sign: SignErasure | null = null,
): Promise<Managed<Erased>> {
  const { db, clock } = context;
  const { organizationId } = operator;
  const traces = await tracesOf(db, organizationId, personId);
  if (!traces) return refused(NOT_FOUND);
  const needing = await requestsNeeding(db, organizationId, traces, MOST_NAMED);
  if (needing.length > 0)
    return refused({
      kind: 'conflict',
      why: `${needing.join(', ')} still ${needing.length === 1 ? 'needs' : 'need'} them. Let them be decided and told to Harness, cancel them, or give the place away: npm run admin -- reassign`,
    });
  const archived = await archivePerson(context, operator, personId);
  if (!archived.ok) return archived;
  const actor: Actor = { personId: operator.personId, via: operator.via };

  await commit(context, async (trx) => {
    await eraseOwnWords(trx, personId);
    await dropNotices(trx, organizationId, traces);
    await renameTokens(trx, organizationId, traces);
  });
  for (const place of PLACES_OF_TEXT)
    for (const keys of inParts(await rowsNaming(db, organizationId, traces, place)))
      await commit(context, (trx) => eraseInRows(trx, traces, place, keys));
  let auditLines = 0;
  for (const ids of inParts(await auditLinesNaming(db, organizationId, traces)))
    auditLines += await commit(context, (trx) =>
      eraseInAudit(trx, organizationId, traces, ids, { actor, sign, at: clock.now() }),
    );
  await commit(context, async (trx) => {
    await pseudonymise(trx, traces, clock.now());
    await writeAudit(trx, organizationId, {
      at: clock.now(),
      actor,
      action: 'erased',
      subjectType: 'person',
      subjectId: String(personId),
      detail: { auditLines },
    });
  });
  return done({ auditLines, pseudonym: pseudonymOf(personId) });
}

function* inParts<T>(all: readonly T[]): Generator<T[]> {
  for (let from = 0; from < all.length; from += MOST_AT_ONCE) yield all.slice(from, from + MOST_AT_ONCE);
}
