import type { Person } from '../../approval/person.ts';
import { personByIdentity } from '../../store/people.ts';
import type { ChatAccount } from '../chat-commands.ts';
import type { Context } from '../context.ts';
import { lookUpInChat } from './chat-people.ts';
import { DirectoryUnavailable } from './directory-answers.ts';
import { joinIfKnown } from './join-accounts.ts';

/** Whose an account is; `unsaid`: a directory that would know could not be asked. */
export type AccountOwner = { kind: 'person'; person: Person } | { kind: 'nobody' } | { kind: 'unsaid' };

/**
 * Whose an account is that somebody shows themselves with. Nobody is added: who is named here by address only, such as
 * the first admin, is joined to the account (R17). May ask directories; gives no right to anybody (R30).
 */
export async function ownerOfAccount(context: Context, account: ChatAccount): Promise<AccountOwner> {
  const known = await personByIdentity(context.db, account);
  if (known) return { kind: 'person', person: known };
  try {
    const asked = await lookUpInChat(context, account);
    if (!asked || asked.answer.kind === 'missing' || asked.answer.kind === 'not_connected')
      return { kind: 'nobody' };
    if (asked.answer.kind !== 'found') return { kind: 'unsaid' };
    const { directory, answer } = asked;
    const person = await joinIfKnown(context, account.organizationId, directory, answer.value);
    return person ? { kind: 'person', person } : { kind: 'nobody' };
  } catch (error) {
    if (!(error instanceof DirectoryUnavailable)) throw error;
    return { kind: 'unsaid' };
  }
}
