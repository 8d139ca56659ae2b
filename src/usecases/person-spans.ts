import type { CardSpan } from '../approval/card.ts';
import type { Person } from '../approval/person.ts';
import { identitiesOf } from '../store/identities.ts';
import { peopleById } from '../store/people.ts';
import type { Context } from './context.ts';
import type { Principal } from './managing.ts';
import type { PlatformName } from './ports.ts';

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
    [...people].map(([personId, { name }]) => [
      personId,
      { kind: 'person', personId, name, externalId: accounts.get(personId)?.external_id ?? null },
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
