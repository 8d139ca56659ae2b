import type { CardSpan } from '../../approval/card.ts';
import { calledName, type Person } from '../../approval/person.ts';
import { identitiesOf } from '../../store/identities.ts';
import { peopleById } from '../../store/people.ts';
import { machineByName, machinesWithToken } from '../../store/tokens.ts';
import type { Context } from '../context.ts';
import type { Principal } from '../managing/managing.ts';
import type { PlatformName } from '../ports.ts';

/** How pages show these people: person id → span that a platform may draw as a mention. Unknown ids are left out. */
export async function personSpans(
  context: Context,
  platform: PlatformName,
  personIds: Iterable<number>,
): Promise<Map<number, CardSpan>> {
  const ids = [...new Set(personIds)];
  const people = await peopleById(context.db, ids);
  const accounts = await identitiesOf(context.db, ids, platform);
  return new Map(
    [...people].map(([personId, person]) => [
      personId,
      {
        kind: 'person',
        personId,
        name: calledName(person),
        externalId: accounts.get(personId)?.external_id ?? null,
      },
    ]),
  );
}

/** The people with these ids as far as they are of the principal's organization, with their standing. */
export async function knownPeople(
  context: Context,
  principal: Principal,
  personIds: Iterable<number>,
): Promise<Map<number, Person>> {
  const people = await peopleById(context.db, personIds);
  return new Map([...people].filter(([, person]) => person.organizationId === principal.organizationId));
}

/** Those of these people who are machines without a token to answer with, and so cannot be asked. */
export async function tokenless(
  { db }: Context,
  people: readonly Person[],
): Promise<ReadonlyMap<number, 'no_token'>> {
  const machines = people.filter(({ kind, standing }) => kind === 'machine' && standing === 'member');
  const heard = new Set(
    await machinesWithToken(
      db,
      machines.map(({ id }) => id),
    ),
  );
  return new Map(machines.flatMap(({ id }) => (heard.has(id) ? [] : [[id, 'no_token' as const]])));
}

/** The organization's machine of this name, in use or not; null where there is none. */
export async function machineNamed(
  { db }: Context,
  { organizationId }: Principal,
  name: string,
): Promise<Person | null> {
  const id = await machineByName(db, organizationId, name);
  return id === null ? null : ((await peopleById(db, [id])).get(id) ?? null);
}
