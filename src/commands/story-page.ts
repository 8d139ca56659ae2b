import { type Card, type CardLine, type CardSpan, strong, text } from '../approval/card.ts';
import { evidenceSpans } from '../approval/card-progress.ts';
import type { Page, PageAction, PageItem } from '../approval/page.ts';
import { clip } from '../approval/plain-text.ts';
import type { SubmissionState } from '../approval/submission.ts';
import type { Unreached } from '../usecases/approvers/reached-approvers.ts';
import type { ApprovalStatus, DecisionRecord } from '../usecases/requests/list-requests.ts';
import type { RequestStory } from '../usecases/requests/request-story.ts';
import { button, item, section, typed, words } from './answers.ts';
import type { Caller } from './command.ts';
import { personIn, pipelineLink, shownCard } from './request-lines.ts';
import { viaWords } from './via-words.ts';

const MOST_SLOTS = 15;
const MOST_VOTES = 10;
const MOST_FACTS = 10;

/** One request as a page: the three truths (R21), who decides, every vote and why it counts or not. */
export function storyPage(story: RequestStory, caller: Caller): Pick<Page, 'title'> & Partial<Page> {
  const { record, view, may } = story;
  const card = shownCard(view, caller);
  const { statuses, decisions } = record;
  return {
    title: `#${record.number} ${card.title}`,
    intro: [card.status, ...card.warnings],
    sections: [
      section(whatItems(card), { actions: actionsOf(story, card) }),
      section(
        clipped(statuses, MOST_SLOTS, (slot) => slotItem(story, slot)),
        { title: 'Who decides' },
      ),
      section(
        clipped(decisions.toReversed(), MOST_VOTES, (vote) => voteItem(story, vote)),
        {
          title: 'Decisions, newest first',
          empty: 'Nobody has decided yet.',
        },
      ),
      section(harnessItems(story), { title: 'Harness' }),
      section(clipped(view.undelivered, MOST_SLOTS, undeliveredItem), { title: 'Cards that reached nobody' }),
    ],
    notes: [
      ...card.notes,
      words(`Content hash ${view.request.contentHash}`),
      ...(may.reassign
        ? [words(`To give a place to somebody else: ${typed(`reassign ${record.id} @from @to`)}`)]
        : []),
    ],
  };
}

function undeliveredItem({ who, why, platform, askedOn }: Unreached): PageItem {
  const elsewhere = askedOn === null ? [] : [text(` · asked in ${viaWords(askedOn)} instead`)];
  return item([strong(who), text(` · ${viaWords(platform)}: ${why}`), ...elsewhere]);
}

function whatItems(card: Card): PageItem[] {
  const facts = card.facts
    .slice(0, MOST_FACTS)
    .map(({ name, value }) => item([strong(name), text(` ${clip(value, 200)}`)]));
  return [
    ...card.details.map(({ label, line }) => item([strong(`${label} `), ...line])),
    ...(card.message === '' ? [] : [item(words(clip(card.message, 500)))]),
    ...facts,
  ];
}

/** At most three: what needs doing comes before looking. */
function actionsOf({ record, review, may }: RequestStory, card: Card): PageAction[] {
  const actions: PageAction[] = [];
  if (review)
    actions.push({
      kind: 'card',
      label: 'Review',
      style: 'primary',
      press: 'review',
      cardId: review.id,
      contentVersion: review.contentVersion,
    });
  if (may.retry) actions.push(button('Retry', `retry ${record.id}`, 'primary'));
  if (may.choose) actions.push(button('Choose the gate', `choose ${record.id}`, 'primary'));
  if (may.cancel) actions.push(button('Cancel', `cancel ${record.id}`, 'danger'));
  return [...actions, ...pipelineLink(card.pipelineUrl)].slice(0, 3);
}

const SLOT_WORDS: Readonly<Record<ApprovalStatus['status'], string>> = {
  pending: 'has not decided',
  approved: 'approved',
  rejected: 'rejected',
  vacant: 'nobody holds this place',
  closed: 'did not decide before it was over',
};

