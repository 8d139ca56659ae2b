import type { Question } from '../approval/question.ts';
import { queryOnce } from './compiled-queries.ts';
import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import type { Row } from './schema.ts';

function toQuestion(row: Row<'questions'>): Question {
  const answered = row.answer !== null && row.answered_by !== null && row.answered_at !== null;
  return {
    id: row.id,
    askerId: row.asker_id,
    text: row.text,
    askedAt: row.asked_at,
    answer: answered ? { text: row.answer!, personId: row.answered_by!, at: row.answered_at! } : null,
  };
}

/** All questions about a request, oldest first; a request has ten at most. */
export async function questionsOf(db: Reader, requestId: string): Promise<Question[]> {
  const rows = await questionsOfRequest.all(db, { requestId });
  return rows.map(toQuestion);
}

const questionsOfRequest = queryOnce((db, { requestId }: { requestId: string }) =>
  db.selectFrom('questions').selectAll().where('request_id', '=', requestId).orderBy('id'),
);

/** Writes a question down; its number. */
export async function addQuestion(
  trx: Trx,
  question: { organizationId: number; requestId: string; askerId: number; text: string },
  now: number,
): Promise<number> {
  const id = await nextId(trx, 'questions');
  await trx
    .insertInto('questions')
    .values({
      id,
      organization_id: question.organizationId,
      request_id: question.requestId,
      asker_id: question.askerId,
      text: question.text,
      asked_at: now,
      answer: null,
      answered_by: null,
      answered_at: null,
    })
    .execute();
  return id;
}

/** Answers a question of this request once; false = there is none, or it has an answer, and nothing was changed. */
export async function answerQuestion(
  trx: Trx,
  answer: { requestId: string; questionId: number; personId: number; text: string },
  now: number,
): Promise<boolean> {
  const row = await trx
    .updateTable('questions')
    .set({ answer: answer.text, answered_by: answer.personId, answered_at: now })
    .where('id', '=', answer.questionId)
    .where('request_id', '=', answer.requestId)
    .where('answer', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}
