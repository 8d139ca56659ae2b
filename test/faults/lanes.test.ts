import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { OutboxKind } from '../../src/store/bookkeeping-tables.ts';
import { inTransaction } from '../../src/store/database.ts';
import { noteHomeOpened } from '../../src/store/homes.ts';
import { oweAll } from '../../src/store/outbox.ts';
import { createWorker } from '../../src/worker.ts';
import { ACME, startWorld, until, type World } from '../helpers/world.ts';

const DEPLOY = 'deploy-to-production';
const MANY = 1_000;

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

/** So many accounts have their Home open, and each is to be brought up to date, since a minute ago. */
async function oweHomes(): Promise<void> {
  const { context, organizationId } = world.app;
  const now = world.clock.now();
  await inTransaction(context.db, async (trx) => {
    const debts = [];
    for (let n = 0; n < MANY; n += 1) {
      const account = { platform: 'slack' as const, tenant: 'T0ACME', externalId: `U0MANY${n}` };
      const home = { ...account, newId: `hom_${n}`, organizationId, personId: null };
      const { id } = await noteHomeOpened(trx, home, now);
      debts.push({ kind: 'sync_home' as const, subjectId: id, organizationId, runAt: now - 60_000 });
    }
    await oweAll(trx, debts, now);
  });
}

/** Waits until Harness is told, by when most of these must still wait. */
async function isToldBefore(kind: OutboxKind): Promise<void> {
  const { harness, app } = world;
  await new Promise<void>((told) => {
    harness.onChange(() => {
      if (harness.effects.length > 0) told();
    });
    app.worker.start();
  });
  const { waiting } = await app.context.db
    .selectFrom('outbox')
    .select((eb) => eb.fn.countAll<number>().as('waiting'))
    .where('kind', '=', kind)
    .where('state', '=', 'due')
    .executeTakeFirstOrThrow();
  expect(waiting).toBeGreaterThan(MANY / 2);
}

describe('a decision', () => {
  test('is told to Harness before a thousand Homes that are due longer', async () => {
    await world.ask(DEPLOY, 'run1');
    await oweHomes();
    await world.press('alice', 'approve');
    await isToldBefore('sync_home');
  });

  test('is told to Harness while Slack answers nothing, with a thousand Homes due', async () => {
    await world.ask(DEPLOY, 'run1');
    await oweHomes();
    const hangs = world.slack.addFault({ method: 'views.publish', connection: 'hang', times: Infinity });
    await world.press('alice', 'approve');
    await isToldBefore('sync_home');
    hangs.remove();
  });
});

describe('while somebody waits for an answer', () => {
  const updates = () => world.slack.calls.filter(({ method }) => method === 'chat.update').length;
  const updated = () => until(world.slack, () => (updates() > 0 ? true : undefined));

  /** A decision, and a worker for which people never stop waiting unless told. */
  async function decided(patience: { patienceMs?: number }): Promise<{ busy: boolean }> {
    const waits = { busy: true };
    await world.ask(DEPLOY, 'run1');
    await world.press('alice', 'approve');
    const worker = createWorker(world.app.context, { isBusy: () => waits.busy, ...patience });
    worker.start();
    onTestFinished(() => worker.stop(1_000));
    return waits;
  }

  test('Harness is told, and the cards are shown once nobody waits any more', async () => {
    const told = new Promise<void>((done) => {
      world.harness.onChange(() => world.harness.effects.length > 0 && done());
    });
    const waits = await decided({ patienceMs: Number.POSITIVE_INFINITY });
    await told;
    expect(updates()).toBe(0);
    waits.busy = false;
    await updated();
  });

  test('the cards are shown in the end, though people never stop waiting', async () => {
    await decided({});
    await updated();
  });
});
