import { z } from 'zod';
import type { ChatAccount } from '../usecases/chat-commands.ts';
import { type ActionData, readActionData, readEntered } from './action-data.ts';
import { roomOf, type TeamsPlace } from './connector.ts';
import { readTyped, type Typed } from './typed.ts';
import type { WireActivity } from './wire.ts';

/** Who acted. */
export interface TeamsActor {
  account: ChatAccount;
  /** Their id towards this bot, 29:…. */
  mri: string;
}

/** Where it happened. */
export interface TeamsWhere {
  /** `elsewhere`: from the compose box of any chat; the bot may not be there. */
  scope: 'personal' | 'channel' | 'group' | 'elsewhere';
  /** Where an answer goes; in a channel into the thread. */
  place: TeamsPlace;
  /** The conversation without its thread: a channel's own id. */
  conversationId: string;
  /** The message whose button was pressed; null where there is none. */
  message: string | null;
}

/** What came back from a button or form: null = nothing of ours. */
export interface Sent {
  data: ActionData | null;
  /** As sent, with what was entered. */
  raw: unknown;
  entered: Readonly<Record<string, string>>;
}

type Happening =
  /** Somebody wrote to the bot. */
  | { kind: 'command'; typed: Typed }
  /** An Action.Execute; answered by a card. */
  | ({ kind: 'press' } & Sent)
  /** A client wants the card as it is for this person. */
  | ({ kind: 'refresh' } & Sent)
  | ({ kind: 'dialogOpen' } & Sent)
  | ({ kind: 'dialogSubmit' } & Sent)
  /** An Action.Submit outside of dialogs: what old clients make of an Action.Execute. Answered by a message. */
  | ({ kind: 'submit' } & Sent)
  | { kind: 'extensionOpen'; commandId: string }
  | ({ kind: 'extensionSubmit'; commandId: string } & Sent);

/** Somebody wants something done. */
export type TeamsAct = Happening & { actor: TeamsActor; where: TeamsWhere };

export type TeamsEvent =
  | TeamsAct
  /** The app came there; `greet`: to a person, for the first time. */
  | { kind: 'installed'; greet: boolean; actor: TeamsActor | null; where: TeamsWhere }
  | { kind: 'removed'; actor: TeamsActor | null; where: TeamsWhere }
  /** Nothing that is acted on; an invoke waits for an answer all the same. */
  | { kind: 'other'; actor: TeamsActor | null; where: TeamsWhere };

const executeSchema = z.looseObject({ action: z.looseObject({ data: z.unknown().optional() }) });
const taskSchema = z.looseObject({ data: z.unknown().optional() });
const extensionSchema = z.looseObject({
  commandId: z.string().min(1).max(100),
  data: z.unknown().optional(),
});

/**
 * What an admitted and proved activity says; null when it wants something done and does not say by which Entra account.
 * `home` is whose tenant this is.
 */
export function readEvent(
  activity: WireActivity,
  home: { organizationId: number; tenantId: string },
): TeamsEvent | null {
  const actor = actorOf(activity, home);
  const where = whereOf(activity);
  const happening = happeningOf(activity, where);
  if (happening === null) return { ...(presenceOf(activity) ?? { kind: 'other' }), actor, where };
  return actor && { ...happening, actor, where };
}

/** The activities that wait for an answer in the same exchange. */
export function isInvoke(activity: WireActivity): boolean {
  return activity.type === 'invoke';
}

function actorOf(
  { from }: WireActivity,
  { organizationId, tenantId }: { organizationId: number; tenantId: string },
): TeamsActor | null {
  if (from.aadObjectId === undefined) return null;
  return {
    account: { platform: 'teams', organizationId, tenant: tenantId, externalId: from.aadObjectId },
    mri: from.id,
  };
}

function whereOf(activity: WireActivity): TeamsWhere {
  const { conversation, serviceUrl, replyToId, channelData } = activity;
  const { id, conversationType } = conversation;
  // Told in another channel of the team.
  const deleted = channelData?.eventType === 'channelDeleted' ? channelData.channel?.id : undefined;
  return {
    scope: activity.name?.startsWith('composeExtension/') ? 'elsewhere' : scopeOf(id, conversationType),
    place: { serviceUrl, conversationId: id },
    conversationId: deleted ?? roomOf(id),
    message: replyToId ?? null,
  };
}

/**
 * Only what is surely somebody's own chat with the bot counts as one: their cards are posted there. A chat between two
 * people is called personal, too, but has a room's id.
 */
function scopeOf(id: string, conversationType: string | undefined): TeamsWhere['scope'] {
  if (conversationType === 'personal') return id.startsWith('19:') ? 'elsewhere' : 'personal';
  return conversationType === 'channel' ? 'channel' : 'group';
}

function happeningOf(activity: WireActivity, where: TeamsWhere): Happening | null {
  if (activity.type === 'message') return messageOf(activity, where);
  return isInvoke(activity) ? invokeOf(activity) : null;
}

function messageOf(activity: WireActivity, { scope }: TeamsWhere): Happening | null {
  if (typeof activity.value === 'object' && activity.value !== null)
    return { kind: 'submit', ...sentOf(activity.value) };
  const typed = readTyped(activity);
  // What others say among themselves is not for us.
  const isForUs = scope === 'personal' || typed.addressed || activity.recipient.isTargeted === true;
  return isForUs ? { kind: 'command', typed } : null;
}

function invokeOf({ name, value }: WireActivity): Happening | null {
  if (name === 'adaptiveCard/action') {
    const sent = sentOf(executeSchema.safeParse(value).data?.action.data);
    return { kind: sent.data?.do === 'refresh' ? 'refresh' : 'press', ...sent };
  }
  if (name === 'task/fetch' || name === 'task/submit') {
    const sent = sentOf(taskSchema.safeParse(value).data?.data);
    return { kind: name === 'task/fetch' ? 'dialogOpen' : 'dialogSubmit', ...sent };
  }
  if (name === 'composeExtension/fetchTask' || name === 'composeExtension/submitAction') {
    const { commandId = '', data } = extensionSchema.safeParse(value).data ?? {};
    return name === 'composeExtension/fetchTask'
      ? { kind: 'extensionOpen', commandId }
      : { kind: 'extensionSubmit', commandId, ...sentOf(data) };
  }
  return null;
}

function sentOf(raw: unknown): Sent {
  return { data: readActionData(raw), raw, entered: readEntered(raw) };
}

function presenceOf(
  activity: WireActivity,
): { kind: 'installed'; greet: boolean } | { kind: 'removed' } | null {
  const { type, action, membersAdded, membersRemoved, recipient, channelData, conversation } = activity;
  if (type === 'installationUpdate') {
    if (action === 'add') return { kind: 'installed', greet: conversation.conversationType === 'personal' };
    if (action === 'add-upgrade') return { kind: 'installed', greet: false };
    return action === 'remove' ? { kind: 'removed' } : null;
  }
  if (type !== 'conversationUpdate') return null;
  const isBot = ({ id }: { id: string }) => id === recipient.id;
  if (membersRemoved?.some(isBot) || channelData?.eventType === 'channelDeleted') return { kind: 'removed' };
  return membersAdded?.some(isBot) ? { kind: 'installed', greet: false } : null;
}
