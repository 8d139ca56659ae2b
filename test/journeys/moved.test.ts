import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { faultPresets } from '../../src/demo/doubles/harness/fault-presets.ts';
import { copyDatabase } from '../../src/store/copy-database.ts';
import { openDatabase } from '../../src/store/database.ts';
import { holdDatabase } from '../../src/store/one-bot.ts';
import { runCli } from '../cli/run-cli.ts';
import { freshDatabase, onPostgres, type TestDatabase } from '../helpers/databases.ts';
import { ACME, STAFF, startWorld, type World } from '../helpers/world.ts';

const DEPLOY = 'deploy-to-production';

describe.runIf(onPostgres())('npm run move', () => {
  let folder: string;
  let from: string;
  let target: TestDatabase;
  let world: World;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-moved-'));
    copyFileSync(inject('migratedDatabase'), join(folder, 'bot.db'));
    from = `sqlite:${join(folder, 'bot.db')}`;
    target = await freshDatabase({ empty: true });
    world = await startWorld({ database: { url: from, async drop() {} } });
    await world.load(ACME);
  });
  afterEach(async () => {
    await world.close();
    await target.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const move = (...more: string[]) => runCli('move', ['--from', from, '--to', target.url, ...more], {});
  const posts = () => world.slack.calls.filter(({ method }) => method === 'chat.postMessage').length;

  async function live(ms: number, step = 5_000): Promise<void> {
    for (let passed = 0; passed < ms; passed += step) await world.pass(step);
  }

  test('a living installation goes on where it was: the same cards, each decision told once', async () => {
    await world.ask(DEPLOY, 'open');
    await world.ask('database-migration', 'all');
    await world.ask(DEPLOY, 'untold');
    const down = world.harness.addFault({ ...faultPresets.gatewayDown, times: Number.POSITIVE_INFINITY });
    const last = world.card('bob')!;
    await world.slack.click(STAFF.bob, { channel: last.channel, ts: last.ts, actionId: 'approve' });
    await live(10_000);
    expect(world.harness.effects).toHaveLength(0);
    const before = { posts: posts(), cards: world.cards('alice').length };
    await world.restart(
      async () => {
        const said = await move();
        expect(said).toMatchObject({ code: 0, err: '' });
        expect(said.out).toMatch(/^approval_requests +3 +[0-9a-f]{16}$/m);
        expect(said.out).toContain('Set DATABASE_URL to postgres://');
      },
      { DATABASE_URL: target.url },
    );
    down.remove();
    await live(2 * 60_000);
    expect(world.harness.effects).toHaveLength(1);
    expect({ posts: posts(), cards: world.cards('alice').length }).toMatchObject({ cards: before.cards });

    const [first] = world.cards('alice');
    await world.slack.click(STAFF.alice, { channel: first!.channel, ts: first!.ts, actionId: 'approve' });
    await live(10_000);
    expect(world.harness.effects).toHaveLength(2);
    expect(JSON.stringify(world.cards('alice')[0]!.blocks)).not.toContain('"action_id":"approve"');
    expect(await world.post(DEPLOY, world.webhook('open'))).toMatchObject({ status: 409 });
    await world.ask(DEPLOY, 'new');
    expect(world.cards('alice')).toHaveLength(before.cards + 1);
  });

  test('both ways it refuses what would lose or mix data, and the source starts no bot any more', async () => {
    await world.ask(DEPLOY, 'open');
    const hold = holdDatabase(from);
    expect(await move()).toMatchObject({ code: 1, err: expect.stringContaining('another bot runs on') });
    hold.release();
    expect(await move('--keep-source-open')).toMatchObject({ code: 0 });
    expect(await move()).toMatchObject({ code: 1, err: expect.stringContaining('the target is not empty') });

    // The way back, into a file of its own, and what arrives is what left.
    const back = `sqlite:${join(folder, 'back.db')}`;
    const postgres = openDatabase(target.url);
    await sql`update database_state set alive_at = 0`.execute(postgres);
    await postgres.destroy();
    const returned = await runCli('move', ['--from', target.url, '--to', back], {});
    expect(returned).toMatchObject({ code: 0, err: '' });
    const [one, other] = [openDatabase(from), openDatabase(back)];
    for (const table of ['approval_requests', 'cards', 'audit_events', 'outbox'] as const)
      expect(await other.selectFrom(table).selectAll().orderBy('organization_id').execute()).toEqual(
        expect.arrayContaining(await one.selectFrom(table).selectAll().execute()),
      );
    await expect(copyDatabase(one, other)).rejects.toThrow('the target is not empty');
    await one.destroy();
    await other.destroy();
    expect(await runCli('restored', [], { DATABASE_URL: target.url })).toMatchObject({
      code: 1,
      err: expect.stringContaining(`was moved to ${back}`),
    });
    await expect(world.restart(undefined, { DATABASE_URL: target.url })).rejects.toThrow(/was moved to/);
    await world.restart();
  });
});
