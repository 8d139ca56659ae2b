import { defineConfig } from 'vitest/config';

/** The long form of the tests of faults, on both engines: `npm run test:faults`, or one of them with `-- NAME`. */
const FAULTS = [
  'crash-points',
  'kill',
  'model',
  'races',
  'duplicates',
  'storms',
  'clock',
  'soak',
  'poison',
].map((name) => `test/faults/${name}.test.ts`);

export default defineConfig({
  test: {
    globalSetup: ['test/migrated-database.ts'],
    env: { FAULTS: 'long' },
    pool: 'forks',
    testTimeout: 7_200_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
    projects: [
      { extends: true, test: { name: 'sqlite', include: FAULTS } },
      {
        extends: true,
        test: { name: 'postgres', include: FAULTS, globalSetup: ['test/postgres/global-setup.ts'] },
      },
    ],
  },
});