const ORIGIN_WORDS: Readonly<Record<string, string>> = {
  manager: 'the requester’s manager',
  fallback: 'in somebody’s place',
  reassigned: 'given the place by an admin',
};

function slotItem({ view }: RequestStory, slot: ApprovalStatus): PageItem {
  if (slot.approverId === null)
    return item([strong('Vacant'), text(` · ${slot.vacantBecause ?? SLOT_WORDS.vacant}`)]);
  const origins = slot.origins.flatMap((origin) => ORIGIN_WORDS[origin] ?? []);
  const extra = origins.length > 0 ? ` (${origins.join(', ')})` : '';
  return item([personIn(view, slot.approverId), text(`${extra} · ${SLOT_WORDS[slot.status]}`)]);
}

function voteItem({ view }: RequestStory, vote: DecisionRecord): PageItem {
  const { contentVersion } = view.request;
  const version = contentVersion > 1 ? ` version ${vote.contentVersion}` : '';
  const line: CardSpan[] = [
    personIn(view, vote.personId),
    text(` ${vote.action === 'APPROVE' ? 'approved' : 'rejected'}${version} `),
    { kind: 'time', at: vote.at },
    text(` · ${viaWords(vote.via)}`),
  ];
  const why =
    vote.voidBecause ?? (vote.contentVersion < contentVersion ? 'the request has changed since' : null);
  const said = evidenceSpans({ comment: vote.note, link: vote.link }, 500);
  const details: CardLine[] = [
    ...(said.length > 0 ? [said] : []),
    ...(why === null ? [] : [[strong('Does not count: '), text(why)]]),
  ];
  return item(line, details);
}

const DELIVERY_WORDS: Readonly<Record<SubmissionState, string>> = {
  queued: 'waits to be sent',
  sending: 'is being sent',
  delivered: 'delivered, and confirmed by Harness',
  partial: 'taken by Harness, which wants more approvals of its own',
  delivered_by_other: 'not needed: somebody decided the same in Harness',
  conflict: 'not taken: somebody decided otherwise in Harness',
  superseded: 'not taken: Harness rejected this run because a newer one was approved',
  closed: 'not delivered: the gate was over before',
  needs_input: 'refused for its inputs, which whoever decided has to correct',
  ambiguous: 'not sent: Harness shows several gates, and an admin has to choose',
  dead: 'not delivered; an admin can retry',
};

function harnessItems({ record, view }: RequestStory): PageItem[] {
  const { submission } = record;
  const { harness } = view.request;
  const items: PageItem[] = [];
  if (submission) {
    const what = submission.action === 'APPROVE' ? 'The approval' : 'The rejection';
    const times = `${submission.attempts} ${submission.attempts === 1 ? 'attempt' : 'attempts'}`;
    items.push(
      item(
        [strong(what), text(`: ${DELIVERY_WORDS[submission.state]} · ${times}`)],
        [
          ...(submission.detail ? [words(clip(submission.detail, 500))] : []),
          ...Object.entries(submission.inputProblems)
            .slice(0, MOST_FACTS)
            .map(([name, why]) => words(`${name}: ${clip(why, 200)}`)),
        ],
      ),
    );
  } else items.push(item(words('Nothing was sent to Harness.')));
  if (harness.instanceId === null) items.push(item(words('Harness has not shown the gate.')));
  else {
    const by = harness.decidedBy === null ? '' : ` by ${harness.decidedBy}`;
    const outcome =
      harness.status === null || harness.status === 'WAITING' ? 'waits' : `${harness.status}${by}`;
    const seen: CardSpan[] = harness.lookedAt
      ? [text(' · looked at '), { kind: 'time', at: harness.lookedAt }]
      : [];
    items.push(
      item([strong('Harness says'), text(`: ${outcome}`), ...seen], [words(`Gate ${harness.instanceId}`)]),
    );
  }
  return items;
}

function clipped<T>(all: readonly T[], most: number, draw: (one: T) => PageItem): PageItem[] {
  const drawn = all.slice(0, most).map(draw);
  return all.length > most ? [...drawn, item(words(`and ${all.length - most} more`))] : drawn;
}
