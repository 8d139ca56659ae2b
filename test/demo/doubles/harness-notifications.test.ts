import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readBody } from '../../../src/demo/doubles/common/http-body.ts';
import { type HarnessDouble, startHarnessDouble } from '../../../src/demo/doubles/harness/harness-double.ts';
import type { Instance, NewApproval } from '../../../src/demo/doubles/harness/types.ts';

const START = 1_795_317_456_023;
const RUN = 'run1';
const MINUTE = 60_000;

let clock = START;
let harness: HarnessDouble;
let listener: Server;
let url: string;
let heard: { headers: Record<string, unknown>; body: string }[];
let answerWith: number;

beforeEach(async () => {
  clock = START;
  heard = [];
  answerWith = 200;
  listener = createServer((request, response) => {
    void readBody(request).then((body) => {
      heard.push({ headers: request.headers, body });
      response.writeHead(answerWith).end();
    });
  });
  await new Promise<void>((listening) => listener.listen(0, '127.0.0.1', listening));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  url = `http://127.0.0.1:${address.port}/hooks/harness/notifications`;
  harness = await startHarnessDouble({ accountId: 'acct1', now: () => clock });
  harness.addUser({ uuid: 'ui-alice', name: 'Alice', email: 'alice@x.io' });
});
afterEach(async () => {
  await harness.close();
  listener.closeAllConnections();
  await new Promise((closed) => listener.close(closed));
});

function run(planExecutionId = RUN, pipelineIdentifier = 'deploy'): void {
  harness.startExecution({
    ...{ planExecutionId, orgIdentifier: 'default', projectIdentifier: 'payments', pipelineIdentifier },
    ...{ pipelineName: 'Deploy', triggeredBy: { uuid: 'u1', identifier: 'Ann', email: 'ann@x.io' } },
  });
}
function reach(approval: Partial<NewApproval> = {}): Instance {
  return harness.reachApproval(RUN, { approvalMessage: 'Review', callbackId: 'gate', ...approval });
}
/** What arrived, by event; sorted, since nothing orders two posts. */
async function events(): Promise<string[]> {
  await harness.notified();
  return heard.map(({ body }) => String(JSON.parse(body).eventData.eventType)).sort();
}

describe('a notification', () => {
  test('is eventData in seconds with custom headers, and names neither step, callback id nor inputs', async () => {
    run();
    reach({ approverInputs: [{ name: 'ticket' }] });
    clock += MINUTE;
    const target = { url, headers: { Authorization: 'Bearer secret' } };
    const sent = await harness.notify(RUN, 'WaitingForUserAction', target);
    expect(sent.outcome).toMatchObject({ status: 200 });
    expect(heard[0]!.headers).toMatchObject({ authorization: 'Bearer secret' });
    const base = `${harness.url}/ng/#/account/acct1/cd/orgs/default/projects/payments/pipelines/deploy`;
    expect(JSON.parse(heard[0]!.body)).toEqual({
      eventData: {
        accountIdentifier: 'acct1',
        orgIdentifier: 'default',
        projectIdentifier: 'payments',
        pipelineIdentifier: 'deploy',
        pipelineName: 'Deploy',
        planExecutionId: RUN,
        executionUrl: `${base}/executions/${RUN}/pipeline`,
        pipelineUrl: `${base}/pipeline-studio`,
        eventType: 'WaitingForUserAction',
        nodeStatus: 'started',
        triggeredBy: { triggerType: 'MANUAL', name: 'Ann', email: 'ann@x.io' },
        moduleInfo: {},
        startTime: 'Sun Nov 22 03:17:36 GMT 2026',
        startTs: Math.floor(START / 1000),
        endTime: 'Sun Nov 22 03:18:36 GMT 2026',
        endTs: Math.floor((START + MINUTE) / 1000),
      },
    });
  });

  test('is posted once, whatever is answered', async () => {
    run();
    answerWith = 503;
    const { outcome } = await harness.notify(RUN, 'PipelineEnd', { url });
    expect(outcome).toMatchObject({ status: 503 });
    expect(heard).toHaveLength(1);
    const nobody = await harness.notify(RUN, 'PipelineEnd', { url: 'http://127.0.0.1:9/' });
    expect(nobody.outcome).toMatchObject({ failure: 'unreachable' });
  });

  test('may be bent by a test', async () => {
    run();
    await harness.notify(RUN, 'NewEvent', { url }, { planExecutionId: 'other', moduleInfo: undefined });
    const { eventData } = JSON.parse(heard[0]!.body);
    expect(eventData).toMatchObject({ eventType: 'NewEvent', planExecutionId: 'other' });
    expect(eventData).not.toHaveProperty('moduleInfo');
  });
});

