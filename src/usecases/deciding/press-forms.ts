import { askedInputs, offeredValues } from '../../approval/approver-input.ts';
import { authorize } from '../../approval/authorize.ts';
import { beforeTurn } from '../../approval/decide.ts';
import type { Answer, EntryForm, FieldKey, FieldValues, FormField, FormKind } from '../../approval/form.ts';
import { AUTO_REJECT_WARNING, gateLabel, gateTimes } from '../../approval/gate-words.ts';
import { notWaiting, tooManyQuestions } from '../../approval/question.ts';
import type { Refusal } from '../../approval/refusal.ts';
import type { RequestContent } from '../../approval/request.ts';
import { reviewForm } from '../../approval/review-form.ts';
import { peopleById } from '../../store/people.ts';
import { changesSince } from '../../store/request-versions.ts';
import { submissionOf } from '../../store/submissions.ts';
import { readRequestView } from '../cards/request-view.ts';
import type { Context } from '../context.ts';
import { awaitsChoice, noChoice } from '../gates/choose-gate.ts';
import { answerForm, askForm } from '../questions/question-forms.ts';
import { rulingOnAnswering, rulingOnAsking } from '../questions/question-rulings.ts';
import type { Press } from './card-presses.ts';
import { type Met, refused, turnAway } from './meet-press.ts';
import { slotsOfSelves } from './repair-request.ts';
import { readRulingState, type StoredRulingState } from './ruling-state.ts';

/** The form a press asks for, if the presser may fill it in: from the local database alone, since a trigger lives 3 s. */
export async function openForm(context: Context, met: Met, press: Press, kind: FormKind): Promise<Answer> {
  const state = (await readRulingState(context.db, met.request.id, met.request))!;
  const { request, slots } = state;
  if (kind === 'ask_question' || kind === 'answer_question')
    return openTalk(context, met, state, press, kind);
  if (kind === 'choose_instance') return openChoice(context, met, state, press);
  const action =
    kind === 'supply_inputs'
      ? ({ kind: 'supply_inputs' } as const)
      : ({ kind: 'decide', shownVersion: press.contentVersion } as const);
  const refusal =
    authorize(met.person, action, request, slots) ?? (await staleness(context, state, press, kind));
  if (refusal) return turnAway(context, met, press, kind, refusal);
  const tooEarly = kind === 'approve' ? beforeTurn(state, met.person!.id) : null;
  if (tooEarly) return turnAway(context, met, press, kind, tooEarly);
  if (kind === 'review') return openReview(context, met);
  const form = await buildForm(context, met.card.id, state, kind);
  return form
    ? { kind: 'form', form }
    : refused({ code: 'nothing_to_do', why: 'Harness no longer asks for other inputs.' });
}

async function openReview(context: Context, { card, request, person }: Met): Promise<Answer> {
  const reader = { platform: card.platform, personId: person!.id };
  const view = (await readRequestView(context.db, request.id, reader, request))!;
  const { accounts } = view;
  const form = reviewForm(view, card.id, {
    personId: reader.personId,
    part: 'approver',
    accounts,
    shared: false,
  });
  return { kind: 'form', form };
}

/** Which of several gates is meant: an admin's choice, from what Harness showed when it was last looked at. */
async function openChoice(
  context: Context,
  met: Met,
  state: StoredRulingState,
  press: Press,
): Promise<Answer> {
  const { request, submission } = state;
  const refusal =
    authorize(met.person, { kind: 'choose_instance' }, request, slotsOfSelves(state)) ??
    (awaitsChoice(request, submission) ? null : noChoice(request));
  if (refusal) return turnAway(context, met, press, 'choose_instance', refusal);
  const { content, contentVersion, harness } = request;
  const options = harness.candidates.map((one, nth) => ({
    value: one.id,
    label: gateLabel(one, nth + 1),
    hint: gateTimes(one),
  }));
  const form: EntryForm = {
    cardId: met.card.id,
    contentVersion,
    kind: 'choose_instance',
    title: 'Choose the gate',
    submitLabel: 'Choose',
    intro: `${content.event.name} · ${content.execution.project} · ${content.execution.pipeline}`,
    note: 'Several gates of this run wait, and nothing tells which of them this request is about. Look at the run in Harness before you choose.',
    fields: [{ key: 'gate', kind: 'choice', label: 'Gate', options }],
  };
  return { kind: 'form', form };
}

async function openTalk(
  context: Context,
  met: Met,
  state: StoredRulingState,
  press: Press,
  kind: 'ask_question' | 'answer_question',
): Promise<Answer> {
  const { person, card } = met;
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

async function staleness(
  context: Context,
  { request, people, sendingStarted }: StoredRulingState,
  press: Press,
  kind: FormKind,
): Promise<Refusal | null> {
  if (kind === 'supply_inputs') return null;
  if (
    kind === 'reject' &&
    request.status === 'APPROVED' &&
    sendingStarted &&
    request.harness.status !== 'APPROVED'
  )
    return { code: 'already_sent' };
  const mayReplace = kind === 'reject' && request.decision?.action === 'APPROVE' && !sendingStarted;
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

type DecidingKind = 'approve' | 'reject' | 'supply_inputs';

const FORM_WORDS: Readonly<Record<DecidingKind, { title: string; submitLabel: string }>> = {
  approve: { title: 'Approve', submitLabel: 'Approve' },
  reject: { title: 'Reject', submitLabel: 'Reject' },
  supply_inputs: { title: 'Correct the inputs', submitLabel: 'Send to Harness' },
};

async function buildForm(
  context: Context,
  cardId: string,
  { request, votes }: StoredRulingState,
  kind: DecidingKind,
): Promise<EntryForm | null> {
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
  else if (kind === 'approve') note = await approvingNote(context, { request, votes });
  return {
    cardId,
    contentVersion: request.contentVersion,
    kind,
    ...FORM_WORDS[kind],
    intro: `${content.event.name} · ${content.execution.project}`,
    note,
    fields: kind === 'reject' ? [comment] : kind === 'approve' ? [...inputs, comment] : inputs,
  };
}

/** Whose values are offered, and what an approval brings about elsewhere; null = nothing to say. */
async function approvingNote(
  context: Context,
  { request, votes }: Pick<StoredRulingState, 'request' | 'votes'>,
): Promise<string | null> {
  const notes = request.harness.autoReject ? [AUTO_REJECT_WARNING] : [];
  if (Object.keys(request.content.offered).length > 0) {
    const offerer = votes.findLast((vote) => vote.contentVersion === request.contentVersion);
    const people = await peopleById(context.db, offerer ? [offerer.personId] : []);
    const name = offerer ? people.get(offerer.personId)?.name : null;
    notes.push(`${name ?? 'An earlier approver'} gave these values. Changing one asks the others again.`);
  }
  return notes.length > 0 ? notes.join(' ') : null;
}

/** Problems by input name as problems by field of the form. */
export function fieldProblems(
  content: RequestContent,
  problems: Readonly<Record<string, string>>,
): FieldValues {
  const keys = fieldKeys(content);
  return Object.fromEntries(Object.entries(problems).map(([name, problem]) => [keys.get(name)!, problem]));
}

function fieldKeys(content: RequestContent): Map<string, FieldKey> {
  return new Map(askedInputs(content.inputs).map((input, index) => [input.name, `input-${index}` as const]));
}
