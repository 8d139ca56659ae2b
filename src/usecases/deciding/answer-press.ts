import { askedInputs } from '../../approval/approver-input.ts';
import type { Answer, EntryKind, FieldValues } from '../../approval/form.ts';
import { QUESTION_LENGTH } from '../../approval/question.ts';
import { refusalSentence } from '../../approval/refusal.ts';
import { contentAt } from '../../store/request-versions.ts';
import { showCard } from '../cards/show-card.ts';
import { waitingCards } from '../cards/waiting-cards.ts';
import type { Context } from '../context.ts';
import { recording } from '../database-trouble.ts';
import { chooseInstance } from '../gates/choose-gate.ts';
import { answerQuestions } from '../questions/answer-question.ts';
import { askQuestion } from '../questions/ask-question.ts';
import { supplyInputs } from '../submission/supply-inputs.ts';
import type { CardPresses, Press } from './card-presses.ts';
import { actorOf, type Met, meet, notice, refused, repairCard } from './meet-press.ts';
import { fieldProblems, openForm } from './press-forms.ts';
import { recordDecision } from './record-decision.ts';
import { retrySubmission } from './repair-request.ts';

/**
 * Answers presses of card buttons and submits of the forms they open. A press carries only ids: who pressed is
 * looked up by account, what it is about by card; a foreign or unknown card answers like an unknown one.
 */
export function createCardPresses(given: Context): CardPresses {
  return {
    approve: (press) => onCard(given, press, 'approve', saying, approve),
    openForm: (press, kind) =>
      onCard(given, press, 'open_form', saying, (context, met) => openForm(context, met, press, kind)),
    submitForm: (press, kind, values) =>
      onCard(given, press, kind, saying, (context, met) => submitForm(context, met, press, kind, values)),
    retrySubmission: (press) => onCard(given, press, 'retry', saying, retry),
    actAndShow: (press, act) =>
      onCard(
        given,
        press,
        act,
        (sentence) => ({ answer: saying(sentence), card: null }),
        async (context, met) => {
          const answer = await (act === 'approve' ? approve : retry)(context, met, press);
          return { answer, card: await showCard(context, met, press) };
        },
      ),
    show: async (press) => {
      const met = await meet(given, press);
      return 'sentence' in met ? null : showCard(given, met, press, met.request);
    },
    waiting: (account) => waitingCards(given, account),
  };
}

/** One press on a known card, as the next piece of its request's story; `unknown` where there is no such card. */
async function onCard<T>(
  context: Context,
  press: Press,
  act: string,
  unknown: (sentence: string) => T,
  run: (context: Context, met: Met, press: Press) => Promise<T>,
): Promise<T> {
  const met = await meet(context, press);
  if ('sentence' in met) return unknown(met.sentence);
  const { id: request, traceparent: parent, content } = met.request;
  const ids = { request, execution: content.execution.planExecutionId };
  const attributes = { 'countersign.platform': press.platform };
  return context.observe.during({ name: `press ${act}`, kind: 'server', parent, attributes, ...ids }, () =>
    recording(context, (own) => run(own, met, press)),
  );
}

const saying = (sentence: string): Answer => notice(sentence);

function approve(context: Context, met: Met, press: Press): Promise<Answer> {
  const asksInputs = askedInputs(met.request.content.inputs).length > 0;
  // Where many read nothing is decided by one click.
  return asksInputs || press.shared || met.card.target.kind === 'channel'
    ? openForm(context, met, press, 'approve')
    : vote(context, met, press, 'APPROVE', {}, '');
}

async function retry(context: Context, met: Met, press: Press): Promise<Answer> {
  const refusal = await retrySubmission(context, met.request.id, actorOf(met, press));
  return refusal ? refused(refusal) : { kind: 'done' };
}

async function vote(
  context: Context,
  met: Met,
  press: Press,
  action: 'APPROVE' | 'REJECT',
  values: Record<string, string>,
  comment: string,
): Promise<Answer> {
  const answer = await recordDecision(context, {
    requestId: met.card.requestId,
    personId: met.person?.id ?? null,
    action,
    values,
    comment,
    shownVersion: press.contentVersion,
    via: press.platform,
  });
  if (answer.kind === 'accepted') return { kind: 'done' };
  if (answer.kind === 'refused') {
    await repairCard(context, met.card);
    return refused(answer.refusal);
  }
  return { kind: 'form_errors', problems: fieldProblems(met.request.content, answer.problems) };
}

