import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { STAFF } from '../helpers/world.ts';
import { JSON_API } from '../journeys/api-client.ts';
import { buttonsOf } from './approvers.ts';
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

/** How often the bot synced its files before each answer of this status, while `act` goes on. */
async function syncsBefore(status: number, act: () => Promise<void>): Promise<number[]> {
  const record = join(dirname(world.databaseFile), `calls-${status}`);
  const tracer = spawn(
    'strace',
    ['-f', '-s', '12', '-e', 'trace=fsync,fdatasync,write,writev', '-o', record, '-p', String(bot.pid)],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await once(tracer.stderr, 'data');
  await act();
  tracer.kill('SIGINT');
  await once(tracer, 'exit');

  const syncs: number[] = [];
  let since = 0;
  for (const line of readFileSync(record, 'utf8').split('\n')) {
    if (/\b(fsync|fdatasync)\b.*= 0$/.test(line)) since += 1;
    if (!new RegExp(`writev?\\(.*HTTP/1\\.1 ${status}`).test(line)) continue;
    syncs.push(since);
    since = 0;
  }
  return syncs;
}

const card = () => world.slack.messagesOf(STAFF.alice).find((one) => buttonsOf(one).includes('approve'));

async function press(): Promise<void> {
  const { channel, ts } = card()!;
  const { ackStatus } = await world.slack.click(STAFF.alice, { channel, ts, actionId: 'approve' });
  expect(ackStatus).toBe(200);
}

async function create(n: number): Promise<void> {
  const attributes = { name: `Event ${n}`, slug: `event-${n}` };
  const { status } = await fetch(`${world.url}/api/v2/events`, {
    ...{ method: 'POST', headers: { 'x-auth-token': world.adminToken, 'content-type': JSON_API } },
    body: JSON.stringify({ data: { type: 'events', attributes } }),
  });
  expect(status).toBe(201);
}

test.runIf(canTrace)('every 2xx comes after a sync of its own to the disk', async () => {
  await accepted(0);
  world.reach('run0');
  await expect.poll(() => card() !== undefined, { timeout: 30_000 }).toBe(true);
  const counts = [
    ['a press', 1, await syncsBefore(200, press)],
    [
      'the API',
      20,
      await syncsBefore(201, async () => {
        for (let n = 1; n <= 20; n += 1) await create(n);
      }),
    ],
    [
      'a webhook',
      WEBHOOKS,
      await syncsBefore(202, async () => {
        for (let n = 1; n <= WEBHOOKS; n += 1) await accepted(n);
      }),
    ],
  ] as const;
  for (const [what, answers, syncs] of counts)
    expect([what, syncs.length, syncs.every((count) => count >= 1)]).toEqual([what, answers, true]);
});
