import type { ChatCommands } from '../usecases/chat-commands.ts';
import { sentenceOf } from '../usecases/database-trouble.ts';
import type { CardPresses } from '../usecases/deciding/card-presses.ts';
import type { Log, TeamsConversations } from '../usecases/ports.ts';
import type { ActionData } from './action-data.ts';
import { chooseView } from './choose-view.ts';
import type { TeamsCommands } from './commands.ts';
import { opened, reopened, submitted } from './dialogs.ts';
import type { Sent, TeamsAct, TeamsActor, TeamsWhere } from './events.ts';
import { pressed, pressedByOldClient, refreshed } from './presses.ts';
import { notice, SENTENCE, type TeamsReply } from './reply.ts';
import type { Seal } from './seal.ts';
import { previewedWorkflow, reopenedWorkflow, savedWorkflow } from './workflow-dialog.ts';

/** The action commands of the message extension, as the app's manifest declares them. */
export const EXTENSION = { answer: 'answerApproval', create: 'newWorkflow' } as const;

/** A button, a form or a refresh: whatever is answered by a reply. */
export type TeamsPress = Exclude<TeamsAct, { kind: 'command' }>;

export interface HandlerParts {
  presses: CardPresses;
  commands: ChatCommands;
  conversations: TeamsConversations;
  teamsCommands: TeamsCommands;
  seal: Seal;
  log: Log;
}

/**
 * What a press, a form or a refresh brings the one who acted, sealed for them: handlers return it and send nothing
 * themselves. Never throws: what fails is a sentence.
 */
export async function replyTo(parts: HandlerParts, event: TeamsPress): Promise<TeamsReply> {
  try {
    return sealed(parts.seal, event.actor, await handled(parts, event));
  } catch (error) {
    parts.log.error({ err: error }, 'what somebody did in Teams could not be handled');
    return notice(sentenceOf(error, SENTENCE.failed));
  }
}

function sealed(seal: Seal, { account }: TeamsActor, reply: TeamsReply): TeamsReply {
  if (reply.kind === 'card') return { ...reply, card: seal.on(reply.card, account) };
  if (reply.kind !== 'dialog') return reply;
  const { dialog } = reply;
  return { ...reply, dialog: { ...dialog, card: seal.on(dialog.card, account) } };
}

function handled(parts: HandlerParts, event: TeamsPress): Promise<TeamsReply> | TeamsReply {
  switch (event.kind) {
    case 'press':
      return onCard(parts, event.actor, event.where, event);
    case 'submit':
      return byOldClient(parts, event.actor, event.where, event);
    case 'refresh':
      return event.data?.do === 'refresh'
        ? refreshed(parts, event.actor, event.where, event.data)
        : notice(SENTENCE.notUnderstood);
    case 'dialogOpen':
      return inDialog(parts, event.actor, event.where, event, event.where);
    case 'dialogSubmit':
    case 'extensionSubmit':
      return inDialog(parts, event.actor, event.where, event, null);
    case 'extensionOpen':
      return extension(parts, event.actor, event.where, event.commandId);
  }
}

function onCard(
  parts: HandlerParts,
  actor: TeamsActor,
  where: TeamsWhere,
  { data }: Sent,
): Promise<TeamsReply> | TeamsReply {
  if (data?.do === 'press') return pressed(parts, actor, where, data);
  if (data?.do === 'command')
    return isOurs(parts, actor, where, data)
      ? parts.teamsCommands.pressed(actor, where, data.command)
      : notice(SENTENCE.notVouchedFor);
  return notice(SENTENCE.notUnderstood);
}

/** A form comes this way, too: such a client was given it as a message. */
function byOldClient(
  parts: HandlerParts,
  actor: TeamsActor,
  where: TeamsWhere,
  sent: Sent,
): Promise<TeamsReply> | TeamsReply {
  const { data } = sent;
  if (data?.do === 'press') return pressedByOldClient(parts.presses, actor, where, data);
  return inDialog(parts, actor, where, sent, where);
}

/** Whether nobody else can have made this button: nobody else posts in somebody's own chat, nor seals. */
function isOurs(
  { seal }: HandlerParts,
  { account }: TeamsActor,
  pressedIn: TeamsWhere | null,
  data: ActionData,
) {
  return pressedIn?.scope === 'personal' || seal.holds(data, account);
}

/** `pressedIn`: where the button is that opened the dialog; null = in a dialog itself. */
async function inDialog(
  parts: HandlerParts,
  actor: TeamsActor,
  where: TeamsWhere,
  { data, entered, raw }: Sent,
  pressedIn: TeamsWhere | null,
): Promise<TeamsReply> {
  switch (data?.do) {
    case 'press':
      return opened(parts.presses, actor, pressedIn, data);
    case 'submit':
      return isOurs(parts, actor, null, data)
        ? submitted(parts.presses, actor, data, entered)
        : reopened(parts.presses, actor, data, entered);
    case 'command':
      return isOurs(parts, actor, pressedIn, data)
        ? parts.teamsCommands.opened(actor, where, data.command)
        : notice(SENTENCE.notVouchedFor);
    case 'save_workflow':
      return isOurs(parts, actor, null, data)
        ? savedWorkflow(parts.commands, actor, raw)
        : reopenedWorkflow(parts.commands, actor, raw);
    case 'preview_workflow':
      return previewedWorkflow(parts.commands, actor, raw);
    case 'choose':
      return chosenFrom(parts, actor);
    default:
      return notice(SENTENCE.notUnderstood);
  }
}

function extension(
  parts: HandlerParts,
  actor: TeamsActor,
  where: TeamsWhere,
  commandId: string,
): Promise<TeamsReply> | TeamsReply {
  if (commandId === EXTENSION.answer) return chosenFrom(parts, actor);
  if (commandId === EXTENSION.create) return parts.teamsCommands.opened(actor, where, 'create');
  return notice(SENTENCE.notUnderstood);
}

async function chosenFrom({ presses }: HandlerParts, { account }: TeamsActor): Promise<TeamsReply> {
  const cards = await presses.waiting(account);
  return cards.length === 0 ? notice(SENTENCE.nothingWaits) : { kind: 'dialog', dialog: chooseView(cards) };
}
