import type { ChatCommands, CommandAnswer } from '../usecases/chat-commands.ts';
import { sentenceOf } from '../usecases/database-trouble.ts';
import type { Log } from '../usecases/ports.ts';
import { editorView } from './editor-view.ts';
import { accountOf, type Hearing, hear, SENTENCE } from './guard.ts';
import { noticeView } from './modal.ts';
import { openView } from './open-view.ts';
import { type PressedButton, type Presser, readCommand } from './payloads.ts';
import { messageScreen, modalScreen, newModalScreen, type Screen, viewScreen } from './screens.ts';
import type { Ear, Voice, VoiceIn } from './whisper.ts';
import type { SlackWorkspaces } from './workspaces.ts';

/** As people type it, and as manifest.yml declares it. */
export const COMMAND = '/approvals';

export interface CommandParts {
  commands: ChatCommands;
  workspaces: SlackWorkspaces;
  voiceIn: VoiceIn;
  log: Log;
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
  const hearing = await hearCaller(parts, presser);
  const voice = voiceFor(parts, hearing);
  const screen = messageScreen(voice, { responseUrl, channel, user: presser.externalId }, false);
  const from = { triggerId, place: { kind: 'message' } } as const;
  await run(parts, hearing, { voice, text, from, screen: async () => screen, instead: screen });
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
  const { place, responseUrl, channel, value: text } = button;
  const ear: Ear = { responseUrl, channel, user: presser.externalId };
  const hearing = await hearCaller(parts, presser);
  const voice = voiceFor(parts, hearing);
  const press = { voice, text, from: button };
  if (place.kind === 'home') {
    const instead = newModalScreen(voice, button, ear);
    return run(parts, hearing, {
      ...press,
      instead,
      screen: () => screenOverHome(parts, voice, button, ear),
    });
  }
  const screen =
    place.kind === 'modal'
      ? modalScreen(voice, button, place.viewId, ear)
      : messageScreen(voice, ear, place.kind === 'ephemeral');
  await run(parts, hearing, { ...press, instead: screen, screen: async () => screen });
}

async function hearCaller({ workspaces, log }: CommandParts, presser: Presser): Promise<Hearing> {
  try {
    return await hear(presser, workspaces, SENTENCE.notConnected);
  } catch (error) {
    log.error({ err: error }, 'nobody can say whose workspace a command came from');
    return { ok: false, sentence: sentenceOf(error, SENTENCE.commandFailed) };
  }
}

function voiceFor({ voiceIn }: CommandParts, hearing: Hearing): Voice {
  return voiceIn(hearing.ok ? hearing.workspace : null);
}

/**
 * The answer may take longer than a trigger lives, so its modal is opened before the command is run; a form comes
 * from the local database and wants the trigger for itself. null, and told so: nothing could be opened.
 */
async function screenOverHome(
  parts: CommandParts,
  voice: Voice,
  button: PressedButton,
  ear: Ear,
): Promise<Screen | null> {
  if (parts.commands.opensForm(button.value)) return newModalScreen(voice, button, ear);
  const opened = await openView(voice, button, noticeView(ONE_MOMENT));
  if (opened.ok) return viewScreen(voice, opened.viewId, ear);
  await voice.whisper(ear, opened.sentence);
  return null;
}

interface Run {
  voice: Voice;
  text: string;
  /** What a form may be opened from. */
  from: Pick<PressedButton, 'triggerId' | 'place'>;
  /** Where the answer goes, made once the caller is known; null = do not run it. */
  screen: () => Promise<Screen | null>;
  /** Where a refusal goes, or a failure before there is a screen. */
  instead: Screen;
}

async function run(parts: CommandParts, hearing: Hearing, asked: Run): Promise<void> {
  let shownOn = asked.instead;
  try {
    if (!hearing.ok) return await shownOn.say(hearing.sentence);
    const made = await asked.screen();
    if (!made) return;
    shownOn = made;
    await present(made, asked, await parts.commands.run(accountOf(hearing), asked.text));
  } catch (error) {
    parts.log.error({ err: error }, 'a command could not be run');
    await shownOn.say(sentenceOf(error, SENTENCE.commandFailed));
  }
}

async function present(screen: Screen, { voice, from }: Run, answer: CommandAnswer): Promise<void> {
  if (answer.kind === 'notice') return screen.say(answer.sentence);
  if (answer.kind === 'page') return screen.show(answer.page);
  const opened = await openView(voice, from, editorView(answer.editor));
  if (!opened.ok) await screen.say(opened.sentence);
}

const OTHER_COMMAND = `Countersign answers to ${COMMAND}; ${COMMAND} help tells what it can do.`;
const ONE_MOMENT = 'One moment … If nothing more appears here, please close this and try again.';
