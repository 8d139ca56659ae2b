import { lineText } from '../approval/card.ts';
import type { Page } from '../approval/page.ts';
import type {
  AccountTarget,
  ChatPlatform,
  Clock,
  Delivery,
  TeamsConversation,
  TeamsConversations,
} from '../usecases/ports.ts';
import { cardView } from './card-view.ts';
import type { OutgoingMessage, Sent, TeamsConnector } from './connector.ts';
import { createConversationFinder, isChannel } from './conversations.ts';
import type { Graph } from './graph.ts';
import { LENGTH } from './limits.ts';
import { pageView } from './page-view.ts';
import { replyText } from './reply-text.ts';
import { shown, unmarked } from './text.ts';

/**
 * Cards as messages in Teams, of one organization in one tenant. One attempt per call; a call over Teams' pace is
 * `throttled` and not made. Teams lets a bot search no messages: what may have been posted is never found, but a copy
 * nobody knows of shows the present when it is looked at, and then says where it is.
 */
export function createTeamsPlatform(config: {
  organizationId: number;
  tenantId: string;
  serviceUrl: string;
  connector: TeamsConnector;
  graph: Graph;
  conversations: TeamsConversations;
  /** Whether a command answers with a form. */
  opensForm: (command: string) => boolean;
  clock: Clock;
}): ChatPlatform {
  const { organizationId, tenantId, serviceUrl, connector, graph, opensForm } = config;
  const finder = createConversationFinder(config);

  const isOurs = (target: { organizationId: number; tenant: string }) =>
    target.organizationId === organizationId && (target.tenant === '' || target.tenant === tenantId);

  /** What a failure means for what was to be sent there; who cannot be reached is remembered. */
  async function failed(
    sent: Exclude<Sent<unknown>, { kind: 'sent' }>,
    conversation: TeamsConversation | null,
  ): Promise<FailedDelivery> {
    if (sent.kind !== 'blocked') return sent;
    if (conversation) await finder.close(conversation, sent.state);
    return { kind: 'unreachable', why: sent.why };
  }

  async function post(
    conversation: TeamsConversation,
    message: OutgoingMessage,
  ): Promise<Sent<{ conversation: TeamsConversation; activityId: string }>> {
    const sent = await connector.post(conversation, message);
    if (sent.kind !== 'sent') return sent;
    await finder.note(conversation);
    return { kind: 'sent', value: { conversation, ...sent.value } };
  }

  /** Posts into a person's own conversation; one that is there no more is opened anew, once. */
  async function postToPerson(
    externalId: string,
    messageFor: (conversation: TeamsConversation) => Promise<Drawn>,
  ): Promise<Delivery<{ channel: string; message: string }>> {
    for (const fresh of [false, true]) {
      const opened = await finder.ofPerson(externalId, fresh);
      if (opened.kind === 'gone') return NOBODY;
      if (opened.kind !== 'sent') return failed(opened, null);
      const conversation = opened.value;
      const message = await messageFor(conversation);
      if (message.kind !== 'sent') return message;
      const sent = await post(conversation, message.value);
      if (sent.kind === 'sent')
        return { kind: 'sent', channel: conversation.conversationId, message: sent.value.activityId };
      if (sent.kind !== 'gone') return failed(sent, conversation);
    }
    return NOBODY;
  }

  async function postToRoom(
    externalId: string,
    messageFor: (conversation: TeamsConversation) => Promise<OutgoingMessage>,
  ): Promise<Delivery<{ channel: string; message: string }>> {
    const room = await finder.ofRoom(externalId);
    const sent = await post(room, await messageFor(room));
    if (sent.kind === 'gone') return NO_CHANNEL;
    if (sent.kind !== 'sent') return failed(sent, room);
    return { kind: 'sent', channel: room.conversationId, message: sent.value.activityId };
  }

  return {
    platform: 'teams',

    async postCard(target, _cardId, card) {
      if (!isOurs(target)) return NOT_CONNECTED;
      let againAfterMs: number | undefined;
      const sent =
        target.kind === 'person'
          ? await postToPerson(target.externalId, async (conversation) => {
              const mri = await finder.mriOf(conversation);
              if (mri.kind !== 'sent') return mri;
              const refreshFor = mri.value === null ? [] : [mri.value];
              return drawn({ summary: summaryOf(card.summary), card: cardView(card, refreshFor) });
            })
          : await postToRoom(target.externalId, async (room) => {
              const refreshed = await finder.mrisIn(room, card.deciders);
              againAfterMs = refreshed.againAfterMs;
              return { summary: summaryOf(card.summary), card: cardView(card, refreshed.mris) };
            });
      if (sent.kind !== 'sent') return sent;
      const ref = { tenant: tenantId, channel: sent.channel, message: sent.message };
      return { kind: 'sent', ...(againAfterMs !== undefined && { againAfterMs }), ref };
    },

    updateWait: async ({ channel }) => connector.wait(channel),

    async updateCard(at, _cardId, card) {
      if (!isOurs(at)) return NOT_CONNECTED;
      const conversation = await finder.at(at.channel);
      const { mris, againAfterMs } =
        conversation.scope === 'personal'
          ? { mris: [conversation.mri ?? []].flat() }
          : await finder.mrisIn(conversation, card.deciders);
      const sent = await connector.update(
        { serviceUrl: conversation.serviceUrl, conversationId: at.channel },
        at.message,
        { summary: summaryOf(card.summary), card: cardView(card, mris) },
      );
      if (sent.kind !== 'sent') return failed(sent, conversation);
      return { kind: 'sent', ...(againAfterMs !== undefined && { againAfterMs }) };
    },

    async removeCard(at) {
      if (!isOurs(at)) return NOT_CONNECTED;
      const conversation = await finder.at(at.channel);
      const sent = await connector.delete(
        { serviceUrl: conversation.serviceUrl, conversationId: at.channel },
        at.message,
      );
      return sent.kind === 'sent' ? { kind: 'sent' } : failed(sent, conversation);
    },

    async findCard() {
      return { kind: 'sent', ref: null };
    },

    async postReply(at, _replyId, line) {
      if (!isOurs(at)) return NOT_CONNECTED;
      const conversation = await finder.at(at.channel);
      // Group chats have no threads: the line follows the card in the chat.
      const conversationId = isChannel(at.channel) ? `${at.channel};messageid=${at.message}` : at.channel;
      const words = replyText(line);
      const sent = await connector.post(
        { serviceUrl: conversation.serviceUrl, conversationId },
        { summary: summaryOf(lineText(line)), text: words },
      );
      return sent.kind === 'sent'
        ? { kind: 'sent', message: sent.value.activityId }
        : failed(sent, conversation);
    },

    async findReply() {
      return { kind: 'sent', message: null, looked: false };
    },

    /** Teams has no page of a person's own that a bot draws: `pending` and `history` answer where they are typed. */
    async publishHome() {
      return { kind: 'sent' };
    },

    async postNotice(target: AccountTarget, _noticeId, page) {
      if (!isOurs(target)) return NOT_CONNECTED;
      return postToPerson(target.externalId, async () =>
        drawn({ summary: summaryOf(pageSummary(page)), card: pageView(page, opensForm) }),
      );
    },

    async findNotice() {
      return { kind: 'sent', found: false };
    },

    async checkHealth(organization) {
      if (organization !== undefined && organization !== organizationId)
        return { ok: false, detail: NOT_CONNECTED.why };
      const checked = await connector.check(serviceUrl);
      if (checked.kind !== 'sent') return { ok: false, detail: detailOf(checked) };
      const people = await graph.check();
      return people.kind === 'found' || people.kind === 'missing'
        ? { ok: true }
        : { ok: false, detail: people.detail };
    },
  };
}

