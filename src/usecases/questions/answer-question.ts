import { strong, text } from '../../approval/card.ts';
import { clip } from '../../approval/plain-text.ts';
import type { Refusal } from '../../approval/refusal.ts';
import { lockRequest } from '../../store/approval-requests.ts';
import { type Actor, writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import { peopleById, personById } from '../../store/people.ts';
import { answerQuestion } from '../../store/questions.ts';
import { type Context, commit } from '../context.ts';
import { readRulingState } from '../deciding/ruling-state.ts';
import { replyToPerson } from '../notices/reply-to-person.ts';
import { ALREADY_ANSWERED, rulingOnAnswering } from './question-rulings.ts';

/** Words to one question of a request, by its number. */
export interface GivenAnswer {
  questionId: number;
  text: string;
}

/**
 * Who started the run answers questions about it, each once; null = answered. The answers stand on every card, and who
 * asked is told below theirs.
 */
export function answerQuestions(
  context: Context,
  requestId: string,
  answers: readonly GivenAnswer[],
  actor: Actor,
): Promise<Refusal | null> {
  return commit(context, async (trx) => {
    const now = context.clock.now();
    const request = await lockRequest(trx, requestId);
    const state = request && (await readRulingState(trx, requestId, request));
    if (!state) return { code: 'unknown_request' };
    const { organizationId } = request;
    const person = actor.personId === null ? null : await personById(trx, actor.personId);
    const audit = (action: string, detail: Record<string, unknown>) =>
      writeAudit(trx, organizationId, {
        at: now,
        actor,
        action,
        subjectType: 'approval_request',
        subjectId: requestId,
        detail,
      });
    const ruling = await rulingOnAnswering(trx, state, person);
    const refusal = 'refusal' in ruling ? ruling.refusal : null;
    const open = 'open' in ruling ? ruling.open : [];
    const meant = answers.flatMap(({ questionId, text: words }) =>
      open.filter((question) => question.id === questionId).map((question) => ({ question, words })),
    );
    if (refusal || meant.length === 0) {
      const why = refusal ?? ALREADY_ANSWERED;
      await audit('refused', { wanted: 'answer_question', code: why.code });
      return why;
    }
    const answerer = person!;
    const askers = await peopleById(
      trx,
      meant.map(({ question }) => question.askerId),
    );
    for (const { question, words } of meant) {
      const answer = { requestId, questionId: question.id, personId: answerer.id, text: words };
      if (!(await answerQuestion(trx, answer, now))) continue;
      const asker = askers.get(question.askerId);
      const line = [strong(`${answerer.name} answered`), text(` “${clip(question.text, 200)}”: “${words}”`)];
      if (asker) await replyToPerson(trx, requestId, asker, { key: `answer-${question.id}`, line }, now);
      await audit('question_answered', { question: question.id });
    }
    await oweAllCards(trx, organizationId, requestId, now);
    return null;
  });
}
