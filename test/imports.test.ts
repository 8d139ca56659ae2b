import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Who may import whom: a file in each place, what it may import, and what it must not. */
const RULES: readonly { file: string; may: readonly string[]; mustNot: readonly string[] }[] = [
  {
    file: 'migrations/0009-x.ts',
    may: ['kysely'],
    mustNot: ['../src/store/schema.ts', './0001-initial.ts', 'node:fs', 'better-sqlite3'],
  },
  {
    file: 'src/approval/x.ts',
    may: ['./request.ts'],
    mustNot: ['../store/votes.ts', '../usecases/ports.ts', 'node:crypto', 'zod', './../store/votes.ts'],
  },
  {
    file: 'src/store/x.ts',
    may: [
      './database.ts',
      '../approval/request.ts',
      'kysely',
      'kysely/migration',
      'better-sqlite3',
      'node:fs',
    ],
    mustNot: ['../usecases/ports.ts', '../slack/text.ts', '../config.ts', 'zod'],
  },
  {
    file: 'src/usecases/x.ts',
    may: ['./ports.ts', './cards/sync-card.ts', '../approval/request.ts', '../store/votes.ts'],
    mustNot: [
      '../slack/blocks.ts',
      '../harness/approval-api.ts',
      '../http/errors.ts',
      '../ids.ts',
      'kysely',
      'node:crypto',
    ],
  },
  {
    file: 'src/usecases/cards/x.ts',
    may: [
      './sync-card.ts',
      '../ports.ts',
      '../deciding/conclude.ts',
      '../../approval/request.ts',
      '../../store/votes.ts',
    ],
    mustNot: [
      '../../slack/blocks.ts',
      '../../harness/approval-api.ts',
      '../../http/errors.ts',
      '../../ids.ts',
      'kysely',
      'node:crypto',
    ],
  },
  {
    file: 'src/commands/x.ts',
    may: ['./command.ts', '../usecases/ports.ts', '../approval/request.ts'],
    mustNot: ['../store/votes.ts', '../slack/blocks.ts', '../ids.ts', 'kysely', 'node:crypto', 'zod'],
  },
  {
    file: 'src/worker.ts',
    may: ['./usecases/cards/sync-card.ts', './store/outbox.ts'],
    mustNot: ['./slack/app.ts', './harness/approval-api.ts', './approval/decide.ts', './app.ts', 'kysely'],
  },
  {
    file: 'src/http/x.ts',
    may: [
      './errors.ts',
      '../usecases/ports.ts',
      '../approval/request.ts',
      '../harness/webhook.ts',
      '../harness/webhook-signature.ts',
      'fastify',
      'node:crypto',
    ],
    mustNot: [
      '../store/votes.ts',
      '../harness/approval-api.ts',
      '../slack/app.ts',
      '../app.ts',
      'kysely',
      '@slack/bolt',
    ],
  },
  {
    file: 'src/slack/x.ts',
    may: [
      './text.ts',
      '../usecases/ports.ts',
      '../approval/card.ts',
      '@slack/bolt',
      '@slack/web-api',
      'fastify',
      'undici',
      'zod',
      'node:crypto',
    ],
    mustNot: ['../store/people.ts', '../harness/errors.ts', '../http/errors.ts', '../config.ts', 'kysely'],
  },
  {
    file: 'src/teams/x.ts',
    may: [
      './json.ts',
      './botbuilder/inbound.ts',
      '../usecases/ports.ts',
      '../approval/card.ts',
      '@azure/msal-node',
      'fastify',
      'zod',
      'node:crypto',
    ],
    mustNot: [
      '../store/people.ts',
      '../slack/text.ts',
      '../config.ts',
      'botbuilder',
      '@slack/bolt',
      'kysely',
    ],
  },
  {
    file: 'src/teams/botbuilder/x.ts',
    may: ['./inbound.ts', '../json.ts', '../../usecases/ports.ts', 'botbuilder', 'zod', 'node:crypto'],
    mustNot: ['../../store/people.ts', '../../slack/text.ts', '../../config.ts', 'fastify', 'kysely'],
  },
  {
    file: 'src/harness/x.ts',
    may: [
      './http.ts',
      '../usecases/ports.ts',
      '../approval/request.ts',
      'undici',
      'zod',
      're2js',
      'node:timers/promises',
    ],
    mustNot: [
      '../store/submissions.ts',
      '../slack/text.ts',
      '../http/errors.ts',
      '../config.ts',
      '@slack/web-api',
      'fastify',
    ],
  },
  {
    file: 'src/demo/x.ts',
    may: ['./page/demo.ts', 'node:fs'],
    mustNot: ['../app.ts', '../config.ts', '../approval/request.ts'],
  },
  {
    file: 'src/demo/page/x.ts',
    may: ['./html.ts', '../doubles/slack/handle.ts', 'fastify'],
    mustNot: ['../../app.ts', '../../slack/blocks.ts', '../main.ts'],
  },
  {
    file: 'src/demo/doubles/slack/x.ts',
    may: ['./traffic.ts', '../common/json.ts', 'node:http'],
    mustNot: [
      '../../../slack/limits.ts',
      '../../../approval/request.ts',
      '../harness/types.ts',
      '../../page/html.ts',
    ],
  },
  ...['src/app.ts', 'src/main.ts'].map((file) => ({
    file,
    may: ['./config.ts', './store/database.ts', './slack/app.ts', 'fastify'],
    mustNot: ['./demo/main.ts', './demo/doubles/slack/handle.ts'],
  })),
  { file: 'src/cli/x.ts', may: ['../app.ts', '../store/people.ts'], mustNot: ['../demo/page/cast.ts'] },
];

