import { inject } from 'vitest';
import { createDatabase, dropDatabase } from './databases.ts';
import { startServer } from './server.ts';

/** An empty database on PostgreSQL for one test file, whatever engine the others run on. */
export interface OwnDatabase {
  url: string;
  drop(): Promise<void>;
}

/** On the server that the test run has; else on TEST_DATABASE_URL's; else on one that is started for it. */
export async function ownDatabase(): Promise<OwnDatabase> {
  // biome-ignore lint/style/noProcessEnv: as the global setup of the tests on PostgreSQL.
  const given = inject('postgres')?.adminUrl ?? process.env.TEST_DATABASE_URL;
  const server = given ? { url: given, stop: async () => {} } : await startServer();
  const { name, url } = await createDatabase(server.url);
  return {
    url,
    async drop() {
      await dropDatabase(server.url, name);
      await server.stop();
    },
  };
}
