import type { Log, TeamsConversation, TeamsConversations } from '../usecases/ports.ts';
import type { TeamsEvent } from './events.ts';

/** Keeps where the bot was talked to, and closes what it was taken away from. Never throws. */
export async function noteConversation(
  parts: { conversations: TeamsConversations; log: Log },
  home: { organizationId: number; tenantId: string },
  event: TeamsEvent,
): Promise<void> {
  try {
    const conversation = conversationOf(event, home);
    if (conversation === null) return;
    if (event.kind === 'removed') await parts.conversations.close(conversation, 'removed');
    else await parts.conversations.note(conversation);
  } catch (error) {
    parts.log.error({ err: error }, 'a conversation in Teams could not be kept');
  }
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
