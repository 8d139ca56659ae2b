import { readdirSync } from 'node:fs';
import type { Migration } from 'kysely/migration';
import { Migrator } from 'kysely/migration';
import type { Database } from './database.ts';
import { withoutTimeLimits } from './engine.ts';

const FOLDER = new URL('../../migrations/', import.meta.url);

async function migrations(): Promise<Record<string, Migration>> {
  const files = readdirSync(FOLDER).filter((name) => /^\d{4}-.*\.ts$/.test(name));
  const entries = files
    .sort()
    .map(async (name) => [
      name.replace(/\.ts$/, ''),
      (await import(new URL(name, FOLDER).href)) as Migration,
    ]);
  return Object.fromEntries(await Promise.all(entries));
}

/** Brings the schema up to date; names of the migrations that ran. Throws the first failure, rolled back whole. */
export async function migrate(db: Database): Promise<string[]> {
  const { error, results } = await withoutTimeLimits(db, (open) => migrator(open).migrateToLatest());
  if (error) throw error;
  return (results ?? []).map((result) => result.migrationName);
}

/** True when no migration is missing. */
export async function isMigrated(db: Database): Promise<boolean> {
  const known = await migrator(db).getMigrations();
  return known.every((migration) => migration.executedAt !== undefined);
}

function migrator(db: Database): Migrator {
  return new Migrator({ db, provider: { getMigrations: migrations } });
}
