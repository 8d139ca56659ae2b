import { type CardLine, type CardSpan, type CardTone, strong, text } from './card.ts';
import { checkWords, holdsCheck, openChecks } from './checks.ts';
import type { ApprovalRequest, RequestStatus } from './request.ts';
import type { CardReader, Mention, RequestView } from './request-card.ts';
import type { Vote } from './requirement.ts';

export interface Headline {
  tone: CardTone;
  /** The state as one word or two, for the notification. */
  word: string;
  line: CardLine;
  warnings: readonly CardLine[];
}

/**
 * The one line that says how things stand. Three truths are kept apart (R21): what was decided here, whether
 * Harness was told, and what Harness says; the last leads when it is known. Never "approved" on a mere click.
 */
export function requestHeadline(given: {
  view: Pick<RequestView, 'request' | 'slots' | 'votes' | 'people' | 'submission'>;
  counting: readonly Vote[];
  reader: CardReader;
  mention: Mention;
}): Headline {
  const { request } = given.view;
  const { harness } = request;
  if (harness.status !== null && harness.status !== 'WAITING') return harnessHeadline(given);
  if (request.decision) return decidedHeadline(given);
  if (request.status === 'WAITING') return waitingHeadline(given);
  return locallyClosedHeadline(given.view);
}

function waitingHeadline(given: Parameters<typeof requestHeadline>[0]): Headline {
  const { view, counting, reader } = given;
  const { request } = view;
  if (request.problem && request.problem.kind !== 'vacant_slot')
    return { tone: 'trouble', word: 'on hold', line: [strong('On hold')], warnings: [] };
  if (!request.resolved)
    return { tone: 'waiting', word: 'being prepared', line: [strong('Being prepared')], warnings: [] };
  const own = counting.find((vote) => vote.personId === reader.personId);
  const open = openChecks(view.slots, counting);
  const checks = open.length > 0 ? checkWords(open, view.people) : null;
  if (own)
    return {
      tone: 'waiting',
      word: 'waiting for others',
      line: [strong('You approved'), text(` · waiting for ${checks ?? 'the others'}`)],
      warnings: [],
    };
  if (checks && !(reader.personId !== null && holdsCheck(reader.personId, view.slots)))
    return {
      tone: 'waiting',
      word: `waiting for ${checks}`,
      line: [strong(`Waiting for ${checks}`)],
      warnings: [],
    };
  const holdsSlot = view.slots.some((slot) => slot.personId === reader.personId);
  const again = view.votes.some(
    (vote) => vote.personId === reader.personId && vote.contentVersion < request.contentVersion,
  );
  if (holdsSlot && again)
    return {
      tone: 'waiting',
      word: 'changed, please decide again',
      line: [strong('Changed since you decided'), text(' · please look again')],
      warnings: [],
    };
  return {
    tone: 'waiting',
    word: 'waiting for a decision',
    line: [strong(holdsSlot ? 'Waiting for your decision' : 'Waiting for a decision')],
    warnings: [],
  };
}

const DECIDED_WORDS = { APPROVE: 'Approved', REJECT: 'Rejected' } as const;

function decidedBy(given: Parameters<typeof requestHeadline>[0]): CardSpan[] {
  const { view, counting, mention } = given;
  const decision = view.request.decision!;
  if (decision.how === 'no_approval_required') return [text(': no approval is required')];
  if (decision.how === 'expired') return [text(': the time to decide ran out')];
  const agreed = counting.filter((vote) => vote.action === decision.action);
  // Checks let people decide: they are named where nobody else decided.
  const others = agreed.filter((vote) => !holdsCheck(vote.personId, view.slots));
  const deciders = others.length > 0 ? others : agreed;
  const people = deciders.length > 0 ? deciders.map((vote) => vote.personId) : [decision.personId!];
  return [
    text(' by '),
    ...people.flatMap((id, index) => (index === 0 ? [mention(id)] : [text(', '), mention(id)])),
    text(' '),
    { kind: 'time', at: decision.at },
  ];
}

