import type { Card } from '../approval/card.ts';
import type { AccountTarget, CardRef, CardTarget, ChatPlatform, Delivery } from '../usecases/ports.ts';
import { cardBlocks, cardFallback } from './blocks.ts';
import type { SlackFailure } from './client.ts';
import { deliveryOf, type FailedDelivery, UNREACHABLE } from './failures.ts';
import { homeView, pageMessage } from './page-blocks.ts';
import type { SlackWorkspace, SlackWorkspaces } from './workspaces.ts';

/** Marks our messages; whoever reads the conversation can read it, so it holds ids only. */
export const CARD_EVENT = 'countersign_card';
export const NOTICE_EVENT = 'countersign_notice';

/** What a message of ours says it is. */
interface Mark {
  event: typeof CARD_EVENT | typeof NOTICE_EVENT;
  id: string;
}

const CONVERSATIONS_MAX = 5000;
const HISTORY_PAGE = 100;
const HISTORY_PAGES = 10;
/** Slack's clock may run behind ours. */
const CLOCK_MARGIN_MS = 60_000;

/**
 * Cards as Slack messages. One attempt per call; a call over Slack's pace is `throttled` and not made.
 * Looking for a notice in a channel needs the optional scopes channels:history and groups:history; without them
 * none is found, and the notice, which has no buttons, may be posted twice.
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
        (message) => message.ts && isOurs(workspace, message) && isMarked(message.metadata, mark),
      );
      const tenant = tenantOf(workspace, target);
      if (found?.ts) return { kind: 'sent', ref: { tenant, channel, message: found.ts } };
      cursor = answer.value.response_metadata?.next_cursor || undefined;
      if (!cursor) break;
    }
    return { kind: 'sent', ref: null };
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

    findCard: (target, cardId, since) => find(target, { event: CARD_EVENT, id: cardId }, since),

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
          metadata: { event_type: NOTICE_EVENT, event_payload: { notice_id: noticeId } },
          unfurl_links: false,
          unfurl_media: false,
        }),
      );
      return answer.ok ? { kind: 'sent' } : failed(deliveryOf(answer.failure), target);
    },

    async findNotice(account, noticeId, since) {
      const found = await find(toPerson(account), { event: NOTICE_EVENT, id: noticeId }, since);
      return found.kind === 'sent' ? { kind: 'sent', found: found.ref !== null } : found;
    },

    checkHealth: (organizationId) => workspaces.check(organizationId),
  };

  /** Anybody with a token may copy our metadata, so the author counts, too. */
  function isOurs({ identity }: SlackWorkspace, message: { user?: string; bot_id?: string }): boolean {
    const us = identity.current();
    if (!us) return message.bot_id !== undefined;
    return message.user === us.botUserId || (us.botId !== null && message.bot_id === us.botId);
  }
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
    metadata: { event_type: CARD_EVENT, event_payload: { card_id: cardId } },
  };
}

const ID_NAME = { [CARD_EVENT]: 'card_id', [NOTICE_EVENT]: 'notice_id' } as const;

function isMarked(
  metadata: { event_type?: string; event_payload?: unknown } | undefined,
  mark: Mark,
): boolean {
  if (metadata?.event_type !== mark.event) return false;
  const payload = metadata.event_payload;
  if (typeof payload !== 'object' || payload === null) return false;
  return (payload as Readonly<Record<string, unknown>>)[ID_NAME[mark.event]] === mark.id;
}

function toPerson(account: AccountTarget): CardTarget {
  return { kind: 'person', ...account };
}