describe('a rule', () => {
  beforeEach(() => void harness.addNotificationRule({ url }));

  test('tells each wait once, also of two gates, and of approvals by other tools', async () => {
    run();
    reach({ approvers: { minimumCount: 2 } });
    const { id } = reach({ callbackId: 'second' });
    reach({ type: 'JiraApproval' });
    harness.decideInUi(id, { user: 'ui-alice', action: 'APPROVE' });
    expect(await events()).toEqual(Array(3).fill('WaitingForUserAction'));
  });

  test.each([
    ['Success', ['PipelineEnd', 'PipelineSuccess']],
    ['Failed', ['PipelineEnd', 'PipelineFailed']],
  ] as const)('tells the end of a run: %s', async (status, told) => {
    run();
    harness.finishExecution(RUN, status);
    expect(await events()).toEqual(told);
  });

  test('tells a rejection as a failed pipeline, with why', async () => {
    run();
    harness.decideInUi(reach().id, { user: 'ui-alice', action: 'REJECT' });
    expect(await events()).toEqual(['PipelineEnd', 'PipelineFailed', 'WaitingForUserAction']);
    const failed = heard.find(({ body }) => body.includes('PipelineFailed'))!;
    expect(JSON.parse(failed.body).eventData.errorMessage).toBe('Approval Step has been Rejected');
  });

  test('tells an abort as an end and nothing else: there is no such event', async () => {
    run();
    harness.abort(RUN);
    expect(await events()).toEqual(['PipelineEnd']);
  });

  test('is for the events and the pipeline it names, until removed', async () => {
    const remove = harness.addNotificationRule({ url, events: ['AllEvents'], pipelineIdentifier: 'other' });
    run();
    run('run2', 'other');
    expect(await events()).toEqual(['PipelineStart']);
    remove();
    run('run3', 'other');
    expect(await events()).toEqual(['PipelineStart']);
  });
});

describe('approvals of other types', () => {
  test.each(['JiraApproval', 'ServiceNowApproval', 'CustomApproval'] as const)(
    '%s is listed with details of its own, takes no vote, and is ended by its tool',
    async (type) => {
      run();
      harness.addPrincipal({ apiKey: 'k', kind: 'USER', identifier: 'bot', name: 'Bot', email: 'b@x.io' });
      const { id } = reach({ type });
      const headers = { 'x-api-key': 'k', 'Harness-Account': 'acct1' };
      const path = `${harness.url}/gateway/pipeline/api/v1/orgs/default/projects/payments/approvals/execution/${RUN}`;
      const listed = (await (await fetch(path, { headers })).json()) as { details: object }[];
      expect(listed).toMatchObject([{ id, type, status: 'WAITING' }]);
      expect(listed[0]!.details).toHaveProperty('approvalCriteria');
      expect(listed[0]!.details).not.toHaveProperty('approvers');
      expect(() => harness.decideInUi(id, { user: 'ui-alice', action: 'APPROVE' })).toThrow(
        'only for Harness Approval Step',
      );
      harness.conclude(id, 'APPROVED');
      expect(harness.instances).toMatchObject([{ status: 'APPROVED', activities: [] }]);
      expect(() => harness.conclude(id, 'REJECTED')).toThrow('does not wait');
    },
  );

  test('a failing step fails the run', () => {
    run();
    harness.conclude(reach().id, 'FAILED', 'No user group is left');
    expect(harness.instances[0]).toMatchObject({ status: 'FAILED', errorMessage: 'No user group is left' });
    expect(harness.executions[0]!.status).toBe('Failed');
  });
});

describe('automatic approval', () => {
  const plan = { at: START + 20 * MINUTE, comments: 'nobody objected' };

  test('comes at its time by “Harness”, past inputs and minimum count', () => {
    run();
    reach({
      autoApproval: plan,
      approvers: { minimumCount: 2 },
      approverInputs: [{ name: 'n', required: true }],
    });
    clock += 19 * MINUTE;
    expect(harness.instances[0]!.status).toBe('WAITING');
    clock += 5 * MINUTE;
    expect(harness.instances[0]).toMatchObject({
      status: 'APPROVED',
      updated: plan.at,
      activities: [{ user: { name: 'Harness', email: 'Harness' }, comments: 'nobody objected' }],
    });
    expect(harness.effects).toMatchObject([{ via: 'auto-approval', approvedAt: plan.at }]);
    expect(harness.executions[0]!.status).toBe('Running');
  });

  test('is shown as the step declares it, and does not come after the deadline', async () => {
    run();
    const { id } = reach({ autoApproval: plan, timeoutMs: 18 * MINUTE });
    harness.addPrincipal({ apiKey: 'k', kind: 'USER', identifier: 'bot', name: 'Bot', email: 'b@x.io' });
    const headers = { 'x-api-key': 'k', 'Harness-Account': 'acct1' };
    const answer = await fetch(`${harness.url}/pipeline/api/approvals/${id}`, { headers });
    const { data } = (await answer.json()) as { data: { details: { autoApprovalParams: unknown } } };
    expect(data.details.autoApprovalParams).toEqual({
      action: 'APPROVE',
      scheduledDeadline: { time: '2026-11-22 03:37 AM', timeZone: 'UTC' },
      comments: 'nobody objected',
    });
    clock += 30 * MINUTE;
    expect(harness.instances[0]!.status).toBe('EXPIRED');
  });

  test('must be more than 15 minutes ahead', () => {
    run();
    expect(() => reach({ autoApproval: { at: START + 15 * MINUTE } })).toThrow('15 minutes');
  });
});

test('two accounts are two doubles: neither knows the other’s runs, keys or rules', async () => {
  const other = await startHarnessDouble({ accountId: 'acct2', now: () => clock, notifications: { url } });
  other.addPrincipal({ apiKey: 'k2', kind: 'USER', identifier: 'bot', name: 'Bot', email: 'b@x.io' });
  run();
  reach();
  expect([other.executions, other.instances, other.users]).toEqual([[], [], []]);
  const path = `/gateway/pipeline/api/v1/orgs/default/projects/payments/approvals/execution/${RUN}`;
  const headers = { 'x-api-key': 'k2', 'Harness-Account': 'acct2' };
  expect((await fetch(harness.url + path, { headers })).status).toBe(401);
  expect((await fetch(other.url + path, { headers })).status).toBe(400);
  await Promise.all([harness.notified(), other.notified()]);
  expect(heard).toEqual([]);
  await other.close();
});
