import { askedInputs, offeredValues } from '../approval/approver-input.ts';
import { authorize } from '../approval/authorize.ts';
import type {
  Answer,
  EntryForm,
  EntryKind,
  FieldKey,
  FieldValues,
  FormField,
  FormKind,
} from '../approval/form.ts';
import type { Person } from '../approval/person.ts';
import { notWaiting, QUESTION_LENGTH, tooManyQuestions } from '../approval/question.ts';
import { type Refusal, refusalSentence } from '../approval/refusal.ts';
import type { RequestContent } from '../approval/request.ts';
import { reviewForm } from '../approval/review-form.ts';
import { type Actor, writeAudit } from '../store/audit.ts';
import { releaseThread } from '../store/card-replies.ts';
import { cardById, changeCard, type StoredCard } from '../store/cards.ts';
import { isOwnTenant } from '../store/identities.ts';
import { owe } from '../store/outbox.ts';
import { peopleById, personByIdentity } from '../store/people.ts';
import { changesSince, contentAt } from '../store/request-versions.ts';
import { submissionOf } from '../store/submissions.ts';
import { answerQuestions } from './answer-question.ts';
import { askQuestion } from './ask-question.ts';
import type { CardPresses, Press } from './card-presses.ts';
import { type Context, commit } from './context.ts';
import { answerForm, askForm } from './question-forms.ts';
import { rulingOnAnswering, rulingOnAsking } from './question-rulings.ts';
import { recordDecision } from './record-decision.ts';
import { retrySubmission } from './repair-request.ts';
import { readRequestView } from './request-view.ts';
import { readRulingState, type StoredRulingState } from './ruling-state.ts';
import { supplyInputs } from './supply-inputs.ts';

/**
 * Answers presses of card buttons and submits of the forms they open. A press carries only ids: who pressed is
 * looked up by account, what it is about by card; a foreign or unknown card answers like an unknown one.
 */
export function createCardPresses(context: Context): CardPresses {
  return {
    approve: async (press) => {
      const met = await meet(context, press);
      if ('sentence' in met) return notice(met.sentence);
      const asksInputs = askedInputs(met.state.request.content.inputs).length > 0;
      // From a card that many read nothing is decided by one click.
      if (asksInputs || met.card.target.kind === 'channel') return openForm(context, met, press, 'approve');
      return vote(context, met, press, 'APPROVE', {}, '');
    },
    openForm: async (press, kind) => {
      const met = await meet(context, press);
      return 'sentence' in met ? notice(met.sentence) : openForm(context, met, press, kind);
    },
    submitForm: async (press, kind, values) => {
      const met = await meet(context, press);
      if ('sentence' in met) return notice(met.sentence);
      return submitForm(context, met, press, kind, values);
    },
    retrySubmission: async (press) => {
      const met = await meet(context, press);
      if ('sentence' in met) return notice(met.sentence);
      const refusal = await retrySubmission(context, met.state.request.id, actorOf(met, press));
      return refusal ? refused(refusal) : { kind: 'done' };
    },
  };
}

function notice(sentence: string): Answer {
  return { kind: 'notice', sentence };
}

function refused(refusal: Refusal): Answer {
  return notice(refusalSentence(refusal));
}

interface Met {
  card: StoredCard;
  state: StoredRulingState;
  person: Person | null;
}

/** Who pressed what. Somebody of another organization, or nobody's card, learns nothing. */
async function meet(context: Context, press: Press): Promise<Met | { sentence: string }> {
  const { db } = context;
  const unknown = { sentence: refusalSentence({ code: 'unknown_request' }) };
  const card = await cardById(db, press.cardId);
  if (!card || card.platform !== press.platform) return unknown;
  if (card.organizationId !== press.organizationId) return unknown;
  const person = await personByIdentity(db, press);
  if (!person && !(await isOwnTenant(db, card.organizationId, press))) return unknown;
  const state = await readRulingState(db, card.requestId);
  if (!state) return unknown;
  if (card.ref === null && press.ref !== null && person !== null && isWhere(card, press.ref, person))
    await adopt(context, card, press.ref);
  return { card, state, person };
}

function isWhere(card: StoredCard, ref: NonNullable<Press['ref']>, person: Person): boolean {
  const { kind, externalId } = card.target;
  return kind === 'channel' ? externalId === ref.channel : card.personId === person.id;
}

