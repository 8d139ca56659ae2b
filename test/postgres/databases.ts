import { randomBytes } from 'node:crypto';
import pg from 'pg';

export const TEST_PREFIX = 'countersign_test_';

/** A new database on a server, empty or a copy of a template; needs the right to make databases. */
export async function createDatabase(
  adminUrl: string,
  template = 'template0',
): Promise<{ name: string; url: string }> {
  const name = `${TEST_PREFIX}${randomBytes(6).toString('hex')}`;
  await connected(adminUrl, (client) => client.query(`create database ${name} template ${template}`));
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return { name, url: url.href };
}

/** Drops it, whoever is connected. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await connected(adminUrl, (client) => client.query(`drop database if exists ${name} with (force)`));
}

/** Deletes every row, but of which migrations ran; false, and nothing, where somebody is connected still. */
export function emptyDatabase(url: string): Promise<boolean> {
  return connected(url, async (client) => {
    const { rows: others } = await client.query(
      `select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        and backend_type = 'client backend'`,
    );
    if (others.length > 0) return false;
    const { rows } = await client.query<{ name: string }>(
      `select quote_ident(tablename) as name from pg_tables where schemaname = 'public' and tablename not like 'kysely%'`,
    );
    // As a replica would: nobody looks whether a parent is gone before its children.
    const deletes = rows.map(({ name }) => `delete from ${name}`);
    await client.query(['set session_replication_role = replica', ...deletes].join(';'));
    return true;
  });
}

/** The test databases on a server that are left, by name. */
export async function testDatabases(adminUrl: string): Promise<string[]> {
  const { rows } = await connected(adminUrl, (client) =>
    client.query<{ datname: string }>('select datname from pg_database where starts_with(datname, $1)', [
      TEST_PREFIX,
    ]),
  );
  return rows.map(({ datname }) => datname);
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
