import { exclusionOf } from '../../approval/authorize.ts';
import { requirementOf } from '../../approval/request.ts';
import { countingVotes, tally } from '../../approval/requirement.ts';
import { personById } from '../../store/people.ts';
import { readRequestView, type StoredRequestView } from '../cards/request-view.ts';
import type { Context } from '../context.ts';
import { ownCard } from '../deciding/own-card.ts';
import { refused } from '../managing/managed-refusal.ts';
import type { Managed, Page, Principal } from '../managing/managing.ts';
import type { PlatformName } from '../ports.ts';
import { waitingForPerson } from './waiting-for-person.ts';

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
  const { db } = context;
  if (principal.personId !== personId && principal.role !== 'admin')
    return refused({ kind: 'forbidden', why: 'Only an admin sees what waits for somebody else.' });
  const person = await personById(db, personId);
  if (person?.organizationId !== principal.organizationId) return refused({ kind: 'not_found' });
  const { requests, more } = await waitingForPerson(context, person);
  const rows: PendingRequest[] = [];
  for (const request of requests.slice((page.number - 1) * page.size, page.number * page.size)) {
    const view = await readRequestView(db, request.id, { platform, personId }, request);
    if (view) rows.push({ view, progress: progressOf(view), card: ownCard(view, platform, personId) });
  }
  return { ok: true, value: { rows, total: requests.length, more } };
}

function progressOf({ request, slots, votes, people }: StoredRequestView): PendingRequest['progress'] {
  const { contentVersion } = request;
  const exclusion = exclusionOf(request);
  const counting = countingVotes({ votes, slots, contentVersion, people, exclusion });
  const { fulfilled, needed } = tally(requirementOf(request), slots, counting);
  return { fulfilled, needed };
}
