import { type Person, selfOf } from '../../approval/person.ts';
import { changeRequest, lockRequest } from '../../store/approval-requests.ts';
import { writeAudit } from '../../store/audit.ts';
import type { Trx } from '../../store/database.ts';
import { eventByIdOrSlug } from '../../store/events.ts';
import { personById } from '../../store/people.ts';
import {
  type ApiToken,
  addToken,
  endToken,
  tokenById,
  tokenByName,
  tokensOf,
  waitingRequestsOpenedBy,
} from '../../store/tokens.ts';
import { vacateEverywhere } from '../approvers/revoke-approver.ts';
import { type Context, commit } from '../context.ts';
import { invalid, refused } from '../managing/managed-refusal.ts';
import type { FieldProblem, Filter, ListQuery, Managed, Page, Principal } from '../managing/managing.ts';
import { tellAdmins } from '../notices/tell-admins.ts';
import { BOOTSTRAP } from '../opening/token-scope.ts';
import { readingRefused } from './principal-rights.ts';
import { actorOf, findHolder, mayNotHold, type WantedToken, Withdrawn } from './token-holder.ts';

export type { ApiToken, PipelinePattern, TokenScope } from '../../store/tokens.ts';
export { actorOf, type WantedToken } from './token-holder.ts';

export const TOKEN_FILTERS = { id: ['eq'], person_id: ['eq'], role: ['eq'] } as const;

/**
 * Makes a token; `secret` (`cs_<id>_<…>`) is shown this once and kept nowhere. Admins only, and through the API only
 * for themselves and machines they own: an admin who held another's token could decide for them (R16). The bootstrap
 * token and the command line make any.
 */
export async function createToken(
  context: Context,
  principal: Principal,
  wanted: WantedToken,
): Promise<Managed<{ token: ApiToken; secret: string }>> {
  if (principal.role !== 'admin') return refused({ kind: 'forbidden', why: 'Only an admin makes tokens.' });
  try {
    return { ok: true, value: await commit(context, (trx) => makeToken(context, trx, principal, wanted)) };
  } catch (error) {
    if (error instanceof Withdrawn) return refused(error.refusal);
    throw error;
  }
}

async function makeToken(
  context: Context,
  trx: Trx,
  principal: Principal,
  wanted: WantedToken,
): Promise<{ token: ApiToken; secret: string }> {
  const { organizationId } = principal;
  const problems: FieldProblem[] = [];
  const scope = await scopeOf(trx, organizationId, wanted, problems);
  const name = wanted.name?.trim() ?? null;
  if (name !== null && (name === '' || name.length > 100))
    problems.push({ field: 'name', detail: 'must have 1 to 100 characters' });
  if (problems.length > 0) throw new Withdrawn(invalid(...problems));
  const holder = await findHolder(context, trx, principal, wanted.holder);
  const self = (await personById(trx, selfOf(holder))) ?? holder;
  const barred = mayNotHold(principal, holder, self, wanted.role);
  if (barred) throw new Withdrawn(barred);
  const free = await freeName(trx, organizationId, name, holder);
  if (free === null)
    throw new Withdrawn({
      kind: 'conflict',
      why: `There is, or was, a token named “${name}”. Choose another name.`,
    });
  const now = context.clock.now();
  const made = await addToken(
    trx,
    { organizationId, name: free, personId: holder.id, role: wanted.role, scope },
    now,
  );
  await auditToken(trx, principal, 'created', made.token, now);
  return made;
}

async function scopeOf(
  trx: Trx,
  organizationId: number,
  wanted: WantedToken,
  problems: FieldProblem[],
): Promise<ApiToken['scope']> {
  if (wanted.role !== 'pipeline') {
    if (wanted.scope) problems.push({ field: 'scope', detail: 'goes with the role pipeline only' });
    return null;
  }
  const { events, pipelines, mayChoosePolicy } = wanted.scope ?? {
    events: null,
    pipelines: null,
    mayChoosePolicy: false,
  };
  const eventIds: number[] = [];
  for (const idOrSlug of events ?? []) {
    const event = await eventByIdOrSlug(trx, organizationId, idOrSlug);
    if (event) eventIds.push(event.id);
    else
      problems.push({ field: 'events', detail: `hold “${idOrSlug.slice(0, 100)}”, which is no event here` });
  }
  for (const pattern of pipelines ?? [])
    for (const part of Object.values(pattern))
      if (!/^[A-Za-z0-9_$*-]{1,128}$/.test(part))
        problems.push({
          field: 'pipelines',
          detail: `“${part.slice(0, 100)}” is not a name of Harness's, or one with * in it`,
        });
  return { eventIds: events && [...new Set(eventIds)], pipelines, mayChoosePolicy };
}

