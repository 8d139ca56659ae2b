import type { Homes } from '../usecases/homes/homes.ts';
import type { Log } from '../usecases/ports.ts';
import { accountOf, type Hearing, hear, SENTENCE } from './guard.ts';
import { noticeView } from './modal.ts';
import { openView } from './open-view.ts';
import { type PressedButton, type Presser, readHomeOpened, readTurnValue } from './payloads.ts';
import type { VoiceIn } from './whisper.ts';
import type { SlackWorkspaces } from './workspaces.ts';

export interface HomeParts {
  homes: Homes;
  workspaces: SlackWorkspaces;
  voiceIn: VoiceIn;
  log: Log;
}

/** Handles app_home_opened. `workspace` is where it happened; another workspace than ours is not listened to. */
export async function handleHomeOpened(
  parts: HomeParts,
  event: unknown,
  workspace: string | undefined,
): Promise<void> {
  const who = readHomeOpened(event, workspace);
  if (!who) return;
  const { workspaces } = parts;
  // Already acked, so there is time to ask who we are.
  if ((await workspaces.find(who.workspace)).kind === 'starting') await workspaces.check();
  const hearing = await hear(who, workspaces);
  if (!hearing.ok)
    return parts.log.warn({ workspace }, 'a Home tab was opened where the bot is not connected');
  await parts.homes.opened(accountOf(hearing));
}

/** Turns a section of the presser's Home, already acked. What goes wrong is said in a modal. Never throws. */
export async function handleTurn(parts: HomeParts, presser: Presser, button: PressedButton): Promise<void> {
  let hearing: Hearing = { ok: false, sentence: SENTENCE.commandFailed };
  let sentence: string | null;
  try {
    hearing = await hear(presser, parts.workspaces, SENTENCE.notConnected);
    sentence = await turn(parts, hearing, button.value);
  } catch (error) {
    parts.log.error({ err: error }, 'a Home could not be turned to another page');
    sentence = SENTENCE.commandFailed;
  }
  if (sentence === null || !hearing.ok) return;
  await openView(parts.voiceIn(hearing.workspace), button, noticeView(sentence));
}

async function turn({ homes }: HomeParts, hearing: Hearing, value: string): Promise<string | null> {
  if (!hearing.ok) return hearing.sentence;
  const wanted = readTurnValue(value);
  if (!wanted) return SENTENCE.notUnderstood;
  await homes.turn(accountOf(hearing), wanted.section, wanted.page);
  return null;
}
