import { getGlobalDispatcher, MockAgent, setGlobalDispatcher } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { approve, type Connection, connect, executionOf, NOON } from './connect.ts';

let open: Connection | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});
async function start(given: Parameters<typeof connect>[0] = {}): Promise<Connection> {
  open = await connect(given);
  return open;
}

describe('throttling', () => {
  it('a 429 pauses the whole key: the next calls are not made', async () => {
    const { harness, api, waiting, pass } = await start();
    const { execution, instanceId } = waiting();
    harness.addFault({ status: 429 });
    expect(await api.listInstances(execution)).toEqual({ kind: 'throttled', retryAfterMs: 12_500 });
    pass(500);
    expect(await api.submit(execution, approve())).toEqual({ kind: 'throttled', retryAfterMs: 12_000 });
    expect(await api.readExecution(execution)).toMatchObject({ kind: 'throttled' });
    expect(await api.checkAuthorization(instanceId)).toMatchObject({ kind: 'throttled' });
    expect(harness.requests).toHaveLength(1);
    pass(12_000);
    expect(await api.submit(execution, approve())).toMatchObject({ kind: 'accepted' });
  });

  it.each([
    ['30', 30_000],
    ['7', 12_500],
    [new Date(NOON + 45_000).toUTCString(), 45_000],
    ['soon', 12_500],
  ])('honours Retry-After: %s', async (header, retryAfterMs) => {
    const { harness, api, waiting } = await start();
    harness.addFault({ status: 429, headers: { 'Retry-After': header } });
    expect(await api.submit(waiting().execution, approve())).toEqual({ kind: 'throttled', retryAfterMs });
  });

  it('keeps to 5 calls a second', async () => {
    let waited = 0;
    const { api, waiting } = await start({
      api: {
        wait: async (ms) => {
          waited += ms;
        },
      },
    });
    const { execution } = waiting();
    for (let i = 0; i < 7; i += 1) await api.listInstances(execution);
    expect(waited).toBe(600); // the clock stands still: 200, then 400
  });
});

