import type { Card, CardLine } from '../approval/card.ts';
import { lineText } from '../approval/card.ts';
import type { CardTarget, ChatPlatform, Delivery } from '../usecases/ports.ts';
import { cardBlocks, cardFallback, replyBlocks } from './blocks.ts';
import type { SlackFailure } from './client.ts';
import { deliveryOf, type FailedDelivery } from './failures.ts';
import { clean, clip, escapeMarkup, oneLine } from './text.ts';
import type { SlackWorkspace, SlackWorkspaces } from './workspaces.ts';

/** Marks our messages; whoever reads the conversation can read it, so it holds ids only. */
export const CARD_EVENT = 'countersign_card';
export const REPLY_EVENT = 'countersign_reply';

const CONVERSATIONS_MAX = 5000;
const REPLY_FALLBACK = 300;
const HISTORY_PAGE = 100;
const HISTORY_PAGES = 10;
/** Slack's clock may run behind ours. */
const CLOCK_MARGIN_MS = 60_000;

/**
 * Cards as Slack messages. One attempt per call; a call over Slack's pace is `throttled` and not made.
 * Looking for a card in a channel needs the optional scopes channels:history and groups:history; without them none is
 * found, and the card, whose one button decides nothing by itself, may be posted twice. A reply is not posted again then.
 */
export function createSlackPlatform(workspaces: SlackWorkspaces): ChatPlatform {
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

    async updateCard({ organizationId, ...ref }, cardId, card) {
      const workspace = await workspaces.reach(organizationId, ref.tenant);
      if (!workspace) return NOT_INSTALLED;
      const { calls } = workspace;
      const answer = await calls.call('chat.update', ref.channel, (client) =>
        client.chat.update({ channel: ref.channel, ts: ref.message, ...content(cardId, card) }),
      );
      return answer.ok ? { kind: 'sent' } : deliveryOf(answer.failure);
    },

    async findCard(target, cardId, since) {
      const workspace = await workspaces.reach(target.organizationId, target.tenant);
      if (!workspace) return NOT_INSTALLED;
      const { calls } = workspace;
      const conversation = await conversationOf(workspace, target);
      if (conversation.kind !== 'sent') return conversation;
      const { channel } = conversation;
      const oldest = (Math.max(0, since - CLOCK_MARGIN_MS) / 1000).toFixed(6);
      let cursor: string | undefined;
      for (let page = 0; page < HISTORY_PAGES; page += 1) {
        const answer = await calls.call('conversations.history', channel, (client) =>
          client.conversations.history({
            channel,
            oldest,
            include_all_metadata: true,
            limit: HISTORY_PAGE,
            ...(cursor && { cursor }),
          }),
        );
        if (!answer.ok && target.kind === 'channel' && isMissingScope(answer.failure))
          return { kind: 'sent', ref: null };
        if (!answer.ok) return failed(deliveryOf(answer.failure), target);
        const found = answer.value.messages?.find(
          (message) => message.ts && isOurs(workspace, message) && cardIdIn(message.metadata) === cardId,
        );
        const tenant = tenantOf(workspace, target);
        if (found?.ts) return { kind: 'sent', ref: { tenant, channel, message: found.ts } };
        cursor = answer.value.response_metadata?.next_cursor || undefined;
        if (!cursor) break;
      }
      return { kind: 'sent', ref: null };
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
      const oldest = (Math.max(0, since - CLOCK_MARGIN_MS) / 1000).toFixed(6);
      let cursor: string | undefined;
      for (let page = 0; page < HISTORY_PAGES; page += 1) {
        const answer = await workspace.calls.call('conversations.replies', ref.channel, (client) =>
          client.conversations.replies({
            channel: ref.channel,
            ts: ref.message,
            oldest,
            include_all_metadata: true,
            limit: HISTORY_PAGE,
            ...(cursor && { cursor }),
          }),
        );
        if (!answer.ok && isMissingScope(answer.failure))
          return { kind: 'sent', message: null, looked: false };
        if (!answer.ok) return deliveryOf(answer.failure);
        const found = answer.value.messages?.find(
          (message) => message.ts && isOurs(workspace, message) && replyIdIn(message) === replyId,
        );
        if (found?.ts) return { kind: 'sent', message: found.ts, looked: true };
        cursor = answer.value.response_metadata?.next_cursor || undefined;
        if (!cursor) return { kind: 'sent', message: null, looked: true };
      }
      // Longer than anybody reads: not to be told again is the smaller evil.
      return { kind: 'sent', message: null, looked: false };
    },

    checkHealth: () => workspaces.check(),
  };

  /** Anybody with a token may copy our metadata, so the author counts, too. */
  function isOurs({ identity }: SlackWorkspace, message: { user?: string; bot_id?: string }): boolean {
    const us = identity.current();
    if (!us) return message.bot_id !== undefined;
    return message.user === us.botUserId || (us.botId !== null && message.bot_id === us.botId);
  }
}

const NOT_INSTALLED = {
  kind: 'unreachable',
  why: 'Countersign is not installed in this Slack workspace any more: install it there again.',
} as const;

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
    metadata: { event_type: CARD_EVENT, event_payload: { card_id: cardId } },
  };
}

function reply(replyId: string, line: CardLine) {
  return {
    text: escapeMarkup(clip(oneLine(clean(lineText(line))), REPLY_FALLBACK)) || 'Reply',
    blocks: replyBlocks(line),
    metadata: { event_type: REPLY_EVENT, event_payload: { reply_id: replyId } },
  };
}

function cardIdIn(metadata: Metadata | undefined): string | null {
  return metadata?.event_type === CARD_EVENT ? idIn(metadata, 'card_id') : null;
}

/** The SDK's type of a thread's messages leaves the metadata out that include_all_metadata asks for. */
function replyIdIn(message: { metadata?: Metadata }): string | null {
  const { metadata } = message;
  return metadata?.event_type === REPLY_EVENT ? idIn(metadata, 'reply_id') : null;
}

interface Metadata {
  event_type?: string;
  event_payload?: unknown;
}

function idIn({ event_payload: payload }: Metadata, name: string): string | null {
  const id =
    typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>)[name] : null;
  return typeof id === 'string' ? id : null;
}
