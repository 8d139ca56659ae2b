import type { Clock, TeamsConversation, TeamsConversations } from '../usecases/ports.ts';
import { roomOf, type Sent, type TeamsConnector, type TeamsPlace } from './connector.ts';
import { COUNT } from './limits.ts';

/** Looking for ids ends then; the card goes out with those that were found. */
const LOOKING_MS = 10_000;
/** So soon at the earliest a card is shown again for whom the pace left out. */
const SHORTEST_AGAIN_MS = 2_000;
/** How long it is believed that somebody is not in a roster. */
const ABSENT_MS = 10 * 60_000;
const REMEMBERED_MAX = 5_000;

/** Where people and channels are in Teams, and what they are called towards this bot. */
export interface ConversationFinder {
  /** The conversation with a person, opened when nobody has begun one; `fresh`: do not believe what is known. */
  ofPerson(externalId: string, fresh?: boolean): Promise<Sent<TeamsConversation>>;
  /** A channel or group chat by its id. */
  ofRoom(externalId: string): Promise<TeamsConversation>;
  /** The conversation that a posted message is in. */
  at(conversationId: string): Promise<TeamsConversation>;
  /**
   * The person's id towards the bot, from their own conversation; value null = nobody says. Waits its turn under the
   * pace: a card without it would never be fetched anew.
   */
  mriOf(
    conversation: TeamsConversation,
  ): Promise<Extract<Sent<string | null>, { kind: 'sent' | 'throttled' }>>;
  /**
   * The ids of these people, as far as they are known or their conversation's roster has them; 60 at most.
   * `againAfterMs`: the pace left some out, who can be asked for then.
   */
  mrisIn(
    place: TeamsPlace,
    externalIds: readonly string[],
  ): Promise<{ mris: string[]; againAfterMs?: number }>;
  /** Something arrived there, or could not. */
  note(conversation: TeamsConversation): Promise<void>;
  close(conversation: TeamsConversation, state: 'blocked' | 'removed'): Promise<void>;
}

export function createConversationFinder(config: {
  organizationId: number;
  tenantId: string;
  /** Where a conversation begins that nobody has begun yet. */
  serviceUrl: string;
  connector: TeamsConnector;
  conversations: TeamsConversations;
  clock: Clock;
}): ConversationFinder {
  const { organizationId, tenantId, serviceUrl, connector, conversations, clock } = config;
  const key = { organizationId, tenant: tenantId };
  /** By room and object id: until when it is believed that they are not there, or their MRI. */
  const seen = new Map<string, { mri: string } | { absentUntil: number }>();

  function remember(name: string, what: { mri: string } | { absentUntil: number }): void {
    const oldest = seen.keys().next();
    if (seen.size >= REMEMBERED_MAX && !oldest.done) seen.delete(oldest.value);
    seen.set(name, what);
  }

  function unknownRoom(externalId: string): TeamsConversation {
    const scope = isChannel(externalId) ? 'channel' : 'group';
    return { ...key, scope, externalId, conversationId: externalId, serviceUrl, mri: null, state: 'active' };
  }

  async function inRoster(place: TeamsPlace, externalId: string): Promise<Sent<string | null>> {
    const name = `${roomOf(place.conversationId)} ${externalId}`;
    const known = seen.get(name);
    if (known && 'mri' in known) return { kind: 'sent', value: known.mri };
    if (known && clock.now() < known.absentUntil) return { kind: 'sent', value: null };
    const sent = await connector.member(place, externalId);
    if (sent.kind !== 'sent') return sent;
    // A roster that answers with somebody else would show them this person's buttons.
    const mri = sent.value?.aadObjectId.toLowerCase() === externalId.toLowerCase() ? sent.value.mri : null;
    remember(name, mri === null ? { absentUntil: clock.now() + ABSENT_MS } : { mri });
    return { kind: 'sent', value: mri };
  }

  return {
    async ofPerson(externalId, fresh = false) {
      const known = await conversations.find({ ...key, externalId });
      if (known && !fresh) return { kind: 'sent', value: known };
      const opened = await connector.openDm(known?.serviceUrl ?? serviceUrl, {
        tenantId,
        aadObjectId: externalId,
      });
      if (opened.kind !== 'sent') return opened;
      const conversation: TeamsConversation = {
        ...key,
        ...{ scope: 'personal', externalId, conversationId: opened.value.conversationId },
        ...{ serviceUrl: known?.serviceUrl ?? serviceUrl, mri: known?.mri ?? null, state: 'active' },
      };
      await conversations.note(conversation);
      return { kind: 'sent', value: conversation };
    },
    async ofRoom(externalId) {
      return (await conversations.find({ ...key, externalId })) ?? unknownRoom(externalId);
    },
    async at(conversationId) {
      const room = roomOf(conversationId);
      return (await conversations.at({ ...key, conversationId: room })) ?? unknownRoom(room);
    },
    async mriOf(conversation) {
      if (conversation.mri !== null) return { kind: 'sent', value: conversation.mri };
      const found = await inRoster(conversation, conversation.externalId);
      if (found.kind === 'throttled') return found;
      const mri = found.kind === 'sent' ? found.value : null;
      if (mri !== null) await conversations.note({ ...conversation, mri });
      return { kind: 'sent', value: mri };
    },
    async mrisIn(place, externalIds) {
      const wanted = externalIds.slice(0, COUNT.refreshUsers);
      const known = await conversations.mrisOf(key, wanted);
      const until = clock.now() + LOOKING_MS;
      let againAfterMs: number | undefined;
      for (const externalId of wanted) {
        if (known.has(externalId)) continue;
        const found =
          clock.now() > until
            ? { kind: 'throttled' as const, retryAfterMs: LOOKING_MS }
            : await inRoster(place, externalId);
        // The others are not asked for now: the card matters more than that it comes with every button.
        if (found.kind === 'throttled') againAfterMs = Math.max(SHORTEST_AGAIN_MS, found.retryAfterMs);
        if (found.kind !== 'sent') break;
        if (found.value !== null) known.set(externalId, found.value);
      }
      const mris = wanted.flatMap((externalId) => known.get(externalId) ?? []);
      return { mris, ...(againAfterMs !== undefined && { againAfterMs }) };
    },
    async note(conversation) {
      if (conversation.state !== 'active') await conversations.note({ ...conversation, state: 'active' });
    },
    close: (conversation, state) => conversations.close(conversation, state),
  };
}

/** Only channels have threads; their ids end so. Group chats end in @thread.v2. */
export function isChannel(conversationId: string): boolean {
  return /@thread\.(tacv2|skype)$/.test(roomOf(conversationId));
}
