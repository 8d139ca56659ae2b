import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../src/store/database.ts';
import { migrate } from '../src/store/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A database file with every migration and no rows, to be copied: migrating is half of what a world costs. */
    migratedDatabase: string;
  }
}

/** Runs once for all test files. */
export async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-migrated-'));
  const file = join(folder, 'migrated.db');
  const db = openDatabase(`sqlite:${file}`);
  await migrate(db);
  await db.destroy();
  project.provide('migratedDatabase', file);
  return () => rmSync(folder, { recursive: true, force: true });
}
