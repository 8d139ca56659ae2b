import { selfOf } from '../../approval/person.ts';
import {
  addConnectionLink,
  type ConnectionLink,
  connectionLinkOf,
  spendConnectionLink,
} from '../../store/connection-links.ts';
import type { Trx } from '../../store/database.ts';
import { connectionById } from '../../store/harness-connections.ts';
import { organizationById } from '../../store/organizations.ts';
import { personById } from '../../store/people.ts';
import type { Context } from '../context.ts';
import type { HarnessConnection } from '../harness-ports.ts';
import { write } from '../managing/managed-records.ts';
import type { Managed, Principal } from '../managing/managing.ts';
import { conflict, done, invalid, NOT_FOUND, refused } from '../tokens/principal-rights.ts';
import { createConnection, NO_ENCRYPTION, type WantedConnection } from './add-connection.ts';
import { auditConnection } from './connection-audit.ts';
import { toConnection } from './harness-connections.ts';
import { getConnection, updateConnection } from './manage-connections.ts';

/** Where links lead. */
export const CONNECT_PATH = '/connect/harness';
const LINK_AGE_MS = 10 * 60_000;

/**
 * Makes a link by which this admin, within ten minutes and once, adds a connection or (`connectionId`) gives one another
 * key: keys never travel through chat. A link they had before ends.
 */
export function issueConnectionLink(
  context: Context,
  principal: Principal,
  connectionId: number | null,
): Promise<Managed<{ url: string; expiresAt: number }>> {
  return write(context, principal, async (trx, now) => {
    const { organizationId, personId, via } = principal;
    if (personId === null || (via !== 'slack' && via !== 'teams'))
      return conflict('A link is for an admin in chat. Here, use npm run connection, or the API.');
    if (!context.harness.canKeepKeys) return conflict(NO_ENCRYPTION);
    const connection = connectionId === null ? null : await connectionById(trx, connectionId);
    if (connectionId !== null && connection?.organizationId !== organizationId) return refused(NOT_FOUND);
    if (connection?.source === 'environment')
      return conflict(
        'This connection is set by the environment: change HARNESS_API_KEY and restart the bot.',
      );
    const expiresAt = now + LINK_AGE_MS;
    const link = { organizationId, personId, connectionId, via, expiresAt };
    const { id, secret } = await addConnectionLink(trx, link, now);
    const named = { id: connectionId ?? 0, name: connection?.name ?? '' };
    await auditConnection(trx, principal, 'link_issued', named, { link: id, expiresAt }, now);
    return done({ url: `${context.settings.publicUrl}${CONNECT_PATH}/${secret}`, expiresAt });
  });
}

/** What a link is good for, or why it is not. */
export type OpenedLink =
  | {
      kind: 'open';
      personId: number;
      organizationName: string;
      personName: string;
      /** The one that gets another key; null = one is added. */
      connection: HarnessConnection | null;
    }
  | { kind: 'unknown' | 'used' | 'expired' | 'not_admin' };

/** Looks a link up and changes nothing. */
export async function openConnectionLink(
  context: Pick<Context, 'db' | 'clock'>,
  secret: string,
): Promise<OpenedLink> {
  const found = await readLink(context, secret);
  if ('kind' in found) return found;
  const { link, principal } = found;
  const { db } = context;
  const stored = link.connectionId === null ? null : await connectionById(db, link.connectionId);
  if (link.connectionId !== null && !stored) return { kind: 'unknown' };
  return {
    kind: 'open',
    personId: link.personId,
    organizationName: (await organizationById(db, principal.organizationId))?.name ?? '',
    personName: (await personById(db, link.personId))?.name ?? '',
    connection: stored && toConnection(stored),
  };
}

/**
 * Does what the link is for, as the admin it was made for, and uses it up in the same transaction. What is refused leaves
 * it good, so that a mistyped key can be given again.
 */
export async function spendLink(
  context: Context,
  secret: string,
  given: WantedConnection,
): Promise<Managed<HarnessConnection> | Exclude<OpenedLink, { kind: 'open' }>> {
  const found = await readLink(context, secret);
  if ('kind' in found) return found;
  const { link, principal } = found;
  const spend = async (trx: Trx, now: number): Promise<Managed<null>> =>
    (await spendConnectionLink(trx, link.id, now))
      ? done(null)
      : conflict('This link was used just now, or has expired. Ask for a new one.');
  if (link.connectionId === null) return createConnection(context, principal, given, spend);
  const { apiKey, baseUrl, pathPrefix } = given;
  if (apiKey.trim() === '') return invalid([{ field: 'api_key', detail: "can't be blank" }]);
  const before = await getConnection(context, principal, { id: link.connectionId });
  if (!before.ok) return { kind: 'unknown' };
  return updateConnection(context, principal, link.connectionId, { apiKey, baseUrl, pathPrefix }, spend);
}

/** The link and whom it acts for; they must be an admin still. */
async function readLink(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  secret: string,
): Promise<{ link: ConnectionLink; principal: Principal } | Exclude<OpenedLink, { kind: 'open' }>> {
  const link = await connectionLinkOf(db, secret);
  if (!link) return { kind: 'unknown' };
  if (link.usedAt !== null) return { kind: 'used' };
  if (link.expiresAt <= clock.now()) return { kind: 'expired' };
  const person = await personById(db, link.personId);
  const self = person && (await personById(db, selfOf(person)));
  if (person?.standing !== 'member' || self?.role !== 'admin') return { kind: 'not_admin' };
  const { organizationId, personId, via } = link;
  return { link, principal: { organizationId, role: 'admin', personId, tokenId: 'link', via } };
}
