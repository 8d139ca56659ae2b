import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checked, machine } from '../helpers/inbound.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

const run = promisify(execFile);
const EVENT = 'deploy-to-production';
/** What the documentation's example sends. */
const DECLARED = [{ name: 'example_input1' }, { name: 'example_input2', defaultValue: 'other' }];
const SENT = [
  { name: 'example_input1', value: 'value1' },
  { name: 'example_input2', value: 'value2' },
];
let world: World;
let key: string;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
  key = (await machine(world, 'Smoke tests', 'ada')).secret;
  await world.load(checked({ checksFirst: false }));
});
afterEach(() => world.close());

/** The two commands of Harness's documentation, as they stand there (test/fixtures/README.md). */
function commands(): [string, string] {
  const text = readFileSync(new URL('../fixtures/harness-approval-api.md', import.meta.url), 'utf8');
  const found = [...text.matchAll(/```\n(curl .*?)```/gs)].map(([, command]) => command!.trim());
  expect(found).toHaveLength(2);
  return found as [string, string];
}

/** Only host, identifiers and key are replaced: exactly what the documentation leaves to its reader. */
function filledIn(command: string, executionId: string, callbackId = ''): string {
  const filled: Record<string, string> = {
    'https://app.harness.io': world.url,
    '<orgIdentifier>': 'default',
    '<projectIdentifier>': 'payments',
    '<executionId>': executionId,
    '<accountIdentifier>': 'acme',
    '<callback_id>': callbackId,
    yourpattoken: key,
  };
  return Object.entries(filled).reduce((text, [from, to]) => text.replaceAll(from, to), command);
}

/** As a reader's shell runs it. */
async function shell(
  command: string,
): Promise<{ status: number; head: string; body: Record<string, unknown> }> {
  const env = { PATH: '/usr/bin:/bin:/usr/local/bin', NO_PROXY: '127.0.0.1' };
  const { stdout } = await run('bash', ['-c', command], { env }).catch((error: { stderr?: string }) => {
    throw new Error(`curl could not be run by bash; both are needed for this test: ${error.stderr}`);
  });
  const end = stdout.indexOf('\r\n\r\n');
  const head = stdout.slice(0, end);
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head, body: JSON.parse(stdout.slice(end)) };
}

describe('the curl commands of Harness’s documentation, against Countersign', () => {
  test('the first one approves what waits; Harness is told once', async () => {
    const id = await world.ask(EVENT, 'run1', { approverInputs: DECLARED });
    const { status, head, body } = await shell(filledIn(commands()[0], 'run1'));
    expect([status, /x-approval-delivery: (\w+)/.exec(head)?.[1]]).toEqual([200, 'queued']);
    expect(body).toEqual({
      id,
      type: 'HarnessApproval',
      status: 'APPROVED',
      deadline: expect.any(Number),
      created: expect.any(Number),
      updated: world.clock.now(),
      error_message: null,
      details: {
        approvalMessage: expect.any(String),
        includePipelineExecutionHistory: false,
        approvers: { userGroups: [], minimumCount: 1, disallowPipelineExecutor: false },
        approvalActivities: [
          {
            user: { uuid: expect.stringMatching(/^\d+$/), name: 'Smoke tests', email: null },
            action: 'APPROVE',
            approverInputs: SENT,
            comments: 'Approving via API',
            approvedAt: world.clock.now(),
          },
        ],
        autoApprovalParams: null,
        approverInputs: [
          { name: 'example_input1', defaultValue: '' },
          { name: 'example_input2', defaultValue: 'other' },
        ],
        validatedApprovalUserGroups: [],
        autoRejectEnabled: false,
        contentVersion: 1,
      },
    });
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE', approverInputs: SENT }]);
    expect(world.harness.effects[0]!.comments).toContain('Smoke tests machine');
    expect(world.harness.requests.map(({ headers }) => JSON.stringify(headers)).join()).not.toContain(key);
    expect(world.words('alice')).toContain('Approved by Smoke tests (machine)');
  });

  test('the second one names the gate, and leaves the other one of the run alone', async () => {
    await world.ask(EVENT, 'run1', { approverInputs: DECLARED });
    await world.post(EVENT, world.webhook('run1', { callbackId: 'run1-other' }));
    world.reach('run1', { callbackId: 'run1-other', approverInputs: DECLARED });
    await world.pass(1_000);
    const [first, second] = commands();
    const ambiguous = await shell(filledIn(first, 'run1'));
    expect([ambiguous.status, ambiguous.body.message]).toEqual([
      400,
      'Invalid request: Found more than 1 Harness Approval Instance waiting for pipeline execution id: run1 and callback id: null',
    ]);
    const { status, body } = await shell(filledIn(second, 'run1', 'run1-other'));
    expect([status, body.status]).toEqual([200, 'APPROVED']);
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    expect(world.harness.instances.map((one) => [one.callbackId, one.status])).toEqual([
      ['run1-gate', 'WAITING'],
      ['run1-other', 'APPROVED'],
    ]);
  });

  test('again it answers the same, and Harness is told no second time', async () => {
    await world.ask(EVENT, 'run1', { approverInputs: DECLARED });
    const command = filledIn(commands()[0], 'run1');
    const first = await shell(command);
    await world.settle();
    const second = await shell(command);
    expect([first.status, second.status, second.body.status]).toEqual([200, 200, 'APPROVED']);
    expect(/x-approval-delivery: (\w+)/.exec(second.head)?.[1]).toBe('delivered');
    expect(world.harness.effects).toHaveLength(1);
  });

  test('against a step without inputs they count, too: Harness does not read the key it documents', async () => {
    await world.ask(EVENT, 'run1');
    const { status, body } = await shell(filledIn(commands()[0], 'run1'));
    expect([status, body.status, body.type]).toEqual([200, 'APPROVED', 'HarnessApproval']);
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE', approverInputs: [] }]);
  });

  test('inputs that nobody declared, under the key that Harness reads, are refused in its words', async () => {
    await world.ask(EVENT, 'run1');
    const command = filledIn(commands()[0], 'run1').replace('approverInputs', 'approver_inputs');
    const { status, body } = await shell(command);
    expect([status, body]).toEqual([
      400,
      {
        message: 'Invalid request: Unable to add Harness Approval Activity : Invalid approver inputs',
        code: null,
        errors: [],
        error_metadata: null,
      },
    ]);
    expect(world.words('alice')).toContain('Waiting for your decision');
  });

  test('before anything waits, and for a run nobody knows', async () => {
    const { body } = await shell(filledIn(commands()[0], 'run9'));
    expect(body.message).toBe(
      "Invalid request: execution_id param value provided doesn't belong to Account: acme, Org: default, Project: payments or the pipeline has been deleted",
    );
    await world.ask(EVENT, 'run1');
    await world.reject('alice', 'Not today');
    const late = await shell(filledIn(commands()[1], 'run1', 'run1-gate'));
    expect([late.status, late.body.message]).toEqual([
      400,
      'Invalid request: Found no Harness Approval Instance waiting for pipeline execution id: run1 and callback id: run1-gate',
    ]);
  });
});