describe('listInstances', () => {
  it('gives what the step declares and what was done, of every status', async () => {
    const { api, waiting, harness } = await start();
    const { execution, instanceId } = waiting({
      callbackId: 'gate',
      isAutoRejectEnabled: true,
      approverInputs: [
        { name: 'ticket', required: true, regex: 'CHG.*', description: 'Which change' },
        { name: 'zones', selectManyFrom: 'eu,us', defaultValue: 'eu' },
      ],
      approvers: { userGroups: ['ops'], disallowedUserEmails: ['Bad@example.com'] },
    });
    harness.reachApproval(execution.planExecutionId, { approvalMessage: 'Other', callbackId: 'other' });
    const before = await api.listInstances(execution);
    expect(before).toEqual({
      kind: 'ok',
      skewMs: 0,
      value: [
        {
          id: instanceId,
          type: 'HarnessApproval',
          status: 'WAITING',
          deadline: NOON + 86_400_000,
          createdAt: NOON,
          approvalMessage: 'Deploy?',
          minimumCount: 1,
          disallowPipelineExecutor: false,
          disallowedUserEmails: ['Bad@example.com'],
          userGroups: ['ops'],
          serviceAccounts: ['account.approvalbot'],
          autoRejectEnabled: true,
          activities: [],
          inputs: [
            {
              name: 'ticket',
              defaultValue: '',
              required: true,
              description: 'Which change',
              regex: 'CHG.*',
              allowedValues: null,
              selectOneFrom: null,
              selectManyFrom: null,
            },
            {
              name: 'zones',
              defaultValue: 'eu',
              required: false,
              description: null,
              regex: null,
              allowedValues: null,
              selectOneFrom: null,
              selectManyFrom: ['eu', 'us'],
            },
          ],
        },
      ],
    });
    await api.submit(execution, approve({ inputs: { ticket: 'CHG1', zones: 'us' } }));
    expect(await api.listInstances(execution)).toMatchObject({
      value: [
        {
          status: 'APPROVED',
          activities: [
            {
              user: { name: 'Approval bot', email: 'approvalbot@service.harness.io' },
              action: 'APPROVE',
              comments: 'apr_x 0123456789ab',
              at: NOON,
            },
          ],
          inputs: [{ name: 'ticket', defaultValue: 'CHG1', required: false }, { defaultValue: 'us' }],
        },
      ],
    });
  });

  it('tells other kinds of approval apart, and reads nothing of them but how they stand', async () => {
    const { api, waiting } = await start();
    const { execution } = waiting({ type: 'JiraApproval' });
    expect(await api.listInstances(execution)).toMatchObject({
      kind: 'ok',
      value: [{ type: 'JiraApproval', status: 'WAITING', approvalMessage: '' }],
    });
  });

  it('is not put off by one of another kind that it cannot read', async () => {
    const { api, waiting, harness } = await start();
    const { execution, instanceId } = waiting();
    harness.addFault({
      match: { method: 'GET' },
      status: 200,
      body: [
        { id: 'a/b', type: 'CustomApproval', status: 'PONDERING', details: 7 },
        { id: instanceId, type: 'HarnessApproval', status: 'WAITING' },
      ],
    });
    expect(await api.listInstances(execution)).toMatchObject({ value: [{ id: instanceId }] });
  });

  it('tolerates nulls, numbers, unknown fields and missing details', async () => {
    const { api, waiting, harness } = await start();
    const { execution } = waiting();
    const bare = {
      id: 'i1',
      type: 'HarnessApproval',
      status: 'ABORTED',
      deadline: null,
      created: 5,
      details: null,
    };
    const odd = {
      ...bare,
      id: 'i2',
      newField: {},
      details: {
        approvers: { minimumCount: '2', userGroups: '<+expr>', disallowPipelineExecutor: null },
        approvalActivities: [{ user: null, action: 'REJECT', comments: null, approvedAt: null }],
        approverInputs: [
          { name: 'n', defaultValue: 3, required: 'true', allowedValues: '1, 2', regex: null },
        ],
      },
    };
    harness.addFault({ status: 200, body: [bare, odd] });
    expect(await api.listInstances(execution)).toMatchObject({
      kind: 'ok',
      value: [
        { id: 'i1', minimumCount: 1, activities: [], inputs: [], deadline: null },
        {
          id: 'i2',
          minimumCount: 2,
          userGroups: [],
          activities: [{ user: { name: '', email: '' }, comments: '', at: 0 }],
          inputs: [{ defaultValue: '3', required: true, allowedValues: ['1', '2'], regex: null }],
        },
      ],
    });
  });

  it.each([
    ['no list', { message: 'hi' }],
    ['a status of tomorrow', [{ id: 'i', type: 'HarnessApproval', status: 'PONDERING' }]],
    ['no JSON', '<html>maintenance</html>'],
  ])('does not guess at %s', async (_name, body) => {
    const { api, waiting, harness } = await start();
    harness.addFault({ status: 200, body });
    const answer = await api.listInstances(waiting().execution);
    expect(answer).toMatchObject({ kind: 'unavailable' });
    expect(JSON.stringify(answer)).not.toContain('<html');
  });

  it('R22: measures Harness’s clock by its Date header', async () => {
    const { api, waiting, harness } = await start();
    const { execution } = waiting();
    const date = new Date(NOON - 90_000).toUTCString();
    harness.addFault({ status: 200, body: [], headers: { date } });
    expect(await api.listInstances(execution)).toMatchObject({ skewMs: -90_000 });
    harness.addFault({ status: 200, body: [], headers: { date: 'whenever' } });
    expect(await api.listInstances(execution)).toMatchObject({ skewMs: 0 });
  });
});

