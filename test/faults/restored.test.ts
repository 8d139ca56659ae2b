import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { faultPresets } from '../../src/demo/doubles/harness/fault-presets.ts';
import { newId } from '../../src/ids.ts';
import { backUp } from '../../src/store/backup.ts';
import { ACME, STAFF, type StaffName, startWorld, type World } from '../helpers/world.ts';

const DEPLOY = 'deploy-to-production';

let folder: string;
let file: string;
let world: World;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-restored-'));
  file = join(folder, 'bot.db');
  world = await startWorld({ databaseFile: file });
  await world.load(ACME);
});
afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const backup = () => backUp(file, join(folder, 'backup.db'), newId('mrk_'), world.clock.now());

/** The bot stops, the backup takes the place of its file, the bot starts. */
const restore = () =>
  world.restart(() => {
    for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    copyFileSync(join(folder, 'backup.db'), file);
  });

async function live(ms: number, step = 5_000): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) await world.pass(step);
}

/** What a person's cards say, the oldest first, each one line. */
const shown = (name: StaffName) => world.cards(name).map((card) => JSON.stringify(card.blocks));
const posts = () => world.slack.calls.filter(({ method }) => method === 'chat.postMessage').length;
const statuses = async () =>
  (
    await world.app.context.db
      .selectFrom('approval_requests')
      .select(['execution_id', 'status'])
      .orderBy('number')
      .execute()
  ).map(({ execution_id, status }) => `${execution_id} ${status}`);

test('what was decided and told after the backup is found in Harness, and told to nobody twice', async () => {
  await world.ask(DEPLOY, 'approved');
  await world.ask(DEPLOY, 'rejected');
  await world.ask(DEPLOY, 'open');
  await backup();
  const [first, second] = world.cards('alice');
  await world.slack.click(STAFF.alice, { channel: first!.channel, ts: first!.ts, actionId: 'approve' });
  await live(10_000);
  await world.slack.click(STAFF.alice, { channel: second!.channel, ts: second!.ts, actionId: 'reject' });
  await world.slack.submitView(STAFF.alice, (await world.form('alice')).id, { comment: 'not today' });
  await live(10_000);
  expect(world.harness.effects).toHaveLength(2);
  const before = { posts: posts(), cards: shown('alice') };

  await restore();
  // Nothing is shown that was true before the backup: Harness is looked at first.
  expect(shown('alice')).toEqual(before.cards);
  await live(2 * 60_000);
  expect(world.harness.effects).toHaveLength(2);
  expect(posts()).toBe(before.posts);
  expect(await statuses()).toEqual(['approved APPROVED', 'rejected REJECTED', 'open WAITING']);
  const [approved, rejected, open] = shown('alice');
  expect(approved).not.toContain('"action_id":"approve"');
  expect(rejected).not.toContain('"action_id":"approve"');
  expect(open).toContain('"action_id":"approve"');
  expect(open).toContain('vote again if your vote is missing');

  await world.press('alice', 'approve');
  await live(10_000);
  expect(world.harness.effects).toHaveLength(3);
  expect(await statuses()).toEqual(['approved APPROVED', 'rejected REJECTED', 'open APPROVED']);
});

test('an approval that the backup had still to send waits for a person; a rejection does not', async () => {
  await world.ask(DEPLOY, 'yes');
  await world.ask(DEPLOY, 'no');
  const down = world.harness.addFault({ ...faultPresets.gatewayDown, times: Number.POSITIVE_INFINITY });
  const [first, second] = world.cards('alice');
  await world.slack.click(STAFF.alice, { channel: first!.channel, ts: first!.ts, actionId: 'approve' });
  await world.slack.click(STAFF.alice, { channel: second!.channel, ts: second!.ts, actionId: 'reject' });
  await world.slack.submitView(STAFF.alice, (await world.form('alice')).id, { comment: 'not today' });
  await world.settle();
  await backup();
  await restore();
  down.remove();
  await live(2 * 60_000);
  expect(world.harness.effects).toMatchObject([{ action: 'REJECT' }]);
  expect(shown('alice')[0]).toContain('was restored from a backup of');
  await world.slack.click(STAFF.alice, {
    channel: first!.channel,
    ts: first!.ts,
    actionId: 'retry_submission',
  });
  await live(60_000);
  const { rows } = await sql<object>`select state, detail from submissions`.execute(world.app.context.db);
  expect(rows).toEqual([]);
});

test('a card that went out after the backup is found, not posted again; so is a notice', async () => {
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
});
