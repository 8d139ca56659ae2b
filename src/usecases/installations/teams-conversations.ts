import {
  closeConversation,
  conversationAt,
  conversationOf,
  knownMris,
  putConversation,
  type TeamsConversationRow,
} from '../../store/teams-conversations.ts';
import type { Context } from '../context.ts';
import type { TeamsConversation, TeamsConversations } from '../ports.ts';

/** The conversations in Teams as the database has them. */
export function createTeamsConversations({ db, clock }: Pick<Context, 'db' | 'clock'>): TeamsConversations {
  const find: TeamsConversations['find'] = async ({ organizationId, tenant, externalId }) => {
    const row = await conversationOf(db, {
      organization_id: organizationId,
      tenant,
      external_id: externalId,
    });
    return row ? toConversation(row) : null;
  };
  return {
    find,
    async at({ organizationId, tenant, conversationId }) {
      const row = await conversationAt(db, {
        organization_id: organizationId,
        tenant,
        conversation_id: conversationId,
      });
      return row ? toConversation(row) : null;
    },
    mrisOf: ({ organizationId, tenant }, externalIds) =>
      knownMris(db, { organization_id: organizationId, tenant }, externalIds),
    async note(conversation, justRead) {
      const known = justRead ?? (await find(conversation));
      if (known && isSame(known, conversation)) return;
      const { organizationId, tenant, externalId, scope, conversationId, serviceUrl, mri, state } =
        conversation;
      await putConversation(db, {
        organization_id: organizationId,
        tenant,
        external_id: externalId,
        scope,
        conversation_id: conversationId,
        service_url: serviceUrl,
        mri,
        state,
        updated_at: clock.now(),
      });
    },
    close: ({ organizationId, tenant, externalId }, state) =>
      closeConversation(
        db,
        { organization_id: organizationId, tenant, external_id: externalId },
        state,
        clock.now(),
      ),
  };
}

function isSame(known: TeamsConversation, next: TeamsConversation): boolean {
  return (
    known.scope === next.scope &&
    known.conversationId === next.conversationId &&
    known.serviceUrl === next.serviceUrl &&
    known.state === next.state &&
    (next.mri === null || known.mri === next.mri)
  );
}

function toConversation(row: TeamsConversationRow): TeamsConversation {
  return {
    organizationId: Number(row.organization_id),
    tenant: row.tenant,
    scope: row.scope,
    externalId: row.external_id,
    conversationId: row.conversation_id,
    serviceUrl: row.service_url,
    mri: row.mri,
    state: row.state,
  };
}
