import { type CardLine, type CardSpan, hostOf, strong, text } from './card.ts';
import { holdsCheck, isCheck, openChecks } from './checks.ts';
import { clip } from './plain-text.ts';
import { requirementOf } from './request.ts';
import type { Mention, RequestView } from './request-card.ts';
import { tally, type Vote } from './requirement.ts';

/** How far a request has come: what each check came to, who approved, who is waited for, what they said. */
export function progress(view: RequestView, counting: readonly Vote[], mention: Mention): CardLine[] {
  const requirement = requirementOf(view.request);
  const { slots, request } = view;
  if (requirement === 'none' || slots.length === 0) return [];
  const lines = checkLines(view, counting, mention);
  const places = slots.filter((slot) => !isCheck(slot));
  if (places.length === 0) return lines;
  const votes = counting.filter((vote) => !holdsCheck(vote.personId, slots));
  const { fulfilled, needed } = tally(requirement, places, votes);
  const voted = new Set(votes.map((vote) => vote.personId));
  const approved = votes.filter((vote) => vote.action === 'APPROVE');
  const rejected = votes.filter((vote) => vote.action === 'REJECT');
  const later = openChecks(slots, counting).length > 0 && request.status === 'WAITING';
  const line: CardSpan[] =
    requirement === 'any'
      ? [strong(later ? 'Then any one of these may decide' : 'Any one of these may decide')]
      : [
          strong(
            later
              ? `Then ${needed === 1 ? 'this one' : `all ${needed} of these`} must approve`
              : `${fulfilled} of ${needed} approved`,
          ),
        ];
  if (approved.length > 0)
    line.push(text(' · approved by '), ...joined(approved.map((vote) => mention(vote.personId))));
  if (rejected.length > 0)
    line.push(text(' · rejected by '), ...joined(rejected.map((vote) => mention(vote.personId))));
  if (request.status === 'WAITING') {
    const waiting = unique(
      places.flatMap((slot) => (slot.personId !== null && !voted.has(slot.personId) ? [slot.personId] : [])),
    );
    if (waiting.length > 0)
      line.push(text(requirement === 'any' || later ? ': ' : ' · waiting for '), ...named(waiting, mention));
  }
  if (request.status === 'WAITING' || requirement === 'all') lines.push(line);
  for (const vote of votes) {
    const said = evidenceSpans(vote, 500);
    if (said.length > 0) lines.push([mention(vote.personId), text(': '), ...said]);
  }
  return lines;
}

/** What each check has come to: “✅ Check passed: Smoke tests (machine) · “214 tests green” · ci.example.com”. */
function checkLines(view: RequestView, counting: readonly Vote[], mention: Mention): CardLine[] {
  return view.slots.filter(isCheck).flatMap(({ personId }): CardLine[] => {
    if (personId === null) return [];
    const vote = counting.find((one) => one.personId === personId);
    if (vote) return [checkLine(vote, mention(personId), 500)];
    if (view.request.status !== 'WAITING') return [];
    return [[text('⏳ '), strong('Waiting for the check: '), mention(personId)]];
  });
}

/** The result of a check, whose it is, and what it rests on. */
export function checkLine(vote: Vote, who: CardSpan, length: number): CardLine {
  const said = evidenceSpans(vote, length);
  return [
    ...(vote.action === 'APPROVE'
      ? [text('✅ '), strong('Check passed: ')]
      : [text('❌ '), strong('Check failed: ')]),
    who,
    ...(said.length > 0 ? [text(' · '), ...said] : []),
  ];
}

/** A vote's comment and the link it rests on, as its author gave them; empty where there is neither. */
export function evidenceSpans({ comment, link }: Pick<Vote, 'comment' | 'link'>, length: number): CardSpan[] {
  const spans: CardSpan[] = [];
  if (comment.trim() !== '') spans.push(text(`“${clip(comment.trim(), length)}”`));
  if (link && hostOf(link.url) !== '') {
    if (spans.length > 0) spans.push(text(' · '));
    if (link.title !== '') spans.push(text(`${clip(link.title, 60)}: `));
    spans.push({ kind: 'link', url: link.url });
  }
  return spans;
}

const MOST_NAMED = 12;

function named(personIds: readonly number[], mention: Mention): CardSpan[] {
  const shown = personIds.slice(0, MOST_NAMED).map(mention);
  const more = personIds.length - shown.length;
  return more > 0 ? [...joined(shown), text(` and ${more} more`)] : joined(shown);
}

function joined(spans: readonly CardSpan[]): CardSpan[] {
  return spans.flatMap((span, index) => (index === 0 ? [span] : [text(', '), span]));
}

export function unique(ids: readonly number[]): number[] {
  return [...new Set(ids)];
}
