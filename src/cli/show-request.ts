import type { App } from '../app.ts';
import { type CardLine, lineText } from '../approval/card.ts';
import { calledName } from '../approval/person.ts';
import { discussionLines } from '../approval/question.ts';
import { requirementOf } from '../approval/request.ts';
import { requestCard } from '../approval/request-card.ts';
import { auditOf } from '../store/audit.ts';
import type { OutboxKind } from '../store/bookkeeping-tables.ts';
import type { StoredCard } from '../store/cards.ts';
import { owedFor } from '../store/outbox.ts';
import { peopleById } from '../store/people.ts';
import { readRequestView, type StoredRequestView } from '../usecases/cards/request-view.ts';
import { cell, duration, moment, table } from './plain-table.ts';
import { problemRemedy, submissionRemedy } from './repair-hints.ts';

const AUDIT_LINES = 20;
const WIDE = 300;

/** Everything somebody who repairs a request needs to know, as lines. The request exists. */
export async function showRequest({ context }: App, id: string): Promise<string[]> {
  const { db, clock } = context;
  const view = (await readRequestView(db, id, { platform: 'slack', personId: null }))!;
  const { cards } = view;
  const now = clock.now();
  return [
    ...headOf(view, now),
    ...section('Approvers', approversOf(view)),
    ...section('Questions', discussionLines(view.questions, view.people).map(words)),
    ...section('Submission to Harness', submissionOf(view)),
    ...section('Cards', table(cards.map((card) => cardRow(card, view)))),
    ...section('Owed', await owedOf(db, view, cards, now)),
    ...section(`Audit (the last ${AUDIT_LINES})`, await auditLines(db, id)),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', title, ...(lines.length > 0 ? lines : ['nothing']).map((line) => `  ${line}`)];
}

function words(line: CardLine): string {
  return cell(lineText(line), WIDE);
}

function headOf(view: StoredRequestView, now: number): string[] {
  const { request } = view;
  const { content, harness, problem } = request;
  const { execution } = content;
  const card = requestCard(view, '', {
    personId: null,
    part: 'admin',
    accounts: view.accounts,
    shared: true,
  });
  const rows: [string, string][] = [
    ['State', `${request.status}: ${words(card.status)}`],
    ...card.warnings.map((line): [string, string] => ['', words(line)]),
  ];
  if (problem) {
    rows.push(['Problem', `${problem.kind}: ${cell(problem.detail, WIDE)}`]);
    rows.push(['Remedy', problemRemedy(problem.kind, request.id)]);
  }
  rows.push(
    ['What', `${cell(content.event.name, 80)}, version ${request.contentVersion} of what is approved`],
    ['Rule', `${cell(content.approvalPolicy.name, 80)} policy, requirement ${requirementOf(request)}`],
    ...card.details.map(({ label, line }): [string, string] => [label, words(line)]),
    ['Run', `${execution.planExecutionId}, callback ${execution.callbackId || 'none'}`],
    ['Account', execution.account],
    [
      'Requester',
      `${cell(content.requester.email || 'unknown', 120)}, ${content.requester.verified ? 'confirmed' : 'not confirmed'} by Harness`,
    ],
    ...(execution.url ? [['Link', execution.url] as [string, string]] : []),
    [
      'Opened',
      `${moment(request.createdAt)}, ${duration(now - request.createdAt)} ago, by the token ${cell(request.openedBy, 40)}`,
    ],
    [
      'Gate in Harness',
      `${harness.instanceId ?? 'not seen yet'}${harness.status ? `, ${harness.status}` : ''}${harness.decidedBy ? ` by ${cell(harness.decidedBy, 80)}` : ''}`,
    ],
  );
  if (content.message) rows.push(['Message', cell(content.message, WIDE)]);
  for (const fact of content.facts) rows.push(['Fact', `${cell(fact.name, 60)}: ${cell(fact.value, 200)}`]);
  if (harness.othersMayDecide)
    rows.push(['Others', `can decide it in Harness itself: ${cell(harness.othersMayDecide, WIDE)}`]);
  return [`Request ${request.id}`, ...table(rows).map((line) => `  ${line}`)];
}

function approversOf(view: StoredRequestView): string[] {
  const { request, slots, votes, people } = view;
  const nameOf = (id: number) => {
    const person = people.get(id);
    const email = person?.email && person.email !== person.name ? ` <${person.email}>` : '';
    return cell(`${person ? calledName(person) : `person ${id}`}${email}`, 80);
  };
  const rows = slots.map((slot) => {
    if (slot.personId === null) return ['vacant', cell(slot.vacantBecause ?? '', 160), ''];
    const vote = votes.findLast(
      (one) => one.personId === slot.personId && one.contentVersion === request.contentVersion,
    );
    return [nameOf(slot.personId), slot.origins.join(', '), vote ? voteWords(vote) : 'has not voted'];
  });
  const counted = new Set(slots.map((slot) => slot.personId));
  const others = votes
    .filter((vote) => !counted.has(vote.personId) || vote.contentVersion !== request.contentVersion)
    .map((vote) => [nameOf(vote.personId), `version ${vote.contentVersion}`, voteWords(vote)]);
  const notAsked = request.notAsked.map(({ who, why }) => `not asked: ${cell(`${who} ${why}`, 160)}`);
  return [...table([...rows, ...others]), ...notAsked];
}

function voteWords(vote: StoredRequestView['votes'][number]): string {
  const words = vote.action === 'APPROVE' ? 'approved' : 'rejected';
  const comment = vote.comment ? ` “${cell(vote.comment, 120)}”` : '';
  const link = vote.link ? ` ${cell(vote.link.url, 200)}` : '';
  const lost = vote.voidBecause === null ? '' : ` (does not count: ${cell(vote.voidBecause, 120)})`;
  return `${words} ${moment(vote.at)} by ${vote.via}${comment}${link}${lost}`;
}

function submissionOf({ submission, request }: StoredRequestView): string[] {
  if (!submission) return [];
  const remedy = submissionRemedy(submission, request.id);
  return [
    `${submission.action}: ${submission.state.replaceAll('_', ' ')}, posted ${submission.posts} ${submission.posts === 1 ? 'time' : 'times'}`,
    ...(submission.detail ? [cell(submission.detail, 600)] : []),
    ...Object.entries(submission.inputProblems).map(
      ([name, why]) => `input ${cell(name, 60)}: ${cell(why, 200)}`,
    ),
    ...(remedy ? [`Remedy: ${remedy}`] : []),
  ];
}

function recipientOf(card: StoredCard, { people }: StoredRequestView): string {
  const name = card.personId === null ? undefined : people.get(card.personId)?.name;
  return cell(name ?? card.target.externalId, 60);
}

function cardRow(card: StoredCard, view: StoredRequestView): string[] {
  const where = `${card.platform} ${card.target.externalId}`;
  return [
    recipientOf(card, view),
    card.part,
    where,
    `${card.state}${card.detail ? `: ${cell(card.detail, 200)}` : ''}`,
  ];
}

const OF_THE_REQUEST: readonly OutboxKind[] = [
  'resolve_approvers',
  'submit_approval',
  'check_harness',
  'expire_request',
];

async function owedOf(
  db: App['context']['db'],
  view: StoredRequestView,
  cards: readonly StoredCard[],
  now: number,
): Promise<string[]> {
  const rows: string[][] = [];
  const add = async (kind: OutboxKind, subjectId: string, of: string) => {
    const owed = await owedFor(db, kind, subjectId);
    if (!owed || owed.state === 'done') return;
    const when =
      owed.state === 'dead' ? 'given up' : owed.runAt <= now ? 'due now' : `in ${duration(owed.runAt - now)}`;
    const tries =
      owed.attempts === 0 ? '' : `${owed.attempts} ${owed.attempts === 1 ? 'attempt' : 'attempts'}`;
    rows.push([kind, of, when, tries, cell(owed.error ?? '', 300)]);
  };
  for (const kind of OF_THE_REQUEST) await add(kind, view.request.id, '');
  for (const card of cards) {
    await add('sync_card', card.id, recipientOf(card, view));
    await add('sync_thread', card.id, recipientOf(card, view));
  }
  return table(rows);
}

async function auditLines(db: App['context']['db'], id: string): Promise<string[]> {
  const entries = await auditOf(db, 'approval_request', id, AUDIT_LINES);
  const people = await peopleById(
    db,
    entries.flatMap(({ actor }) => actor.personId ?? []),
  );
  return table(
    entries.map(({ at, actor, action, detail }) => [
      moment(at),
      cell(actor.personId === null ? '-' : (people.get(actor.personId)?.name ?? '-'), 40),
      actor.via,
      action,
      cell(detailWords(detail), 240),
    ]),
  );
}

function detailWords(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
