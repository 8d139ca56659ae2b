import { queryOnce } from './compiled-queries.ts';
import type { Reader, Trx } from './database.ts';
import type { Row } from './schema.ts';

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
  const { organizationId, name } = token;
  const row = await seen.first(db, { organizationId, name, webhookId });
  return row ? { bodyHash: row.body_hash, requestId: row.request_id } : null;
}

const seen = queryOnce((db, by: TokenKey & { webhookId: string }) =>
  db
    .selectFrom('webhook_messages')
    .select(['body_hash', 'request_id'])
    .where('organization_id', '=', by.organizationId)
    .where('token', '=', by.name)
    .where('webhook_id', '=', by.webhookId),
);

export async function rememberWebhook(
  trx: Trx,
  token: TokenKey,
  message: { id: string; bodyHash: string },
  requestId: string,
  now: number,
): Promise<void> {
  await remembered.all(trx, {
    organization_id: token.organizationId,
    token: token.name,
    webhook_id: message.id,
    body_hash: message.bodyHash,
    request_id: requestId,
    created_at: now,
  });
}

const remembered = queryOnce((db, row: Row<'webhook_messages'>) =>
  db
    .insertInto('webhook_messages')
    .values(row)
    .onConflict((oc) => oc.columns(['organization_id', 'token', 'webhook_id']).doNothing()),
);
