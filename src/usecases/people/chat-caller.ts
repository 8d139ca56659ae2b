import type { Person, Standing } from '../../approval/person.ts';
import { writeAudit } from '../../store/audit.ts';
import { pendingChangesOfAccount } from '../../store/identity-changes.ts';
import { personByIdentity } from '../../store/people.ts';
import type { ChatAccount } from '../chat-commands.ts';
import { type Context, commit } from '../context.ts';
import type { Principal } from '../managing/managing.ts';
import { lookUpInChat } from './chat-people.ts';
import { DirectoryUnavailable } from './directory-answers.ts';
import { adoptAccount } from './join-accounts.ts';
import { PLATFORM_NAMES } from './platform-names.ts';

/** Why an account may do nothing; `unanswered`: it was asked whose it is (R16). */
type NotACaller = Exclude<Standing, 'member'> | 'unknown' | 'unanswered';

export type CallerAnswer =
  | { kind: 'caller'; person: Person; principal: Principal }
  /** They may do nothing here; one sentence for them. */
  | { kind: 'refused'; why: NotACaller; sentence: string }
  /** Nobody can say now who they are. */
  | { kind: 'unavailable'; sentence: string };

/** What somebody who may do nothing here is told. */
const CLOSED: Readonly<Record<NotACaller, string>> = {
  deactivated: 'You are deactivated here and can do nothing. An admin can activate you again.',
  guest: 'Guests can do nothing here: only full members of your organization can.',
  stranger: 'You are from another workspace, or another organization, and can do nothing here.',
  bot: 'Bots can do nothing here.',
  not_found: 'Nobody here is known by this account.',
  no_token: 'Machines can do nothing here.',
  unsaid: 'Nobody can say just now who you are. Try again in a moment.',
  unanswered:
    'An admin says whose account this is. Answer “Is this you?” first: it was asked by message, and in Slack stands on the Home tab.',
  unknown: 'This account cannot be matched with anybody here. Ask an admin to link it to you.',
};

/**
 * Who acts through a chat account: the person it is pinned to, else whoever the directory vouches for, joined by the
 * organization's own domains (R17). Only full members act (R13); an account of another organization is nobody's here.
 * May ask a directory, for accounts that are not known yet.
 */
export async function callerOfAccount(context: Context, account: ChatAccount): Promise<CallerAnswer> {
  const known = await personByIdentity(context.db, account);
  if (known) return known.standing === 'member' ? caller(account, known) : refused(known.standing);
  const asked = await lookUpInChat(context, account);
  if (!asked) return refused('unknown');
  const { answer, directory } = asked;
  if (answer.kind === 'unavailable' || answer.kind === 'refused') {
    const platform = PLATFORM_NAMES[account.platform];
    return {
      kind: 'unavailable',
      sentence: `${platform} cannot be asked who you are just now: ${answer.detail} Try again in a moment.`,
    };
  }
  if (answer.kind !== 'found') return refused('unknown');
  if (answer.value.standing !== 'member') return refused(answer.value.standing);
  const person = await adopted(context, account.organizationId, directory, answer.value);
  if (person instanceof DirectoryUnavailable)
    return {
      kind: 'unavailable',
      sentence: `Who you are cannot be found out just now: ${person.message} Try again in a moment.`,
    };
  if (!person) {
    const questions = await pendingChangesOfAccount(context.db, account);
    return refused(questions.length > 0 ? 'unanswered' : 'unknown');
  }
  return person.standing === 'member' ? caller(account, person) : refused(person.standing);
}

/** Whose an account is may depend on what another platform says of theirs there. */
async function adopted(
  ...named: Parameters<typeof adoptAccount>
): Promise<Person | DirectoryUnavailable | null> {
  try {
    return await adoptAccount(...named);
  } catch (error) {
    if (error instanceof DirectoryUnavailable) return error;
    throw error;
  }
}

function caller(account: ChatAccount, person: Person): CallerAnswer {
  if (person.kind === 'machine') return refused('bot');
  const { organizationId, platform } = account;
  return {
    kind: 'caller',
    person,
    principal: { organizationId, role: person.role, personId: person.id, tokenId: 'chat', via: platform },
  };
}

function refused(why: NotACaller): CallerAnswer {
  return { kind: 'refused', why, sentence: CLOSED[why] };
}

/** Leaves a line in the audit that somebody wanted what they may not. `wanted` is the command's name, '' = none. */
export function auditRefusedCommand(
  context: Context,
  account: ChatAccount,
  refusal: { wanted: string; why: string },
): Promise<void> {
  const { wanted, why } = refusal;
  return commit(context, async (trx) => {
    const personId = (await personByIdentity(trx, account))?.id ?? null;
    await writeAudit(trx, account.organizationId, {
      at: context.clock.now(),
      actor: { personId, via: account.platform },
      action: 'refused',
      subjectType: 'command',
      subjectId: wanted,
      detail: { wanted, why, ...(personId === null && { account: account.externalId }) },
    });
  });
}
