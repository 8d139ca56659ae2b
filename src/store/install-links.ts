import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import { hashOfLink, newLinkSecret } from './link-secrets.ts';
import type { Row } from './schema.ts';

/** A one-time link that lets one Slack workspace install the app for one organization. Times are epoch ms. */
export interface InstallLink {
  id: number;
  organizationId: number;
  expiresAt: number;
  usedAt: number | null;
}

/** How long a link that is over is kept; the audit keeps its story. */
const KEPT_MS = 30 * 24 * 60 * 60_000;

function toLink(row: Row<'install_links'>): InstallLink {
  return { id: row.id, organizationId: row.organization_id, expiresAt: row.expires_at, usedAt: row.used_at };
}

/** Adds a link; `secret` is `csl_` and 256 random bits, and kept nowhere but with the caller. */
export async function addInstallLink(
  trx: Trx,
  link: { organizationId: number; issuedBy: number | null; issuedVia: string; expiresAt: number },
  now: number,
): Promise<{ id: number; secret: string }> {
  await trx
    .deleteFrom('install_links')
    .where('organization_id', '=', link.organizationId)
    .where('expires_at', '<', now - KEPT_MS)
    .execute();
  const secret = newLinkSecret('csl');
  const id = await nextId(trx, 'install_links');
  await trx
    .insertInto('install_links')
    .values({
      id,
      organization_id: link.organizationId,
      hash: hashOfLink('csl', secret)!,
      issued_by: link.issuedBy,
      issued_via: link.issuedVia,
      created_at: now,
      expires_at: link.expiresAt,
      used_at: null,
      used_by_team: null,
    })
    .execute();
  return { id, secret };
}

/** The link with this secret, used or over as it may be. */
export async function linkBySecret(db: Reader, secret: string): Promise<InstallLink | null> {
  const hash = hashOfLink('csl', secret);
  if (hash === null) return null;
  const row = await db.selectFrom('install_links').selectAll().where('hash', '=', hash).executeTakeFirst();
  return row ? toLink(row) : null;
}

export async function linkById(db: Reader, id: number): Promise<InstallLink | null> {
  const row = await db.selectFrom('install_links').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toLink(row) : null;
}

/** Uses a link up for this workspace; false = it was used before, or is over. */
export async function spendInstallLink(trx: Trx, id: number, teamId: string, now: number): Promise<boolean> {
  const row = await trx
    .updateTable('install_links')
    .set({ used_at: now, used_by_team: teamId })
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** How many links of an organization could still be used. */
export async function openInstallLinks(db: Reader, organizationId: number, now: number): Promise<number> {
  const row = await db
    .selectFrom('install_links')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('organization_id', '=', organizationId)
    .where('expires_at', '>', now)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}
