import type { RequestStatus } from '../../approval/request.ts';
import { pageOfRequests } from '../../store/list-requests.ts';
import { readRequestView, type StoredRequestView } from '../cards/request-view.ts';
import type { Context } from '../context.ts';
import type { Filter, Managed, Page, Principal } from '../managing/managing.ts';
import type { PlatformName } from '../ports.ts';
import { seenBy } from './seen-by.ts';

/** What of the past somebody wants to see. Empty lists and nulls narrow nothing. */
export interface HistoryQuery {
  /** Only what concerns the asker; members see no more than that anyhow. */
  mine: boolean;
  statuses: readonly RequestStatus[];
  eventIds: readonly number[];
  /** Each of them holds a place in it, or asked for it. */
  personIds: readonly number[];
  /** Epoch ms. */
  since: number | null;
  page: { number: number; size: number };
}

/** Requests with all that their cards tell, newest first, as far as the principal may see them (R26). */
export async function listHistory(
  context: Context,
  principal: Principal,
  platform: PlatformName,
  query: HistoryQuery,
): Promise<Managed<Page<StoredRequestView>>> {
  const { db } = context;
  const { personId, organizationId } = principal;
  const own = { kind: 'person', personId: personId ?? -1 } as const;
  const { rows, total } = await pageOfRequests(
    db,
    {
      organizationId,
      seenBy: query.mine ? own : await seenBy(db, principal),
      filters: filtersOf(query),
    },
    query.page,
    true,
  );
  const views: StoredRequestView[] = [];
  for (const { id } of rows) {
    const view = await readRequestView(db, id, { platform, personId });
    if (view) views.push(view);
  }
  return { ok: true, value: { rows: views, total } };
}

function filtersOf({ statuses, eventIds, personIds, since }: HistoryQuery): Filter[] {
  const one = (field: string, values: readonly (string | number)[], op: Filter['op'] = 'eq'): Filter[] =>
    values.length === 0 ? [] : [{ field, op, values: values.map(String) }];
  return [
    ...one('status', statuses),
    ...one('event_id', eventIds),
    ...one('involved_id', personIds),
    ...one('created_at', since === null ? [] : [new Date(since).toISOString()], 'gt_eq'),
  ];
}
