import { visibleRequests } from '../../store/list-requests.ts';
import { requestIdOfNumber, requestIdsBeginningWith } from '../../store/request-ids.ts';
import type { Context } from '../context.ts';
import type { Principal } from '../managing/managing.ts';
import { seenBy } from './seen-by.ts';

/** Which request somebody means. `several` names at most five of them. */
export type NamedRequest =
  | { kind: 'found'; id: string }
  | { kind: 'unknown' }
  | { kind: 'several'; ids: string[] };

const SHORTEST_BEGINNING = 8;
const MOST = 5;

/**
 * The request that is named by its `apr_…` id, the beginning of it (eight characters or more), or its number with or
 * without a #. One that the principal may not see answers like one that is not there (R26).
 */
export async function namedRequest(
  context: Pick<Context, 'db'>,
  principal: Principal,
  given: string,
): Promise<NamedRequest> {
  const { db } = context;
  const { organizationId } = principal;
  const candidates = await candidatesOf(context, organizationId, given.trim());
  const visible = await visibleRequests(db, organizationId, await seenBy(db, principal), candidates);
  const ids = visible.map((request) => request.id);
  const whole = ids.find((id) => id === given.trim());
  if (whole !== undefined) return { kind: 'found', id: whole };
  const [only, ...others] = ids;
  if (only === undefined) return { kind: 'unknown' };
  return others.length === 0 ? { kind: 'found', id: only } : { kind: 'several', ids: ids.slice(0, MOST) };
}

async function candidatesOf(
  { db }: Pick<Context, 'db'>,
  organizationId: number,
  given: string,
): Promise<string[]> {
  const number = /^#?([0-9]{1,15})$/.exec(given)?.[1];
  if (number !== undefined) {
    const id = await requestIdOfNumber(db, organizationId, Number(number));
    return id === null ? [] : [id];
  }
  if (!/^apr_[A-Za-z0-9_-]{1,60}$/.test(given) || given.length < SHORTEST_BEGINNING) return [];
  return [given, ...(await requestIdsBeginningWith(db, organizationId, given, MOST + 1))];
}
