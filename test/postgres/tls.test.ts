import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { freshDatabase, type TestDatabase } from '../helpers/databases.ts';

const file = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
const OURS = file('ca.pem');
const ANOTHER = file('other-ca.pem');

/** DATABASE_URL with these words of TLS. */
function asking(url: string, host: string, tls: Record<string, string>): string {
  const address = new URL(url);
  address.hostname = host;
  for (const [name, value] of Object.entries(tls)) address.searchParams.set(name, value);
  return address.href;
}

/** Whether a connection is encrypted, or why there is none. */
async function connection(url: string): Promise<boolean | string> {
  const db = openDatabase(url);
  try {
    const { rows } = await sql<{
      ssl: boolean;
    }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(db);
    return rows[0]!.ssl;
  } catch (error) {
    return String(error);
  } finally {
    await db.destroy();
  }
}

// The server of TEST_DATABASE_URL has certificates of its own, or none.
describe.runIf(inject('postgres')!.isOurs)('a server with TLS, as localhost', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await freshDatabase();
  });
  afterEach(() => database.drop());

  test.each<[string, string, Record<string, string>, boolean]>([
    ['nothing said', 'localhost', {}, false],
    ['disable', 'localhost', { sslmode: 'disable' }, false],
    ['prefer', 'localhost', { sslmode: 'prefer' }, true],
    ['require, whoever it is', '127.0.0.1', { sslmode: 'require' }, true],
    ['verify-ca, by another name', '127.0.0.1', { sslmode: 'verify-ca', sslrootcert: OURS }, true],
    ['verify-full', 'localhost', { sslmode: 'verify-full', sslrootcert: OURS }, true],
    ['an authority and no mode', 'localhost', { sslrootcert: OURS }, true],
  ])('%s', async (_, host, tls, encrypted) => {
    expect(await connection(asking(database.url, host, tls))).toBe(encrypted);
  });

  test.each<[string, string, Record<string, string>, RegExp]>([
    ['verify-full without its authority', 'localhost', { sslmode: 'verify-full' }, /&sslrootcert=\/path/],
    [
      'another authority',
      'localhost',
      { sslmode: 'verify-full', sslrootcert: ANOTHER },
      /&sslrootcert=\/path/,
    ],
    [
      'require with another',
      'localhost',
      { sslmode: 'require', sslrootcert: ANOTHER },
      /&sslrootcert=\/path/,
    ],
    [
      'verify-ca with another',
      'localhost',
      { sslmode: 'verify-ca', sslrootcert: ANOTHER },
      /no authority that/,
    ],
    [
      'verify-full by another name',
      '127.0.0.1',
      { sslmode: 'verify-full', sslrootcert: OURS },
      /is for another host: use the host name that it was made for/,
    ],
  ])('refused with the remedy: %s', async (_, host, tls, remedy) => {
    expect(await connection(asking(database.url, host, tls))).toMatch(remedy);
  });
});

describe('a server without TLS', () => {
  /** It answers whoever asks for TLS as PostgreSQL does: N. */
  const plain = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end('N')));
  beforeEach(async () => {
    await once(plain.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => plain.close());

  test.each(['prefer', 'require', 'verify-full'])('%s is never met by less', async (sslmode) => {
    const { port } = plain.address() as { port: number };
    const said = await connection(`postgres://bot:open-sesame@127.0.0.1:${port}/db?sslmode=${sslmode}`);
    expect(said).toMatch(
      /does not support SSL connections\)\. Switch TLS on at the server \(ssl = on\), or,/,
    );
    expect(said).not.toContain('open-sesame');
  });
});
