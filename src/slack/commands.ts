import type { WorkflowEditor } from '../approval/workflow-editor.ts';
import type { ChatCommands, CommandAnswer } from '../usecases/chat-commands.ts';
import { accountOf, type OrganizationOf, SENTENCE } from './guard.ts';
import type { IdentityKeeper } from './identity.ts';
import { noticeView } from './modal.ts';
import { openView } from './open-view.ts';
import { type PressedButton, type Presser, readCommand } from './payloads.ts';
import {
  messageScreen,
  modalScreen,
  newModalScreen,
  type Screen,
  type ScreenParts,
  viewScreen,
} from './screens.ts';
import type { Ear } from './whisper.ts';

/** As people type it, and as manifest.yml declares it. */
export const COMMAND = '/approvals';

/** Opens the form to make or edit a workflow; null when it is open, else a sentence that says why not. */
export type OpenEditor = (triggerId: string, editor: WorkflowEditor) => Promise<string | null>;

export interface CommandParts extends ScreenParts {
  commands: ChatCommands;
  identity: IdentityKeeper;
  organizationOf: OrganizationOf;
  openEditor: OpenEditor;
}

/** Handles a slash command: acks at once, runs it, and answers for the caller alone. Never throws. */
export async function handleCommand(
  parts: CommandParts,
  body: unknown,
  ack: (sentence?: string) => Promise<void>,
): Promise<void> {
  const typed = readCommand(body);
  if (!typed) return ack(SENTENCE.commandUnread);
  if (typed.command !== COMMAND) return ack(OTHER_COMMAND);
  await ack();
  const { presser, responseUrl, channel, triggerId, text } = typed;
  const screen = messageScreen(parts, { responseUrl, channel, user: presser.externalId }, false);
  await run(parts, { presser, text, triggerId, screen: async () => screen, instead: screen });
}

/**
 * Runs the command of a pressed button, already acked; the answer takes the place of what was pressed, or comes as a
 * modal over the Home tab. Never throws.
 */
export async function handleCommandButton(
  parts: CommandParts,
  presser: Presser,
  button: PressedButton,
): Promise<void> {
  const { place, responseUrl, channel, triggerId, value: text } = button;
  const ear: Ear = { responseUrl, channel, user: presser.externalId };
  const press = { presser, text, triggerId };
  if (place.kind === 'home') {
    const instead = newModalScreen(parts, button, ear);
    return run(parts, { ...press, instead, screen: () => screenOverHome(parts, button, ear) });
  }
  const screen =
    place.kind === 'modal'
      ? modalScreen(parts, button, place.viewId, ear)
      : messageScreen(parts, ear, place.kind === 'ephemeral');
  await run(parts, { ...press, instead: screen, screen: async () => screen });
}

/**
 * The answer may take longer than a trigger lives, so its modal is opened before the command is run; a form comes
 * from the local database and wants the trigger for itself. null, and told so: nothing could be opened.
 */
async function screenOverHome(parts: CommandParts, button: PressedButton, ear: Ear): Promise<Screen | null> {
  if (parts.commands.opensForm(button.value)) return newModalScreen(parts, button, ear);
  const opened = await openView(parts, button, noticeView(ONE_MOMENT));
  if (opened.ok) return viewScreen(parts, opened.viewId, ear);
  await parts.whisper(ear, opened.sentence);
  return null;
}

interface Run {
  presser: Presser;
  text: string;
  triggerId: string | null;
  /** Where the answer goes, made once the caller is known; null = do not run it. */
  screen: () => Promise<Screen | null>;
  /** Where a refusal goes, or a failure before there is a screen. */
  instead: Screen;
}

async function run(parts: CommandParts, { presser, text, triggerId, screen, instead }: Run): Promise<void> {
  let shownOn = instead;
  try {
    const found = await accountOf(presser, parts);
    if (!found.ok) return await instead.say(found.sentence);
    const made = await screen();
    if (!made) return;
    shownOn = made;
    await present(parts, made, triggerId, await parts.commands.run(found.account, text));
  } catch (error) {
    parts.log.error({ err: error }, 'a command could not be run');
    await shownOn.say(SENTENCE.commandFailed);
  }
}

async function present(
  parts: CommandParts,
  screen: Screen,
  triggerId: string | null,
  answer: CommandAnswer,
): Promise<void> {
  if (answer.kind === 'notice') return screen.say(answer.sentence);
  if (answer.kind === 'page') return screen.show(answer.page);
  const problem = triggerId ? await parts.openEditor(triggerId, answer.editor) : SENTENCE.formFailed;
  if (problem !== null) await screen.say(problem);
}

const OTHER_COMMAND = `Countersign answers to ${COMMAND}; ${COMMAND} help tells what it can do.`;
const ONE_MOMENT = 'One moment … If nothing more appears here, please close this and try again.';
