import type { JsonObject } from '../common/json.ts';
import type { ApiContext, ApiMethods } from './api-context.ts';
import { ApiError } from './api-error.ts';
import type { Args } from './args.ts';
import { SIZE } from './limits.ts';
import { readContent, readMetadata, warningsOf } from './message-content.ts';
import type { StoredMessage } from './shown.ts';
import { codePoints } from './text.ts';
import type { Channel } from './workspace.ts';

const WRITE = ['chat:write'];

function isPersonId(id: string): boolean {
  return /^[UW]/.test(id);
}

function knownChannel(id: string, { workspace }: ApiContext): Channel {
  const channel = workspace.channels.get(id);
  if (!channel) throw new ApiError('channel_not_found');
  return channel;
}

/** Where a post goes: chat.postMessage alone also takes a person's id. */
export function postingChannel(id: string, context: ApiContext): Channel {
  const { workspace } = context;
  if (isPersonId(id)) {
    const person = workspace.people.get(id);
    // chat.postMessage documents no user_disabled: people who left are just not found.
    if (!person || person.deleted || person.isBot) throw new ApiError('channel_not_found');
    return workspace.dmOf(id);
  }
  const channel = knownChannel(id, context);
  if (channel.dmWith !== undefined && workspace.people.get(channel.dmWith)?.deleted) {
    throw new ApiError('channel_not_found');
  }
  if (channel.isArchived) throw new ApiError('is_archived');
  if (!channel.isMember && channel.isPrivate) throw new ApiError('channel_not_found');
  if (!channel.isMember && !context.scopes.includes('chat:write.public'))
    throw new ApiError('not_in_channel');
  return channel;
}

/** The first message of the thread a post belongs to. */
function threadOf(args: Args, channel: Channel, { workspace }: ApiContext): string | undefined {
  if (!args.has('thread_ts')) return undefined;
  const message = workspace.message(channel.id, args.text('thread_ts') ?? '');
  // The method's page names no error for an unknown parent; refusing is the harsher reading.
  if (!message) throw new ApiError('thread_not_found');
  if (message.visibleTo !== undefined) throw new ApiError('cannot_reply_to_message');
  return workspace.parentOf(message).ts;
}

function postMessage(args: Args, context: ApiContext): JsonObject {
  const { workspace } = context;
  const channel = postingChannel(args.need('channel'), context);
  const { warnings, ...content } = readContent(args);
  const metadata = readMetadata(args);
  const threadTs = threadOf(args, channel, context);
  const message = workspace.post({
    channel: channel.id,
    ...content,
    ...(metadata && Object.keys(metadata).length > 0 && { metadata }),
    ...(threadTs !== undefined && { threadTs }),
  });
  const json = workspace.messageJson(message, true);
  return { channel: channel.id, ts: message.ts, message: json, ...warningsOf(warnings) };
}

function ownMessage(args: Args, context: ApiContext, notOwn: string): StoredMessage {
  const channel = knownChannel(args.need('channel'), context);
  const message = context.workspace.message(channel.id, args.need('ts'));
  if (!message || message.deleted || message.visibleTo !== undefined) throw new ApiError('message_not_found');
  if (message.author !== context.workspace.botUserId) throw new ApiError(notOwn);
  return message;
}

function update(args: Args, context: ApiContext): JsonObject {
  const { workspace } = context;
  const message = ownMessage(args, context, 'cant_update_message');
  if (workspace.channels.get(message.channel)?.isArchived) throw new ApiError('is_inactive');
  if (codePoints(args.text('text') ?? '') > SIZE.updatedText) throw new ApiError('msg_too_long');
  const { warnings, ...content } = readContent(args);
  const metadata = readMetadata(args);
  workspace.edit(message, content);
  if (metadata) message.metadata = Object.keys(metadata).length > 0 ? metadata : undefined;
  const json = workspace.messageJson(message, true);
  return {
    channel: message.channel,
    ts: message.ts,
    text: message.text,
    message: json,
    ...warningsOf(warnings),
  };
}

function remove(args: Args, context: ApiContext): JsonObject {
  const message = ownMessage(args, context, 'cant_delete_message');
  context.workspace.remove(message);
  return { channel: message.channel, ts: message.ts };
}

function postEphemeral(args: Args, context: ApiContext): JsonObject {
  const { workspace } = context;
  const id = args.need('channel');
  if (isPersonId(id)) throw new ApiError('channel_not_found');
  const channel = postingChannel(id, context);
  const user = args.need('user');
  const person = workspace.people.get(user);
  if (!person || person.deleted || !workspace.inChannel(channel, user))
    throw new ApiError('user_not_in_channel');
  const { warnings, ...content } = readContent(args);
  const threadTs = threadOf(args, channel, context);
  const message = workspace.post({
    channel: channel.id,
    ...content,
    visibleTo: user,
    ...(threadTs !== undefined && { threadTs }),
  });
  return { message_ts: message.ts, ...warningsOf(warnings) };
}

function getPermalink(args: Args, context: ApiContext): JsonObject {
  const channel = knownChannel(args.need('channel'), context);
  const message = context.workspace.message(channel.id, args.need('message_ts'));
  if (!message || message.deleted) throw new ApiError('message_not_found');
  const path = `${channel.id}/p${message.ts.replace('.', '')}`;
  return {
    channel: channel.id,
    permalink: `https://${context.workspace.teamDomain}.slack.com/archives/${path}`,
  };
}

export const CHAT_METHODS: ApiMethods = {
  'chat.postMessage': { tier: 'post', scopes: WRITE, run: postMessage },
  'chat.update': { tier: 'tier3', scopes: WRITE, run: update },
  'chat.delete': { tier: 'tier3', scopes: WRITE, run: remove },
  'chat.postEphemeral': { tier: 'tier4', scopes: WRITE, run: postEphemeral },
  'chat.getPermalink': { tier: 'special', run: getPermalink },
};