describe('readExecution', () => {
  it('gives the run and who started it', async () => {
    const { api, waiting, harness } = await start();
    const { execution } = waiting();
    expect(await api.readExecution(execution)).toEqual({
      kind: 'ok',
      skewMs: 0,
      value: {
        pipelineIdentifier: 'Deploy',
        pipelineName: 'Deploy',
        status: 'ApprovalWaiting',
        final: false,
        runSequence: 1,
        triggeredBy: { name: 'Ana', email: 'ana@example.com', triggerType: 'MANUAL' },
      },
    });
    harness.abort(execution.planExecutionId);
    expect(await api.readExecution(execution)).toMatchObject({ value: { status: 'Aborted', final: true } });
  });

  it.each(['SCHEDULER_CRON', 'ARTIFACT', 'WEBHOOK_CUSTOM'])(
    'R5: %s without an e-mail gives none',
    async (triggerType) => {
      const { api, harness } = await start();
      const run = harness.startExecution({
        orgIdentifier: 'default',
        projectIdentifier: 'payments',
        pipelineIdentifier: 'Deploy',
        triggeredBy: { uuid: 'systemUser', identifier: 'trigger_1', triggerType },
      });
      expect(await api.readExecution(executionOf(harness, run.planExecutionId))).toMatchObject({
        value: { triggeredBy: { name: 'trigger_1', email: null, triggerType } },
      });
    },
  );

  it('gives null for a run Harness does not know, but not for a wrong address', async () => {
    const { api, harness } = await start();
    const execution = executionOf(harness, 'nope');
    expect(await api.readExecution(execution)).toMatchObject({ kind: 'ok', value: null });
    const elsewhere = open!.connect({ pathPrefix: '/elsewhere' });
    expect(await elsewhere.readExecution(execution)).toMatchObject({
      kind: 'permanent',
      code: 'wrong_address',
    });
  });

  it('takes a status it does not know for not final', async () => {
    const { api, waiting, harness } = await start();
    const summary = { pipelineIdentifier: 'Deploy', status: 'QueuedSomehow', executionTriggerInfo: null };
    harness.addFault({ status: 200, body: { data: { pipelineExecutionSummary: summary } } });
    expect(await api.readExecution(waiting().execution)).toMatchObject({
      value: { final: false, pipelineName: 'Deploy', triggeredBy: { email: null, triggerType: null } },
    });
  });
});

describe('checkAuthorization', () => {
  it('says yes, or Harness’s reason', async () => {
    const { api, waiting } = await start();
    expect(await api.checkAuthorization(waiting().instanceId)).toMatchObject({
      value: { authorized: true, reason: '' },
    });
    const other = waiting({ approvers: { serviceAccounts: [] } });
    expect(await api.checkAuthorization(other.instanceId)).toMatchObject({
      value: { authorized: false, reason: expect.stringContaining('not authorized') },
    });
  });
});

describe('checkHealth', () => {
  it('is well when Harness knows the key and not the made-up run', async () => {
    const { api, harness } = await start();
    expect(await api.checkHealth()).toEqual({ kind: 'ok', value: null, skewMs: 0 });
    expect(harness.requests).toHaveLength(1);
  });

  it('is well with a key limited to some projects, unless asked about one it lacks', async () => {
    const { api } = await start({ principal: { deniedPermissions: ['core_pipeline_view'] } });
    expect(await api.checkHealth()).toMatchObject({ kind: 'ok' });
    expect(await api.checkHealth({ org: 'default', project: 'payments' })).toMatchObject({
      kind: 'permanent',
      code: 'permission_missing',
    });
  });

  it.each([
    ['a wrong key', { apiKey: 'pat.x.y.z' }, 'token_invalid'],
    ['a wrong prefix', { pathPrefix: '/wrong' }, 'wrong_address'],
  ])('tells %s', async (_name, over, code) => {
    await start();
    expect(await open!.connect(over).checkHealth()).toMatchObject({ kind: 'permanent', code });
  });

  it('tells a blocked network address', async () => {
    const { api, harness } = await start();
    harness.addFault({ status: 403 });
    expect(await api.checkHealth()).toMatchObject({ kind: 'permanent', code: 'address_blocked' });
  });

  it('tells that nobody is there', async () => {
    const { api, harness } = await start();
    await harness.close();
    expect(await api.checkHealth()).toMatchObject({ kind: 'unavailable' });
  });
});

it('the client uses its own connections, not the global ones, which Bolt replaces', async () => {
  const { api, waiting } = await start();
  const { execution } = waiting();
  const before = getGlobalDispatcher();
  const refusing = new MockAgent();
  refusing.disableNetConnect();
  setGlobalDispatcher(refusing);
  try {
    expect(await api.submit(execution, approve())).toMatchObject({ kind: 'accepted' });
  } finally {
    setGlobalDispatcher(before);
    await refusing.close();
  }
});

it('logs Harness’s correlation id', async () => {
  const { api, logged } = await start();
  await api.checkAuthorization('nope');
  expect(JSON.parse(logged[0]!)).toMatchObject({
    status: 400,
    correlationId: expect.stringMatching(/^[\w-]{36}$/),
  });
});