/** A card whose post was never answered is known again by the first press on it. */
function adopt(context: Context, card: StoredCard, ref: NonNullable<Press['ref']>): Promise<void> {
  return commit(context, async (trx) => {
    await changeCard(trx, card.id, { state: 'posted', ref, postingSince: null });
    await releaseThread(trx, card, context.clock.now());
  });
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
  const keys = fieldKeys(met.state.request.content);
  const problems = Object.fromEntries(
    Object.entries(answer.problems).map(([name, problem]) => [keys.get(name)!, problem]),
  );
  return { kind: 'form_errors', problems };
}

/** Whoever met a refusal may be looking at an old card: it is shown anew. */
function repairCard(context: Context, card: StoredCard): Promise<void> {
  const now = context.clock.now();
  return commit(context, (trx) =>
    owe(trx, { kind: 'sync_card', subjectId: card.id, organizationId: card.organizationId, runAt: now }, now),
  );
}

function fieldKeys(content: RequestContent): Map<string, FieldKey> {
  return new Map(askedInputs(content.inputs).map((input, index) => [input.name, `input-${index}` as const]));
}

async function openForm(context: Context, met: Met, press: Press, kind: FormKind): Promise<Answer> {
  const { request, slots } = met.state;
  if (kind === 'ask_question' || kind === 'answer_question') return openTalk(context, met, press, kind);
  const action =
    kind === 'supply_inputs'
      ? ({ kind: 'supply_inputs' } as const)
      : ({ kind: 'decide', shownVersion: press.contentVersion } as const);
  const refusal =
    authorize(met.person, action, request, slots) ?? (await staleness(context, met, press, kind));
  if (refusal) return turnAway(context, met, press, kind, refusal);
  if (kind === 'review') return openReview(context, met);
  const form = await buildForm(context, met, kind);
  return form
    ? { kind: 'form', form }
    : refused({ code: 'nothing_to_do', why: 'Harness no longer asks for other inputs.' });
}

/** No form for this one: told why, audited, and the card, which may be old, is shown anew. */
async function turnAway(
  context: Context,
  met: Met,
  press: Press,
  kind: FormKind,
  refusal: Refusal,
): Promise<Answer> {
  await auditRefusal(context, met, press, kind, refusal);
  await repairCard(context, met.card);
  return refused(refusal);
}

async function openReview(context: Context, { card, person }: Met): Promise<Answer> {
  const reader = { platform: card.platform, personId: person!.id };
  const view = (await readRequestView(context.db, card.requestId, reader))!;
  const { accounts } = view;
  const form = reviewForm(view, card.id, {
    personId: reader.personId,
    part: 'approver',
    accounts,
    shared: false,
  });
  return { kind: 'form', form };
}

async function openTalk(
  context: Context,
  met: Met,
  press: Press,
  kind: 'ask_question' | 'answer_question',
): Promise<Answer> {
  const { person, state, card } = met;
  const { content, contentVersion } = state.request;
  const about = { cardId: card.id, contentVersion, content };
  if (kind === 'answer_question') {
    const ruling = await rulingOnAnswering(context.db, state, person);
    if ('refusal' in ruling) return turnAway(context, met, press, kind, ruling.refusal);
    return { kind: 'form', form: await answerForm(context.db, about, ruling.open) };
  }
  const asker = { person, shownVersion: press.contentVersion };
  const ruling = await rulingOnAsking(context, context.db, state, asker);
  const refusal = 'refusal' in ruling ? ruling.refusal : tooManyQuestions(ruling.questions, person!.id);
  if (refusal) return turnAway(context, met, press, kind, refusal);
  if ('refusal' in ruling) return refused(ruling.refusal);
  return { kind: 'form', form: askForm(about, ruling.requester.name) };
}

async function staleness(context: Context, met: Met, press: Press, kind: FormKind): Promise<Refusal | null> {
  const { request, people } = met.state;
  if (kind === 'supply_inputs') return null;
  if (
    kind === 'reject' &&
    request.status === 'APPROVED' &&
    met.state.sendingStarted &&
    request.harness.status !== 'APPROVED'
  )
    return { code: 'already_sent' };
  const mayReplace = kind === 'reject' && request.decision?.action === 'APPROVE' && !met.state.sendingStarted;
  if (request.status !== 'WAITING' && !mayReplace)
    return {
      code: 'already_closed',
      status: request.status,
      by:
        (request.decision?.personId ? people.get(request.decision.personId)?.name : null) ??
        request.harness.decidedBy,
    };
  if (!request.resolved) return { code: 'not_ready' };
  // A review shows the present, whatever the card showed; what it opens carries the version it shows (R9).
  if (kind === 'review') return notWaiting(request, people);
  if (press.contentVersion === request.contentVersion) return null;
  return {
    code: 'changed',
    what: (await changesSince(context.db, request.id, press.contentVersion)).slice(0, 5),
  };
}

