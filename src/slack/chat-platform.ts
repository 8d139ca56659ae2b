import { type Card, type CardLine, lineText } from '../approval/card.ts';
import type { AccountTarget, CardRef, CardTarget, ChatPlatform, Delivery } from '../usecases/ports.ts';
import { cardBlocks, cardFallback, replyBlocks } from './blocks.ts';
import type { SlackAnswer, SlackFailure } from './client.ts';
import { deliveryOf, type FailedDelivery, UNREACHABLE } from './failures.ts';
import { isMarked, type Mark, metadataOf } from './message-marks.ts';
import { homeView, pageMessage } from './page-blocks.ts';
import type { PressedMessages } from './pressed-messages.ts';
import { clean, clip, escapeMarkup, oneLine } from './text.ts';
import type { SlackWorkspace, SlackWorkspaces } from './workspaces.ts';

const CONVERSATIONS_MAX = 5000;
const REPLY_FALLBACK = 300;
const HISTORY_PAGE = 100;
const HISTORY_PAGES = 10;
/** Slack's clock may run behind ours. */
const CLOCK_MARGIN_MS = 60_000;

/**
 * Cards as Slack messages. One attempt per call; a call over Slack's pace is `throttled` and not made.
 * Looking for a notice in a channel needs the optional scopes channels:history and groups:history; without them
 * none is found, and the notice, which has no buttons, may be posted twice.
 */
