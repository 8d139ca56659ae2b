import { APPROVED_BY, askedInputs, offeredValues } from './approver-input.ts';
import type { Slot } from './approvers.ts';
import { authorize, exclusionOf, type RequestAction } from './authorize.ts';
import { type Card, type CardAction, type CardLine, type CardSpan, text } from './card.ts';
import { progress, unique } from './card-progress.ts';
import { holdsCheck, openChecks } from './checks.ts';
import { AUTO_REJECT_WARNING, gateWords } from './gate-words.ts';
import { calledName, type Person } from './person.ts';
import { clip } from './plain-text.ts';
import { discussionLines, isWaiting, type Question, unanswered } from './question.ts';
import type { ApprovalRequest } from './request.ts';
import { requestHeadline } from './request-headline.ts';
import { requestNotes, requestWarnings } from './request-notes.ts';
import { countingVotes, decidingVotes, type Vote } from './requirement.ts';
import type { Submission } from './submission.ts';

/** A request and all that its cards tell, as of one moment. */
export interface RequestView {
  request: ApprovalRequest;
  slots: readonly Slot[];
  votes: readonly Vote[];
  /** Everybody the card may name. */
  people: ReadonlyMap<number, Person>;
  submission: Submission | null;
  /** Oldest first. */
  questions: readonly Question[];
  notAsked: readonly { who: string; why: string }[];
  /** Approvers whose card could not be brought to them. */
  unreachable: readonly { who: string; why: string }[];
  /** Epoch ms; null = it never happened. */
  lateChangeAt: number | null;
}

/** For whom a card is drawn. */
export interface CardReader {
  personId: number | null;
  part: 'approver' | 'subscriber' | 'requester' | 'admin' | 'former';
  /** Their account id on the card's platform, for mentions: person id → id. */
  accounts: ReadonlyMap<number, string>;
  /** In a shared channel only people who must still act are mentioned. */
  shared: boolean;
  /** Inputs one by one and with their whole values, as somebody reviews them. */
  inFull?: boolean;
}

/** What a request's card says to one reader (R21: Harness's outcome is the headline when known). */
export function requestCard(view: RequestView, cardId: string, reader: CardReader): Card {
  const { request } = view;
  const { content } = request;
  const counting = shownVotes(view);
  const mention = mentioner(view, reader, counting);
  const headline = requestHeadline({ view, counting, reader, mention });
  return {
    requestId: request.id,
    cardId,
    contentVersion: request.contentVersion,
    summary: clip(summaryOf(view, headline.word, reader, isTurnOf(view, counting, reader)), 300),
    title: content.event.name,
    tone: headline.tone,
    status: headline.line,
    details: details(view, mention, reader.inFull ?? false),
    message: content.message,
    facts: content.facts,
    links: content.links,
    progress: progress(view, counting, mention),
    discussion: discussionLines(view.questions, view.people),
    warnings: [...headline.warnings, ...requestWarnings(view, reader)],
    notes: requestNotes(view),
    actions: actions(view, counting, reader),
    pipelineUrl: content.execution.url,
    deciders: reader.shared ? deciders(view).flatMap((id) => reader.accounts.get(id) ?? []) : [],
  };
}

/** What counts now or, once it is decided, what decided it: somebody who leaves later is not struck off (R13). */
function shownVotes({ request, slots, votes, people }: RequestView): Vote[] {
  const { contentVersion } = request;
  if (request.decision) return decidingVotes({ votes, slots, contentVersion });
  return countingVotes({ votes, slots, contentVersion, people, exclusion: exclusionOf(request) });
}

/** What somebody is called on a card. */
export function nameIn(people: ReadonlyMap<number, Person>, personId: number): string {
  const person = people.get(personId);
  return person ? calledName(person) : 'somebody';
}

export type Mention = (personId: number) => CardSpan;

