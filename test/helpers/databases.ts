import { accessSync, constants, copyFileSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { createDatabase, cutConnections, dropDatabase, emptyDatabase } from '../postgres/databases.ts';

/** A database of this test's own, on the engine that the test runs on. */
export interface TestDatabase {
  /** What DATABASE_URL is to be. */
  url: string;
  /** Every connection to it breaks, and what they had not committed is undone: as when their process dies. */
  cut?(): Promise<void>;
  drop(): Promise<void>;
}

/** True where the tests run on PostgreSQL (the vitest project `postgres`). */
export const onPostgres = () => (inject('postgres') ?? null) !== null;

/** A new database: with every migration and no rows, or, `empty`, with nothing at all. */
export function freshDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const server = inject('postgres') ?? null;
  return server ? onServer(server, empty) : inFile(empty);
}

/** A new database, open, with every migration and no rows; `close` drops it. */
export async function openFresh(): Promise<{ db: Database; close(): Promise<void> }> {
  const database = await freshDatabase();
  const db = openDatabase(database.url);
  return {
    db,
    async close() {
      await db.destroy();
      await database.drop();
    },
  };
}

const IN_MEMORY = '/dev/shm';
const ROOM = 2 ** 30;

/** Where files cost no wait for a disk, if the machine has such a place with room: no test here outlives the power. */
function roomForFiles(): string {
  try {
    accessSync(IN_MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return bavail * bsize >= ROOM ? IN_MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

async function inFile(empty: boolean): Promise<TestDatabase> {
  const folder = mkdtempSync(join(roomForFiles(), 'countersign-'));
  const file = join(folder, 'bot.db');
  if (!empty) copyFileSync(inject('migratedDatabase'), file);
  return {
    url: `sqlite:${file}`,
    // Whoever closes the file has broken with it.
    async cut() {},
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
    cut: () => cutConnections(server.adminUrl, name),
    async drop() {
      const reusable = !empty && (await emptyDatabase(url));
      if (reusable) used.push({ name, url });
      else await dropDatabase(server.adminUrl, name);
    },
  };
}
