import { nextId } from './counters.ts';
import type { Reader, Trx } from './database.ts';
import { fromJson, toJson } from './json.ts';

export interface Organization {
  id: number;
  name: string;
  /** E-mail domains whose addresses are taken as proof of identity (R17), lower case. */
  domains: string[];
}

/** The organization that environment settings belong to: the first. */
export async function defaultOrganization(db: Reader): Promise<Organization | null> {
  const row = await db.selectFrom('organizations').selectAll().orderBy('id').limit(1).executeTakeFirst();
  return row ? { id: row.id, name: row.name, domains: fromJson(row.domains) } : null;
}

export async function organizationById(db: Reader, id: number): Promise<Organization | null> {
  const row = await db.selectFrom('organizations').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? { id: row.id, name: row.name, domains: fromJson(row.domains) } : null;
}

/** Organizations of this name, whatever its case; two at most. */
export async function organizationsByName(db: Reader, name: string): Promise<Organization[]> {
  const rows = await db
    .selectFrom('organizations')
    .selectAll()
    .where((eb) => eb(eb.fn<string>('lower', ['name']), '=', name.toLowerCase()))
    .orderBy('id')
    .limit(2)
    .execute();
  return rows.map((row) => ({ id: row.id, name: row.name, domains: fromJson(row.domains) }));
}

export async function addOrganization(
  trx: Trx,
  organization: { name: string; domains: readonly string[] },
  now: number,
): Promise<number> {
  const id = await nextId(trx, 'organizations');
  await trx
    .insertInto('organizations')
    .values({ id, name: organization.name, domains: toJson(organization.domains), created_at: now })
    .execute();
  return id;
}

export async function updateOrganization(
  trx: Trx,
  id: number,
  organization: { name: string; domains: readonly string[] },
): Promise<void> {
  await trx
    .updateTable('organizations')
    .set({ name: organization.name, domains: toJson(organization.domains) })
    .where('id', '=', id)
    .execute();
}

/** The unguessable name of an organization's statistics picture; `newKey` is kept where it has none yet. */
export async function chartKeyOf(trx: Trx, organizationId: number, newKey: string): Promise<string> {
  await trx
    .updateTable('organizations')
    .set({ chart_key: newKey })
    .where('id', '=', organizationId)
    .where('chart_key', 'is', null)
    .execute();
  const row = await trx
    .selectFrom('organizations')
    .select('chart_key')
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow();
  return row.chart_key!;
}

/** Whose statistics picture this is; null = nobody's. */
export async function organizationOfChart(db: Reader, key: string): Promise<number | null> {
  const row = await db
    .selectFrom('organizations')
    .select('id')
    .where('chart_key', '=', key)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Every organization's id, in order. */
export async function organizationIds(db: Reader): Promise<number[]> {
  const rows = await db.selectFrom('organizations').select('id').orderBy('id').execute();
  return rows.map(({ id }) => id);
}
