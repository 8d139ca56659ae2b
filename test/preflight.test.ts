import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const PREFLIGHT = fileURLToPath(new URL('../src/preflight.mjs', import.meta.url));

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** The first Node on PATH that is not the project's own and is too old; null when this machine has none. */
function oldNode(): string | null {
  // biome-ignore lint/style/noProcessEnv: where the machine keeps its own Node.
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder.includes('node_modules')) continue;
    const node = join(folder, 'node');
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    if (stdout && Number(/^v(\d+)/.exec(stdout)?.[1]) < 24) return node;
  }
  return null;
}

function check(node: string, ...options: string[]) {
  return spawnSync(node, [...options, PREFLIGHT], { encoding: 'utf8' });
}

/** Runs before the file and makes this Node say that it is an older one. */
const PRETEND =
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.11.1"}})';

describe('the check before the start', () => {
  test('says nothing on a Node that will do', () => {
    const { status, stdout, stderr } = check(process.execPath);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('says in one line what to do on an older Node', () => {
    const { status, stdout, stderr } = check(process.execPath, '--import', PRETEND);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Countersign needs Node 24 or newer and this is Node 20\.11\.1: install .+\n$/);
  });

  const old = oldNode();
  test.skipIf(old === null)(
    'stops a start on this machine’s own old Node, which cannot read TypeScript',
    () => {
      const { status, stderr } = spawnSync(old!, ['--import', PREFLIGHT, MAIN], { encoding: 'utf8' });
      expect(status).toBe(1);
      expect(stderr).toMatch(/^Countersign needs Node 24 or newer and this is Node \d+\.\d+\.\d+: .+\n$/);
    },
  );

  test('takes what .env says, unless the environment says otherwise', () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-env-'));
    try {
      writeFileSync(join(folder, '.env'), '# a comment\nPORT=4000\nLOG_LEVEL=debug\n');
      const code = 'console.log(process.env.PORT, process.env.LOG_LEVEL)';
      const { stdout } = spawnSync(process.execPath, ['--import', PREFLIGHT, '-e', code], {
        cwd: folder,
        encoding: 'utf8',
        env: { LOG_LEVEL: 'warn' },
      });
      expect(stdout).toBe('4000 warn\n');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('comes before everything that needs TypeScript', () => {
    const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const name of ['start', 'seed', 'admin', 'doctor'])
      expect(scripts[name], name).toMatch(
        /^node (--max-[a-z-]+=\d+ )?--import \.\/src\/preflight\.mjs src\//,
      );
  });
});
