import type { Log, TeamsConversations } from '../usecases/ports.ts';
import type { OutgoingMessage, Sent, TeamsConnector, TeamsPlace } from './connector.ts';
import type { TeamsActor, TeamsWhere } from './events.ts';
import type { Seal } from './seal.ts';

/** How long a throttled answer waits at most before it is tried once more. */
const WAIT_MAX_MS = 10_000;
/** Whoever asked looks at the chat. */
const HURRIED = { hurried: true };

export interface Answers {
  /**
   * Says it to the one who acted and to nobody else: in their chat, in a shared place as a message that they alone see,
   * else in their own chat; sealed for them. Never throws; what fails is logged.
   */
  say(to: TeamsActor, where: TeamsWhere, message: OutgoingMessage): Promise<void>;
}

export function createAnswers(parts: {
  connector: TeamsConnector;
  conversations: TeamsConversations;
  seal: Seal;
  log: Log;
}): Answers {
  const { connector, conversations, seal, log } = parts;

  async function ownChat({ account }: TeamsActor, where: TeamsWhere): Promise<TeamsPlace | null> {
    const known = await conversations.find(account);
    if (known?.state === 'active')
      return { serviceUrl: known.serviceUrl, conversationId: known.conversationId };
    const { serviceUrl } = where.place;
    const opened = await connector.openDm(serviceUrl, {
      tenantId: account.tenant,
      aadObjectId: account.externalId,
    });
    if (opened.kind === 'sent') return { serviceUrl, conversationId: opened.value.conversationId };
    log.warn({ opened }, 'no chat could be opened with somebody in Teams');
    return null;
  }

  async function inOwnChat(to: TeamsActor, where: TeamsWhere, message: OutgoingMessage) {
    const chat = await ownChat(to, where);
    return chat && oncemore(() => connector.post(chat, message, HURRIED));
  }

  async function privately(to: TeamsActor, where: TeamsWhere, message: OutgoingMessage) {
    const seen = await oncemore(() => connector.postPrivate(where.place, to.mri, message));
    // After silence it may be there.
    if (seen.kind === 'sent' || seen.kind === 'unknown') return seen;
    const told = await inOwnChat(to, where, message);
    const words = told?.kind === 'sent' || told?.kind === 'unknown' ? IN_OUR_CHAT : NOWHERE;
    await connector.post(where.place, { summary: words, text: words });
    return told ?? seen;
  }

  function tell(to: TeamsActor, where: TeamsWhere, message: OutgoingMessage) {
    if (where.scope === 'personal') return oncemore(() => connector.post(where.place, message, HURRIED));
    return where.scope === 'elsewhere' ? inOwnChat(to, where, message) : privately(to, where, message);
  }

  return {
    async say(to, where, message) {
      try {
        const { card } = message;
        const sealed = card ? { ...message, card: seal.on(card, to.account) } : message;
        const sent = await tell(to, where, sealed);
        if (sent?.kind !== 'sent') log.warn({ sent }, 'an answer was not told in Teams');
      } catch (error) {
        log.error({ err: error }, 'an answer could not be told in Teams');
      }
    },
  };
}

async function oncemore<T>(call: () => Promise<Sent<T>>): Promise<Sent<T>> {
  const sent = await call();
  if (sent.kind !== 'throttled' || sent.retryAfterMs > WAIT_MAX_MS) return sent;
  await new Promise((done) => setTimeout(done, sent.retryAfterMs));
  return call();
}

const IN_OUR_CHAT = 'I answered you in our chat.';
const NOWHERE = 'I answer in a chat of your own: add Countersign there, then ask again.';
