import type { JsonObject } from '../common/json.ts';
import type { ApiContext, ApiMethods } from './api-context.ts';
import { ApiError, invalidArguments } from './api-error.ts';
import type { Args } from './args.ts';
import { LIFETIME } from './limits.ts';
import type { Channel } from './workspace.ts';

function needScope(scope: string, context: ApiContext): void {
  if (context.scopes.includes(scope)) return;
  throw new ApiError('missing_scope', { needed: scope, provided: context.scopes.join(',') });
}

function knownChannel(args: Args, context: ApiContext): Channel {
  const channel = context.workspace.channels.get(args.need('channel'));
  if (!channel || (channel.isPrivate && !channel.isMember)) throw new ApiError('channel_not_found');
  return channel;
}

function scopeFor(channel: Channel, access: 'read' | 'history'): string {
  if (channel.dmWith !== undefined) return `im:${access}`;
  return channel.isPrivate ? `groups:${access}` : `channels:${access}`;
}

function open(args: Args, context: ApiContext): JsonObject {
  const { workspace } = context;
  if (args.has('channel')) {
    const channel = knownChannel(args, context);
    return { no_op: true, already_open: true, channel: { id: channel.id } };
  }
  const users = args
    .need('users')
    .split(',')
    .map((id) => id.trim());
  if (users.length > LIFETIME.usersInGroupDm) throw new ApiError('too_many_users');
  for (const id of users) {
    const person = workspace.people.get(id);
    if (!person) throw new ApiError('user_not_found');
    if (person.deleted) throw new ApiError('user_disabled');
    if (person.isBot) throw new ApiError('cannot_dm_bot');
  }
  if (users.length > 1) {
    needScope('mpim:write', context);
    throw invalidArguments('this double keeps no group direct messages');
  }
  const before = workspace.channels.size;
  const channel = workspace.dmOf(users[0] ?? '');
  const already = workspace.channels.size === before;
  const detail = { created: workspace.seconds(), is_im: true, user: channel.dmWith };
  return {
    ...(already && { no_op: true, already_open: true }),
    channel: { id: channel.id, ...(args.flag('return_im') && detail) },
  };
}

function history(args: Args, context: ApiContext): JsonObject {
  const { workspace } = context;
  const channel = knownChannel(args, context);
  needScope(scopeFor(channel, 'history'), context);
  if (!channel.isMember) throw new ApiError('not_in_channel');
  const limit = args.number('limit', 100);
  if (limit < 1 || limit > 999) throw new ApiError('invalid_limit');
  const oldest = args.number('oldest', 0);
  const latest = args.number('latest', Number.MAX_SAFE_INTEGER);
  const inclusive = args.flag('inclusive');
  const before = args.number('cursor', Number.MAX_SAFE_INTEGER);
  const found = workspace.messages
    .filter(
      (message) => message.channel === channel.id && !message.deleted && message.visibleTo === undefined,
    )
    .filter((message) => message.threadTs === undefined || message.threadTs === message.ts)
    .filter(({ ts }) => (inclusive ? +ts >= oldest && +ts <= latest : +ts > oldest && +ts < latest))
    .filter(({ ts }) => +ts < before)
    .reverse();
  const page = found.slice(0, limit);
  const more = found.length > page.length;
  return {
    messages: page.map((message) => workspace.messageJson(message, args.flag('include_all_metadata'))),
    has_more: more,
    response_metadata: { next_cursor: more ? (page.at(-1)?.ts ?? '') : '' },
  };
}

function timestamp(args: Args, name: 'oldest' | 'latest', fallback: number): number {
  const value = Number(args.text(name) ?? fallback);
  if (!Number.isFinite(value)) throw new ApiError(`invalid_ts_${name}`);
  return value;
}

/** A page of a thread, oldest first; the first message stands at the head of every page. */
function replies(args: Args, context: ApiContext): JsonObject {
  const { workspace } = context;
  const channel = knownChannel(args, context);
  needScope(scopeFor(channel, 'history'), context);
  if (!channel.isMember) throw new ApiError('not_in_channel');
  const named = workspace.message(channel.id, args.text('ts') ?? '');
  if (!named || named.visibleTo !== undefined) throw new ApiError('thread_not_found');
  const parent = workspace.parentOf(named);
  const all = workspace.repliesTo(parent);
  if (parent.deleted && all.length === 0) throw new ApiError('thread_not_found');
  const limit = args.number('limit', 1000);
  if (limit < 1 || limit > 1000) throw new ApiError('invalid_limit');
  const oldest = timestamp(args, 'oldest', 0);
  const latest = timestamp(args, 'latest', Number.MAX_SAFE_INTEGER);
  const inclusive = args.flag('inclusive');
  const after = args.has('cursor') ? Number(/^next_ts:([\d.]+)$/.exec(args.text('cursor') ?? '')?.[1]) : 0;
  if (!Number.isFinite(after)) throw new ApiError('invalid_cursor');
  const found = all
    .filter(({ ts }) => (inclusive ? +ts >= oldest && +ts <= latest : +ts > oldest && +ts < latest))
    .filter(({ ts }) => +ts > after);
  const page = found.slice(0, limit);
  const more = found.length > page.length;
  return {
    messages: [parent, ...page]
      .filter((message) => !message.deleted)
      .map((message) => workspace.messageJson(message, args.flag('include_all_metadata'))),
    has_more: more,
    response_metadata: { next_cursor: more ? `next_ts:${page.at(-1)?.ts}` : '' },
  };
}

function info(args: Args, context: ApiContext): JsonObject {
  const channel = knownChannel(args, context);
  needScope(scopeFor(channel, 'read'), context);
  const isIm = channel.dmWith !== undefined;
  return {
    channel: {
      id: channel.id,
      is_archived: channel.isArchived,
      is_im: isIm,
      ...(isIm
        ? {
            user: channel.dmWith,
            is_user_deleted: context.workspace.people.get(channel.dmWith ?? '')?.deleted === true,
          }
        : {
            name: channel.name,
            is_channel: !channel.isPrivate,
            is_member: channel.isMember,
            is_private: channel.isPrivate,
          }),
    },
  };
}

const READS = ['channels:read', 'groups:read', 'mpim:read', 'im:read'];
const HISTORIES = ['channels:history', 'groups:history', 'mpim:history', 'im:history'];
const WRITES = ['channels:manage', 'groups:write', 'im:write', 'mpim:write'];

export const CONVERSATION_METHODS: ApiMethods = {
  'conversations.open': { tier: 'tier3', scopes: WRITES, run: open },
  'conversations.history': { tier: 'tier3', scopes: HISTORIES, run: history },
  'conversations.replies': { tier: 'tier3', scopes: HISTORIES, run: replies },
  'conversations.info': { tier: 'tier3', scopes: READS, run: info },
};
