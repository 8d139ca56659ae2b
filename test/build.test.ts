import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cardIdOf } from './faults/approvers.ts';
import type { BotChild } from './faults/bot-child.ts';
import { type Surroundings, startSurroundings } from './faults/surroundings.ts';
import { ENTRA, STAFF } from './helpers/world.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FRESH = join(tmpdir(), `countersign-built-${process.pid}.db`);

let world: Surroundings;
let bot: BotChild | null = null;

beforeAll(async () => {
  const { status, stdout, stderr } = spawnSync('npm', ['run', 'build'], { cwd: ROOT, encoding: 'utf8' });
  expect(status, stdout + stderr).toBe(0);
  world = await startSurroundings({}, { bobInTeams: true });
});
afterAll(async () => {
  if (bot?.alive) await bot.kill();
  await world.close();
  for (const end of ['', '-wal', '-shm', '.lock', '.lock-journal', '.mark'])
    rmSync(FRESH + end, { force: true });
});

async function start(own: Record<string, string> = {}): Promise<void> {
  bot = world.startBot(own, 'dist/main.js');
  await bot.ready;
}

const cards = () => [
  world.slack.messagesOf(STAFF.alice).filter((message) => cardIdOf(message) !== null).length,
  world.teams!.messagesOf(ENTRA.bob).length,
];
const chartOnHome = () =>
  /\/charts\/[^"]+\.png/.exec(JSON.stringify(world.slack.homeOf(STAFF.ada)?.blocks ?? null))?.[0];
const slowly = { timeout: 30_000 };

test('what `npm run build` makes takes a webhook to cards in Slack and Teams, and stops as it is told', async () => {
  await start();
  world.run('r1');
  expect(await world.post('deploy-to-production', world.webhook('r1'))).toMatchObject({ status: 202 });
  world.reach('r1');
  await expect.poll(cards, slowly).toEqual([1, 1]);
  await world.slack.openHome(STAFF.ada);
  await expect.poll(chartOnHome, slowly).toBeDefined();
  // A thread of its own draws it.
  const picture = await fetch(world.url + chartOnHome());
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png']);
  expect(await bot!.terminate()).toEqual({ code: 0, signal: null });
});

test('it finds the migrations, and the files of packages', async () => {
  await start({ DATABASE_URL: `sqlite:${FRESH}` });
  const page = await fetch(`${world.url}/api/docs/swagger-ui.css`);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('.swagger-ui');
});
