import type { Trx } from '../../store/database.ts';
import { personByEmail } from '../../store/people.ts';
import { type PersonRecord, peopleRecords } from '../../store/person-records.ts';
import type { Context } from '../context.ts';
import { choiceProblems, nameProblems, tooLong } from '../managing/field-checks.ts';
import type { FieldProblem, ManageRefusal, Principal } from '../managing/managing.ts';
import type { PlatformName } from '../ports.ts';
import { writingRefused } from '../tokens/principal-rights.ts';
import { missingPeople } from './existing-people.ts';
import { accountProblems, type KnownAccount, lookUpAccount } from './manage-identities.ts';

/** What can be written of a person. */
export interface PersonDraft {
  firstName: string | null;
  lastName?: string | null;
  email?: string | null;
  title?: string | null;
  managerId?: number | null;
  /** member or admin. */
  role?: string;
  /** Set where none is: pinned at once. Changed: waits until confirmed from that account (R16). Never taken away. */
  slackUserId?: string | null;
  teamsUserId?: string | null;
}
/** Members left out keep their value. */
export type PersonChange = Partial<PersonDraft>;

/** The accounts a write names, as their platforms vouch for them. */
export type FoundAccounts =
  | {
      ok: true;
      accounts: readonly KnownAccount[];
      /** Where the account the person has is named again: a pending wish is taken back. */
      kept: readonly PlatformName[];
      problems: readonly FieldProblem[];
    }
  | { ok: false; refusal: ManageRefusal };

/** The platforms' word on the accounts this write names anew; asked before the transaction. */
export async function lookUpAccounts(
  context: Context,
  principal: Principal,
  id: number | null,
  wanted: PersonChange,
): Promise<FoundAccounts> {
  const forbidden = writingRefused(principal);
  if (forbidden) return { ok: false, refusal: forbidden };
  const person =
    id === null ? null : (await peopleRecords(context.db, principal.organizationId, [id])).get(id);
  if (person === undefined) return { ok: false, refusal: { kind: 'not_found' } };
  const accounts: KnownAccount[] = [];
  const kept: PlatformName[] = [];
  const problems: FieldProblem[] = [];
  for (const [platform, externalId, current] of [
    ['slack', wanted.slackUserId, person?.slackUserId],
    ['teams', wanted.teamsUserId, person?.teamsUserId],
  ] as const) {
    if (externalId != null && externalId === current) kept.push(platform);
    if (externalId == null || externalId === current) {
      if (externalId === null && current)
        problems.push({
          field: `${platform}_user_id`,
          detail: "can't be taken away: name another account, or deactivate the person",
        });
      continue;
    }
    const answer = await lookUpAccount(context, {
      organizationId: principal.organizationId,
      ...{ platform, tenant: null, externalId },
    });
    if (answer.kind === 'conflict') return { ok: false, refusal: answer };
    if (answer.kind === 'account') accounts.push(answer.account);
    else problems.push(answer.problem);
  }
  return { ok: true, accounts, kept, problems };
}

const EMAIL = /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/;

/** Every problem a write of a person has. */
export async function personProblems(
  trx: Trx,
  organizationId: number,
  before: PersonRecord | null,
  wanted: PersonChange,
  found: FoundAccounts & { ok: true },
): Promise<FieldProblem[]> {
  const { email, managerId } = wanted;
  const problems = [
    ...nameProblems('first_name', wanted.firstName),
    ...tooLong('last_name', wanted.lastName, 200),
    ...tooLong('title', wanted.title, 200),
    ...choiceProblems('role', wanted.role, ['member', 'admin']),
  ];
  if (email != null && (email.length > 254 || !EMAIL.test(email)))
    problems.push({ field: 'email', detail: 'is not an e-mail address' });
  else if (email != null) {
    const holder = await personByEmail(trx, organizationId, email);
    if (holder && holder.id !== before?.id)
      problems.push({ field: 'email', detail: 'has already been taken' });
  }
  const manager = (detail: string) => problems.push({ field: 'manager', attribute: 'manager_id', detail });
  if (managerId != null && managerId === before?.id) manager("can't be the person themselves");
  else if (managerId != null && managerId !== before?.managerId)
    if ((await missingPeople(trx, organizationId, [managerId])).length > 0) manager('does not exist');
  problems.push(
    ...found.problems,
    ...(await accountProblems(trx, organizationId, before?.id ?? null, found.accounts)),
  );
  return problems;
}
