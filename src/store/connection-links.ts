import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import { hashOfLink, newLinkSecret } from './link-secrets.ts';
import type { Row } from './schema.ts';

/** A one-time link by which one admin hands a Harness key over. Times are epoch ms. */
export interface ConnectionLink {
  id: number;
  organizationId: number;
  personId: number;
  /** Whose key it replaces; null = it adds a connection. */
  connectionId: number | null;
  via: 'slack' | 'teams';
  expiresAt: number;
  usedAt: number | null;
}

/** How long a link that is over is kept; the audit keeps its story. */
const KEPT_MS = 24 * 60 * 60_000;

function toLink(row: Row<'connection_links'>): ConnectionLink {
  return {
    id: row.id,
    organizationId: row.organization_id,
    personId: row.person_id,
    connectionId: row.connection_id,
    via: row.via,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
  };
}

/**
 * Adds a link; `secret` is `csh_` and 256 random bits, and kept nowhere but with the caller. Whatever this person got
 * before and did not use ends with it.
 */
export async function addConnectionLink(
  trx: Trx,
  link: Pick<ConnectionLink, 'organizationId' | 'personId' | 'connectionId' | 'via' | 'expiresAt'>,
  now: number,
): Promise<{ id: number; secret: string }> {
  await trx
    .deleteFrom('connection_links')
    .where('person_id', '=', link.personId)
    .where('expires_at', '<', now - KEPT_MS)
    .execute();
  await trx
    .updateTable('connection_links')
    .set({ expires_at: now })
    .where('person_id', '=', link.personId)
    .where('expires_at', '>', now)
    .where('used_at', 'is', null)
    .execute();
  const secret = newLinkSecret('csh');
  const id = await nextId(trx, 'connection_links');
  await trx
    .insertInto('connection_links')
    .values({
      id,
      organization_id: link.organizationId,
      person_id: link.personId,
      connection_id: link.connectionId,
      hash: hashOfLink('csh', secret)!,
      via: link.via,
      created_at: now,
      expires_at: link.expiresAt,
      used_at: null,
    })
    .execute();
  return { id, secret };
}

/** The link with this secret, used or over as it may be. */
export async function connectionLinkOf(db: Reader, secret: string): Promise<ConnectionLink | null> {
  const hash = hashOfLink('csh', secret);
  if (hash === null) return null;
  const row = await db.selectFrom('connection_links').selectAll().where('hash', '=', hash).executeTakeFirst();
  return row ? toLink(row) : null;
}

/** Uses a link up; false = it was used before, or is over. */
export async function spendConnectionLink(trx: Trx, id: number, now: number): Promise<boolean> {
  const row = await trx
    .updateTable('connection_links')
    .set({ used_at: now })
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}
