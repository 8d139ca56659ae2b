import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  scripts: Record<string, string>;
};
/** What package.json's scripts start: the tests beside this one run the same commands within their own process. */
const STARTED = Object.entries(scripts).filter(([, line]) => line.includes('src/cli/main.ts'));

function start(line: string): Promise<{ code: number; out: string; err: string }> {
  const [, ...words] = line.split(' ');
  return new Promise((done) => {
    const child = execFile(process.execPath, words, { cwd: ROOT, env: {} }, (error, out, err) =>
      done({ code: Number(error?.code ?? 0), out, err }),
    );
    child.stdin?.end();
  });
}

test('the scripts are there', () => {
  expect(STARTED.map(([name]) => name)).toEqual(expect.arrayContaining(['admin', 'doctor', 'seed', 'token']));
});

test.each(STARTED)('npm run %s answers in words, as a process of its own', async (_name, line) => {
  const { code, out, err } = await start(line);
  expect(out + err).toMatch(/npm run |is not set|is missing/);
  expect(out + err).not.toMatch(/^\s+at .*:\d+/m);
  expect(code).toBe(out === '' || out.includes('✗') ? 1 : 0);
});

test('a command there is not is refused with those there are', async () => {
  const { code, err } = await start('node --import ./src/preflight.mjs src/cli/main.ts nonsense');
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringContaining('There is no command “nonsense”. There are: admin,') as string,
  });
});