export function createSlackPlatform(workspaces: SlackWorkspaces, pressed: PressedMessages): ChatPlatform {
  const conversations = new Map<string, string>();

  async function conversationOf(
    { calls }: SlackWorkspace,
    target: CardTarget,
  ): Promise<Delivery<{ channel: string }>> {
    if (target.kind === 'channel') return { kind: 'sent', channel: target.externalId };
    const cached = conversations.get(keyOf(target));
    if (cached) return { kind: 'sent', channel: cached };
    const answer = await calls.call('conversations.open', null, (client) =>
      client.conversations.open({ users: target.externalId }),
    );
    if (!answer.ok) return deliveryOf(answer.failure);
    const channel = answer.value.channel?.id;
    if (!channel) return { kind: 'refused', detail: 'Slack opened a conversation without an id.' };
    const oldest = conversations.keys().next();
    if (conversations.size >= CONVERSATIONS_MAX && !oldest.done) conversations.delete(oldest.value);
    conversations.set(keyOf(target), channel);
    return { kind: 'sent', channel };
  }

  function failed(failure: FailedDelivery, target: CardTarget): FailedDelivery {
    if (failure.kind === 'unreachable') conversations.delete(keyOf(target));
    return failure;
  }

  async function find(
    target: CardTarget,
    mark: Mark,
    since: number,
  ): Promise<Delivery<{ ref: CardRef | null }>> {
    const workspace = await workspaces.reach(target.organizationId, target.tenant);
    if (!workspace) return NOT_INSTALLED;
    const { calls } = workspace;
    const conversation = await conversationOf(workspace, target);
    if (conversation.kind !== 'sent') return conversation;
    const { channel } = conversation;
    const found = await search(workspace, mark, since, (reading) =>
      calls.call('conversations.history', channel, (client) =>
        client.conversations.history({ channel, ...reading }),
      ),
    );
    if (found.kind === 'found')
      return { kind: 'sent', ref: { tenant: tenantOf(workspace, target), channel, message: found.message } };
    if (found.kind !== 'failed') return { kind: 'sent', ref: null };
    if (target.kind === 'channel' && isMissingScope(found.failure)) return { kind: 'sent', ref: null };
    return failed(deliveryOf(found.failure), target);
  }

  return {
    platform: 'slack',

    async postCard(target, cardId, card) {
      const workspace = await workspaces.reach(target.organizationId, target.tenant);
      if (!workspace) return NOT_INSTALLED;
      const { calls } = workspace;
      const conversation = await conversationOf(workspace, target);
      if (conversation.kind !== 'sent') return conversation;
      const { channel } = conversation;
      const answer = await calls.call('chat.postMessage', channel, (client) =>
        client.chat.postMessage({
          channel,
          ...content(cardId, card),
          unfurl_links: false,
          unfurl_media: false,
        }),
      );
      if (!answer.ok) return failed(deliveryOf(answer.failure), target);
      const { ts } = answer.value;
      if (!ts) return { kind: 'unknown', detail: 'Slack took the card but gave no ts.' };
      const tenant = tenantOf(workspace, target);
      return { kind: 'sent', ref: { tenant, channel: answer.value.channel ?? channel, message: ts } };
    },

    async updateWait({ organizationId, ...ref }) {
      const workspace = await workspaces.reach(organizationId, ref.tenant);
      const wait = workspace?.calls.wait('chat.update', ref.channel) ?? 0;
      return wait > 0 && pressed.isFresh(ref) ? 0 : wait;
    },

    async updateCard({ organizationId, ...ref }, cardId, card) {
      const workspace = await workspaces.reach(organizationId, ref.tenant);
      if (!workspace) return NOT_INSTALLED;
      const shown = content(cardId, card);
      const answer = await workspace.calls.call('chat.update', ref.channel, (client) =>
        client.chat.update({ channel: ref.channel, ts: ref.message, ...shown }),
      );
      if (answer.ok) return { kind: 'sent' };
      const isOverPace = answer.failure.kind === 'throttled';
      return isOverPace && (await pressed.replace(ref, shown))
        ? { kind: 'sent' }
        : deliveryOf(answer.failure);
    },

    findCard: (target, id, since, requestId) =>
      find(target, { kind: 'card', id, ...(requestId !== undefined && { requestId }) }, since),

    async publishHome(target, page) {
      const workspace = await workspaces.reach(target.organizationId, target.tenant);
      if (!workspace) return NOT_INSTALLED;
      const answer = await workspace.calls.call('views.publish', null, (client) =>
        client.views.publish({ user_id: target.externalId, view: homeView(page) }),
      );
      return answer.ok ? { kind: 'sent' } : deliveryOf(answer.failure);
    },

    async postNotice(account, noticeId, page) {
      const target = toPerson(account);
      const workspace = await workspaces.reach(target.organizationId, target.tenant);
      if (!workspace) return NOT_INSTALLED;
      const conversation = await conversationOf(workspace, target);
      if (conversation.kind !== 'sent') return conversation;
      const { channel } = conversation;
      const answer = await workspace.calls.call('chat.postMessage', channel, (client) =>
        client.chat.postMessage({
          channel,
          ...pageMessage(page),
          metadata: metadataOf({ kind: 'notice', id: noticeId }),
          unfurl_links: false,
          unfurl_media: false,
        }),
      );
      return answer.ok ? { kind: 'sent' } : failed(deliveryOf(answer.failure), target);
    },

    async findNotice(account, noticeId, since) {
      const found = await find(toPerson(account), { kind: 'notice', id: noticeId }, since);
      return found.kind === 'sent' ? { kind: 'sent', found: found.ref !== null } : found;
    },

    async postReply({ organizationId, ...ref }, replyId, line) {
      const workspace = await workspaces.reach(organizationId, ref.tenant);
      if (!workspace) return NOT_INSTALLED;
      const { channel } = ref;
      const answer = await workspace.calls.call('chat.postMessage', channel, (client) =>
        client.chat.postMessage({
          channel,
          thread_ts: ref.message,
          ...reply(replyId, line),
          unfurl_links: false,
          unfurl_media: false,
        }),
      );
      if (!answer.ok) return deliveryOf(answer.failure);
      const { ts } = answer.value;
      if (!ts) return { kind: 'unknown', detail: 'Slack took the reply but gave no ts.' };
      return { kind: 'sent', message: ts };
    },

    async findReply({ organizationId, ...ref }, replyId, since) {
      const workspace = await workspaces.reach(organizationId, ref.tenant);
      if (!workspace) return NOT_INSTALLED;
      const found = await search(workspace, { kind: 'reply', id: replyId }, since, (reading) =>
        workspace.calls.call('conversations.replies', ref.channel, (client) =>
          client.conversations.replies({ channel: ref.channel, ts: ref.message, ...reading }),
        ),
      );
      if (found.kind === 'found') return { kind: 'sent', message: found.message, looked: true };
      // Longer than anybody reads: not to be told again is the smaller evil.
      if (found.kind !== 'failed') return { kind: 'sent', message: null, looked: found.kind === 'absent' };
      if (isMissingScope(found.failure)) return { kind: 'sent', message: null, looked: false };
      return deliveryOf(found.failure);
    },

    checkHealth: (organizationId) => workspaces.check(organizationId),
  };
}

