import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../common/json.ts';
import type { Scene } from './scene.ts';
import type { Person } from './setup.ts';
import type { StoredMessage } from './shown.ts';
import type { Conversation, World } from './world.ts';

const PLACE_KIND = { personal: 'personal', channel: 'channel', groupChat: 'groupChat' } as const;

function conversationJson(world: World, conversation: Conversation, thread: string | undefined): JsonObject {
  const { kind, id, name } = conversation;
  return {
    ...(kind !== 'personal' && { isGroup: true }),
    ...(kind === 'groupChat' && name !== undefined && { name }),
    conversationType: PLACE_KIND[kind],
    tenantId: world.tenantId,
    id: thread === undefined ? id : `${id};messageid=${thread}`,
  };
}

function channelData(world: World, { kind, id, team }: Conversation): JsonObject {
  const tenant = { tenant: { id: world.tenantId } };
  if (kind !== 'channel' || team === undefined) return tenant;
  return { teamsChannelId: id, teamsTeamId: team, channel: { id }, team: { id: team }, ...tenant };
}

/** What every activity from Teams has. */
export function envelope(
  scene: Scene,
  person: Person,
  conversation: Conversation,
  thread?: string,
): JsonObject {
  const { world } = scene;
  const { locale = 'en-US' } = person;
  const at = new Date(world.now()).toISOString();
  return {
    id: `f:${randomUUID()}`,
    timestamp: at,
    localTimestamp: at,
    localTimezone: 'UTC',
    channelId: 'msteams',
    serviceUrl: scene.serviceUrl(),
    from: { id: person.mri, name: person.name, aadObjectId: person.aadObjectId },
    conversation: conversationJson(world, conversation, thread),
    recipient: { id: world.botId, name: world.appName },
    entities: [{ type: 'clientInfo', locale, country: 'US', platform: 'Web', timezone: 'UTC' }],
    channelData: {
      ...channelData(world, conversation),
      ...(person.tenantId !== undefined && { tenant: { id: person.tenantId } }),
    },
    locale,
  };
}

/** An activity that asks the bot for an answer at once. */
export function invoke(
  scene: Scene,
  person: Person,
  conversation: Conversation,
  more: { name: string; value: unknown; about?: StoredMessage | undefined },
): JsonObject {
  const { about } = more;
  const thread = about && conversation.kind === 'channel' ? (about.threadOf ?? about.id) : undefined;
  const base = envelope(scene, person, conversation, thread);
  return {
    ...base,
    type: 'invoke',
    name: more.name,
    value: more.value,
    ...(about && { replyToId: about.id }),
    channelData: { ...(base.channelData as JsonObject), source: { name: about ? 'message' : 'compose' } },
  };
}
