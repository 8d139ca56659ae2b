import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BotChild } from './bot-child.ts';
import { type Surroundings, startSurroundings } from './surroundings.ts';

const WEBHOOKS = 100;
const DEPLOY = 'deploy-to-production';
/** Watching another process's calls needs a tool and a right that not every machine has. */
const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

let world: Surroundings;
let bot: BotChild;
beforeEach(async () => {
  world = await startSurroundings();
  bot = world.startBot();
  await bot.ready;
});
afterEach(async () => {
  await bot.kill();
  await world.close();
});

async function accepted(n: number): Promise<void> {
  world.run(`run${n}`);
  expect(await world.post(DEPLOY, world.webhook(`run${n}`))).toMatchObject({ status: 202 });
}

test('whatever was answered 202 is committed: a stranger reads it and a kill leaves it', async () => {
  const stranger = new SqliteDatabase(world.databaseFile, { readonly: true });
  const count = () => stranger.prepare('select count(*) from approval_requests').pluck().get();
  for (let n = 1; n <= 20; n += 1) {
    await accepted(n);
    expect(count()).toBe(n);
  }
  await bot.kill();
  expect(count()).toBe(20);
  stranger.close();
});

test.runIf(canTrace)('every 202 comes after a sync of its own to the disk', async () => {
  const record = join(dirname(world.databaseFile), 'calls');
  const tracer = spawn(
    'strace',
    ['-f', '-s', '12', '-e', 'trace=fsync,fdatasync,write,writev', '-o', record, '-p', String(bot.pid)],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await once(tracer.stderr, 'data');
  for (let n = 1; n <= WEBHOOKS; n += 1) await accepted(n);
  tracer.kill('SIGINT');
  await once(tracer, 'exit');

  const syncs: number[] = [];
  let since = 0;
  for (const line of readFileSync(record, 'utf8').split('\n')) {
    if (/\b(fsync|fdatasync)\b.*= 0$/.test(line)) since += 1;
    if (!/writev?\(.*HTTP\/1\.1 202/.test(line)) continue;
    syncs.push(since);
    since = 0;
  }
  expect(syncs).toHaveLength(WEBHOOKS);
  expect(Math.min(...syncs)).toBeGreaterThanOrEqual(1);
});
