import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { createDatabase, dropDatabase, emptyDatabase } from '../postgres/databases.ts';

/** A database of this test's own, on the engine that the test runs on. */
export interface TestDatabase {
  /** What DATABASE_URL is to be. */
  url: string;
  drop(): Promise<void>;
}

/** True where the tests run on PostgreSQL (the vitest project `postgres`). */
export const onPostgres = () => (inject('postgres') ?? null) !== null;

/** A new database: with every migration and no rows, or, `empty`, with nothing at all. */
export function freshDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const server = inject('postgres') ?? null;
  return server ? onServer(server, empty) : inFile(empty);
}

async function inFile(empty: boolean): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'));
  const file = join(folder, 'bot.db');
  if (!empty) copyFileSync(inject('migratedDatabase'), file);
  return {
    url: `sqlite:${file}`,
    async drop() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Made by tests before, and emptied: a quarter of what a new one costs. */
const used: { name: string; url: string }[] = [];

async function onServer(
  server: { adminUrl: string; template: string },
  empty: boolean,
): Promise<TestDatabase> {
  const { name, url } =
    (empty ? undefined : used.pop()) ??
    (await createDatabase(server.adminUrl, empty ? undefined : server.template));
  return {
    url,
    async drop() {
      const reusable = !empty && (await emptyDatabase(url));
      if (reusable) used.push({ name, url });
      else await dropDatabase(server.adminUrl, name);
    },
  };
}
