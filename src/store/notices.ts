import type { Page } from '../approval/page.ts';
import type { Reader, Trx } from './database.ts';
import type { Identity } from './identities.ts';
import { fromJson, toJson } from './json.ts';
import { owe } from './outbox.ts';
import type { Row } from './schema.ts';

/** A message to one account that is no card: said once. */
export interface Notice extends Identity {
  id: string;
  organizationId: number;
  page: Page;
  state: Row<'notices'>['state'];
  /** When the post began whose answer was never seen, epoch ms. */
  postingSince: number | null;
}

export async function noticeById(db: Reader, id: string): Promise<Notice | null> {
  const row = await db.selectFrom('notices').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) return null;
  return {
    id: row.id,
    organizationId: row.organization_id,
    platform: row.platform,
    tenant: row.tenant,
    externalId: row.external_id,
    page: fromJson(row.page),
    state: row.state,
    postingSince: row.posting_since,
  };
}

/** Owes an account a message; a second one about the same thing is not sent. */
export async function oweNotice(
  trx: Trx,
  notice: { newId: string; organizationId: number; about: string; account: Identity; page: Page },
  now: number,
): Promise<void> {
  const { organizationId, account } = notice;
  const row = await trx
    .insertInto('notices')
    .values({
      id: notice.newId,
      organization_id: organizationId,
      about: notice.about,
      platform: account.platform,
      tenant: account.tenant,
      external_id: account.externalId,
      page: toJson(notice.page),
      state: 'pending',
      posting_since: null,
      detail: null,
      created_at: now,
    })
    .onConflict((oc) =>
      oc.columns(['organization_id', 'about', 'platform', 'tenant', 'external_id']).doNothing(),
    )
    .returning('id')
    .executeTakeFirst();
  if (row) await owe(trx, { kind: 'post_notice', subjectId: row.id, organizationId, runAt: now }, now);
}

export async function changeNotice(
  trx: Trx,
  id: string,
  change: { state: Notice['state']; postingSince?: number | null; detail?: string | null },
): Promise<void> {
  await trx
    .updateTable('notices')
    .set({
      state: change.state,
      ...(change.postingSince !== undefined && { posting_since: change.postingSince }),
      ...(change.detail !== undefined && { detail: change.detail }),
    })
    .where('id', '=', id)
    .execute();
}
