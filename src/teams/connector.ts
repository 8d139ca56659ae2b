import { z } from 'zod';
import type { Clock } from '../usecases/ports.ts';
import type { RateBudgets } from '../usecases/rate-budgets.ts';
import type { BotTokens } from './bot-tokens.ts';
import { createConnectorCalls, MISSING } from './connector-calls.ts';
import { activityOf, memberOf, wireMember } from './connector-wire.ts';
import type { Http } from './http.ts';
import type { JsonObject } from './json.ts';
import { createPacing, createSharedPacing } from './pacing.ts';

/** A message for one conversation: an activity without what the Connector adds. */
export interface OutgoingMessage {
  /** What the notification says. */
  summary: string;
  /** Plain words, where there is no card. */
  text?: string;
  card?: JsonObject;
}

/**
 * How a call to the Connector ended. `gone`: conversation or message is not there any more. `blocked`: nobody there can
 * be reached until the app is installed again. `unknown`: it may have happened.
 */
export type Sent<T> =
  | { kind: 'sent'; value: T }
  /** Nothing happened, and may be tried again then; `detail` where it is not Teams' pace that is in the way. */
  | { kind: 'throttled'; retryAfterMs: number; detail?: string }
  | { kind: 'gone' }
  | { kind: 'blocked'; why: string; state: 'blocked' | 'removed' }
  | { kind: 'unknown'; detail: string }
  | { kind: 'refused'; detail: string };

/** Where in Teams: a conversation behind the address that serves it. */
export interface TeamsPlace {
  serviceUrl: string;
  conversationId: string;
}

/** Somebody in a conversation, as its roster says. */
export interface TeamsMember {
  /** The person's id towards this bot, 29:…; what refresh and private messages want. */
  mri: string;
  aadObjectId: string;
  name: string;
  email: string | null;
  userPrincipalName: string | null;
  tenantId: string;
  isGuest: boolean;
}

/**
 * The Bot Connector, one attempt per call and no hidden retry: when to try again is the outbox's to say (contracts:
 * teams.md §0.2). Each call ends within its timeout. Tokens go to hosts of the allow-list alone.
 */
export interface TeamsConnector {
  /** The 1:1 conversation with a person, by Entra object id; the same one each time. */
  openDm(
    serviceUrl: string,
    person: { tenantId: string; aadObjectId: string },
  ): Promise<Sent<{ conversationId: string }>>;
  /** Posts a message; in a channel it begins a thread. `hurried`: somebody waits for it. */
  post(
    place: TeamsPlace,
    message: OutgoingMessage,
    how?: { hurried: boolean },
  ): Promise<Sent<{ activityId: string }>>;
  update(place: TeamsPlace, activityId: string, message: OutgoingMessage): Promise<Sent<null>>;
  delete(place: TeamsPlace, activityId: string): Promise<Sent<null>>;
  /** Posts what one member alone sees in a shared conversation; it vanishes after a day. */
  postPrivate(
    place: TeamsPlace,
    mri: string,
    message: OutgoingMessage,
  ): Promise<Sent<{ activityId: string }>>;
  /** One member by Entra object id or MRI; value null = not in that conversation. */
  member(place: TeamsPlace, id: string): Promise<Sent<TeamsMember | null>>;
  /** How many ms showing something in a conversation has to wait now; 0 = it may go. Asks nobody. */
  wait(conversationId: string): number;
  /** Whether the Connector answers and takes the bot's token. Changes nothing. */
  check(serviceUrl: string): Promise<Sent<null>>;
}

/** A conversation that is nowhere: asking for it shows whether the token is taken. */
const NOWHERE = 'countersign-health';

const posted = z.looseObject({ id: z.string().min(1) });