/** The wanted name, or one after the holder; null when the wanted one is taken. Names are never used twice. */
async function freeName(
  trx: Trx,
  organizationId: number,
  wanted: string | null,
  holder: Person,
): Promise<string | null> {
  const isFree = async (name: string) =>
    name !== BOOTSTRAP && !(await tokenByName(trx, organizationId, name));
  if (wanted !== null) return (await isFree(wanted)) ? wanted : null;
  const base = (holder.kind === 'machine' ? holder.name : (holder.email ?? holder.name)).slice(0, 90);
  for (let nth = 1; ; nth += 1) {
    const name = nth === 1 ? base : `${base} ${nth}`;
    if (await isFree(name)) return name;
  }
}

/** Tokens, oldest first: all for admins, their own for everybody else; refused for pipelines (R26). */
export async function listTokens(
  context: Context,
  principal: Principal,
  query: ListQuery,
): Promise<Managed<Page<ApiToken>>> {
  const { role, personId, organizationId } = principal;
  const forbidden = readingRefused(principal);
  if (forbidden) return refused(forbidden);
  if (role !== 'admin' && personId === null) return { ok: true, value: { rows: [], total: 0 } };
  const all = await tokensOf(context.db, organizationId, role === 'admin' ? undefined : personId!);
  const found = all.filter((token) => query.filters.every((filter) => fits(token, filter)));
  if (query.sort[0]?.descending) found.reverse();
  const start = (query.page.number - 1) * query.page.size;
  return { ok: true, value: { rows: found.slice(start, start + query.page.size), total: found.length } };
}

function fits(token: ApiToken, { field, op, values }: Filter): boolean {
  const facts: Readonly<Record<string, string>> = {
    id: String(token.id),
    person_id: String(token.personId),
    role: token.role,
  };
  const named = values.includes(facts[field] ?? '');
  return op === 'not_eq' ? !named : named;
}

/** One token; not_found when there is none, or it is not this principal's to see. */
export async function getToken(
  context: Context,
  principal: Principal,
  id: number,
): Promise<Managed<ApiToken>> {
  const token = await tokenById(context.db, principal.organizationId, id);
  if (!token || !mayTouch(principal, token)) return refused({ kind: 'not_found' });
  return { ok: true, value: token };
}

function mayTouch(principal: Principal, token: ApiToken): boolean {
  if (principal.role === 'pipeline') return false;
  return principal.role === 'admin' || (principal.personId !== null && principal.personId === token.personId);
}

/**
 * Ends a token at once (R14): admins any, everybody their own. The requests it opened that still wait are held until
 * an admin has looked; a machine left without a token loses its places. Revoking again changes nothing.
 */
export function revokeToken(context: Context, principal: Principal, id: number): Promise<Managed<ApiToken>> {
  return commit(context, async (trx): Promise<Managed<ApiToken>> => {
    const token = await tokenById(trx, principal.organizationId, id);
    if (!token || !mayTouch(principal, token)) return refused({ kind: 'not_found' });
    const now = context.clock.now();
    if (!(await endToken(trx, id, now))) return { ok: true, value: token };
    const revoked = { ...token, revokedAt: now };
    await auditToken(trx, principal, 'revoked', revoked, now);
    for (const requestId of await waitingRequestsOpenedBy(trx, token.organizationId, token.name))
      await holdRequest(context, trx, requestId, token.name, now);
    const holder = await personById(trx, token.personId);
    const others = await tokensOf(trx, token.organizationId, token.personId);
    const silent = others.every((one) => one.revokedAt !== null || one.role === 'pipeline');
    if (holder?.kind === 'machine' && token.role !== 'pipeline' && silent)
      await vacateEverywhere(context, trx, holder.id, 'has no valid token any more', actorOf(principal));
    return { ok: true, value: revoked };
  });
}

async function holdRequest(
  context: Context,
  trx: Trx,
  requestId: string,
  tokenName: string,
  now: number,
): Promise<void> {
  const request = await lockRequest(trx, requestId);
  if (request?.status !== 'WAITING') return;
  const detail = `the token “${tokenName}”, which opened this, was revoked. An admin has to look at it first.`;
  const released = request.released.filter((kind) => kind !== 'pipeline_not_listed');
  await changeRequest(trx, requestId, { problem: { kind: 'pipeline_not_listed', detail }, released }, now);
  await tellAdmins(context, trx, request);
}

function auditToken(
  trx: Trx,
  principal: Principal,
  action: 'created' | 'revoked',
  token: ApiToken,
  now: number,
): Promise<void> {
  const { name, personId, role, scope } = token;
  return writeAudit(trx, token.organizationId, {
    at: now,
    actor: actorOf(principal),
    action,
    subjectType: 'token',
    subjectId: String(token.id),
    detail: { name, personId, role, scope, token: principal.tokenId },
  });
}
