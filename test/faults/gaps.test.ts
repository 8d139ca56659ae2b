import { afterEach, beforeEach, expect, it } from 'vitest';
import { inTransaction } from '../../src/store/database.ts';
import { oweAfresh } from '../../src/store/outbox.ts';
import { submissionOf } from '../../src/store/submissions.ts';
import { cancelRequest } from '../../src/usecases/deciding/repair-request.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';
import { type Ledger, openLedger } from './ledger.ts';

const DEPLOY = 'deploy-to-production';
const SUMMARY = { method: 'GET', path: '/pipelines/execution/v2/' } as const;

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

async function live(ms: number, step = 5_000): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) await world.pass(step);
}

/** Cards went out before Harness showed the gate, and Alice approved. */
async function approveUnconfirmed(body: Record<string, unknown> = {}): Promise<string> {
  world.run('run1');
  const { body: answer } = await world.post(DEPLOY, world.webhook('run1', body));
  await live(25_000);
  await world.press('alice', 'approve');
  await world.settle();
  return answer.id as string;
}

it('once sending has begun, resolving anew changes neither content nor votes', async () => {
  const id = await approveUnconfirmed();
  const blind = world.harness.addFault({ match: SUMMARY, status: 503, times: Infinity });
  world.harness.addFault({ match: { method: 'POST' }, status: 504, when: 'after' });
  world.reach('run1');
  const { db } = world.app.context;
  for (let n = 0; n < 60 && !(await submissionOf(db, id))?.posts; n += 1) await world.pass(1_000);
  expect((await submissionOf(db, id))?.posts).toBe(1);
  blind.remove();
  await inTransaction(db, async (trx) => {
    await oweAfresh(trx, { kind: 'resolve_approvers', subjectId: id, organizationId: 1 }, world.clock.now());
    // The unknown outcome is looked into a little later.
    const later = world.clock.now() + 5_000;
    await trx.updateTable('outbox').set({ run_at: later }).where('kind', '=', 'submit_approval').execute();
  });
  await world.settle();
  await live(60_000);
  expect(world.harness.effects).toHaveLength(1);
  const vote = await db.selectFrom('votes').select('void_because').executeTakeFirst();
  const request = await db.selectFrom('approval_requests').select('content_version').executeTakeFirst();
  expect({ ...vote, ...request }).toEqual({ void_because: null, content_version: 1 });
});

it('R22: reopened after its deadline, a request still expires', async () => {
  await approveUnconfirmed({ expiresIn: '30s' });
  await live(60_000);
  world.reach('run1', { approverInputs: [{ name: 'ticket', defaultValue: 'CHG1' }] });
  await live(3 * 60_000);
  expect(ledger.requests()[0]?.status).toBe('EXPIRED');
});

it('a request cancelled after its decision is still compared with Harness', async () => {
  const id = await approveUnconfirmed();
  await live(60_000);
  const { db } = world.app.context;
  const ada = await db
    .selectFrom('people')
    .select('id')
    .where('email', '=', 'ada@acme.io')
    .executeTakeFirst();
  await cancelRequest(world.app.context, id, 'wrong branch', { personId: ada!.id, via: 'cli' });
  await live(3 * 60_000);
  expect(ledger.forgotten()).toEqual([]);
});

it('R1: requirement none approves nothing while Harness does not say which pipeline runs', async () => {
  world.harness.startExecution({
    planExecutionId: 'run1',
    orgIdentifier: 'default',
    projectIdentifier: 'payments',
    pipelineIdentifier: 'drop_all_tables',
  });
  world.harness.addFault({ match: SUMMARY, status: 503, times: Infinity });
  await world.post('rollback', world.webhook('run1'));
  world.reach('run1');
  await live(2 * 60_000);
  expect(world.harness.effects).toEqual([]);
});