function auditRefusal(
  context: Context,
  met: Met,
  press: Press,
  kind: FormKind,
  refusal: Refusal,
): Promise<void> {
  const { request } = met.state;
  return commit(context, (trx) =>
    writeAudit(trx, request.organizationId, {
      at: context.clock.now(),
      actor: { personId: met.person?.id ?? null, via: press.platform },
      action: 'refused',
      subjectType: 'approval_request',
      subjectId: request.id,
      detail: { wanted: kind, code: refusal.code, account: met.person ? undefined : press.externalId },
    }),
  );
}

type DecidingKind = 'approve' | 'reject' | 'supply_inputs';

const FORM_WORDS: Readonly<Record<DecidingKind, { title: string; submitLabel: string }>> = {
  approve: { title: 'Approve', submitLabel: 'Approve' },
  reject: { title: 'Reject', submitLabel: 'Reject' },
  supply_inputs: { title: 'Correct the inputs', submitLabel: 'Send to Harness' },
};

async function buildForm(context: Context, met: Met, kind: DecidingKind): Promise<EntryForm | null> {
  const { request, votes } = met.state;
  const { content } = request;
  const submission = await submissionOf(context.db, request.id);
  if (kind === 'supply_inputs' && submission?.state !== 'needs_input') return null;
  const offered =
    kind === 'supply_inputs' ? { ...submission!.inputs } : offeredValues(content.inputs, content.offered);
  const inputs: FormField[] = askedInputs(content.inputs).map((input, index) => ({
    key: `input-${index}`,
    kind: 'input',
    input,
    value: offered[input.name] ?? '',
  }));
  const comment: FormField = {
    key: 'comment',
    kind: 'comment',
    label: kind === 'reject' ? 'Reason' : 'Comment',
    required: kind === 'reject',
  };
  let note: string | null = null;
  if (kind === 'supply_inputs') note = submission!.detail;
  else if (kind === 'approve' && Object.keys(content.offered).length > 0) {
    const offerer = votes.findLast((vote) => vote.contentVersion === request.contentVersion);
    const people = await peopleById(context.db, offerer ? [offerer.personId] : []);
    const name = offerer ? people.get(offerer.personId)?.name : null;
    note = `${name ?? 'An earlier approver'} gave these values. Changing one asks the others again.`;
  }
  return {
    cardId: met.card.id,
    contentVersion: request.contentVersion,
    kind,
    ...FORM_WORDS[kind],
    intro: `${content.event.name} · ${content.execution.project}`,
    note,
    fields: kind === 'reject' ? [comment] : kind === 'approve' ? [...inputs, comment] : inputs,
  };
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
  const comment = (fields.comment ?? '').trim();
  if (kind === 'reject') {
    if (comment === '') return { kind: 'form_errors', problems: { comment: 'Please say why.' } };
    return vote(context, met, press, 'REJECT', {}, comment);
  }
  const shown = await contentAt(context.db, met.state.request.id, press.contentVersion);
  const values = Object.fromEntries(
    askedInputs(shown?.inputs ?? []).map((input, index) => [input.name, fields[`input-${index}`] ?? '']),
  );
  if (kind === 'approve') return vote(context, met, press, 'APPROVE', values, comment);
  const supplied = await supplyInputs(context, met.state.request.id, values, {
    personId: met.person?.id ?? null,
    via: press.platform,
  });
  if (supplied.kind === 'refused') return refused(supplied.refusal);
  if (supplied.kind === 'accepted') return { kind: 'done' };
  const keys = fieldKeys(met.state.request.content);
  return {
    kind: 'form_errors',
    problems: Object.fromEntries(
      Object.entries(supplied.problems).map(([name, problem]) => [keys.get(name)!, problem]),
    ),
  };
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

function actorOf(met: Met, press: Press): Actor {
  return { personId: met.person?.id ?? null, via: press.platform };
}
