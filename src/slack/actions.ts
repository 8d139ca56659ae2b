import type { Answer } from '../approval/form.ts';
import type { CardPresses, Press } from '../usecases/card-presses.ts';
import type { Log } from '../usecases/ports.ts';
import { ACTION } from './blocks.ts';
import type { SlackCalls } from './client.ts';
import { type EditorForms, isEditorAction } from './editor.ts';
import { failureSentence } from './failures.ts';
import { type Heard, hear, SENTENCE } from './guard.ts';
import { formView } from './modal.ts';
import { type PressedButton, readButton, readButtonValue, readPresser } from './payloads.ts';
import type { Whisper } from './whisper.ts';
import type { SlackWorkspaces } from './workspaces.ts';

export interface ActionParts {
  presses: CardPresses;
  workspaces: SlackWorkspaces;
  editor: EditorForms;
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
  if (isEditorAction(body)) return parts.editor.changed(body, ack);
  const presser = readPresser(body);
  const button = readButton(body);
  if (button?.actionId === ACTION.viewPipeline) return ack();
  let heard: Heard | null = null;
  let answer: Answer;
  try {
    const hearing = await hear(presser, parts.workspaces);
    if ('sentence' in hearing) answer = { kind: 'notice', sentence: hearing.sentence };
    else {
      heard = hearing;
      answer = await answerTo(parts, hearing, button);
    }
  } catch (error) {
    parts.log.error({ err: error }, 'a pressed button could not be handled');
    answer = { kind: 'notice', sentence: SENTENCE.failed };
  } finally {
    await ack();
  }
  if (!presser) return parts.log.warn({}, 'an action names nobody who acted');
  await deliver(parts, heard, presser.externalId, button, answer);
}

async function answerTo(
  parts: ActionParts,
  { presser, workspace }: Heard,
  button: PressedButton | null,
): Promise<Answer> {
  const value = button ? readButtonValue(button.value) : null;
  if (!button || !value) return { kind: 'notice', sentence: SENTENCE.notUnderstood };
  const { tenant, externalId } = presser;
  const { organizationId } = workspace;
  const ref = button.ref && { tenant: presser.workspace, ...button.ref };
  const press: Press = { platform: 'slack', organizationId, tenant, externalId, ...value, ref };
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
  heard: Heard | null,
  user: string,
  button: PressedButton | null,
  answer: Answer,
): Promise<void> {
  const calls = heard?.workspace.calls ?? null;
  const tell = (sentence: string) => parts.whisper(calls, ear, sentence);
  const ear = {
    responseUrl: button?.responseUrl ?? null,
    channel: button?.channel ?? null,
    user,
  };
  if (answer.kind === 'done') return;
  if (answer.kind === 'notice') return tell(answer.sentence);
  if (answer.kind === 'form_errors') return tell(Object.values(answer.problems).join(' '));
  const problem = await openModal(parts, calls, button?.triggerId ?? null, answer);
  if (problem) await tell(problem);
}

/** Opens the form; a sentence when Slack would not. A trigger id lives 3 s, Slack's own delays included. */
async function openModal(
  { log }: ActionParts,
  calls: SlackCalls | null,
  triggerId: string | null,
  answer: Extract<Answer, { kind: 'form' }>,
): Promise<string | null> {
  if (!triggerId || !calls) return SENTENCE.formFailed;
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
