import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { envOf, runCli, startSharedWorld } from '../cli/run-cli.ts';
import { freshDatabase } from '../helpers/databases.ts';
import { ACME, type World } from '../helpers/world.ts';

const { isOurs } = inject('postgres')!;

let world: World;
beforeEach(async () => {
  world = await startSharedWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

/** What `npm run doctor` says of the database, and of what else it looked at. */
async function doctor(databaseUrl = world.config.databaseUrl) {
  const { code, out } = await runCli('doctor', [], { ...envOf(world), DATABASE_URL: databaseUrl });
  const lines = out.trimEnd().split('\n');
  const isDatabase = (line: string) => / Database: /.test(line);
  const others = lines.filter((line) => !isDatabase(line)).map((line) => line.slice(0, line.indexOf(':')));
  return { code, database: lines.find(isDatabase), others };
}

test('beside the running bot: version and durability are said, and a server that keeps nothing is a problem', async () => {
  const { code, database, others } = await doctor();
  const trouble = isOurs ? '✗ Database: .* does not keep what it is told' : '✓ Database: ';
  expect(database).toMatch(
    new RegExp(`^${trouble}.*PostgreSQL \\d+\\.\\d+, fsync (on|off), synchronous_commit`),
  );
  expect(others).toEqual(expect.arrayContaining(['✓ Organization', '✓ People', '✓ Workflows', '✓ Harness']));
  expect(code).toBe(isOurs ? 1 : 0);
});

test('nobody there, and a certificate that nobody vouches for: why, the remedy, and the rest all the same', async () => {
  const nowhere = await doctor('postgres://bot:open-sesame@127.0.0.1:1/countersign');
  expect(nowhere.database).toMatch(
    /^✗ Database: countersign at 127\.0\.0\.1:1 cannot be used .*ECONNREFUSED/,
  );
  expect(nowhere.database).toContain('that the server runs');
  expect(nowhere.database).not.toContain('open-sesame');
  expect(nowhere.others).toContain('✓ Harness');
  if (!isOurs) return;
  const url = new URL(world.config.databaseUrl);
  url.searchParams.set('sslmode', 'verify-full');
  expect((await doctor(url.href)).database).toContain('&sslrootcert=/path/to/ca.pem');
});

test('a database without its tables is left as it is', async () => {
  const empty = await freshDatabase({ empty: true });
  expect((await doctor(empty.url)).database).toMatch(/^! Database: .* lacks migrations.*npm start runs them/);
  const db = openDatabase(empty.url);
  expect(await db.introspection.getTables()).toEqual([]);
  await db.destroy();
  await empty.drop();
});
