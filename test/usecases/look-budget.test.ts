import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HarnessView, UNCONFIRMED } from '../../src/approval/request.ts';
import { type HarnessDouble, startHarnessDouble } from '../../src/demo/doubles/harness/harness-double.ts';
import { createApprovalApi } from '../../src/harness/approval-api.ts';
import { insertRequest, requestById } from '../../src/store/approval-requests.ts';
import type { OutboxKind } from '../../src/store/bookkeeping-tables.ts';
import { inTransaction } from '../../src/store/database.ts';
import { owe } from '../../src/store/outbox.ts';
import { recordDecision } from '../../src/usecases/deciding/record-decision.ts';
import { takeNotification } from '../../src/usecases/gates/take-notification.ts';
import type { ApprovalApi } from '../../src/usecases/harness-ports.ts';
import { BOOTSTRAP } from '../../src/usecases/opening/token-scope.ts';
import { startTwoPlatforms, type TwoPlatforms, WORKFLOW } from '../helpers/two-platforms.ts';

const OPEN = 2_000;
const FLOOD = 60;
const MINUTE = 60_000;
const API_KEY = 'sat.acme.token.secret-of-the-bot';
const runId = (nth: number) => `run${String(nth).padStart(4, '0')}`;

let two: TwoPlatforms;
let harness: HarnessDouble;
/** Turns under the rate limit that are waited for; time passes only when nothing else is left to do. */
const waits: { at: number; go: () => void }[] = [];
let active = 0;

beforeEach(async () => {
  waits.length = 0;
  active = 0;
  two = await startTwoPlatforms();
  const { clock, context } = two;
  harness = await startHarnessDouble({ accountId: 'acme', now: clock.now });
  harness.addPrincipal({
    ...{ apiKey: API_KEY, kind: 'SERVICE_ACCOUNT', identifier: 'bot', name: 'Bot', email: 'bot@x.io' },
  });
  harness.addUser({ uuid: 'h-carol', name: 'carol', email: 'carol@acme.io' });
  const api = createApprovalApi({
    ...{ baseUrl: harness.url, pathPrefix: '/gateway', accountId: 'acme', apiKey: API_KEY, clock },
    log: pino({ level: 'silent' }),
    random: () => 0.5,
    wait: (ms) => new Promise<void>((go) => waits.push({ at: clock.now() + ms, go })),
  });
  const ours = counted(api);
  context.harness = { ...context.harness, apiFor: () => ours };
  for (const name of ['alice', 'dana']) two.directories.slack.add(name);
  await two.load(WORKFLOW('requirement: any, approvers: [alice@acme.io]'));
});

afterEach(async () => {
  await two.close();
  await harness.close();
});

function counted(api: ApprovalApi): ApprovalApi {
  const count = async <T>(call: Promise<T>): Promise<T> => {
    active += 1;
    return call.finally(() => {
      active -= 1;
    });
  };
  return {
    ...api,
    listInstances: (...args) => count(api.listInstances(...args)),
    readExecution: (...args) => count(api.readExecution(...args)),
    submit: (...args) => count(api.submit(...args)),
  };
}

/** Every call under way waits for its turn, and has for a while. */
async function idle(): Promise<void> {
  for (let quiet = 0; quiet < 6; quiet += 1) {
    await new Promise((turn) => setImmediate(turn));
    if (active !== waits.length) quiet = -1;
  }
}

/** Lets time pass from turn to turn. */
async function runFor(ms: number, until: () => boolean = () => false): Promise<void> {
  const end = two.clock.now() + ms;
  while (two.clock.now() < end && !until()) {
    await idle();
    const next = Math.min(end, two.clock.now() + 1_000, ...waits.map(({ at }) => at));
    two.clock.advance(Math.max(0, next - two.clock.now()));
    const due = waits.filter(({ at }) => at <= two.clock.now());
    for (const one of due) waits.splice(waits.indexOf(one), 1);
    for (const { go } of due) go();
    if (due.length === 0) two.worker.wake();
  }
  await idle();
}

/** Runs that wait at their gates, and their requests as ones that were looked at before; their next looks are due. */
function openAll(template: string): Promise<void> {
  return insertAll(template, OPEN, 'check_harness', (instanceId) => ({
    ...{ ...UNCONFIRMED, confirmed: true, instanceId },
  }));
}

async function insertAll(
  template: string,
  howMany: number,
  kind: OutboxKind,
  viewOf: (instanceId: string) => HarnessView,
): Promise<void> {
  const { context, clock, organizationId } = two;
  const model = (await requestById(context.db, template))!;
  const now = clock.now();
  await inTransaction(context.db, async (trx) => {
    for (let nth = 0; nth < howMany; nth += 1) {
      const id = `apr_${runId(nth)}`;
      const execution = { ...model.content.execution, planExecutionId: runId(nth), callbackId: '' };
      await insertRequest(
        trx,
        {
          ...{ id, organizationId, openedBy: 'bootstrap', generation: 1, gate: '' },
          ...{ content: { ...model.content, execution }, contentHash: 'x', posted: model.posted },
          ...{ postedHash: 'x', disallowRequester: false, expiresAt: null, harness: viewOf(gate(nth)) },
        },
        now,
      );
      await owe(trx, { kind, subjectId: id, organizationId, runAt: now - howMany + nth }, now);
    }
  });
}

