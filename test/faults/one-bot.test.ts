import { mkdirSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { botOn, DatabaseHeld, holdDatabase } from '../../src/store/one-bot.ts';
import { runCli } from '../cli/run-cli.ts';
import { type Surroundings, startSurroundings } from './surroundings.ts';

let world: Surroundings;
beforeEach(async () => {
  world = await startSurroundings();
});
afterEach(() => world.close());

test('a second bot on the file is refused in words, by whatever name; a killed one leaves no lock', async () => {
  const first = world.startBot();
  await first.ready;
  const link = join(dirname(world.databaseFile), 'linked');
  mkdirSync(link);
  symlinkSync(world.databaseFile, join(link, 'other-name.db'));
  const url = `sqlite:${join(link, '..', 'linked', 'other-name.db')}`;
  expect(botOn(url)).toMatch(
    /another bot runs on .*: process \d+ has held it since \d{4}-.*stop that one first/,
  );
  expect(() => holdDatabase(url)).toThrow(DatabaseHeld);

  const second = world.startBot({ DATABASE_URL: url });
  second.ready.catch(() => {});
  expect((await second.dead).code).toBe(1);
  const said = second.lines.join('\n');
  expect(said).toContain(`process ${first.pid} has held it`);
  expect(said).toContain('use PostgreSQL');
  expect(said).toContain(basename(world.databaseFile));

  // Those who only look are let in beside it.
  const status = await runCli('migrate', ['status'], { DATABASE_URL: url });
  expect(status).toMatchObject({ code: 0, err: '' });

  await first.kill();
  expect(botOn(url)).toBeNull();
  const third = world.startBot();
  await third.ready;
  await third.terminate();
  expect(botOn(url)).toBeNull();
});

test('of those who come at once one gets the file', () => {
  const url = `sqlite:${join(dirname(world.databaseFile), 'fresh', 'bot.db')}`;
  const hold = holdDatabase(url);
  for (let n = 0; n < 3; n += 1) expect(() => holdDatabase(url)).toThrow(/another bot runs on/);
  hold.release();
  holdDatabase(url).release();
});
