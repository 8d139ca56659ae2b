import { authorize, type RequestAction } from '../../approval/authorize.ts';
import { awaits } from '../../approval/awaits.ts';
import { selfOf } from '../../approval/person.ts';
import type { Refusal } from '../../approval/refusal.ts';
import { readRequestView, type StoredRequestView } from '../cards/request-view.ts';
import type { Context } from '../context.ts';
import { ownCard } from '../deciding/own-card.ts';
import { cancelling } from '../deciding/repair-request.ts';
import { awaitsChoice } from '../gates/choose-gate.ts';
import { refused } from '../managing/managed-refusal.ts';
import type { Managed, Principal } from '../managing/managing.ts';
import type { PlatformName } from '../ports.ts';
import { getRequest } from './list-requests.ts';
import type { RequestRecord } from './request-record.ts';

/** A request with everything that is known of it, and what its reader may do. */
export interface RequestStory {
  record: RequestRecord;
  view: StoredRequestView;
  /** The reader's own card, where the request waits for their decision. */
  review: { id: string; contentVersion: number } | null;
  may: { retry: boolean; cancel: boolean; reassign: boolean; choose: boolean };
}

/** One request to whoever may see it; not_found for all others (R26). */
export async function readRequestStory(
  context: Context,
  principal: Principal,
  platform: PlatformName,
  id: string,
): Promise<Managed<RequestStory>> {
  const found = await getRequest(context, principal, id);
  if (!found.ok) return found;
  const record = found.value;
  const { personId } = principal;
  const view = await readRequestView(context.db, id, { platform, personId });
  if (!view) return refused({ kind: 'not_found' });
  const person = personId === null ? null : (view.people.get(personId) ?? null);
  const { request, submission } = view;
  const slots = view.slots.map((slot) => {
    const holder = slot.personId === null ? undefined : view.people.get(slot.personId);
    return holder ? { ...slot, personId: selfOf(holder) } : slot;
  });
  const may = (action: RequestAction): Refusal | null => authorize(person, action, request, slots);
  const decides = person !== null && awaits(person, view, context.clock.now());
  return {
    ok: true,
    value: {
      record,
      view,
      review: decides ? ownCard(view, platform, person.id) : null,
      may: {
        retry: submission?.state === 'dead' && may({ kind: 'retry_submission' }) === null,
        cancel:
          may({ kind: 'cancel' }) === null && cancelling(request, (submission?.posts ?? 0) > 0) === null,
        // -1 = anybody but the reader.
        choose: awaitsChoice(request, submission) && may({ kind: 'choose_instance' }) === null,
        reassign: request.status === 'WAITING' && may({ kind: 'reassign', toPersonId: -1 }) === null,
      },
    },
  };
}