function gate(nth: number): string {
  start(runId(nth));
  return harness.reachApproval(runId(nth), {
    approvalMessage: 'Go?',
    approvers: { userGroups: ['account._account_all_users'], serviceAccounts: ['account.bot'] },
  }).id;
}

function start(planExecutionId: string): void {
  harness.startExecution({
    ...{ planExecutionId, orgIdentifier: 'default', projectIdentifier: 'payments' },
    pipelineIdentifier: 'deploy_payments',
    triggeredBy: { uuid: 'h-dana', identifier: 'dana', email: 'dana@acme.io', triggerType: 'MANUAL' },
  });
}

const most = (times: readonly number[]) =>
  times.reduce((peak, at, first) => {
    let last = first;
    while (last < times.length && times[last]! < at + MINUTE) last += 1;
    return Math.max(peak, last - first);
  }, 0);

/** A request that waits for alice. */
function askAlice(): Promise<string> {
  start('decided');
  harness.reachApproval('decided', {
    ...{ approvalMessage: 'Go?', callbackId: 'decided-gate' },
    approvers: { userGroups: ['account._account_all_users'], serviceAccounts: ['account.bot'] },
  });
  return two.ask('decided');
}

async function aliceApproves(requestId: string): Promise<void> {
  const shownVersion = (await requestById(two.context.db, requestId))!.contentVersion;
  const ruled = await recordDecision(two.context, {
    ...{ requestId, personId: await two.personId('alice'), action: 'APPROVE', values: {} },
    ...{ comment: '', shownVersion, via: 'slack' },
  });
  expect(ruled).toMatchObject({ kind: 'accepted' });
}

test('a flood of new requests: a decision waits behind little more than a call of each look under way', async () => {
  const decided = await askAlice();
  await insertAll(decided, FLOOD, 'resolve_approvers', () => UNCONFIRMED);
  two.worker.start();
  await runFor(10_000);
  const before = harness.requests.length;
  await aliceApproves(decided);
  two.worker.wake();
  await runFor(MINUTE, () => harness.effects.length > 0);
  const calls = harness.requests.slice(before);
  expect(calls.filter(({ path }) => !path.includes('decided')).length).toBeGreaterThan(6);
  // Six looks are made at once, and the decision takes two calls: with two of each look in the queue there were 27.
  expect(calls.length).toBeLessThan(23);
});

test('2,000 open requests: fewer than 400 calls a minute, each is looked at in its turn, and a decision goes at once', async () => {
  const decided = await askAlice();
  await openAll(decided);
  const before = harness.requests.length;
  two.worker.start();
  await runFor(2 * MINUTE);

  await aliceApproves(decided);
  const [told, untold] = [OPEN - 1, OPEN - 2];
  for (const nth of [told, untold]) {
    const { id } = harness.instances.find(({ planExecutionId }) => planExecutionId === runId(nth))!;
    harness.decideInUi(id, { user: 'h-carol', action: 'REJECT' });
  }
  await notify(runId(told));
  await runFor(3_000);
  // A notification's look does not queue behind the others, nor does a decision.
  expect(await statusOf(told)).toBe('REJECTED');
  expect(harness.effects.map(({ planExecutionId }) => planExecutionId)).toEqual([
    ...[runId(told), runId(untold)],
    'decided',
  ]);
  expect(await statusOf(untold)).toBe('WAITING');
  await runFor(9 * MINUTE);
  expect(await statusOf(untold)).toBe('REJECTED');

  const calls = harness.requests.slice(before).map(({ at, method, path }) => ({
    at,
    method,
    run: /execution\/(?:v2\/)?([^/?]+)/.exec(path)?.[1] ?? '',
  }));
  expect(most(calls.map(({ at }) => at))).toBeLessThan(400);
  const looks = calls.filter(({ run }) => run.startsWith('run'));
  expect(most(looks.map(({ at }) => at))).toBeLessThanOrEqual(200);

  const inOrder = [...new Set(looks.map(({ run }) => run))].filter((run) => run !== runId(told));
  expect(inOrder).toHaveLength(OPEN - 1);
  const strayed = inOrder.filter((run, place) => Math.abs(Number(run.slice(3)) - place) > 3);
  expect(strayed).toEqual([]);
}, 240_000);

async function notify(planExecutionId: string): Promise<void> {
  const { organizationId } = two;
  const taken = await takeNotification(
    two.context,
    { id: null, name: BOOTSTRAP, organizationId, mayChoosePolicy: false },
    {
      eventType: 'PipelineEnd',
      eventIdOrSlug: null,
      execution: {
        ...{ account: 'acme', org: 'default', project: 'payments', pipeline: 'deploy_payments' },
        ...{ planExecutionId, callbackId: '', url: null },
      },
    },
    null,
  );
  expect(taken.kind).toBe('accepted');
}

async function statusOf(nth: number): Promise<string> {
  return (await requestById(two.context.db, `apr_${runId(nth)}`))!.status;
}
