import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A new database on a server, empty or a copy of a template; needs the right to make databases. */
export async function createDatabase(
  adminUrl: string,
  template = 'template0',
): Promise<{ name: string; url: string }> {
  const name = `countersign_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, `create database ${name} template ${template}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return { name, url: url.href };
}

/** Drops it, whoever is connected. */
export function dropDatabase(adminUrl: string, name: string): Promise<void> {
  return asAdmin(adminUrl, `drop database if exists ${name} with (force)`);
}

async function asAdmin(adminUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