async function submitForm(
  context: Context,
  met: Met,
  press: Press,
  kind: EntryKind,
  fields: FieldValues,
): Promise<Answer> {
  if (kind === 'ask_question') return ask(context, met, press, fields);
  if (kind === 'answer_question') return answer(context, met, press, fields);
  if (kind === 'choose_instance') return choose(context, met, press, fields);
  const comment = (fields.comment ?? '').trim();
  if (kind === 'reject') {
    if (comment === '') return { kind: 'form_errors', problems: { comment: 'Please say why.' } };
    return vote(context, met, press, 'REJECT', {}, comment);
  }
  const shown = await contentAt(context.db, met.request.id, press.contentVersion);
  const values = Object.fromEntries(
    askedInputs(shown?.inputs ?? []).map((input, index) => [input.name, fields[`input-${index}`] ?? '']),
  );
  if (kind === 'approve') return vote(context, met, press, 'APPROVE', values, comment);
  const supplied = await supplyInputs(context, met.request.id, values, {
    personId: met.person?.id ?? null,
    via: press.platform,
  });
  if (supplied.kind === 'refused') return refused(supplied.refusal);
  if (supplied.kind === 'accepted') return { kind: 'done' };
  return { kind: 'form_errors', problems: fieldProblems(met.request.content, supplied.problems) };
}

async function choose(context: Context, met: Met, press: Press, fields: FieldValues): Promise<Answer> {
  const gate = (fields.gate ?? '').trim();
  if (gate === '') return { kind: 'form_errors', problems: { gate: 'Please choose one.' } };
  const refusal = await chooseInstance(context, met.request.id, gate, actorOf(met, press));
  if (!refusal) return { kind: 'done' };
  await repairCard(context, met.card);
  return refused(refusal);
}

const TOO_LONG = `Please use at most ${QUESTION_LENGTH} characters.`;

async function ask(context: Context, met: Met, press: Press, fields: FieldValues): Promise<Answer> {
  const words = (fields.question ?? '').trim();
  if (words === '') return { kind: 'form_errors', problems: { question: 'Please write your question.' } };
  if (words.length > QUESTION_LENGTH) return { kind: 'form_errors', problems: { question: TOO_LONG } };
  const { requestId } = met.card;
  const asking = { requestId, shownVersion: press.contentVersion, text: words };
  const refusal = await askQuestion(context, asking, actorOf(met, press));
  if (!refusal) return { kind: 'done' };
  await repairCard(context, met.card);
  // The words stay where they were typed, to be taken along.
  if (refusal.code === 'changed')
    return { kind: 'form_errors', problems: { question: refusalSentence(refusal) } };
  return refused(refusal);
}

async function answer(context: Context, met: Met, press: Press, fields: FieldValues): Promise<Answer> {
  const entered = Object.entries(fields).flatMap(([key, value]) => {
    const questionId = Number(/^answer-(\d+)$/.exec(key)?.[1] ?? Number.NaN);
    return Number.isSafeInteger(questionId)
      ? [{ key: `answer-${questionId}` as const, questionId, text: (value ?? '').trim() }]
      : [];
  });
  const given = entered.filter(({ text }) => text !== '');
  const tooLong = given.filter(({ text }) => text.length > QUESTION_LENGTH);
  if (tooLong.length > 0)
    return {
      kind: 'form_errors',
      problems: Object.fromEntries(tooLong.map(({ key }) => [key, TOO_LONG])),
    };
  const [first] = entered;
  if (given.length === 0 && first)
    return { kind: 'form_errors', problems: { [first.key]: 'Please write your answer.' } };
  const refusal = await answerQuestions(context, met.card.requestId, given, actorOf(met, press));
  if (!refusal) return { kind: 'done' };
  await repairCard(context, met.card);
  return refused(refusal);
}
