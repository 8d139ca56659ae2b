import { expect } from 'vitest';
import type { Tables } from '../../src/store/schema.ts';
import type { Managed, ManageRefusal, Principal } from '../../src/usecases/managing/managing.ts';
import type { World } from './world.ts';

/** The bootstrap admin of a world's organization. */
export function adminOf(world: World, more: Partial<Principal> = {}): Principal {
  return {
    organizationId: world.app.organizationId,
    role: 'admin',
    personId: null,
    tokenId: 'bootstrap',
    via: 'api',
    ...more,
  };
}

/** What a use case came to, which was not refused. */
export function accepted<T>(managed: Managed<T>): T {
  expect(managed).toMatchObject({ ok: true });
  if (!managed.ok) throw new Error('refused');
  return managed.value;
}

export function refusalOf<T>(managed: Managed<T>): ManageRefusal {
  expect(managed).toMatchObject({ ok: false });
  if (managed.ok) throw new Error('not refused');
  return managed.refusal;
}

/** The fields of an invalid write with their sentences, in order. */
export function problemsOf<T>(managed: Managed<T>): string[] {
  const refusal = refusalOf(managed);
  return refusal.kind === 'invalid'
    ? refusal.problems.map(({ field, detail }) => `${field}: ${detail}`)
    : [refusal.kind];
}

/** Audit lines of one subject type, oldest first. */
export async function auditLines(world: World, subjectType: string) {
  const rows = await world.app.context.db
    .selectFrom('audit_events')
    .selectAll()
    .where('subject_type', '=', subjectType)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    action: row.action,
    subjectId: Number(row.subject_id),
    personId: row.person_id,
    via: row.via,
    detail: JSON.parse(row.detail) as { before: unknown; after: unknown; token?: string },
  }));
}

/** Every row of these tables: what must not change when a write is refused. */
export async function snapshot(world: World, tables: readonly (keyof Tables)[]): Promise<string> {
  const rows = [];
  for (const table of tables) rows.push(await world.app.context.db.selectFrom(table).selectAll().execute());
  return JSON.stringify(rows);
}

/** An organization of somebody else, with one admin. */
export async function foreignOrganization(world: World): Promise<Principal> {
  const { db } = world.app.context;
  await db
    .insertInto('organizations')
    .values({ id: 900, name: 'Other', domains: '[]', created_at: 0 })
    .execute();
  return adminOf(world, { organizationId: 900 });
}

/** The id of somebody by e-mail name. */
export async function personId(world: World, name: string): Promise<number> {
  const row = await world.app.context.db
    .selectFrom('people')
    .select('id')
    .where('email', '=', `${name}@acme.io`)
    .executeTakeFirstOrThrow();
  return row.id;
}
