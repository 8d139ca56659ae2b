import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createDatabase, dropDatabase, testDatabases } from './databases.ts';
import { startServer } from './server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where tests that run on PostgreSQL make their databases; null = they run on SQLite. */
    postgres: { adminUrl: string; template: string; isOurs: boolean } | null;
  }
}

/** Runs once for all test files on PostgreSQL: a server of our own, or the one of TEST_DATABASE_URL. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // biome-ignore lint/style/noProcessEnv: the one thing that may be said about it from outside.
  const given = process.env.TEST_DATABASE_URL;
  const server = given ? { url: given, stop: async () => {} } : await startServer();
  const template = await createDatabase(server.url);
  const db = openDatabase(template.url);
  await migrate(db);
  await db.destroy();
  project.provide('postgres', { adminUrl: server.url, template: template.name, isOurs: !given });
  return async () => {
    if (given) for (const name of await testDatabases(given)) await dropDatabase(given, name);
    await server.stop();
  };
}
