import { exclusionOf } from '../approval/authorize.ts';
import { awaits } from '../approval/awaits.ts';
import { requirementOf } from '../approval/request.ts';
import { countingVotes, tally } from '../approval/requirement.ts';
import { pendingPlacesOf } from '../store/pending-requests.ts';
import { personById } from '../store/people.ts';
import type { Context } from './context.ts';
import { refused } from './managed-refusal.ts';
import type { Managed, Page, Principal } from './managing.ts';
import { ownCard } from './own-card.ts';
import type { PlatformName } from './ports.ts';
import { readRequestView, type StoredRequestView } from './request-view.ts';

/** One request that waits for somebody's decision. */
export interface PendingRequest {
  view: StoredRequestView;
  /** Of the approvals that are needed, how many are there. */
  progress: { fulfilled: number; needed: number };
  /** That person's own card on the reader's platform; null when they have none. */
  card: { id: string; contentVersion: number } | null;
}

export interface PendingPage extends Page<PendingRequest> {
  /** More wait than were looked at. */
  more: boolean;
}

/** How many places are looked at; whoever has more waiting sees the newest. */
const MOST = 200;

/**
 * What waits for one person's decision, newest first: exactly what they may decide now and have not (R13). One's own
 * for everybody, somebody else's for admins.
 */
export async function listPending(
  context: Context,
  principal: Principal,
  platform: PlatformName,
  personId: number,
  page: { number: number; size: number },
): Promise<Managed<PendingPage>> {
  const { db, clock } = context;
  if (principal.personId !== personId && principal.role !== 'admin')
    return refused({ kind: 'forbidden', why: 'Only an admin sees what waits for somebody else.' });
  const person = await personById(db, personId);
  if (person?.organizationId !== principal.organizationId) return refused({ kind: 'not_found' });
  const places = await pendingPlacesOf(db, personId, MOST + 1);
  const waiting = places
    .slice(0, MOST)
    // No votes: a place with one on the present version is not pending.
    .filter(({ request, slot }) => awaits(person, { request, slots: [slot], votes: [] }, clock.now()));
  const rows: PendingRequest[] = [];
  for (const { request } of waiting.slice((page.number - 1) * page.size, page.number * page.size)) {
    const view = await readRequestView(db, request.id, { platform, personId });
    if (view)
      rows.push({ view, progress: progressOf(view), card: await ownCard(context, view, platform, personId) });
  }
  return { ok: true, value: { rows, total: waiting.length, more: places.length > MOST } };
}

function progressOf({ request, slots, votes, people }: StoredRequestView): PendingRequest['progress'] {
  const { contentVersion } = request;
  const exclusion = exclusionOf(request);
  const counting = countingVotes({ votes, slots, contentVersion, people, exclusion });
  const { fulfilled, needed } = tally(requirementOf(request), slots, counting);
  return { fulfilled, needed };
}
