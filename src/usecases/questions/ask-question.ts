import { strong, text } from '../../approval/card.ts';
import { tooManyQuestions, unanswered } from '../../approval/question.ts';
import type { Refusal } from '../../approval/refusal.ts';
import { lockRequest } from '../../store/approval-requests.ts';
import { type Actor, writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import { personById } from '../../store/people.ts';
import { addQuestion } from '../../store/questions.ts';
import { addAddressees, NOBODY } from '../cards/address-cards.ts';
import { type Context, commit } from '../context.ts';
import { readRulingState } from '../deciding/ruling-state.ts';
import { replyToPerson } from '../notices/reply-to-person.ts';
import { rulingOnAsking } from './question-rulings.ts';

export interface Asking {
  requestId: string;
  /** The content version that was read when the question was asked (R9). */
  shownVersion: number;
  text: string;
}

/**
 * An approver asks who started the run; null = asked. The question stands on every card. The requester's own is posted
 * for it, or gets a reply where it stands already. The same words again, while they wait for an answer, are one question.
 */
export function askQuestion(context: Context, asking: Asking, actor: Actor): Promise<Refusal | null> {
  return commit(context, async (trx) => {
    const { requestId } = asking;
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
    const { shownVersion } = asking;
    const ruling = await rulingOnAsking(context, trx, state, { person, shownVersion });
    if ('refusal' in ruling) {
      await audit('refused', { wanted: 'ask_question', code: ruling.refusal.code });
      return ruling.refusal;
    }
    const asker = person!;
    const { requester, questions } = ruling;
    if (unanswered(questions).some((one) => one.askerId === asker.id && one.text === asking.text))
      return null;
    const tooMany = tooManyQuestions(questions, asker.id);
    if (tooMany) {
      await audit('refused', { wanted: 'ask_question', code: tooMany.code });
      return tooMany;
    }
    const question = { organizationId, requestId, askerId: asker.id, text: asking.text };
    const id = await addQuestion(trx, question, now);
    await addAddressees(context, trx, request, { ...NOBODY, requesterId: requester.id });
    const line = [
      strong(`${asker.name} asks:`),
      text(` “${asking.text}” Please press “Answer” on the card above.`),
    ];
    await replyToPerson(trx, requestId, requester, { key: `question-${id}`, line }, now);
    await oweAllCards(trx, organizationId, requestId, now);
    await audit('question_asked', { question: id });
    return null;
  });
}