/** The same import in each way TypeScript has; a rule that missed one would be no rule. One line each. */
const WAYS: readonly ((from: string, name: string) => string)[] = [
  (from, name) => `import ${name} from '${from}'; export const of_${name} = ${name};`,
  (from, name) => `import type { ${name} } from '${from}'; export type Of_${name} = ${name};`,
  (from, name) => `export { ${name} } from '${from}';`,
  (from, name) => `export const ${name} = await import('${from}');`,
];

interface Planted {
  file: string;
  line: number;
  from: string;
  allowed: boolean;
}

/** One file per rule, in a folder of the same name, with one import per line. */
function plant(folder: string): Planted[] {
  return RULES.flatMap(({ file, may, mustNot }) => {
    const imports = [...may, ...mustNot].flatMap((from) => WAYS.map((way) => ({ from, way })));
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, imports.map(({ from, way }, index) => `${way(from, `name${index}`)}\n`).join(''));
    return imports.map(({ from }, index) => ({ file, line: index + 1, from, allowed: may.includes(from) }));
  });
}

let folder: string;
let planted: Planted[];
let reported: Set<string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-imports-'));
  for (const name of ['biome.json', '.gitignore']) copyFileSync(join(ROOT, name), join(folder, name));
  planted = plant(folder);
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/@biomejs/biome/bin/biome'),
      'lint',
      '--only=style/noRestrictedImports',
      '--reporter=github',
      '--max-diagnostics=none',
      '--colors=off',
    ],
    { cwd: folder, encoding: 'utf8' },
  );
  const lines = [...stdout.matchAll(/^::error title=([^,]+),file=([^,]+),line=(\d+),/gm)];
  const others = lines.filter(([, title]) => title !== 'lint/style/noRestrictedImports');
  if (lines.length === 0 || others.length > 0) throw new Error(`Biome said:\n${stdout}${stderr}`);
  reported = new Set(
    lines.map(([, , file, line]) => `${RULES.find((rule) => file!.endsWith(rule.file))!.file}:${line}`),
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(RULES)('$file', ({ file, may, mustNot }) => {
  const told = (from: string) =>
    planted
      .filter((one) => one.file === file && one.from === from)
      .map((one) => reported.has(`${file}:${one.line}`));

  test.each(may)('may import %s', (from) => {
    expect(told(from)).toEqual([false, false, false, false]);
  });

  test.each(mustNot)('must not import %s, in whatever way', (from) => {
    expect(told(from)).toEqual([true, true, true, true]);
  });
});

test('the source keeps these rules', () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/@biomejs/biome/bin/biome'),
      'lint',
      '--only=style/noRestrictedImports',
      '--reporter=github',
      'src',
      'migrations',
    ],
    { cwd: ROOT, encoding: 'utf8' },
  );
  expect(stdout).not.toContain('::error');
  expect(status).toBe(0);
});
