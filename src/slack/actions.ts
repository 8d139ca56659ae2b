import type { Answer } from '../approval/form.ts';
import type { CardPresses, Press } from '../usecases/card-presses.ts';
import type { Log } from '../usecases/ports.ts';
import { ACTION } from './blocks.ts';
import type { SlackCalls } from './client.ts';
import { failureSentence } from './failures.ts';
import { refusalFor, SENTENCE } from './guard.ts';
import type { IdentityKeeper } from './identity.ts';
import { formView } from './modal.ts';
import { type PressedButton, type Presser, readButton, readButtonValue, readPresser } from './payloads.ts';
import type { Whisper } from './whisper.ts';

export interface ActionParts {
  presses: CardPresses;
  calls: SlackCalls;
  identity: IdentityKeeper;
  whisper: Whisper;
  log: Log;
}

/**
 * Handles every block_actions payload: rules in the local database, acks, and only then talks to Slack.
 * Acks whatever happens; every press but the link to the pipeline ends in a changed card, a form or a sentence.
 */
export async function handleAction(
  parts: ActionParts,
  body: unknown,
  ack: () => Promise<void>,
): Promise<void> {
  const presser = readPresser(body);
  const button = readButton(body);
  if (button?.actionId === ACTION.viewPipeline) return ack();
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
  switch (button.actionId) {
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
  const ear = {
    responseUrl: button?.responseUrl ?? null,
    channel: button?.channel ?? null,
    user: presser.externalId,
  };
  if (answer.kind === 'done') return;
  if (answer.kind === 'notice') return parts.whisper(ear, answer.sentence);
  if (answer.kind === 'form_errors') return parts.whisper(ear, Object.values(answer.problems).join(' '));
  const problem = await openModal(parts, button?.triggerId ?? null, answer);
  if (problem) await parts.whisper(ear, problem);
}

/** Opens the form; a sentence when Slack would not. A trigger id lives 3 s, Slack's own delays included. */
async function openModal(
  { calls, log }: ActionParts,
  triggerId: string | null,
  answer: Extract<Answer, { kind: 'form' }>,
): Promise<string | null> {
  if (!triggerId) return SENTENCE.formFailed;
  const view = formView(answer.form);
  const opened = await calls.call('views.open', null, (client) =>
    client.views.open({ trigger_id: triggerId, view }),
  );
  if (opened.ok) return null;
  const { failure } = opened;
  log.warn({ cardId: answer.form.cardId, problem: failureSentence(failure) }, 'a form could not be opened');
  const late = failure.kind === 'error' && /trigger/.test(failure.error);
  return late ? SENTENCE.slow : SENTENCE.formFailed;
}
