import { type CardLine, type CardSpan, strong, text } from './card.ts';
import { checkLine, evidenceSpans } from './card-progress.ts';
import { holdsCheck } from './checks.ts';
import { nameIn, type RequestView } from './request-card.ts';
import { requestHeadline } from './request-headline.ts';
import { decidingVotes, type Vote } from './requirement.ts';

export type ThreadView = Pick<RequestView, 'request' | 'slots' | 'votes' | 'people' | 'submission'>;

/** One reply below a card. The key is told once per card, whatever happens. */
export interface ThreadLine {
  key: string;
  line: CardLine;
}

/** Whether a line tells a decision that Harness has not answered yet: its outcome, once known, makes it needless. */
export function isInterim(key: string): boolean {
  return key.startsWith('decided-');
}

const COMMENT_LENGTH = 2000;

/**
 * What the thread of a shared card has to tell as of now and has not told yet: what checks came to, the comments of
 * votes that count,
 * the decision, and how it ended (R21: Harness's outcome, once known, is told in place of ours). Names are plain:
 * nobody named here has anything left to do. `told` are the keys told before, oldest first.
 */
export function threadLines(view: ThreadView, told: readonly string[]): ThreadLine[] {
  const lines = [...commentLines(view), ...takenBackLine(view, told), ...outcomeLine(view, told)];
  return lines.filter(({ key }) => !told.includes(key));
}

function person(view: ThreadView, personId: number): CardSpan {
  return { kind: 'person', personId, name: nameIn(view.people, personId), externalId: null };
}

const VOTED = { APPROVE: ' approved: ', REJECT: ' rejected: ' } as const;

function commentLines(view: ThreadView): ThreadLine[] {
  return view.votes
    .filter((vote) => vote.voidBecause === null)
    .flatMap((vote): ThreadLine[] => {
      const who = person(view, vote.personId);
      // A check's vote may be carried over to another version: it is told once all the same.
      if (holdsCheck(vote.personId, view.slots))
        return [{ key: `check-${vote.personId}-${vote.at}`, line: checkLine(vote, who, COMMENT_LENGTH) }];
      const said = evidenceSpans(vote, COMMENT_LENGTH);
      if (said.length === 0) return [];
      return [{ key: `vote-${vote.id}-${vote.at}`, line: [who, text(VOTED[vote.action]), ...said] }];
    });
}

/** A decision that was told and is one no more, since Harness showed it does not stand (R4, R13). */
function takenBackLine({ request }: ThreadView, told: readonly string[]): ThreadLine[] {
  const last = told.findLast((key) => /^(decided|taken-back)-/.test(key));
  if (request.status !== 'WAITING' || request.decision !== null || !last?.startsWith('decided-')) return [];
  const line = [strong('Taken back'), text(': the decision does not stand and was not sent to Harness.')];
  return [{ key: last.replace('decided', 'taken-back'), line }];
}

function outcomeLine(view: ThreadView, told: readonly string[]): ThreadLine[] {
  const key = outcomeKey(view);
  if (key === null || told.includes(key)) return [];
  const { line, warnings } = requestHeadline({
    view,
    counting: counted(view),
    reader: { personId: null, part: 'subscriber', accounts: new Map(), shared: true },
    mention: (personId) => person(view, personId),
  });
  return [{ key, line: [...line, ...warnings.flatMap((more) => [text('. '), ...more])] }];
}

/** Names the outcome, so that it is told once; null = there is none yet. */
function outcomeKey({ request, submission }: ThreadView): string | null {
  const { harness, decision } = request;
  if (harness.status !== null && harness.status !== 'WAITING') return `harness-${harness.status}`;
  if (decision === null) return request.status === 'WAITING' ? null : `closed-${request.status}`;
  const state = submission?.state;
  const stopped = state === 'dead' || state === 'ambiguous' || state === 'needs_input' || state === 'partial';
  if (stopped) return `${state}-${decision.at}`;
  // Nobody decided, and the card was posted with these words.
  if (decision.how === 'no_approval_required') return null;
  return `decided-${decision.action}-${decision.at}`;
}

function counted({ request, slots, votes }: ThreadView): Vote[] {
  return decidingVotes({ votes, slots, contentVersion: request.contentVersion });
}
