import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inTransaction } from '../../src/store/database.ts';
import { oweAfresh } from '../../src/store/outbox.ts';
import { submissionOf } from '../../src/store/submissions.ts';
import { retrySubmission } from '../../src/usecases/deciding/repair-request.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';
import { type Ledger, openLedger } from './ledger.ts';

const HOUR = 3_600_000;
/** E9 of harness.md §1.5. */
const NOT_AUTHORIZED = { message: 'Invalid request: User not authorized to approve/reject', code: null };
const DEPLOY = 'deploy-to-production';

let world: World;
let ledger: Ledger;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
  ledger = openLedger(world.config.databaseUrl.slice('sqlite:'.length));
});
afterEach(async () => {
  ledger.close();
  await world.close();
});

/** Lets time pass in steps, as the worker's clock does. */
async function live(ms: number, step = 20_000): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) await world.pass(step);
}

async function stateOf(id: string) {
  return (await submissionOf(world.app.context.db, id))!;
}

describe('a decision that Harness could not be told', () => {
  it('is followed until Harness settles the gate by itself: the card then says what happened', async () => {
    const id = await world.ask(DEPLOY, 'run1', { approvers: { userGroups: ['ops'] } });
    world.harness.addFault({ match: { method: 'POST' }, status: 400, body: NOT_AUTHORIZED });
    await world.press('alice', 'approve');
    await world.settle();
    expect((await stateOf(id)).state).toBe('dead');
    expect(ledger.forgotten()).toEqual([]);

    const { id: gate } = world.harness.instances[0]!;
    world.harness.decideInUi(gate, { user: 'h-carol', action: 'REJECT' });
    await live(3 * 60_000);
    expect(await stateOf(id)).toMatchObject({ state: 'conflict', detail: expect.stringContaining('carol') });
    expect(world.words('alice')).toContain('Rejected in Harness by carol');
    expect(ledger.forgotten()).toEqual([]);
  });

  it('is closed when the run is aborted meanwhile', async () => {
    const id = await world.ask(DEPLOY, 'run1');
    world.harness.addFault({ match: { method: 'POST' }, status: 400, body: NOT_AUTHORIZED });
    await world.press('alice', 'approve');
    await world.settle();
    world.harness.abort('run1');
    await live(3 * 60_000);
    expect((await stateOf(id)).state).toBe('closed');
    expect(world.words('alice')).toContain('Run aborted in Harness');
  });

  it('is sent again on an admin’s retry, although six posts and a day went by in vain', async () => {
    const id = await world.ask(DEPLOY, 'run1', { timeoutMs: 60 * HOUR });
    const down = world.harness.addFault({ match: { method: 'POST' }, status: 503, times: Infinity });
    await world.press('alice', 'approve');
    await live(10 * 60_000);
    expect(await stateOf(id)).toMatchObject({ state: 'dead', posts: 6 });
    world.clock.advance(30 * HOUR);
    down.remove();
    const { db } = world.app.context;
    const ada = await db
      .selectFrom('people')
      .select('id')
      .where('email', '=', 'ada@acme.io')
      .executeTakeFirstOrThrow();
    expect(await retrySubmission(world.app.context, id, { personId: ada.id, via: 'cli' })).toBeNull();
    await live(60_000, 5_000);
    expect(await stateOf(id)).toMatchObject({ state: 'delivered' });
    expect(world.harness.effects).toHaveLength(1);
  });

  it('429 is no attempt: nothing was sent, so it is never given up for it', async () => {
    const id = await world.ask(DEPLOY, 'run1');
    const full = world.harness.addFault({ match: { method: 'POST' }, status: 429, times: Infinity });
    await world.press('alice', 'approve');
    await live(10 * 60_000);
    expect(await stateOf(id)).toMatchObject({ state: 'queued', posts: 1 });
    full.remove();
    await live(60_000);
    expect(world.harness.effects).toHaveLength(1);
  });
});

describe('cards', () => {
  it('come when the bot token is mended, however long it was refused', async () => {
    const broken = world.slack.addFault({
      method: 'chat.postMessage',
      slackError: 'invalid_auth',
      times: Infinity,
    });
    await world.ask(DEPLOY, 'run1');
    await live(HOUR / 2);
    expect(world.cards('alice')).toEqual([]);
    expect(ledger.dead()).toEqual([]);
    broken.remove();
    await live(12 * 60_000);
    expect(world.cards('alice')).toHaveLength(1);
    expect(world.words('alice')).toContain('Waiting for your decision');
  });
});

describe('proof of delivery', () => {
  it('R19: is what was sent, even if the content was confirmed or filled in since', async () => {
    const id = await world.ask(DEPLOY, 'run1');
    world.harness.addFault({ match: { method: 'POST' }, status: 504, when: 'after' });
    await world.press('alice', 'approve');
    await world.settle();
    const { db } = world.app.context;
    await db
      .updateTable('approval_requests')
      .set({ content_hash: 'f'.repeat(64) })
      .where('id', '=', id)
      .execute();
    await live(60_000, 2_000);
    expect(await stateOf(id)).toMatchObject({ state: 'delivered' });
    expect(world.harness.effects).toHaveLength(1);
  });
});

it('every request that is not over has somebody to see to it, at every step of its life', async () => {
  const seen = new Set<string>();
  const sweep = () => {
    for (const one of ledger.forgotten()) seen.add(one);
  };
  for (const [index, event] of [DEPLOY, 'database-migration', 'rollback'].entries()) {
    const id = `run${index}`;
    world.run(id);
    await world.post(event, world.webhook(id));
    sweep();
    await world.pass(25_000);
    sweep();
    world.reach(id);
    await world.pass(30_000);
    sweep();
  }
  const { db } = world.app.context;
  for (const { id } of ledger.requests()) {
    await inTransaction(db, (trx) =>
      oweAfresh(trx, { kind: 'resolve_approvers', subjectId: id, organizationId: 1 }, world.clock.now()),
    );
    await world.settle();
    sweep();
  }
  await live(5 * 60_000);
  sweep();
  expect([...seen]).toEqual([]);
});
