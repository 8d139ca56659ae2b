import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requestById } from '../../src/store/approval-requests.ts';
import { submissionOf } from '../../src/store/submissions.ts';
import { harnessInputs } from '../../src/usecases/deciding/conclude.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

describe('R12: what goes to Harness as inputs', () => {
  const alice = { email: 'alice@acme.io' };
  const bob = { email: 'bob@acme.io' };

  test('every declared name, no other, as strings', () => {
    expect(harnessInputs(['ticket', 'rollout'], { ticket: 'CHG1', extra: 'x' }, [alice])).toEqual({
      ticket: 'CHG1',
      rollout: '',
    });
  });

  test('approved_by is the bot’s, whatever anybody gave', () => {
    const given = { approved_by: 'boss@acme.io' };
    expect(harnessInputs(['approved_by'], given, [alice, bob])).toEqual({
      approved_by: 'alice@acme.io,bob@acme.io',
    });
    expect(harnessInputs(['approved_by'], given, [])).toEqual({ approved_by: '' });
  });

  test('an address that would read as two is left out', () => {
    const two = { email: 'alice@acme.io,boss@acme.io' };
    expect(harnessInputs(['approved_by'], {}, [two, { email: null }, bob])).toEqual({
      approved_by: 'bob@acme.io',
    });
  });

  test('no expression of Harness’s and no hidden characters', () => {
    expect(harnessInputs(['note'], { note: 'a<\u202e+pipeline.name>\u0000\u200bb' }, [])).toEqual({
      note: 'apipeline.name>b',
    });
  });
});

describe('exactly what is sent', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
    await world.load(ACME);
  });
  afterEach(() => world.close());

  const INPUTS = [
    { name: 'ticket', defaultValue: '', required: true },
    { name: 'rollout', defaultValue: 'canary' },
    { name: 'approved_by' },
  ];

  /** Bodies of all POSTs to Harness, with our ids made readable. */
  function bodies(id: string): string[] {
    return world.harness.requests
      .filter((request) => request.method === 'POST')
      .map(({ body }) =>
        body
          .replaceAll(id, 'REQUEST')
          .replace(/REQUEST [0-9a-f]{12}\]/g, 'REQUEST HASH]')
          .replace(/person \d+/g, 'person N'),
      );
  }

  /** What is decided and owed before anything is sent. */
  async function owed(id: string) {
    const { db } = world.app.context;
    const request = (await requestById(db, id))!;
    const submission = (await submissionOf(db, id))!;
    expect(world.harness.effects).toEqual([]);
    return { status: request.status, action: submission.action, inputs: submission.inputs };
  }

  test('any: the decider’s values and words', async () => {
    const id = await world.ask('deploy-to-production', 'run1', { approverInputs: INPUTS });
    await world.approveWith('alice', { ticket: 'CHG1', rollout: 'full', comment: 'Go' });
    expect(await owed(id)).toEqual({
      status: 'APPROVED',
      action: 'APPROVE',
      inputs: { ticket: 'CHG1', rollout: 'full', approved_by: 'alice@acme.io' },
    });
    await world.settle();
    const inputs =
      '[{"name":"ticket","value":"CHG1"},{"name":"rollout","value":"full"},{"name":"approved_by","value":"alice@acme.io"}]';
    expect(bodies(id)).toEqual([
      `{"action":"APPROVE","approver_inputs":${inputs},"approverInputs":${inputs},"comments":"[Countersign REQUEST HASH] Approved by Alice (person N, alice@acme.io)\\nAlice: Go"}`,
    ]);
  });

  test('all: the values they agreed on, everybody’s name, in the order they approved', async () => {
    const id = await world.ask('database-migration', 'run1', { approverInputs: INPUTS });
    await world.approveWith('bob', { ticket: 'CHG1' });
    await world.settle();
    await world.approveWith('alice', { comment: 'Go' });
    await world.settle();
    expect(bodies(id)).toEqual([]);
    await world.approveWith('maria', {});
    await world.settle();
    const inputs =
      '[{"name":"ticket","value":"CHG1"},{"name":"rollout","value":"canary"},{"name":"approved_by","value":"bob@acme.io,alice@acme.io,maria@acme.io"}]';
    expect(bodies(id)).toEqual([
      `{"action":"APPROVE","approver_inputs":${inputs},"approverInputs":${inputs},"comments":"[Countersign REQUEST HASH] Approved by Bob (person N, bob@acme.io), Alice (person N, alice@acme.io), Maria (person N, maria@acme.io)\\nAlice: Go"}`,
    ]);
  });

  test('none: nobody’s name', async () => {
    const id = await world.ask('rollback', 'run1');
    await world.pass(3_000);
    expect(bodies(id)).toEqual([
      '{"action":"APPROVE","comments":"[Countersign REQUEST HASH] Approved automatically: the workflow requires no approval"}',
    ]);
  });

  test('reject: the reason, no inputs, and only who rejected', async () => {
    const id = await world.ask('database-migration', 'run1', { approverInputs: INPUTS });
    await world.approveWith('bob', { ticket: 'CHG1' });
    await world.settle();
    await world.reject('alice', 'Not on a Friday');
    expect(await owed(id)).toEqual({ status: 'REJECTED', action: 'REJECT', inputs: {} });
    await world.settle();
    expect(bodies(id)).toEqual([
      '{"action":"REJECT","comments":"[Countersign REQUEST HASH] Rejected by Alice (person N, alice@acme.io)\\nAlice: Not on a Friday"}',
    ]);
  });
});
