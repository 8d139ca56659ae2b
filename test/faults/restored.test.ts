import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { faultPresets } from '../../src/demo/doubles/harness/fault-presets.ts';
import { newId } from '../../src/ids.ts';
import { backUp } from '../../src/store/backup.ts';
import { wakeWaiting } from '../../src/store/connection-debts.ts';
import { type Database, inTransaction } from '../../src/store/database.ts';
import { HELD } from '../../src/store/outbox.ts';
import { recover } from '../../src/usecases/recovery/recover.ts';
import { say } from '../helpers/typed.ts';
import { ACME, STAFF, type StaffName, startWorld, type World } from '../helpers/world.ts';

const DEPLOY = 'deploy-to-production';

let folder: string;
let file: string;
let world: World;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-restored-'));
  file = join(folder, 'bot.db');
  copyFileSync(inject('migratedDatabase'), file);
  world = await startWorld({ database: { url: `sqlite:${file}`, async drop() {} } });
  await world.load(ACME);
});
afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const backup = () => backUp(file, join(folder, 'backup.db'), newId('mrk_'), world.clock.now());

/** The bot stops, the backup takes the place of its file, the bot starts. */
const restore = (from = 'backup.db') =>
  world.restart(() => {
    for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    copyFileSync(join(folder, from), file);
  });

async function live(ms: number, step = 5_000): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) await world.pass(step);
}

test('a key that works again wakes nothing that is held until Harness was looked at', async () => {
  const { db } = world.app.context;
  await world.ask(DEPLOY, 'run1');
  const held = { state: 'due' as const, run_at: HELD, paused_until: HELD };
  await db.updateTable('outbox').set(held).where('kind', '=', 'resolve_approvers').execute();
  const [before] = await db
    .selectFrom('outbox')
    .selectAll()
    .where('kind', '=', 'resolve_approvers')
    .execute();
  expect(before).toMatchObject(held);
  const place = { organizationId: before!.organization_id, account: 'acme' };
  await inTransaction(db, (trx) => wakeWaiting(trx, place, world.clock.now()));
  expect(await db.selectFrom('outbox').selectAll().where('kind', '=', 'resolve_approvers').execute()).toEqual(
    [before],
  );
  const looks = await db.selectFrom('outbox').selectAll().where('kind', '=', 'check_harness').execute();
  expect(looks.map(({ run_at }) => run_at)).toEqual([world.clock.now()]);
});

async function vote(name: StaffName, nth: number, action: 'approve' | 'reject'): Promise<void> {
  const { channel, ts } = world.cards(name)[nth]!;
  await world.slack.click(STAFF[name], { channel, ts, actionId: action });
  if (action === 'reject')
    await world.slack.submitView(STAFF[name], (await world.form(name)).id, { comment: 'not today' });
  await world.settle();
}

const oweCards = () =>
  world.app.context.db
    .updateTable('outbox')
    .set({ state: 'due', run_at: world.clock.now() })
    .where('kind', '=', 'sync_card')
    .execute();

/** What a person's cards say, the oldest first. */
const shown = (name: StaffName) => world.cards(name).map((card) => JSON.stringify(card.blocks));
const posts = () => world.slack.calls.filter(({ method }) => method === 'chat.postMessage').length;
const requests = () =>
  world.app.context.db
    .selectFrom('approval_requests')
    .select(['id', 'execution_id', 'status', 'unreconciled'])
    .orderBy('number')
    .execute();
const statuses = async () => (await requests()).map((row) => `${row.execution_id} ${row.status}`);

test('what was decided and told after the backup is found in Harness, and told to nobody twice', async () => {
  for (const run of ['approved', 'rejected', 'open']) await world.ask(DEPLOY, run);
  await backup();
  await vote('alice', 0, 'approve');
  await vote('alice', 1, 'reject');
  await live(10_000);
  expect(world.harness.effects).toHaveLength(2);
  const before = { posts: posts(), cards: shown('alice') };

  await restore();
  // What the backup says of them was true before: Harness is looked at first.
  expect((await requests()).map(({ unreconciled }) => unreconciled)).toEqual([1, 1, 1]);
  expect(shown('alice')).toEqual(before.cards);
  await live(2 * 60_000);
  expect(world.harness.effects).toHaveLength(2);
  expect(posts()).toBe(before.posts);
  expect(await statuses()).toEqual(['approved APPROVED', 'rejected REJECTED', 'open WAITING']);
  expect((await requests()).map(({ unreconciled }) => unreconciled)).toEqual([0, 0, 0]);
  const [approved, rejected, open] = shown('alice');
  expect(approved).not.toContain('"action_id":"approve"');
  expect(rejected).not.toContain('"action_id":"approve"');
  expect(open).toContain('"action_id":"approve"');
  expect(open).toContain('vote again if your vote is missing');
  const told = await world.app.context.db
    .selectFrom('audit_events')
    .select('detail')
    .where('action', '=', 'database_restored')
    .execute();
  expect(told.map(({ detail }) => JSON.parse(detail))).toMatchObject([{ openRequests: 3 }]);

  await vote('alice', 2, 'approve');
  await live(10_000);
  expect(world.harness.effects).toHaveLength(3);
  expect(await statuses()).toEqual(['approved APPROVED', 'rejected REJECTED', 'open APPROVED']);
});

test('while Harness is silent nothing that the backup owes is said or sent', async () => {
  await world.ask(DEPLOY, 'open');
  await oweCards();
  await backup();
  const calls = () => world.slack.calls.filter(({ method }) => method.startsWith('chat.')).length;
  const silent = world.harness.addFault({
    match: { method: 'GET' },
    status: 503,
    times: Number.POSITIVE_INFINITY,
  });
  await restore();
  const before = calls();
  await live(60_000);
  expect(calls()).toBe(before);
  silent.remove();
  await live(2 * 60_000);
  expect(calls()).toBeGreaterThan(before);
});

