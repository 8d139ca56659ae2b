import type { Reader } from '../../store/database.ts';
import { peopleById } from '../../store/people.ts';

/** Those of these ids that name nobody of the organization who is active: the deactivated count as missing. */
export async function missingPeople(
  db: Reader,
  organizationId: number,
  ids: readonly number[],
): Promise<number[]> {
  const people = await peopleById(db, ids);
  return ids.filter((id) => {
    const person = people.get(id);
    return person?.organizationId !== organizationId || person.standing === 'deactivated';
  });
}
