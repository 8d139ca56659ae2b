import type { ChatAccount } from '../usecases/chat-commands.ts';
import type { Log } from '../usecases/ports.ts';
import type { SlackCalls } from './client.ts';
import { accountOf, type OrganizationOf, SENTENCE } from './guard.ts';
import type { IdentityKeeper } from './identity.ts';
import { noticeView } from './modal.ts';
import { openView } from './open-view.ts';
import { type PressedButton, type Presser, readHomeOpened, readTurnValue } from './payloads.ts';

/** What is done for people who look at their Home. */
export interface Homes {
  opened(account: ChatAccount): Promise<void>;
  /** Shows another page of one section; 1 is the first. Both come from a button and may name nothing there is. */
  turn(account: ChatAccount, section: string, page: number): Promise<void>;
}

export interface HomeParts {
  homes: Homes;
  calls: SlackCalls;
  identity: IdentityKeeper;
  organizationOf: OrganizationOf;
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
  // Already acked, so there is time to ask who we are.
  await parts.identity.ensure();
  const found = await accountOf(who, parts);
  if (!found.ok) return parts.log.warn({ workspace }, 'a Home tab was opened where the bot is not connected');
  await parts.homes.opened(found.account);
}

/** Turns a section of the presser's Home, already acked. What goes wrong is said in a modal. Never throws. */
export async function handleTurn(parts: HomeParts, presser: Presser, button: PressedButton): Promise<void> {
  const sentence = await turn(parts, presser, button.value);
  if (sentence !== null) await openView(parts, button, noticeView(sentence));
}

async function turn(parts: HomeParts, presser: Presser, value: string): Promise<string | null> {
  try {
    const found = await accountOf(presser, parts);
    if (!found.ok) return found.sentence;
    const wanted = readTurnValue(value);
    if (!wanted) return SENTENCE.notUnderstood;
    await parts.homes.turn(found.account, wanted.section, wanted.page);
    return null;
  } catch (error) {
    parts.log.error({ err: error }, 'a Home could not be turned to another page');
    return SENTENCE.commandFailed;
  }
}
