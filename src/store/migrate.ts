import { readdirSync } from 'node:fs';
import { sql } from 'kysely';
import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from 'kysely/migration';
import type { Database } from './database.ts';
import { withoutTimeLimits } from './engine.ts';
import { chainLateLines } from './late-audit-lines.ts';

const FOLDER = new URL('../../migrations/', import.meta.url);

/** Every migration by its name. Each is loaded when it runs: at most starts none does. */
function migrations(): Record<string, Migration> {
  const files = readdirSync(FOLDER).filter((name) => /^\d{4}-.*\.ts$/.test(name));
  return Object.fromEntries(files.sort().map((name) => [name.replace(/\.ts$/, ''), migrationIn(name)]));
}

function migrationIn(file: string): Migration {
  return {
    async up(db) {
      const { up } = (await import(new URL(file, FOLDER).href)) as Migration;
      await up(db);
    },
  };
}

/** The schema of this database cannot be used by this program; the message says why and what to do. */
export class SchemaRefused extends Error {}

/** One migration, and when it ran here; null = it is pending. */
export interface MigrationState {
  name: string;
  ranAt: Date | null;
}

/**
 * Brings the schema up to date, and audit lines from before into their chain; names of the migrations that ran. Several
 * processes may do it at once. Throws SchemaRefused for a database of a newer program, and the first failure, rolled back
 * whole.
 */
export async function migrate(db: Database, now: number = Date.now()): Promise<string[]> {
  await refuseNewer(db);
  const ran = (await isMigrated(db)) ? [] : await runMissing(db);
  await chainLateLines(db, now);
  return ran;
}

/** Holds the writers' lock, which an instance that starts beside others should not take for nothing. */
async function runMissing(db: Database): Promise<string[]> {
  const { error, results } = await withoutTimeLimits(db, (open) => migrator(open).migrateToLatest());
  if (error) throw error;
  return (results ?? []).map((result) => result.migrationName);
}

/** Every migration this program knows, in order. Throws SchemaRefused for a database of a newer program. */
export async function migrationStates(db: Database): Promise<MigrationState[]> {
  await refuseNewer(db);
  const known = await migrator(db).getMigrations();
  return known.map(({ name, executedAt }) => ({ name, ranAt: executedAt ?? null }));
}

/** True when no migration is missing. */
export async function isMigrated(db: Database): Promise<boolean> {
  const known = await migrator(db).getMigrations();
  return known.every((migration) => migration.executedAt !== undefined);
}

/** For a bot that may not migrate itself (MIGRATE_AT_START=false). Throws SchemaRefused when something is pending. */
export async function requireMigrated(db: Database): Promise<void> {
  const pending = (await migrationStates(db)).filter(({ ranAt }) => ranAt === null);
  if (pending.length === 0) return;
  const names = pending.map(({ name }) => name).join(', ');
  throw new SchemaRefused(
    `${pending.length === 1 ? 'a migration is' : `${pending.length} migrations are`} pending (${names}) and MIGRATE_AT_START is false: run "npm run migrate -- up" first.`,
  );
}

/** A newer program knows what the schema means; this one would guess. */
async function refuseNewer(db: Database): Promise<void> {
  const known = new Set(Object.keys(migrations()));
  const newer = (await migrationNames(db)).filter((name) => !known.has(name));
  if (newer.length === 0) return;
  throw new SchemaRefused(
    `this database is newer than this program: it has ${newer.length === 1 ? 'a migration' : 'migrations'} that the program does not know (${newer.join(', ')}). Install the newer version again, or restore the backup from before it.`,
  );
}

/** The migrations that ran on this database, whichever program ran them. */
async function migrationNames(db: Database): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return [];
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}
    order by name`.execute(db);
  return rows.map(({ name }) => name);
}

function migrator(db: Database): Migrator {
  return new Migrator({ db, provider: { getMigrations: async () => migrations() } });
}
