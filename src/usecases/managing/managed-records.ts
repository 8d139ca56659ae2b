import { selfOf } from '../../approval/person.ts';
import type { Reader, Trx } from '../../store/database.ts';
import { type ListShape, listIds } from '../../store/list-query.ts';
import { personById } from '../../store/people.ts';
import { type Context, commit } from '../context.ts';
import {
  ADMINS_ONLY,
  done,
  NOT_FOUND,
  readingRefused,
  refused,
  writingRefused,
} from '../tokens/principal-rights.ts';
import type { ListQuery, Managed, Page, Principal } from './managing.ts';

/** Reads records of one organization by id; those of others are left out. */
type Load<T> = (db: Reader, organizationId: number, ids: Iterable<number>) => Promise<Map<number, T>>;

/** A page of the organization's records. Refused for pipelines; throws RangeError for what the list does not have. */
export async function readPage<T>(
  context: Context,
  principal: Principal,
  list: { shape: ListShape; load: Load<T> },
  query: ListQuery,
): Promise<Managed<Page<T>>> {
  const forbidden = readingRefused(principal);
  if (forbidden) return refused(forbidden);
  const { organizationId } = principal;
  const { ids, total } = await listIds(context.db, list.shape, organizationId, query);
  const records = await list.load(context.db, organizationId, ids);
  return done({ rows: ids.flatMap((id) => records.get(id) ?? []), total });
}

/** One record; a foreign organization's is not found. */
export async function readOne<T>(
  context: Context,
  principal: Principal,
  load: Load<T>,
  id: number,
): Promise<Managed<T>> {
  const forbidden = readingRefused(principal);
  if (forbidden) return refused(forbidden);
  const record = (await load(context.db, principal.organizationId, [id])).get(id);
  return record ? done(record) : refused(NOT_FOUND);
}

/** Whether whoever it is may still write, now that it comes to it: people were looked up meanwhile (R14). */
async function isStillAdmin(trx: Trx, { personId }: Principal): Promise<boolean> {
  if (personId === null) return true;
  const person = await personById(trx, personId);
  const self = person && (await personById(trx, selfOf(person)));
  return person?.standing === 'member' && self?.role === 'admin';
}

/** A write by an admin, in one transaction: `work` refuses before it writes, so all of it happens or nothing. */
export async function write<T>(
  context: Context,
  principal: Principal,
  work: (trx: Trx, now: number) => Promise<Managed<T>>,
): Promise<Managed<T>> {
  const forbidden = writingRefused(principal);
  if (forbidden) return refused(forbidden);
  return commit(context, async (trx) => {
    if (!(await isStillAdmin(trx, principal))) return refused({ kind: 'forbidden', why: ADMINS_ONLY });
    return work(trx, context.clock.now());
  });
}

/** As `write`, of one record that must be there. */
export function writeOne<T, R>(
  context: Context,
  principal: Principal,
  load: Load<T>,
  id: number,
  work: (trx: Trx, before: T, now: number) => Promise<Managed<R>>,
): Promise<Managed<R>> {
  return write(context, principal, async (trx, now) => {
    const before = (await load(trx, principal.organizationId, [id])).get(id);
    return before ? work(trx, before, now) : refused(NOT_FOUND);
  });
}
