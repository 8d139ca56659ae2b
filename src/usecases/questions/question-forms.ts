import type { EntryForm } from '../../approval/form.ts';
import { clip } from '../../approval/plain-text.ts';
import { QUESTION_LENGTH, type Question } from '../../approval/question.ts';
import type { RequestContent } from '../../approval/request.ts';
import type { Reader } from '../../store/database.ts';
import { peopleById } from '../../store/people.ts';

type About = { cardId: string; contentVersion: number; content: RequestContent };

/** The form in which an approver asks who started the run. */
export function askForm({ cardId, contentVersion, content }: About, requesterName: string): EntryForm {
  return {
    cardId,
    contentVersion,
    kind: 'ask_question',
    title: 'Ask a question',
    submitLabel: 'Ask',
    intro: introOf(content),
    note: `${requesterName} is asked in a direct message. Question and answer stand on every card of this request.`,
    fields: [
      { key: 'question', kind: 'comment', label: 'Question', required: true, maxLength: QUESTION_LENGTH },
    ],
  };
}

/** The form in which the requester answers what is open, oldest first; with several, any of them may stay open. */
export async function answerForm(
  db: Reader,
  { cardId, contentVersion, content }: About,
  open: readonly Question[],
): Promise<EntryForm> {
  const askers = await peopleById(
    db,
    open.map((question) => question.askerId),
  );
  return {
    cardId,
    contentVersion,
    kind: 'answer_question',
    title: 'Answer',
    submitLabel: 'Answer',
    intro: introOf(content),
    note: 'Your answer stands on every card of this request.',
    fields: open.map((question) => ({
      key: `answer-${question.id}` as const,
      kind: 'comment' as const,
      label: `${askers.get(question.askerId)?.name ?? 'An approver'} asks: “${clip(question.text, QUESTION_LENGTH)}”`,
      required: open.length === 1,
      maxLength: QUESTION_LENGTH,
    })),
  };
}

function introOf(content: RequestContent): string {
  return `${content.event.name} · ${content.execution.project}`;
}
