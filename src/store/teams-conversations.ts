import type { Database, Reader } from './database.ts';
import type { Row } from './schema.ts';

export type TeamsConversationRow = Row<'teams_conversations'>;

/** Whose conversation it is. */
export type ConversationKey = Pick<TeamsConversationRow, 'organization_id' | 'tenant' | 'external_id'>;

export async function conversationOf(
  db: Reader,
  key: ConversationKey,
): Promise<TeamsConversationRow | undefined> {
  return db
    .selectFrom('teams_conversations')
    .selectAll()
    .where('organization_id', '=', key.organization_id)
    .where('tenant', '=', key.tenant)
    .where('external_id', '=', key.external_id)
    .executeTakeFirst();
}

/** The conversation with this id, whoever's it is. */
export async function conversationAt(
  db: Reader,
  place: Pick<TeamsConversationRow, 'organization_id' | 'tenant' | 'conversation_id'>,
): Promise<TeamsConversationRow | undefined> {
  return db
    .selectFrom('teams_conversations')
    .selectAll()
    .where('organization_id', '=', place.organization_id)
    .where('tenant', '=', place.tenant)
    .where('conversation_id', '=', place.conversation_id)
    .limit(1)
    .executeTakeFirst();
}

/** The MRIs of these people that are known, by Entra object id. */
export async function knownMris(
  db: Reader,
  { organization_id, tenant }: Pick<ConversationKey, 'organization_id' | 'tenant'>,
  externalIds: readonly string[],
): Promise<Map<string, string>> {
  const wanted = [...new Set(externalIds)];
  if (wanted.length === 0) return new Map();
  const rows = await db
    .selectFrom('teams_conversations')
    .select(['external_id', 'mri'])
    .where('organization_id', '=', organization_id)
    .where('tenant', '=', tenant)
    .where('external_id', 'in', wanted)
    .where('mri', 'is not', null)
    .execute();
  return new Map(rows.flatMap(({ external_id, mri }) => (mri === null ? [] : [[external_id, mri]])));
}

/** Keeps the conversation as it is now; an unknown MRI leaves a known one. One statement: the last one to say so wins. */
export async function putConversation(db: Database, row: TeamsConversationRow): Promise<void> {
  await db
    .insertInto('teams_conversations')
    .values(row)
    .onConflict((oc) =>
      oc.columns(['organization_id', 'tenant', 'external_id']).doUpdateSet((eb) => ({
        scope: row.scope,
        conversation_id: row.conversation_id,
        service_url: row.service_url,
        mri: eb.fn.coalesce('excluded.mri', 'teams_conversations.mri'),
        state: row.state,
        updated_at: row.updated_at,
      })),
    )
    .execute();
}

/** Nobody can be reached there until the app is installed again; what nobody knows of is left out. */
export async function closeConversation(
  db: Database,
  key: ConversationKey,
  state: 'blocked' | 'removed',
  now: number,
): Promise<void> {
  await db
    .updateTable('teams_conversations')
    .set({ state, updated_at: now })
    .where('organization_id', '=', key.organization_id)
    .where('tenant', '=', key.tenant)
    .where('external_id', '=', key.external_id)
    .where('state', '!=', state)
    .execute();
}
