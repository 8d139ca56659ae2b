import type { Reader, Trx } from './database.ts';

interface TokenKey {
  name: string;
  organizationId: number;
}

/** What came with this webhook-id before, from the same token; ids are unique for ever (R26). */
export async function webhookSeen(
  db: Reader,
  token: TokenKey,
  webhookId: string,
): Promise<{ bodyHash: string; requestId: string } | null> {
  const row = await db
    .selectFrom('webhook_messages')
    .select(['body_hash', 'request_id'])
    .where('organization_id', '=', token.organizationId)
    .where('token', '=', token.name)
    .where('webhook_id', '=', webhookId)
    .executeTakeFirst();
  return row ? { bodyHash: row.body_hash, requestId: row.request_id } : null;
}

export async function rememberWebhook(
  trx: Trx,
  token: TokenKey,
  message: { id: string; bodyHash: string },
  requestId: string,
  now: number,
): Promise<void> {
  await trx
    .insertInto('webhook_messages')
    .values({
      organization_id: token.organizationId,
      token: token.name,
      webhook_id: message.id,
      body_hash: message.bodyHash,
      request_id: requestId,
      created_at: now,
    })
    .onConflict((oc) => oc.columns(['organization_id', 'token', 'webhook_id']).doNothing())
    .execute();
}
