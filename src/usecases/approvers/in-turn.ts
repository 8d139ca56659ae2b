import type { NewSlot } from '../../approval/approvers.ts';
import { exclusionOf } from '../../approval/authorize.ts';
import { isCheck, openChecks } from '../../approval/checks.ts';
import { countingVotes } from '../../approval/requirement.ts';
import type { Trx } from '../../store/database.ts';
import type { Addressees } from '../cards/address-cards.ts';
import { readRulingState } from '../deciding/ruling-state.ts';

/**
 * While checks are open, the people's cards wait; the vote that lets the last check pass addresses them. `places`: the
 * request's, as they are stored.
 */
export async function inTurn(
  trx: Trx,
  requestId: string,
  places: readonly NewSlot[],
  addressees: Addressees,
): Promise<Addressees> {
  if (!places.some(isCheck)) return addressees;
  const { request, slots, votes, people } = (await readRulingState(trx, requestId))!;
  const { contentVersion } = request;
  const counting = countingVotes({ votes, slots, contentVersion, people, exclusion: exclusionOf(request) });
  if (openChecks(slots, counting).length === 0) return addressees;
  const later = slots.flatMap((slot) => (isCheck(slot) ? [] : (slot.personId ?? [])));
  return { ...addressees, laterIds: new Set(later) };
}
