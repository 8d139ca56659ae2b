import type { Answer } from '../approval/form.ts';
import type { CardPresses, Press } from '../usecases/card-presses.ts';
import type { Log } from '../usecases/ports.ts';
import { ACTION } from './blocks.ts';
import type { SlackCalls } from './client.ts';
import { type CommandParts, handleCommandButton } from './commands.ts';
import { refusalFor, SENTENCE } from './guard.ts';
import { type HomeParts, handleTurn } from './homes.ts';
import type { IdentityKeeper } from './identity.ts';
import { formView, noticeView } from './modal.ts';
import { openView } from './open-view.ts';
import { type PressedButton, type Presser, readButton, readButtonValue, readPresser } from './payloads.ts';
import type { Whisper } from './whisper.ts';

export interface ActionParts extends CommandParts, HomeParts {
  presses: CardPresses;
  calls: SlackCalls;
  identity: IdentityKeeper;
  whisper: Whisper;
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
  const presser = readPresser(body);
  const button = readButton(body);
  if (button && LINKS.has(button.verb)) return ack();
  if (presser && (button?.verb === ACTION.command || button?.verb === ACTION.turn)) {
    await ack();
    return button.verb === ACTION.turn
      ? handleTurn(parts, presser, button)
      : handleCommandButton(parts, presser, button);
  }
  let answer: Answer;
  try {
    answer = await answerTo(parts, presser, button);
  } catch (error) {
    parts.log.error({ err: error }, 'a pressed button could not be handled');
    answer = { kind: 'notice', sentence: SENTENCE.failed };
  } finally {
    await ack();
  }
  if (!presser) return parts.log.warn({}, 'an action names nobody who acted');
  await deliver(parts, presser, button, answer);
}

async function answerTo(
  parts: ActionParts,
  presser: Presser | null,
  button: PressedButton | null,
): Promise<Answer> {
  const refusal = refusalFor(presser, parts.identity);
  if (refusal || !presser) return { kind: 'notice', sentence: refusal ?? SENTENCE.notUnderstood };
  const value = button ? readButtonValue(button.value) : null;
  if (!button || !value) return { kind: 'notice', sentence: SENTENCE.notUnderstood };
  const { tenant, externalId } = presser;
  const press: Press = { platform: 'slack', tenant, externalId, ...value, ref: button.ref };
  switch (button.verb) {
    case ACTION.approve:
      return parts.presses.approve(press);
    case ACTION.approveWithComment:
      return parts.presses.openForm(press, 'approve');
    case ACTION.reject:
      return parts.presses.openForm(press, 'reject');
    case ACTION.supplyInputs:
      return parts.presses.openForm(press, 'supply_inputs');
    case ACTION.retrySubmission:
      return parts.presses.retrySubmission(press);
    default:
      return { kind: 'notice', sentence: SENTENCE.notUnderstood };
  }
}

async function deliver(
  parts: ActionParts,
  presser: Presser,
  button: PressedButton | null,
  answer: Answer,
): Promise<void> {
  const kind = button?.place.kind ?? 'message';
  if (answer.kind === 'form') {
    const opened = button
      ? await openView(parts, button, formView(answer.form))
      : ({ ok: false, sentence: SENTENCE.formFailed } as const);
    return opened.ok ? undefined : say(parts, presser, button, opened.sentence);
  }
  if (answer.kind === 'notice') return say(parts, presser, button, answer.sentence);
  if (answer.kind === 'form_errors')
    return say(parts, presser, button, Object.values(answer.problems).join(' '));
  // Cards and Homes change by themselves; other pages stay as they are.
  if (kind === 'ephemeral' || kind === 'modal') await say(parts, presser, button, SENTENCE.recorded);
}

/** Says a sentence to the presser alone: beside the message, or in a modal over the view. */
async function say(
  parts: ActionParts,
  presser: Presser,
  button: PressedButton | null,
  sentence: string,
): Promise<void> {
  const kind = button?.place.kind;
  if (button && (kind === 'home' || kind === 'modal')) {
    const opened = await openView(parts, button, noticeView(sentence));
    if (opened.ok) return;
  }
  const { responseUrl = null, channel = null } = button ?? {};
  await parts.whisper({ responseUrl, channel, user: presser.externalId }, sentence);
}