test('a clock that is set back meanwhile holds nothing for ever', async () => {
  await world.ask(DEPLOY, 'open');
  await oweCards();
  await backup();
  const silent = world.harness.addFault({
    match: { method: 'GET' },
    status: 503,
    times: Number.POSITIVE_INFINITY,
  });
  await restore();
  await live(10_000);
  world.clock.advance(-600_000);
  await live(10_000);
  silent.remove();
  await live(2 * 60_000);
  expect((await requests())[0]).toMatchObject({ unreconciled: 0 });
  expect(shown('alice')[0]).toContain('vote again');
});

test('an approval that the backup had still to send waits for a person; a rejection does not', async () => {
  await world.ask(DEPLOY, 'yes');
  await world.ask(DEPLOY, 'no');
  const down = world.harness.addFault({ ...faultPresets.gatewayDown, times: Number.POSITIVE_INFINITY });
  await vote('alice', 0, 'approve');
  await vote('alice', 1, 'reject');
  await backup();
  await restore();
  down.remove();
  await live(2 * 60_000);
  expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }]);
  expect(shown('alice')[0]).toContain('was restored from a backup of');
  const [yes] = await requests();
  await say(world, 'ada', `retry ${yes!.id}`);
  await live(10_000);
  expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }, { action: 'APPROVE' }]);
});

test('what was held for more than a day has a day to be told in, once Harness was looked at', async () => {
  await world.ask(DEPLOY, 'no', { timeoutMs: 7 * 86_400_000 });
  const down = world.harness.addFault({ ...faultPresets.gatewayDown, times: Number.POSITIVE_INFINITY });
  await vote('alice', 0, 'reject');
  await backup();
  const silent = world.harness.addFault({
    match: { method: 'GET' },
    status: 503,
    times: Number.POSITIVE_INFINITY,
  });
  await restore();
  for (let hour = 0; hour < 25; hour += 1) await world.pass(3_600_000);
  expect((await requests())[0]).toMatchObject({ unreconciled: 1 });
  down.remove();
  silent.remove();
  world.harness.addFault({ ...faultPresets.executionLookupTrouble, times: 1 });
  await live(5 * 60_000);
  expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }]);
});

test('an approval given just before a plain copy was made waits for a person, too', async () => {
  await world.ask(DEPLOY, 'yes');
  await world.restart();
  const down = world.harness.addFault({ ...faultPresets.gatewayDown, times: Number.POSITIVE_INFINITY });
  world.clock.advance(30_000);
  await vote('alice', 0, 'approve');
  await world.restart(() => copyFileSync(file, join(folder, 'copy.db')));
  await world.restart();
  await restore('copy.db');
  down.remove();
  await live(2 * 60_000);
  expect(world.harness.effects).toEqual([]);
  expect(shown('alice')[0]).toContain('was restored from a backup of');
});

test('a card that the backup does not know is found by its request and taken over, not posted again', async () => {
  world.run('late');
  await world.post(DEPLOY, world.webhook('late'));
  await backup();
  world.reach('late');
  await live(30_000);
  const before = posts();
  expect(world.cards('alice')).toHaveLength(1);
  await restore();
  await live(2 * 60_000);
  expect({ posts: posts(), cards: world.cards('alice').length }).toEqual({ posts: before, cards: 1 });
  await vote('alice', 0, 'approve');
  await live(10_000);
  expect(world.harness.effects).toHaveLength(1);
  expect(shown('alice')[0]).not.toContain('"action_id":"approve"');
});

test('a plain copy of the file is known for an older one by its mark; a bot that was away just looks first', async () => {
  await world.ask(DEPLOY, 'open');
  await world.restart(() => copyFileSync(file, join(folder, 'copy.db')));
  expect((await requests())[0]).toMatchObject({ unreconciled: 0 });
  await world.restart();
  await restore('copy.db');
  expect((await requests())[0]).toMatchObject({ unreconciled: 1 });
  await live(60_000);
  expect(shown('alice')[0]).toContain('vote again');

  world.clock.advance(3_600_000);
  await world.restart();
  expect((await requests())[0]).toMatchObject({ unreconciled: 1 });
  const told = await world.app.context.db
    .selectFrom('audit_events')
    .select('id')
    .where('action', '=', 'database_restored')
    .execute();
  expect(told).toHaveLength(1);
});

test('a bot that dies while it finds that out finds it out again', async () => {
  const { context } = world.app;
  let marks = ['mrk_newest', 'mrk_before'];
  const beside = {
    read: () => marks,
    async write(next: string, present: string | null) {
      marks = present === null ? [next] : [next, present];
    },
  };
  const db = new Proxy(context.db, {
    get(target, name) {
      if (name === 'transaction') throw new Error('killed');
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as Database;
  await expect(recover({ ...context, db }, { beside, mark: 'mrk_one' })).rejects.toThrow('killed');
  expect(await recover(context, { beside, mark: 'mrk_two' })).toMatchObject({ kind: 'restored' });
  expect(await recover(context, { beside, mark: 'mrk_three' })).toBeNull();
});

test('a clock that was set back while the bot was away: what is owed waits no longer for it', async () => {
  await world.ask(DEPLOY, 'yes');
  const down = world.harness.addFault({ ...faultPresets.gatewayDown, times: Number.POSITIVE_INFINITY });
  await vote('alice', 0, 'approve');
  await live(10_000);
  await world.restart(() => world.clock.advance(-3_600_000));
  down.remove();
  await live(3 * 60_000);
  expect(world.harness.effects).toHaveLength(1);
});
