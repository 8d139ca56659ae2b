import type { Card, CardLine } from '../../approval/card.ts';
import { strong, text } from '../../approval/card.ts';
import type { PageAction, PageItem, PageSection } from '../../approval/page.ts';
import { clip } from '../../approval/plain-text.ts';
import { type CardReader, requestCard } from '../../approval/request-card.ts';
import { placesSettledSince, requestsAskedBy } from '../../store/home-lists.ts';
import type { SlotState } from '../../store/request-tables.ts';
import { readRequestView, type StoredRequestView } from '../cards/request-view.ts';
import { ownCard } from '../deciding/own-card.ts';
import { waitingForPerson } from '../requests/waiting-for-person.ts';
import { type HomeContext, type HomeReader, listSection, MOST_LISTED } from './home-section.ts';

/** How long a decision counts as recent. */
const RECENT_MS = 14 * 86_400_000;
const MESSAGE_MAX = 140;

/** A request as its reader's card tells it, with that card's id; '' where the reader has none. */
export interface ShownRequest {
  view: StoredRequestView;
  card: Card;
}

export async function readShown(
  { db }: HomeContext,
  reader: HomeReader,
  requestId: string,
  part: CardReader['part'],
): Promise<ShownRequest | null> {
  const personId = reader.person.id;
  const view = await readRequestView(db, requestId, { platform: reader.platform, personId });
  if (!view) return null;
  const own = ownCard(view, reader.platform, personId);
  const { accounts } = view;
  return { view, card: requestCard(view, own?.id ?? '', { personId, part, accounts, shared: false }) };
}

/** What and where, in one line. */
export function requestLine({ view, card }: ShownRequest): CardLine {
  return [strong(card.title), text(` · ${view.request.content.execution.project}`)];
}

/** Which run, who asked, since when. */
export function originLine({ view, card }: ShownRequest): CardLine {
  const { content, harness, createdAt } = view.request;
  const run = harness.runSequence === null ? '' : `, run ${harness.runSequence}`;
  const asked = card.details.find(({ label }) => label === 'Asked by')?.line ?? [];
  return [
    text(`${harness.pipelineName ?? content.execution.pipeline}${run} · asked by `),
    ...asked,
    text(' · '),
    { kind: 'time', at: createdAt },
  ];
}

export function pipelineLink({ card }: ShownRequest): PageAction[] {
  return card.pipelineUrl === null ? [] : [{ label: 'Open pipeline', kind: 'link', url: card.pipelineUrl }];
}

/** What this person may decide now, with the buttons of their own card; and how many there are. */
export async function waitingSection(
  context: HomeContext,
  reader: HomeReader,
): Promise<{ section: PageSection; total: number; more: boolean }> {
  const { requests, more } = await waitingForPerson(context, reader.person);
  const section = await listSection(reader, {
    section: 'waiting',
    title: 'Waiting for me',
    all: requests,
    empty: null,
    draw: async ({ id }) => {
      const shown = await readShown(context, reader, id, 'approver');
      return shown && { line: requestLine(shown), details: waitingLines(shown), actions: decisions(shown) };
    },
  });
  return { section, total: requests.length, more };
}

function waitingLines(shown: ShownRequest): CardLine[] {
  const { request } = shown.view;
  const message = request.content.message.trim();
  const { deadline, skewMs } = request.harness;
  const until = request.expiresAt ?? (deadline === null ? null : deadline - skewMs);
  return [
    ...(request.problem === null ? [] : shown.card.warnings.slice(0, 1)),
    originLine(shown),
    ...(message === '' ? [] : [[text(`“${clip(message.replace(/\s+/g, ' '), MESSAGE_MAX)}”`)]]),
    ...(until === null ? [] : [[text('Decide before '), { kind: 'time' as const, at: until }]]),
  ];
}

function decisions({ card }: ShownRequest): PageAction[] {
  const { cardId, contentVersion } = card;
  if (cardId === '') return [];
  const pressed = { kind: 'card', cardId, contentVersion } as const;
  return card.actions.flatMap((action): PageAction[] => {
    if (action.kind === 'approve' && action.opensForm)
      return [{ label: 'Review', style: 'primary', ...pressed, press: 'review' }];
    if (action.kind === 'approve') {
      const confirm = { title: 'Approve?', text: action.confirm, button: 'Approve' };
      return [{ label: 'Approve', style: 'primary', confirm, ...pressed, press: 'approve' }];
    }
    if (action.kind === 'reject') return [{ label: 'Reject', style: 'danger', ...pressed, press: 'reject' }];
    return [];
  });
}

/** What this person asked for, with the three truths of each (R21). */
export async function mineSection(context: HomeContext, reader: HomeReader): Promise<PageSection> {
  return listSection(reader, {
    section: 'mine',
    title: 'My requests',
    all: await requestsAskedBy(context.db, reader.person.id, MOST_LISTED),
    empty: null,
    draw: async (id) => {
      const shown = await readShown(context, reader, id, 'requester');
      return shown && stateItem(shown, shown.card.status);
    },
  });
}

const OWN_PART: Readonly<Record<SlotState, string>> = {
  approved: 'You approved · ',
  rejected: 'You rejected · ',
  closed: 'You were asked · ',
  pending: 'You were asked · ',
  vacant: '',
};

/** What this person decided or was asked in the last 14 days. */
export async function recentSection(context: HomeContext, reader: HomeReader): Promise<PageSection> {
  const since = context.clock.now() - RECENT_MS;
  const places = await placesSettledSince(context.db, reader.person.id, since, MOST_LISTED);
  return listSection(reader, {
    section: 'recent',
    title: 'Recent decisions',
    all: places,
    empty: null,
    draw: async ({ requestId, state }) => {
      const shown = await readShown(context, reader, requestId, 'subscriber');
      return shown && stateItem(shown, [text(OWN_PART[state]), ...shown.card.status]);
    },
  });
}

function stateItem(shown: ShownRequest, state: CardLine): PageItem {
  return {
    line: requestLine(shown),
    details: [state, ...shown.card.warnings.slice(0, 1), originLine(shown)],
    actions: pipelineLink(shown),
  };
}