/** Decided here; Harness has not said the last word yet. */
function decidedHeadline(given: Parameters<typeof requestHeadline>[0]): Headline {
  const { view } = given;
  const decision = view.request.decision!;
  const word = DECIDED_WORDS[decision.action];
  const by = decidedBy(given);
  const { submission } = view;
  const state = submission?.state ?? 'queued';
  const why = submission?.detail ?? '';
  if (state === 'dead' || state === 'ambiguous')
    return {
      tone: 'trouble',
      word: `${word.toLowerCase()} here, but not delivered to Harness`,
      line: [strong(`${word} here, not delivered to Harness`), ...by],
      warnings: [[strong('Harness does not know yet. '), text(why)]],
    };
  if (state === 'needs_input')
    return {
      tone: 'trouble',
      word: 'Harness refused the inputs',
      line: [strong(`${word} here, but Harness refused the inputs`), ...by],
      warnings: [[strong('Please correct the inputs. '), text(why)]],
    };
  if (state === 'partial')
    return {
      tone: 'sending',
      word: `${word.toLowerCase()}, Harness wants more approvals`,
      line: [strong(`${word} here, Harness wants more approvals`), ...by],
      warnings: [[text(why)]],
    };
  return {
    tone: 'sending',
    word: `${word.toLowerCase()}, telling Harness`,
    line: [strong(`${word}, telling Harness …`), ...by],
    warnings: why === '' ? [] : [[text(why)]],
  };
}

const OUTCOME_WORDS: Readonly<Record<Exclude<RequestStatus, 'WAITING'>, string>> = {
  APPROVED: 'Approved',
  REJECTED: 'Rejected',
  EXPIRED: 'Expired in Harness',
  ABORTED: 'Run aborted in Harness',
  FAILED: 'Failed in Harness',
};

/** Harness has spoken: its outcome leads, and how ours relates to it follows. */
function harnessHeadline(given: Parameters<typeof requestHeadline>[0]): Headline {
  const { view } = given;
  const { harness, decision } = view.request;
  const status = harness.status as Exclude<RequestStatus, 'WAITING'>;
  const word = OUTCOME_WORDS[status];
  const tone: CardTone = status === 'APPROVED' ? 'approved' : status === 'REJECTED' ? 'rejected' : 'closed';
  const state = view.submission?.state;
  if (state === 'delivered' && decision)
    return {
      tone,
      word: word.toLowerCase(),
      line: [strong(word), ...decidedBy(given), text(' · confirmed by Harness')],
      warnings: [],
    };
  if (state === 'superseded' || harness.decidedHow === 'superseded')
    return {
      tone: 'closed',
      word: 'rejected by Harness: a newer run was approved',
      line: [strong('Rejected by Harness'), text(': a newer run of this pipeline was approved')],
      warnings: [],
    };
  const inHarness = outcomeInHarness(harness, word);
  const line = inHarness.filter((span) => span.kind !== 'text' || span.text !== '');
  const headline = { tone, word: `${word.toLowerCase()} in Harness`, line, warnings: [] as CardLine[] };
  if (!decision) return { ...headline, word: lowered(line) };
  const same = status === (decision.action === 'APPROVE' ? 'APPROVED' : 'REJECTED');
  if (same) return { ...headline, word: lowered(line) };
  return {
    ...headline,
    tone: 'trouble',
    word: lowered(line),
    warnings: [
      [
        strong('Differs from the decision here: '),
        text(`${DECIDED_WORDS[decision.action].toLowerCase()}`),
        ...decidedBy(given),
        text('. What Harness says is what happened.'),
      ],
    ],
  };
}

/** What came to pass in Harness, and by whom or what. */
function outcomeInHarness(
  { status, decidedBy, decidedHow, runEnded }: ApprovalRequest['harness'],
  word: string,
): CardSpan[] {
  if (decidedHow === 'auto_approval')
    return [strong('Approved automatically in Harness'), text(': the time set in its step came')];
  if (status === 'APPROVED' || status === 'REJECTED')
    return [strong(`${word} in Harness`), text(decidedBy ? ` by ${decidedBy}` : '')];
  if (status === 'ABORTED' && runEnded !== null && runEnded !== 'Aborted')
    return [strong('Run ended in Harness'), text(` without a decision here (${runEnded})`)];
  if (status === 'FAILED' && runEnded !== null) return [strong('Run failed in Harness')];
  return [strong(word)];
}

function lowered(line: CardLine): string {
  const words = line.map((span) => (span.kind === 'text' ? span.text : '')).join('');
  return words.charAt(0).toLowerCase() + words.slice(1);
}

function locallyClosedHeadline(view: Pick<RequestView, 'request'>): Headline {
  const { request } = view;
  const word = request.status === 'EXPIRED' ? 'Expired' : 'Cancelled';
  const until: CardSpan[] =
    request.harness.deadline === null
      ? [text('The pipeline may still wait in Harness.')]
      : [
          text('The pipeline still waits in Harness until '),
          { kind: 'time', at: request.harness.deadline - request.harness.skewMs },
          text('.'),
        ];
  return {
    tone: 'closed',
    word: word.toLowerCase(),
    line: request.closedReason ? [strong(word), text(`: ${request.closedReason}`)] : [strong(word)],
    warnings: [until],
  };
}
