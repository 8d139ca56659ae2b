import type { Log, TeamsConversation, TeamsConversations } from '../usecases/ports.ts';
import type { TeamsEvent } from './events.ts';

/**
 * Keeps where the bot was talked to, and closes what it was taken away from. What is known as another person's own chat
 * is not the actor's, whatever they did there: the event comes back as one from elsewhere. Never throws.
 */
export async function noteConversation(
  parts: { conversations: TeamsConversations; log: Log },
  home: { organizationId: number; tenantId: string },
  event: TeamsEvent,
): Promise<TeamsEvent> {
  try {
    const conversation = conversationOf(event, home);
    if (conversation === null) return event;
    const holder = await parts.conversations.at(conversation);
    const isOwn = holder?.externalId === conversation.externalId;
    if (holder?.scope === 'personal' && !isOwn) {
      parts.log.warn(
        { account: conversation.externalId },
        'somebody acted in another person’s chat in Teams',
      );
      return { ...event, where: { ...event.where, scope: 'elsewhere' } };
    }
    if (event.kind === 'removed') await parts.conversations.close(conversation, 'removed');
    else await parts.conversations.note(conversation, isOwn ? holder : undefined);
  } catch (error) {
    parts.log.error({ err: error }, 'a conversation in Teams could not be kept');
  }
  return event;
}

function conversationOf(
  { actor, where }: TeamsEvent,
  home: { organizationId: number; tenantId: string },
): TeamsConversation | null {
  const { scope, conversationId, place } = where;
  if (scope === 'elsewhere') return null;
  const isPersonal = scope === 'personal';
  const externalId = isPersonal ? actor?.account.externalId : conversationId;
  if (externalId === undefined) return null;
  return {
    organizationId: home.organizationId,
    tenant: home.tenantId,
    scope,
    externalId,
    conversationId,
    serviceUrl: place.serviceUrl,
    mri: isPersonal ? (actor?.mri ?? null) : null,
    state: 'active',
  };
}