/** The Connector over HTTP. A call over Teams' pace is `throttled` and not made. */
export function createConnector(config: {
  appId: string;
  tenantId: string;
  /** Hosts that tokens are sent to; a leading dot: all below it. */
  serviceHosts: readonly string[];
  tokens: BotTokens;
  http: Http;
  clock: Clock;
  /** Set where several instances share one pace. */
  budgets?: RateBudgets | null;
}): TeamsConnector {
  const { appId } = config;
  const pacing = config.budgets ? createSharedPacing(appId, config.budgets) : createPacing(config.clock);
  const calls = createConnectorCalls({ ...config, pacing });
  const message = (conversationId: string) => ({ kind: 'message' as const, key: roomOf(conversationId) });

  async function post(
    { serviceUrl, conversationId }: TeamsPlace,
    body: JsonObject,
    how: { query?: Record<string, string>; hurried: boolean },
  ): Promise<Sent<{ activityId: string }>> {
    const sent = await calls.send({
      ...{
        serviceUrl,
        method: 'POST',
        segments: ['conversations', conversationId, 'activities'],
        query: how.query ?? {},
        body,
      },
      paced: { ...message(conversationId), hurried: how.hurried },
    });
    if (sent.kind !== 'sent') return sent;
    const id = posted.safeParse(sent.value).data?.id;
    if (id === undefined) return { kind: 'unknown', detail: 'Teams took the message but gave no id.' };
    return { kind: 'sent', value: { activityId: id } };
  }

  return {
    async openDm(serviceUrl, person) {
      const sent = await calls.send({
        serviceUrl,
        method: 'POST',
        segments: ['conversations'],
        body: {
          bot: { id: `28:${appId}` },
          members: [{ id: person.aadObjectId }],
          tenantId: person.tenantId,
          channelData: { tenant: { id: person.tenantId } },
          isGroup: false,
        },
        paced: { kind: 'create', key: person.aadObjectId },
      });
      if (sent.kind !== 'sent') return sent;
      const id = posted.safeParse(sent.value).data?.id;
      if (id === undefined) return { kind: 'refused', detail: 'Teams opened a conversation without an id.' };
      return { kind: 'sent', value: { conversationId: id } };
    },
    post: (place, outgoing, how = { hurried: false }) => post(place, activityOf(outgoing), how),
    postPrivate: (place, mri, outgoing) =>
      post(
        place,
        { ...activityOf(outgoing), recipient: { id: mri, isTargeted: true } },
        { query: { isTargetedActivity: 'true' }, hurried: true },
      ),
    async update({ serviceUrl, conversationId }, activityId, outgoing) {
      return nothing(
        await calls.send({
          serviceUrl,
          method: 'PUT',
          segments: ['conversations', conversationId, 'activities', activityId],
          body: { ...activityOf(outgoing), id: activityId },
          paced: message(conversationId),
        }),
      );
    },
    async delete({ serviceUrl, conversationId }, activityId) {
      return nothing(
        await calls.send({
          serviceUrl,
          method: 'DELETE',
          segments: ['conversations', conversationId, 'activities', activityId],
          paced: message(conversationId),
        }),
      );
    },
    async member({ serviceUrl, conversationId }, id) {
      const sent = await calls.send({
        ...{ serviceUrl, method: 'GET', segments: ['conversations', conversationId, 'members', id] },
        paced: { kind: 'roster', key: roomOf(conversationId) },
        missing: isMemberMissing,
      });
      if (sent.kind !== 'sent') return sent;
      if (sent.value === MISSING) return { kind: 'sent', value: null };
      const wire = wireMember.safeParse(sent.value).data;
      if (!wire) return { kind: 'refused', detail: 'Teams named a member in a form nobody knows.' };
      return { kind: 'sent', value: memberOf(wire) };
    },
    wait: (conversationId) => Math.max(pacing.look(message(conversationId)), calls.wait()),
    async check(serviceUrl) {
      const sent = await calls.send({
        ...{ serviceUrl, method: 'GET', segments: ['conversations', NOWHERE, 'members', NOWHERE] },
        paced: { kind: 'roster', key: NOWHERE },
        missing: () => true,
      });
      // That nobody is there, or that we may not look, was to be expected: the token was taken.
      return sent.kind === 'blocked' || sent.kind === 'gone' ? { kind: 'sent', value: null } : nothing(sent);
    },
  };
}

/** The conversation that a thread is in. */
export function roomOf(conversationId: string): string {
  return conversationId.replace(/;messageid=.*$/, '');
}

function nothing(sent: Sent<unknown>): Sent<null> {
  return sent.kind === 'sent' ? { kind: 'sent', value: null } : sent;
}

/** 404 says both that somebody is not in a conversation and that there is no such conversation. */
function isMemberMissing(code: string): boolean {
  return code !== 'ConversationNotFound';
}