function mentioner(view: RequestView, reader: CardReader, counting: readonly Vote[]): Mention {
  const acted = new Set(counting.map((vote) => vote.personId));
  const later = openChecks(view.slots, counting).length > 0;
  return (personId) => {
    const mustAct =
      view.request.status === 'WAITING' &&
      (!later || holdsCheck(personId, view.slots)) &&
      view.slots.some((slot) => slot.personId === personId) &&
      !acted.has(personId);
    return {
      kind: 'person',
      personId,
      name: nameIn(view.people, personId),
      externalId: !reader.shared || mustAct ? (reader.accounts.get(personId) ?? null) : null,
    };
  };
}

/** Whether no check keeps the reader from deciding. */
function isTurnOf(
  { slots }: Pick<RequestView, 'slots'>,
  counting: readonly Vote[],
  { personId }: CardReader,
): boolean {
  return openChecks(slots, counting).length === 0 || (personId !== null && holdsCheck(personId, slots));
}

function summaryOf(view: RequestView, word: string, reader: CardReader, isTurn: boolean): string {
  const { content, status, problem } = view.request;
  const where = content.execution.project;
  const asker = requesterName(view);
  if (status === 'WAITING' && reader.part === 'approver' && !problem && isTurn)
    return `Approve ${content.event.name} (${where})?${asker ? ` Asked by ${asker}` : ''}`;
  return `${content.event.name} (${where}): ${word}${asker ? `. Asked by ${asker}` : ''}`;
}

function requesterName(view: RequestView): string | null {
  const { requester } = view.request.content;
  if (requester.personId !== null)
    return view.people.has(requester.personId) ? nameIn(view.people, requester.personId) : requester.email;
  return view.request.harness.triggeredBy ?? (requester.email || null);
}

function details(view: RequestView, mention: Mention, inFull: boolean): Card['details'] {
  const { request } = view;
  const { content, harness } = request;
  const rows: { label: string; line: CardLine }[] = [];
  const run = harness.runSequence === null ? '' : `, run ${harness.runSequence}`;
  rows.push({
    label: 'Pipeline',
    line: [text(`${harness.pipelineName ?? content.execution.pipeline}${run}`)],
  });
  rows.push({ label: 'Where', line: [text(`${content.execution.org} / ${content.execution.project}`)] });
  const gate = gateWords(harness);
  if (gate) rows.push({ label: 'Gate', line: [text(gate)] });
  rows.push({ label: 'Asked by', line: askedBy(view, mention) });
  rows.push(...(inFull ? inputRowsInFull(view) : inputRows(view)));
  if (request.status === 'WAITING') {
    if (request.expiresAt !== null)
      rows.push({ label: 'Decide before', line: [{ kind: 'time', at: request.expiresAt }] });
    if (harness.deadline !== null)
      rows.push({
        label: 'Harness waits until',
        line: [{ kind: 'time', at: harness.deadline - harness.skewMs }],
      });
  }
  return rows;
}

function inputRows({ request, submission }: RequestView): { label: string; line: CardLine }[] {
  const { content } = request;
  const asked = askedInputs(content.inputs);
  const offered = Object.entries(offeredValues(content.inputs, content.offered)).filter(
    ([, value]) => value !== '',
  );
  const given = Object.entries(submission?.inputs ?? {}).filter(
    ([name, value]) => name !== APPROVED_BY && value !== '',
  );
  if (given.length > 0) return [{ label: 'Inputs', line: [text(inputWords(given))] }];
  if (Object.keys(content.offered).length > 0 && offered.length > 0)
    return [{ label: 'Inputs', line: [text(inputWords(offered))] }];
  if (asked.length > 0 && request.status === 'WAITING')
    return [{ label: 'You will be asked for', line: [text(asked.map((input) => input.name).join(', '))] }];
  return [];
}