const NOT_INSTALLED = { kind: 'unreachable', why: UNREACHABLE.not_installed! } as const;

function keyOf(target: CardTarget): string {
  return `${target.organizationId} ${target.tenant} ${target.externalId}`;
}

function tenantOf({ identity }: SlackWorkspace, target: CardTarget): string {
  return identity.current()?.teamId ?? target.tenant;
}

function isMissingScope(failure: SlackFailure): boolean {
  return failure.kind === 'error' && failure.error === 'missing_scope';
}

function content(cardId: string, card: Card) {
  return {
    text: cardFallback(card),
    blocks: cardBlocks(card),
    metadata: metadataOf({ kind: 'card', id: cardId, requestId: card.requestId }),
  };
}

function reply(replyId: string, line: CardLine) {
  return {
    text: escapeMarkup(clip(oneLine(clean(lineText(line))), REPLY_FALLBACK)) || 'Reply',
    blocks: replyBlocks(line),
    metadata: metadataOf({ kind: 'reply', id: replyId }),
  };
}

/** How a conversation is read: from a moment on, page by page. */
interface Reading {
  oldest: string;
  include_all_metadata: true;
  limit: number;
  cursor?: string;
}

interface Pageful {
  messages?: {
    ts?: string;
    user?: string;
    bot_id?: string;
    // The SDK's type of a thread's messages leaves out what include_all_metadata asks for.
    metadata?: { event_type?: string; event_payload?: unknown };
  }[];
  response_metadata?: { next_cursor?: string };
}

type Found =
  | { kind: 'found'; message: string }
  | { kind: 'absent' }
  /** There is more than anybody reads. */
  | { kind: 'endless' }
  | { kind: 'failed'; failure: SlackFailure };

/** Looks for a message of ours since `since` (epoch ms), newest pages first. */
async function search(
  workspace: SlackWorkspace,
  mark: Mark,
  since: number,
  read: (reading: Reading) => Promise<SlackAnswer<Pageful>>,
): Promise<Found> {
  const oldest = (Math.max(0, since - CLOCK_MARGIN_MS) / 1000).toFixed(6);
  let cursor: string | undefined;
  for (let page = 0; page < HISTORY_PAGES; page += 1) {
    const answer = await read({
      oldest,
      include_all_metadata: true,
      limit: HISTORY_PAGE,
      ...(cursor && { cursor }),
    });
    if (!answer.ok) return { kind: 'failed', failure: answer.failure };
    const found = answer.value.messages?.find(
      (message) => message.ts && isOurs(workspace, message) && isMarked(message.metadata, mark),
    );
    if (found?.ts) return { kind: 'found', message: found.ts };
    cursor = answer.value.response_metadata?.next_cursor || undefined;
    if (!cursor) return { kind: 'absent' };
  }
  return { kind: 'endless' };
}

/** Anybody with a token may copy our metadata, so the author counts, too. */
function isOurs({ identity }: SlackWorkspace, message: { user?: string; bot_id?: string }): boolean {
  const us = identity.current();
  if (!us) return message.bot_id !== undefined;
  return message.user === us.botUserId || (us.botId !== null && message.bot_id === us.botId);
}

function toPerson(account: AccountTarget): CardTarget {
  return { kind: 'person', ...account };
}
