import type { StoredRequest } from '../../store/approval-requests.ts';
import { newestOfEachPipeline } from '../../store/gates.ts';
import type { Context } from '../context.ts';
import { refused } from '../managing/managed-refusal.ts';
import type { Managed, Page, Principal } from '../managing/managing.ts';
import { listsPipeline } from '../opening/listed-pipelines.ts';
import { type EventPipeline, type EventRecord, listEvents, loadEvents } from '../workflows/manage-events.ts';

/** What an event's pipelines showed of their gates. */
export interface EventGates {
  event: EventRecord;
  /** Which may ask; empty = any pipeline (R1). */
  listed: readonly EventPipeline[];
  /** One per pipeline that asked; gates that others can decide come first. */
  gates: readonly Gate[];
  /** Those of the list from which no request ever came. */
  neverSeen: readonly EventPipeline[];
  /** More pipelines asked than were looked at. */
  more: boolean;
}

/** A pipeline's gate as its newest request showed it. Times are epoch ms. */
export interface Gate {
  requestId: string;
  openedAt: number;
  org: string;
  project: string;
  pipeline: string;
  /** Harness's name for it; null when it was never told. */
  pipelineName: string | null;
  /** The event's list, if there is one, still names it. */
  mayAsk: boolean;
  /** Harness showed the gate. */
  seen: boolean;
  /** Harness showed the run, too, so that who asked is its word. */
  confirmed: boolean;
  /** Who besides the bot may decide it in Harness itself, in words; null = nobody known (R23). */
  othersMayDecide: string | null;
  /** null = before this was noted, or never. */
  lookedAt: number | null;
}

const MOST_PIPELINES = 200;

/** Events with the gates of their pipelines (R23), by name; of one event or a page of all. Admins only. */
export async function listGates(
  context: Context,
  principal: Principal,
  query: { eventId: number | null; page: { number: number; size: number } },
): Promise<Managed<Page<EventGates>>> {
  if (principal.role !== 'admin') return refused({ kind: 'forbidden', why: 'Only an admin sees the gates.' });
  const events = await eventsOf(context, principal, query);
  if (!events.ok) return events;
  const rows: EventGates[] = [];
  for (const event of events.value.rows) rows.push(await gatesOf(context, event));
  return { ok: true, value: { rows, total: events.value.total } };
}

async function eventsOf(
  context: Context,
  principal: Principal,
  { eventId, page }: Parameters<typeof listGates>[2],
): Promise<Managed<Page<EventRecord>>> {
  if (eventId === null)
    return listEvents(context, principal, {
      filters: [{ field: 'status', op: 'eq', values: ['1'] }],
      sort: [{ field: 'name', descending: false }],
      page,
    });
  const event = (await loadEvents(context, principal, [eventId])).get(eventId);
  return event ? { ok: true, value: { rows: [event], total: 1 } } : refused({ kind: 'not_found' });
}

async function gatesOf({ db }: Context, event: EventRecord): Promise<EventGates> {
  const listed = event.pipelines;
  const newest = await newestOfEachPipeline(db, event.organizationId, event.id, MOST_PIPELINES + 1);
  const gates = newest.slice(0, MOST_PIPELINES).map((request) => gateOf(request, listed));
  return {
    event,
    listed,
    gates: gates.toSorted(
      (left, right) => rank(left) - rank(right) || nameOf(left).localeCompare(nameOf(right)),
    ),
    neverSeen: listed.filter((one) => !newest.some(({ content }) => listsPipeline([one], content.execution))),
    more: newest.length > MOST_PIPELINES,
  };
}

function gateOf({ id, createdAt, content, harness }: StoredRequest, listed: readonly EventPipeline[]): Gate {
  const { execution } = content;
  return {
    requestId: id,
    openedAt: createdAt,
    org: execution.org,
    project: execution.project,
    pipeline: execution.pipeline,
    pipelineName: harness.pipelineName,
    mayAsk: listed.length === 0 || listsPipeline(listed, execution),
    seen: harness.instanceId !== null,
    confirmed: harness.confirmed,
    othersMayDecide: harness.othersMayDecide,
    lookedAt: harness.lookedAt ?? null,
  };
}

/** What needs somebody's eye comes first. */
function rank({ othersMayDecide, seen }: Gate): number {
  if (othersMayDecide !== null) return 0;
  return seen ? 2 : 1;
}

function nameOf({ org, project, pipeline }: Gate): string {
  return `${org}/${project}/${pipeline}`;
}
