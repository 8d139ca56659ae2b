import type { Card } from '../approval/card.ts';
import type { Answer, FormKind } from '../approval/form.ts';
import type { CardPresses, Press } from '../usecases/deciding/card-presses.ts';
import type { TeamsConversations } from '../usecases/ports.ts';
import type { ActionData, PressVerb } from './action-data.ts';
import { cardView } from './card-view.ts';
import type { TeamsActor, TeamsWhere } from './events.ts';
import { formView } from './form-view.ts';
import type { JsonObject } from './json.ts';
import { notice, SENTENCE, type TeamsReply } from './reply.ts';

export interface PressParts {
  presses: CardPresses;
  conversations: TeamsConversations;
}

type PressData = Extract<ActionData, { do: 'press' }>;
type RefreshData = Extract<ActionData, { do: 'refresh' }>;

/** What each button's form is; the others act at once. */
export const FORM_OF: Readonly<Record<Exclude<PressVerb, 'retry_submission'>, FormKind>> = {
  approve: 'approve',
  approve_with_comment: 'approve',
  reject: 'reject',
  supply_inputs: 'supply_inputs',
  choose_instance: 'choose_instance',
  review: 'review',
  ask_question: 'ask_question',
  answer_question: 'answer_question',
};

/** The press as the use cases take it. `ref` only where the pressed message is the card itself; `where` null = a dialog. */
export function pressOf(
  { account }: TeamsActor,
  { card, version, page }: { card: string; version: number; page?: true | undefined },
  where: TeamsWhere | null,
): Press {
  const ref =
    where?.message && !page
      ? { tenant: account.tenant, channel: where.conversationId, message: where.message }
      : null;
  const isShared = where !== null && where.scope !== 'personal';
  return { ...account, cardId: card, contentVersion: version, ref, ...(isShared && { shared: true }) };
}

/** A button that acts at once was pressed: the card as it is now, and on it what there is to say. */
export async function pressed(
  parts: PressParts,
  actor: TeamsActor,
  where: TeamsWhere,
  data: PressData,
): Promise<TeamsReply> {
  const { presses } = parts;
  const press = pressOf(actor, data, where);
  // The page stays: it is no card.
  if (data.page) return notice(lineOf(await ruled(presses, press, data.verb)) ?? SENTENCE.recorded);
  const { answer, card } = await ruledAndShown(presses, press, data.verb);
  const line = lineOf(answer);
  if (!card) return notice(line ?? SENTENCE.recorded);
  return { kind: 'card', card: await viewFor(parts, actor, card, line) };
}

/** The same press from a client that knows no Action.Execute: it is told in a message, and its card follows. */
export async function pressedByOldClient(
  presses: CardPresses,
  actor: TeamsActor,
  where: TeamsWhere,
  data: PressData,
): Promise<TeamsReply> {
  const answer = await ruled(presses, pressOf(actor, data, where), data.verb);
  if (answer.kind === 'form') return { kind: 'dialog', dialog: formView(answer.form) };
  return notice(lineOf(answer) ?? SENTENCE.recorded);
}

/** Decides, or asks for a form, as the verb says; from the local database alone. */
function ruled(presses: CardPresses, press: Press, verb: PressVerb): Promise<Answer> {
  if (verb === 'approve') return presses.approve(press);
  if (verb === 'retry_submission') return presses.retrySubmission(press);
  return presses.openForm(press, FORM_OF[verb]);
}

/** The same, and the card as it then is. */
async function ruledAndShown(
  presses: CardPresses,
  press: Press,
  verb: PressVerb,
): Promise<{ answer: Answer; card: Card | null }> {
  if (verb === 'approve') return presses.actAndShow(press, 'approve');
  if (verb === 'retry_submission') return presses.actAndShow(press, 'retry');
  return { answer: await ruled(presses, press, verb), card: await presses.show(press) };
}

/** What an answer says in one line; null = the card says it. */
export function lineOf(answer: Answer): string | null {
  switch (answer.kind) {
    case 'done':
      return null;
    case 'notice':
      return answer.sentence;
    case 'form':
      return SENTENCE.needsForm;
    case 'form_errors':
      return Object.values(answer.problems).join(' ') || SENTENCE.failed;
  }
}

/**
 * The client wants the card as it is now for whoever looks at it. Whoever may not see it keeps what they see: words are
 * told after a press alone.
 */
export async function refreshed(
  parts: PressParts,
  actor: TeamsActor,
  where: TeamsWhere,
  data: RefreshData,
): Promise<TeamsReply> {
  const card = await parts.presses.show(pressOf(actor, data, where));
  if (!card) return notice(SENTENCE.notYours);
  return { kind: 'card', card: await viewFor(parts, actor, card, null) };
}

async function viewFor(
  { conversations }: PressParts,
  actor: TeamsActor,
  card: Card,
  line: string | null,
): Promise<JsonObject> {
  const refreshFor =
    card.deciders.length === 0
      ? [actor.mri]
      : [...(await conversations.mrisOf(actor.account, card.deciders)).values()];
  return cardView(card, refreshFor, line ?? undefined);
}
