import { authorize } from '../../approval/authorize.ts';
import { INELIGIBLE_WORDS, type Person } from '../../approval/person.ts';
import { notWaiting, type Question, unanswered } from '../../approval/question.ts';
import type { Refusal } from '../../approval/refusal.ts';
import type { StoredRequest } from '../../store/approval-requests.ts';
import { cardsOf } from '../../store/cards.ts';
import type { Reader } from '../../store/database.ts';
import { identitiesOf } from '../../store/identities.ts';
import { personById } from '../../store/people.ts';
import { questionsOf } from '../../store/questions.ts';
import { changesSince } from '../../store/request-versions.ts';
import type { Context } from '../context.ts';
import type { StoredRulingState } from '../deciding/ruling-state.ts';

type Platforms = Pick<Context, 'platforms'>;

/**
 * Whether this person may ask now, and whom they would ask: the same at the press and at the submit. Reads the local
 * database only. How much was asked before is `tooManyQuestions`.
 */
export async function rulingOnAsking(
  context: Platforms,
  db: Reader,
  { request, slots, people }: StoredRulingState,
  asker: { person: Person | null; shownVersion: number },
): Promise<{ requester: Person; questions: Question[] } | { refusal: Refusal }> {
  const refusal =
    authorize(asker.person, { kind: 'ask_question' }, request, slots) ?? notWaiting(request, people);
  if (refusal) return { refusal };
  if (!request.resolved) return { refusal: { code: 'not_ready' } };
  if (asker.shownVersion !== request.contentVersion) {
    const what = await changesSince(db, request.id, asker.shownVersion);
    return { refusal: { code: 'changed', what: what.slice(0, 5) } };
  }
  const requester = await whomToAsk(context, db, request);
  return 'refusal' in requester ? requester : { requester, questions: await questionsOf(db, request.id) };
}

/** Whether this person may answer now, and the questions that wait for it. */
export async function rulingOnAnswering(
  db: Reader,
  { request, slots, people }: StoredRulingState,
  person: Person | null,
): Promise<{ open: Question[] } | { refusal: Refusal }> {
  const refusal =
    authorize(person, { kind: 'answer_question' }, request, slots) ?? notWaiting(request, people);
  if (refusal) return { refusal };
  const open = unanswered(await questionsOf(db, request.id));
  return open.length > 0 ? { open } : { refusal: ALREADY_ANSWERED };
}

export const ALREADY_ANSWERED: Refusal = {
  code: 'nothing_to_do',
  why: 'Every question has been answered already.',
};

/** Who started the run and can be asked about it in chat, or why nobody can (R5). */
async function whomToAsk(
  context: Platforms,
  db: Reader,
  request: StoredRequest,
): Promise<Person | { refusal: Refusal }> {
  const { personId } = request.content.requester;
  const person = personId === null ? null : await personById(db, personId);
  if (!person) return { refusal: { code: 'nobody_to_ask' } };
  const nobody = (why: string) => ({
    refusal: { code: 'nothing_to_do' as const, why: `Nobody to ask: ${person.name} ${why}` },
  });
  if (person.standing !== 'member') return nobody(`${INELIGIBLE_WORDS[person.standing]}.`);
  if (!(await hasAccount(context, db, person.id))) return nobody('has no chat account that is known here.');
  const cards = (await cardsOf(db, request.id)).filter((card) => card.personId === person.id);
  if (cards.length > 0 && cards.every((card) => card.state === 'unreachable'))
    return nobody(`cannot be reached in chat (${cards[0]!.detail ?? 'the platform refuses'}).`);
  return person;
}

async function hasAccount({ platforms }: Platforms, db: Reader, personId: number): Promise<boolean> {
  for (const platform of platforms.keys())
    if ((await identitiesOf(db, [personId], platform)).size > 0) return true;
  return false;
}
