import type { Answer } from '../approval/form.ts';
import { notRecordedSentence } from '../usecases/database-trouble.ts';
import type { CardPresses, Press } from '../usecases/deciding/card-presses.ts';
import type { Log } from '../usecases/ports.ts';
import { ACTION } from './blocks.ts';
import { type CommandParts, handleCommandButton } from './commands.ts';
import { type EditorForms, isEditorAction } from './editor.ts';
import { accountOf, type Heard, hear, SENTENCE } from './guard.ts';
import { type HomeParts, handleTurn } from './homes.ts';
import { formView, noticeView } from './modal.ts';
import { openView } from './open-view.ts';
import { type PressedButton, readButton, readButtonValue, readPresser } from './payloads.ts';
import type { PressedMessages } from './pressed-messages.ts';
import type { Voice } from './whisper.ts';

export interface ActionParts extends CommandParts, HomeParts {
  presses: CardPresses;
  editor: EditorForms;
  pressed: PressedMessages;
  log: Log;
}

const LINKS: ReadonlySet<string> = new Set([ACTION.viewPipeline, ACTION.openLink]);

/**
 * Handles every block_actions payload: acks whatever happens. A press on a card is ruled on in the local database
 * before the ack; only then Slack is talked to. Every press but one of a link ends in a changed card, a page, a form
 * or a sentence.
 */
export async function handleAction(
  parts: ActionParts,
  body: unknown,
  ack: () => Promise<void>,
): Promise<void> {
  if (isEditorAction(body)) return parts.editor.changed(body, ack);
  const presser = readPresser(body);
  const button = readButton(body);
  if (button && LINKS.has(button.verb)) return ack();
  if (presser && (button?.verb === ACTION.command || button?.verb === ACTION.turn)) {
    await ack();
    return button.verb === ACTION.turn
      ? handleTurn(parts, presser, button)
      : handleCommandButton(parts, presser, button);
  }
  let voice = parts.voiceIn(null);
  let answer: Answer;
  try {
    const hearing = await hear(presser, parts.workspaces);
    if (hearing.ok) voice = parts.voiceIn(hearing.workspace);
    answer = hearing.ok
      ? await answerTo(parts, hearing, button)
      : { kind: 'notice', sentence: hearing.sentence };
  } catch (error) {
    parts.log.error({ err: error }, 'a pressed button could not be handled');
    answer = { kind: 'notice', sentence: notRecordedSentence(error) ?? SENTENCE.failed };
  } finally {
    await ack();
  }
  if (!presser) return parts.log.warn({}, 'an action names nobody who acted');
  await deliver(voice, presser.externalId, button, answer);
}

async function answerTo(
  { presses, pressed }: ActionParts,
  heard: Heard,
  button: PressedButton | null,
): Promise<Answer> {
  const value = button ? readButtonValue(button.value) : null;
  if (!button || !value) return { kind: 'notice', sentence: SENTENCE.notUnderstood };
  const ref = button.ref && { tenant: heard.presser.workspace, ...button.ref };
  const press: Press = { ...accountOf(heard), ...value, ref };
  if (ref && button.responseUrl) pressed.note(ref, button.responseUrl);
  switch (button.verb) {
    case ACTION.approve:
      return presses.approve(press);
    case ACTION.approveWithComment:
      return presses.openForm(press, 'approve');
    case ACTION.reject:
      return presses.openForm(press, 'reject');
    case ACTION.supplyInputs:
      return presses.openForm(press, 'supply_inputs');
    case ACTION.chooseInstance:
      return presses.openForm(press, 'choose_instance');
    case ACTION.review:
      return presses.openForm(press, 'review');
    case ACTION.askQuestion:
      return presses.openForm(press, 'ask_question');
    case ACTION.answerQuestion:
      return presses.openForm(press, 'answer_question');
    case ACTION.retrySubmission:
      return presses.retrySubmission(press);
    default:
      return { kind: 'notice', sentence: SENTENCE.notUnderstood };
  }
}

async function deliver(
  voice: Voice,
  user: string,
  button: PressedButton | null,
  answer: Answer,
): Promise<void> {
  const kind = button?.place.kind ?? 'message';
  if (answer.kind === 'form') {
    const opened = button
      ? await openView(voice, button, formView(answer.form))
      : ({ ok: false, sentence: SENTENCE.formFailed } as const);
    return opened.ok ? undefined : say(voice, user, button, opened.sentence);
  }
  if (answer.kind === 'notice') return say(voice, user, button, answer.sentence);
  if (answer.kind === 'form_errors')
    return say(voice, user, button, Object.values(answer.problems).join(' '));
  // Cards and Homes change by themselves; other pages stay as they are.
  if (kind === 'ephemeral' || kind === 'modal') await say(voice, user, button, SENTENCE.recorded);
}

/** Says a sentence to the presser alone: beside the message, or in a modal over the view. */
async function say(
  voice: Voice,
  user: string,
  button: PressedButton | null,
  sentence: string,
): Promise<void> {
  const kind = button?.place.kind;
  if (button && (kind === 'home' || kind === 'modal')) {
    const opened = await openView(voice, button, noticeView(sentence));
    if (opened.ok) return;
  }
  const { responseUrl = null, channel = null } = button ?? {};
  await voice.whisper({ responseUrl, channel, user }, sentence);
}