function inputRowsInFull({ request }: RequestView): { label: string; line: CardLine }[] {
  const { inputs, offered } = request.content;
  const values = offeredValues(inputs, offered);
  return askedInputs(inputs).map(({ name, description }) => ({
    label: `Input ${name}`,
    line: [
      text(values[name] ? `“${values[name]}”, to be confirmed` : 'to be given'),
      ...(description ? [text(` (${description})`)] : []),
    ],
  }));
}

function inputWords(values: readonly [string, string][]): string {
  return values.map(([name, value]) => `${name}: ${clip(value, 80)}`).join(', ');
}

function askedBy(view: RequestView, mention: Mention): CardLine {
  const { requester } = view.request.content;
  const { triggeredBy } = view.request.harness;
  if (requester.personId !== null && requester.verified) return [mention(requester.personId)];
  const name = triggeredBy ?? (requester.email || 'unknown');
  return [text(name), text(requester.verified ? '' : ' (not confirmed by Harness)')].filter(
    (span) => span.kind !== 'text' || span.text !== '',
  );
}

function actions(view: RequestView, counting: readonly Vote[], reader: CardReader): CardAction[] {
  const { request, submission } = view;
  const list: CardAction[] = [];
  const person = reader.personId === null ? null : (view.people.get(reader.personId) ?? null);
  const may = (action: RequestAction) => authorize(person, action, request, view.slots) === null;
  if (isWaiting(request) && request.resolved) {
    if (reader.shared) return deciders(view).length > 0 ? [{ kind: 'review' }] : [];
    if (may({ kind: 'decide', shownVersion: request.contentVersion }))
      list.push(...decidingActions(view, counting, reader));
    if (may({ kind: 'ask_question' })) list.push({ kind: 'ask_question' });
    if (may({ kind: 'answer_question' }) && unanswered(view.questions).length > 0)
      list.push({ kind: 'answer_question' });
  }
  const approved = counting.some((vote) => vote.personId === reader.personId && vote.action === 'APPROVE');
  if (submission?.state === 'needs_input' && approved && may({ kind: 'supply_inputs' }))
    list.push({ kind: 'supply_inputs' });
  if (submission?.state === 'dead' && may({ kind: 'retry_submission' }))
    list.push({ kind: 'retry_submission' });
  const waitsForChoice =
    request.harness.candidates.length > 0 &&
    (submission?.state === 'ambiguous' ||
      (isWaiting(request) && request.problem?.kind === 'ambiguous_instance'));
  if (waitsForChoice && !reader.shared && may({ kind: 'choose_instance' }))
    list.push({ kind: 'choose_instance' });
  return list;
}

function decidingActions(view: RequestView, counting: readonly Vote[], reader: CardReader): CardAction[] {
  const { request } = view;
  const list: CardAction[] = [];
  const own = counting.find((vote) => vote.personId === reader.personId);
  const held = request.problem !== null && request.problem.kind !== 'vacant_slot';
  const opensForm = askedInputs(request.content.inputs).length > 0;
  const isTurn = isTurnOf(view, counting, reader);
  if (!own && !held && isTurn)
    list.push({
      kind: 'approve',
      opensForm,
      confirm: confirmWords(request),
    });
  list.push({ kind: 'reject' });
  if (!own && !held && isTurn && !opensForm) list.push({ kind: 'approve_with_comment' });
  return list;
}

function confirmWords({ content, harness }: ApprovalRequest): string {
  const goesOn = `${content.event.name}: the pipeline “${content.execution.pipeline}” goes on.`;
  return harness.autoReject ? `${AUTO_REJECT_WARNING} ${goesOn}` : goesOn;
}

/** The holders of a place who may still decide: a card that many read offers them its one neutral button. */
function deciders({ request, slots, people }: RequestView): number[] {
  if (!isWaiting(request) || !request.resolved) return [];
  const action: RequestAction = { kind: 'decide', shownVersion: request.contentVersion };
  const holders = slots.flatMap(({ personId }) => personId ?? []);
  return unique(holders).filter((id) => authorize(people.get(id) ?? null, action, request, slots) === null);
}
