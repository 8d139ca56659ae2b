import type { CardLine } from './card.ts';
import { strong, text } from './card.ts';
import type { Person } from './person.ts';
import { clip } from './plain-text.ts';
import type { Refusal } from './refusal.ts';
import type { ApprovalRequest } from './request.ts';

/** What an approver wants to know of who started the run. No part of what is approved: it voids no vote. */
export interface Question {
  id: number;
  askerId: number;
  text: string;
  /** Epoch ms. */
  askedAt: number;
  /** null while nobody has answered. */
  answer: { text: string; personId: number; at: number } | null;
}

/** Longest question and longest answer, in characters. */
export const QUESTION_LENGTH = 1000;
/** Most questions about one request. */
export const MOST_QUESTIONS = 10;
/** Most questions of one person that wait for an answer. */
export const MOST_UNANSWERED = 3;

/** Whether a decision is still waited for, here and in Harness: only then is asking and answering of use. */
export function isWaiting(request: ApprovalRequest): boolean {
  const { status } = request.harness;
  return request.status === 'WAITING' && (status === null || status === 'WAITING');
}

/** The questions that wait for an answer, oldest first. */
export function unanswered(questions: readonly Question[]): Question[] {
  return questions.filter((question) => question.answer === null);
}

/** Why this person's next question is one too many; null = it is not. */
export function tooManyQuestions(questions: readonly Question[], askerId: number): Refusal | null {
  const nothing = (why: string): Refusal => ({ code: 'nothing_to_do', why });
  if (questions.length >= MOST_QUESTIONS)
    return nothing(
      `${MOST_QUESTIONS} questions were asked about this request already: please talk directly.`,
    );
  const own = unanswered(questions).filter((question) => question.askerId === askerId);
  if (own.length >= MOST_UNANSWERED)
    return nothing(`${MOST_UNANSWERED} of your questions wait for an answer: please wait for one first.`);
  return null;
}

/** How many of the newest questions a card shows. */
const MOST_SHOWN = 5;

/** Questions and answers as a card tells them, oldest first: the newest five, and how many came before. */
export function discussionLines(
  questions: readonly Question[],
  people: ReadonlyMap<number, Pick<Person, 'name'>>,
): CardLine[] {
  const name = (id: number) => people.get(id)?.name ?? 'somebody';
  const shown = questions.slice(-MOST_SHOWN);
  const earlier = questions.length - shown.length;
  const lines: CardLine[] = earlier > 0 ? [[text(`and ${earlier} earlier`)]] : [];
  for (const { askerId, text: words, answer } of shown) {
    lines.push([strong(`${name(askerId)} asked:`), text(` “${clip(words, QUESTION_LENGTH)}”`)]);
    if (answer)
      lines.push([
        strong(`${name(answer.personId)} answered:`),
        text(` “${clip(answer.text, QUESTION_LENGTH)}”`),
      ]);
  }
  return lines;
}

/** Why asking and answering are over; null = the request still waits. */
export function notWaiting(
  request: ApprovalRequest,
  people: ReadonlyMap<number, Pick<Person, 'name'>>,
): Refusal | null {
  if (isWaiting(request)) return null;
  const { decision, harness } = request;
  const decider = decision?.personId ? people.get(decision.personId)?.name : null;
  return {
    code: 'already_closed',
    status: request.status === 'WAITING' ? harness.status! : request.status,
    by: decider ?? harness.decidedBy,
  };
}