type FailedDelivery = Exclude<Delivery<object>, { kind: 'sent' }>;

const NOT_CONNECTED = {
  kind: 'unreachable',
  why: 'Countersign is not connected to this Teams tenant for this organization.',
} as const;
/** What is to be posted; `throttled`: what it needs must be asked for first, and may not be now. */
type Drawn = Extract<Sent<OutgoingMessage>, { kind: 'sent' | 'throttled' }>;

function drawn(message: OutgoingMessage): Drawn {
  return { kind: 'sent', value: message };
}

const NOBODY = {
  kind: 'unreachable',
  why: 'Teams does not know this person, or no conversation with them.',
} as const;
const NO_CHANNEL = {
  kind: 'unreachable',
  why: 'Teams does not know this channel or chat, or the Countersign app is not in it: add the app there.',
} as const;

function detailOf(sent: Exclude<Sent<unknown>, { kind: 'sent' }>): string {
  if (sent.kind === 'throttled')
    return sent.detail ?? `Teams asks to wait ${Math.ceil(sent.retryAfterMs / 1000)} s.`;
  if (sent.kind === 'blocked') return sent.why;
  return sent.kind === 'gone' ? 'Teams does not know the conversation.' : sent.detail;
}

/** What the notification says: one plain line. */
function summaryOf(words: string): string {
  return unmarked(shown(words, LENGTH.summary));
}

function pageSummary({ title, intro }: Page): string {
  const [first] = intro;
  return first ? `${title}: ${lineText(first)}` : title;
}
