import { defineConfig } from 'vitest/config';

/** Tests that start processes, or send a worker through faults and floods, get a worker of their own. */
const ALONE = ['test/*.test.ts', 'test/cli/process.test.ts', 'test/{faults,journeys}/**/*.test.ts'];

/** Journeys that go everywhere the database is asked; TEST_JOURNEYS=all runs every one on PostgreSQL, too. */
const FAR = 'clicks,moved,requirement,several-gates,webhook';
// biome-ignore lint/style/noProcessEnv: what a longer run is asked for by.
const JOURNEYS = process.env.TEST_JOURNEYS === 'all' ? '*' : `{${FAR}}`;
const ON_POSTGRES = [
  'test/postgres/**/*.test.ts',
  'test/store/{audit-chain,day-totals,every-upgrade,operating-figures,outbox,request-reads}.test.ts',
  'test/store/{teams-conversations,transaction-end}.test.ts',
  'test/faults/{clock,races}.test.ts',
  `test/journeys/${JOURNEYS}.test.ts`,
];

export default defineConfig({
  test: {
    globalSetup: ['test/migrated-database.ts'],
    setupFiles: ['test/chance-of-each-test.ts'],
    pool: 'forks',
    // Those that start processes of their own have bounds wide enough for a machine that is busy.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE } },
      {
        extends: true,
        // They share what is imported: that is a third of what they cost.
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...ALONE, 'test/{browser,postgres}/**', 'node_modules/**'],
          isolate: false,
        },
      },
      {
        extends: true,
        // The same tests again, on a PostgreSQL server of the run's own (or TEST_DATABASE_URL's).
        test: {
          name: 'postgres',
          include: ON_POSTGRES,
          globalSetup: ['test/postgres/global-setup.ts'],
        },
      },
    ],
  },
});
