import { wakeWaiting } from '../../store/connection-debts.ts';
import type { Trx } from '../../store/database.ts';
import {
  addConnection,
  connectionById,
  connectionByName,
  connectionOfAccount,
  nextConnectionId,
  othersConnectedTo,
} from '../../store/harness-connections.ts';
import { oweHomesOfAdmins } from '../../store/homes.ts';
import type { Context } from '../context.ts';
import type { HarnessAddress, HarnessAnswer, HarnessConnection } from '../harness-ports.ts';
import { write } from '../managing/managed-records.ts';
import type { FieldProblem, Managed, Principal } from '../managing/managing.ts';
import { conflict, done, invalid, refused } from '../tokens/principal-rights.ts';
import { auditConnection } from './connection-audit.ts';
import { connectionProblems, tidied, type WantedConnection } from './connection-fields.ts';
import { toConnection } from './harness-connections.ts';

export type { WantedConnection } from './connection-fields.ts';

export const ADMINS_CONNECT = 'Only an admin sees and changes the connections to Harness.';
export const NO_ENCRYPTION =
  'ENCRYPTION_KEY is not set, so no key can be kept here. Make one with: openssl rand -base64 32. Set it and restart the bot.';
export const MOST_CONNECTIONS = 100;

/**
 * Connects a further Harness account: admins only. The fields are checked, then Harness is asked whether address and
 * key are good, then it is kept, the key encrypted. `also` runs in the same transaction and may refuse it all.
 */
export async function createConnection(
  context: Context,
  principal: Principal,
  given: WantedConnection,
  also: (trx: Trx, now: number) => Promise<Managed<null>> = async () => done(null),
): Promise<Managed<HarnessConnection>> {
  const wanted = tidied(given);
  const barred = await mayConnect(context, principal, wanted);
  if (barred) return barred;
  return write(context, principal, async (trx, now) => {
    const taken = await takenProblems(trx, principal.organizationId, wanted);
    if (taken.length > 0) return invalid(taken);
    const allowed = await also(trx, now);
    if (!allowed.ok) return allowed;
    const { organizationId } = principal;
    const { apiKey, ...address } = wanted;
    const id = await nextConnectionId(trx);
    const sealed = context.harness.sealKey(id, apiKey);
    await addConnection(trx, id, { ...address, organizationId, source: 'stored', apiKey: sealed }, now);
    // Requests are kept apart by organization, so two may share an account; whose the other is, is not told.
    const others = await othersConnectedTo(trx, wanted.account, organizationId);
    await auditConnection(
      trx,
      principal,
      'created',
      { id, name: wanted.name },
      { after: address, ...(others > 0 && { otherOrganizations: others }) },
      now,
    );
    await wakeWaiting(trx, { organizationId, account: wanted.account }, now);
    await oweHomesOfAdmins(trx, organizationId, now);
    return done(toConnection((await connectionById(trx, id))!));
  });
}

async function mayConnect(
  context: Context,
  principal: Principal,
  wanted: WantedConnection,
): Promise<Managed<never> | null> {
  const { harness, db, settings } = context;
  if (principal.role !== 'admin') return refused({ kind: 'forbidden', why: ADMINS_CONNECT });
  if (!harness.canKeepKeys) return conflict(NO_ENCRYPTION);
  const problems = connectionProblems(wanted, settings);
  if (problems.length > 0) return invalid(problems);
  const taken = await takenProblems(db, principal.organizationId, wanted);
  if (taken.length > 0) return invalid(taken);
  if ((await harness.ofOrganization(principal.organizationId)).length >= MOST_CONNECTIONS)
    return conflict(`There are ${MOST_CONNECTIONS} connections already. Remove one that is not used.`);
  return tried(harness, wanted);
}

/** Asks Harness with what is to be kept; null = it is good. */
export async function tried(
  harness: Context['harness'],
  { baseUrl, pathPrefix, account, apiKey }: HarnessAddress,
): Promise<Managed<never> | null> {
  const answer = await harness.attempt({ baseUrl, pathPrefix, account, apiKey });
  return answer.kind === 'ok' ? null : invalid([attemptProblem(answer)]);
}

function attemptProblem(answer: Exclude<HarnessAnswer<null>, { kind: 'ok' }>): FieldProblem {
  if (answer.kind === 'throttled')
    return { field: 'base_url', detail: 'could not be tried: Harness asks for fewer calls. Try again soon' };
  if (answer.kind !== 'permanent')
    return { field: 'base_url', detail: `could not be tried: ${withoutStop(answer.detail)}` };
  const ofAddress = answer.code === 'wrong_address' || answer.code === 'address_blocked';
  const field = ofAddress ? 'base_url' : 'api_key';
  return { field, detail: `was refused: ${withoutStop(answer.message)}` };
}

/** A field's detail gets its full stop where it is shown. */
function withoutStop(sentence: string): string {
  return sentence.replace(/\.(”?)$/, '$1');
}

async function takenProblems(
  db: Context['db'] | Trx,
  organizationId: number,
  { name, account }: Pick<WantedConnection, 'name' | 'account'>,
): Promise<FieldProblem[]> {
  const problems: FieldProblem[] = [];
  if (await connectionByName(db, organizationId, name))
    problems.push({ field: 'name', detail: `is taken: there is a connection “${name}” already` });
  const other = await connectionOfAccount(db, organizationId, account);
  if (other)
    problems.push({ field: 'account', detail: `is connected already, as “${other.name}”: change its key` });
  return problems;
}
