import type { Person } from '../../approval/person.ts';
import { personByEmail, personByIdentity } from '../../store/people.ts';
import type { ChatAccount } from '../chat-commands.ts';
import type { Context } from '../context.ts';

/** A person named by their account on the caller's platform, or by e-mail address. */
export type PersonName = { externalId: string } | { email: string };

/**
 * Whom somebody names, as far as our own table knows them; null when it is nobody of the caller's organization. Asks
 * no directory, so that naming somebody adds nobody.
 */
export async function knownPerson(
  { db }: Pick<Context, 'db'>,
  caller: ChatAccount,
  named: PersonName,
): Promise<Person | null> {
  const { platform, tenant, organizationId } = caller;
  if ('email' in named) return personByEmail(db, organizationId, named.email);
  return personByIdentity(db, { organizationId, platform, tenant, externalId: named.externalId });
}
