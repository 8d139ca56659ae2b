import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import { fromJson, toJson } from './json.ts';
import type { Row } from './schema.ts';

/** A pattern of R1; `*` stands for any run of characters within its part. */
export interface PipelinePattern {
  account: string;
  org: string;
  project: string;
  pipeline: string;
}

/** What a pipeline token may open (R1). null = any. */
export interface TokenScope {
  eventIds: readonly number[] | null;
  pipelines: readonly PipelinePattern[] | null;
  mayChoosePolicy: boolean;
}

/** A token without its secret. Times are epoch ms; lastUsedAt is good to a minute. */
export interface ApiToken {
  id: number;
  organizationId: number;
  /** Unique in the organization for ever; kept with every request it opens. */
  name: string;
  /** A person or a machine. */
  personId: number;
  role: 'admin' | 'member' | 'pipeline';
  /** null unless the role is pipeline. */
  scope: TokenScope | null;
  createdAt: number;
  lastUsedAt: number | null;
  revokedAt: number | null;
}

function toToken(row: Row<'tokens'>): ApiToken {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    personId: row.person_id,
    role: row.role,
    scope: row.scope === null ? null : fromJson<TokenScope>(row.scope),
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}

const FORM = /^cs_([1-9][0-9]{0,14})_([A-Za-z0-9_-]{43})$/;

/** Whether the text has the form of a token of ours, true or not. */
export function looksLikeToken(text: string): boolean {
  return FORM.test(text);
}

/** Adds a token; `secret` is `cs_<id>_` and 256 random bits, and kept nowhere but with the caller. */
export async function addToken(
  trx: Trx,
  token: Pick<ApiToken, 'organizationId' | 'name' | 'personId' | 'role' | 'scope'>,
  now: number,
): Promise<{ token: ApiToken; secret: string }> {
  const random = randomBytes(32).toString('base64url');
  const id = await nextId(trx, 'tokens');
  const row = {
    id,
    organization_id: token.organizationId,
    hash: digest(random).toString('hex'),
    name: token.name,
    person_id: token.personId,
    role: token.role,
    scope: token.scope === null ? null : toJson(token.scope),
    created_at: now,
    last_used_at: null,
    revoked_at: null,
  };
  await trx.insertInto('tokens').values(row).execute();
  return { token: toToken(row), secret: `cs_${id}_${random}` };
}

/** The token this secret belongs to, also a revoked one; found by id, compared in constant time. */
export async function tokenBySecret(db: Reader, secret: string): Promise<ApiToken | null> {
  const [, id, random] = FORM.exec(secret) ?? [];
  if (id === undefined || random === undefined) return null;
  const row = await db.selectFrom('tokens').selectAll().where('id', '=', Number(id)).executeTakeFirst();
  const hash = row ? Buffer.from(row.hash, 'hex') : Buffer.alloc(32);
  return timingSafeEqual(hash, digest(random)) && row ? toToken(row) : null;
}

function digest(random: string): Buffer {
  return createHash('sha256').update(random, 'utf8').digest();
}

export async function tokenById(db: Reader, organizationId: number, id: number): Promise<ApiToken | null> {
  const row = await db
    .selectFrom('tokens')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row ? toToken(row) : null;
}

export async function tokenByName(
  db: Reader,
  organizationId: number,
  name: string,
): Promise<ApiToken | null> {
  const row = await db
    .selectFrom('tokens')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('name', '=', name)
    .executeTakeFirst();
  return row ? toToken(row) : null;
}

/** Every token of an organization, oldest first; `personId` narrows. */
export async function tokensOf(db: Reader, organizationId: number, personId?: number): Promise<ApiToken[]> {
  let query = db.selectFrom('tokens').selectAll().where('organization_id', '=', organizationId).orderBy('id');
  if (personId !== undefined) query = query.where('person_id', '=', personId);
  return (await query.execute()).map(toToken);
}

/** Ends a token; false = it had ended before. */
export async function endToken(trx: Trx, id: number, now: number): Promise<boolean> {
  const row = await trx
    .updateTable('tokens')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Notes that a token was used. */
export async function touchToken(db: Reader, id: number, now: number): Promise<void> {
  await db.updateTable('tokens').set({ last_used_at: now }).where('id', '=', id).execute();
}

/** The machine of this name. */
export async function machineByName(
  db: Reader,
  organizationId: number,
  name: string,
): Promise<number | null> {
  const row = await db
    .selectFrom('people')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('kind', '=', 'machine')
    .where('name', '=', name)
    .where('archived_at', 'is', null)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Ids of the requests that still wait and that this token opened. */
export async function waitingRequestsOpenedBy(
  db: Reader,
  organizationId: number,
  name: string,
): Promise<string[]> {
  const rows = await db
    .selectFrom('approval_requests')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('opened_by', '=', name)
    .where('status', '=', 'WAITING')
    .execute();
  return rows.map((row) => row.id);
}

/** Those of these people who are machines and have a token to decide with. */
export async function machinesWithToken(db: Reader, personIds: readonly number[]): Promise<number[]> {
  if (personIds.length === 0) return [];
  const rows = await db
    .selectFrom('tokens')
    .innerJoin('people', 'people.id', 'tokens.person_id')
    .select('people.id')
    .distinct()
    .where('people.id', 'in', personIds)
    .where('people.kind', '=', 'machine')
    .where('tokens.revoked_at', 'is', null)
    .where('tokens.role', '!=', 'pipeline')
    .execute();
  return rows.map((row) => row.id);
}
