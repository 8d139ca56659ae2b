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

/** What asks no database, or the same of any: hostile texts, payloads and signatures, by the thousand. */
const HOSTILE = [
  'test/faults/{chat-fuzz,teams-fuzz,forgeries}.test.ts',
  'test/slack/{blocks,editor,modal,page-blocks}.test.ts',
  'test/teams/{card-view,editor-view,form-view,page-view}.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: ['test/migrated-database.ts'],
    setupFiles: ['test/chance-of-each-test.ts'],
    env: { FAULTS: 'long' },
    pool: 'forks',
    // Each bot that is stopped before a step keeps some MB: whatever waited in it waits for ever.
    execArgv: ['--max-old-space-size=9000'],
    testTimeout: 7_200_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
    projects: [
      { extends: true, test: { name: 'sqlite', include: [...FAULTS, ...HOSTILE] } },
      {
        extends: true,
        test: { name: 'postgres', include: FAULTS, globalSetup: ['test/postgres/global-setup.ts'] },
      },
    ],
  },
});
