import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { faultPresets } from '../../../src/demo/doubles/harness/fault-presets.ts';
import {
  type HarnessDouble,
  type HarnessDoubleOptions,
  startHarnessDouble,
} from '../../../src/demo/doubles/harness/harness-double.ts';
import type { Instance, NewApproval } from '../../../src/demo/doubles/harness/types.ts';

const ACCOUNT = 'acct1';
const BOT_KEY = 'sat.acct1.t1.secret';
const RUN = 'run1';
const START = 1_795_317_456_023;
const V1 = `/gateway/pipeline/api/v1/orgs/default/projects/payments/approvals/execution/${RUN}`;

let clock = START;
let harness: HarnessDouble;

async function start(options: HarnessDoubleOptions = {}): Promise<void> {
  clock = START;
  harness = await startHarnessDouble({ accountId: ACCOUNT, now: () => clock, ...options });
  const bot = { kind: 'SERVICE_ACCOUNT', identifier: 'approvalbot', name: 'Approval Bot' } as const;
  harness.addPrincipal({ ...bot, apiKey: BOT_KEY, email: 'approvalbot@service.harness.io' });
  addUserKey('pat.acct1.t2.secret', 'user2');
  harness.addUser({ uuid: 'ui-alice', name: 'Alice', email: 'alice@x.io' });
  harness.startExecution({
    planExecutionId: RUN,
    orgIdentifier: 'default',
    projectIdentifier: 'payments',
    pipelineIdentifier: 'deploy',
    pipelineName: 'Deploy',
    triggeredBy: { uuid: 'runner', identifier: 'runner@x.io', email: 'runner@x.io' },
    runSequence: 7,
  });
}

function addUserKey(apiKey: string, identifier: string, deniedPermissions: string[] = []): void {
  const email = `${identifier}@x.io`;
  harness.addPrincipal({ apiKey, kind: 'USER', identifier, name: identifier, email, deniedPermissions });
}

function reach(approval: Partial<NewApproval> = {}): Instance {
  return harness.reachApproval(RUN, { approvalMessage: 'Please review', ...approval });
}

interface Reply {
  status: number;
  body: Json;
  headers: Headers;
}
// The answers are loose JSON read by tests only; a recursive type keeps `any` out.
type Json = { [key: string]: Json } & { [index: number]: Json; length: number };

interface Send {
  method?: string;
  path?: string;
  key?: string | null;
  account?: string | null;
  type?: string | null;
  body?: unknown;
}

async function send(request: Send = {}): Promise<Reply> {
  const { method = 'POST', path = V1, key = BOT_KEY, account = ACCOUNT, type = 'application/json' } = request;
  const headers: Record<string, string> = {};
  if (key !== null) headers['x-api-key'] = key;
  if (account !== null) headers['Harness-Account'] = account;
  if (type !== null && method === 'POST') headers['Content-Type'] = type;
  const { body } = request;
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const answer = await fetch(harness.url + path, {
    method,
    headers,
    redirect: 'manual',
    ...(text === undefined ? {} : { body: text }),
  });
  const answered = await answer.text();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json');
  return {
    status: answer.status,
    body: (isJson ? JSON.parse(answered) : answered) as Json,
    headers: answer.headers,
  };
}

const approve = { action: 'APPROVE', comments: 'ok' };
const get = (path: string): Promise<Reply> => send({ method: 'GET', path });
const withInput = (value: string, name = 'n'): unknown => ({
  ...approve,
  approver_inputs: [{ name, value }],
});

beforeEach(() => start());
afterEach(() => harness.close());

// Both examples of Harness's knowledge base page, as printed there.
const curl = (query: string): string => `curl -i -X POST \\
  'https://app.harness.io/gateway/pipeline/api/v1/orgs/<orgIdentifier>/projects/<projectIdentifier>/approvals/execution/<executionId>${query}' \\
  -H 'Content-Type: application/json' \\
  -H 'Harness-Account: <accountIdentifier>' \\
  -H 'x-api-key: yourpattoken' \\
  -d '{
    "action": "APPROVE",
    "approverInputs": [
      {
        "name": "example_input1",
        "value": "value1"
      },
      {
        "name": "example_input2",
        "value": "value2"
      }
    ],
    "comments": "Approving via API"
  }
  '`;

function runCurl(command: string): Promise<Response> {
  const filled = command
    .replace('https://app.harness.io', harness.url)
    .replace('<orgIdentifier>', 'default')
    .replace('<projectIdentifier>', 'payments')
    .replace('<executionId>', RUN)
    .replace('<accountIdentifier>', ACCOUNT)
    .replace('<callback_id>', 'gate-1')
    .replace('yourpattoken', BOT_KEY);
  const quoted = [...filled.matchAll(/(-[HXd])?\s*'([^']*)'/g)].map(([, flag, text = '']) => ({
    flag,
    text,
  }));
  const url = quoted.find((part) => part.flag === undefined)?.text ?? '';
  const headers = quoted.filter((part) => part.flag === '-H').map((part) => part.text.split(': '));
  const body = quoted.find((part) => part.flag === '-d')?.text ?? '';
  return fetch(url, { method: 'POST', headers: headers as [string, string][], body });
}

describe("the knowledge base's curl examples", () => {
  test.each([
    ['without a callback id', '', undefined],
    ['with a callback id', '?callback_id=<callback_id>', 'gate-1'],
  ])('approve a step without inputs, %s', async (_name, query, callbackId) => {
    reach(callbackId === undefined ? {} : { callbackId });
    if (callbackId !== undefined) reach({ callbackId: 'gate-2' });
    const answer = await runCurl(curl(query));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ type: 'HarnessApproval', status: 'APPROVED' });
    expect(harness.effects).toHaveLength(1);
    expect(harness.effects[0]).toMatchObject({ comments: 'Approving via API', approverInputs: [] });
  });

  test('meet E5 on a step with inputs: v1 drops the camelCase key', async () => {
    reach({ approverInputs: [{ name: 'example_input1' }, { name: 'example_input2' }] });
    const answer = await runCurl(curl(''));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual(
      v1Error('Unable to add Harness Approval Activity : Invalid approver inputs'),
    );
  });
});

function v1Error(text: string): unknown {
  return { message: `Invalid request: ${text}`, code: null, errors: [], error_metadata: null };
}

describe('success on v1', () => {
  test('is the bare instance, snake_case on top, camelCase in details, without the callback id', async () => {
    const { id } = reach({
      callbackId: 'c',
      approverInputs: [{ name: 'n', defaultValue: 'd', required: true }],
    });
    clock += 46;
    const { status, body, headers } = await send({ body: withInput('v') });
    expect(status).toBe(200);
    expect(headers.get('date')).toBe(new Date(START + 46).toUTCString());
    expect(body).toEqual({
      id,
      type: 'HarnessApproval',
      status: 'APPROVED',
      deadline: START + 86_400_000,
      created: START,
      updated: START + 46,
      error_message: null,
      details: {
        approvalMessage: 'Please review',
        includePipelineExecutionHistory: true,
        approvers: {
          userGroups: ['account._account_all_users'],
          serviceAccounts: ['account.approvalbot'],
          minimumCount: 1,
          disallowPipelineExecutor: false,
          disallowedUserEmails: [],
        },
        approvalActivities: [
          {
            user: { uuid: 'approvalbot', name: 'Approval Bot', email: 'approvalbot@service.harness.io' },
            action: 'APPROVE',
            approverInputs: [{ name: 'n', value: 'v' }],
            comments: 'ok',
            approvedAt: START + 46,
          },
        ],
        autoApprovalParams: null,
        approverInputs: [{ name: 'n', defaultValue: 'v' }],
        validatedApprovalUserGroups: [
          {
            accountIdentifier: ACCOUNT,
            orgIdentifier: null,
            projectIdentifier: null,
            identifier: '_account_all_users',
            name: '_account_all_users',
          },
        ],
        autoRejectEnabled: false,
      },
    });
  });

  test.each(['/gateway/pipeline/api', '/pipeline/api', ''])(
    'answers under the prefix "%s"',
    async (prefix) => {
      reach();
      const path = `${prefix}/v1/orgs/default/projects/payments/approvals/execution/${RUN}`;
      expect((await send({ path, body: approve })).status).toBe(200);
    },
  );

  test('is WAITING until minimumCount distinct principals approved; a second vote is E8', async () => {
    reach({ approvers: { minimumCount: 2 } });
    expect((await send({ body: approve })).body.status).toBe('WAITING');
    expect((await send({ body: approve })).body).toEqual(
      v1Error('You have already approved/rejected the pipeline'),
    );
    expect(harness.executions[0]?.status).toBe('ApprovalWaiting');
    expect((await send({ body: approve, key: 'pat.acct1.t2.secret' })).body.status).toBe('APPROVED');
    expect(harness.effects.map((effect) => effect.resultingStatus)).toEqual(['WAITING', 'APPROVED']);
  });

  test('one reject is final, its inputs unchecked', async () => {
    reach({ approvers: { minimumCount: 2 }, approverInputs: [{ name: 'n', required: true }] });
    expect((await send({ body: { action: 'REJECT' } })).body.status).toBe('REJECTED');
    expect(harness.executions[0]).toMatchObject({ status: 'ApprovalRejected', endTs: START });
  });

  test('both spellings of the inputs together are fine, numbers become strings', async () => {
    reach({ approverInputs: [{ name: 'n' }] });
    const inputs = [{ name: 'n', value: 5 }];
    const body = { ...approve, approver_inputs: inputs, approverInputs: inputs, unknown: true };
    expect((await send({ body })).status).toBe(200);
    expect(harness.effects[0]?.approverInputs).toEqual([{ name: 'n', value: '5' }]);
  });
});

const noneWaiting = (callbackId: string): string =>
  `Found no Harness Approval Instance waiting for pipeline execution id: ${RUN} and callback id: ${callbackId}`;
const unable = (text: string): string => `Unable to add Harness Approval Activity : ${text}`;

interface Row {
  name: string;
  given?: () => void;
  request?: Send;
  status?: number;
  says?: string;
  body?: unknown;
}

const catalogue: Row[] = [
  { name: 'E1 too early', says: noneWaiting('null') },
  {
    name: 'E1 an empty callback id is absent',
    request: { path: `${V1}?callback_id=` },
    says: noneWaiting(''),
  },
  {
    name: 'E1 wrong callback',
    given: () => void reach({ callbackId: 'a' }),
    request: { path: `${V1}?callback_id=b` },
    says: noneWaiting('b'),
  },
  {
    name: 'E1 already decided',
    given: () => void harness.decideInUi(reach().id, { user: 'ui-alice', action: 'APPROVE' }),
    says: noneWaiting('null'),
  },
  {
    name: 'E1 other approval types do not count',
    given: () => void reach({ type: 'JiraApproval' }),
    says: noneWaiting('null'),
  },
  {
    name: 'E2 two waiting',
    given: () => {
      reach();
      reach();
    },
    says: `Found more than 1 Harness Approval Instance waiting for pipeline execution id: ${RUN} and callback id: null`,
  },
  {
    name: 'E2 the same callback twice',
    given: () => {
      reach({ callbackId: 'a' });
      reach({ callbackId: 'a' });
    },
    request: { path: `${V1}?callback_id=a` },
    says: `Found more than 1 Harness Approval Instance waiting for pipeline execution id: ${RUN} and callback id: a`,
  },
  {
    name: 'E5 inputs to a step without any',
    given: () => void reach(),
    request: { body: withInput('v') },
    says: unable('Invalid approver inputs'),
  },
  {
    name: 'E5 another name',
    given: () => void reach({ approverInputs: [{ name: 'n' }] }),
    request: { body: withInput('v', 'other') },
    says: unable('Invalid approver inputs'),
  },
  {
    name: 'E5 an optional input left out',
    given: () => void reach({ approverInputs: [{ name: 'n' }] }),
    says: unable('Invalid approver inputs'),
  },
  {
    name: 'E6 names every field',
    given: () =>
      void reach({
        approverInputs: [
          { name: 'variable_1', allowedValues: '1,2,3' },
          { name: 'v3', regex: '.*abc' },
          { name: 'v2', required: true },
          { name: 'one', selectOneFrom: ['canary', 'full'] },
        ],
      }),
    request: {
      body: {
        ...approve,
        approver_inputs: [
          { name: 'variable_1', value: '1, 9' },
          { name: 'v3', value: 'abcx' },
          { name: 'v2', value: '' },
          { name: 'one', value: 'canary,full' },
        ],
      },
    },
    says: unable(
      'Approval inputs validation failed: {variable_1=9 is not among allowed values, v3=abcx does not match the regex pattern .*abc, v2=Value was required but not provided, one=canary,full is not among allowed values}',
    ),
  },
  {
    name: 'E7 a name sent twice',
    given: () => void reach({ approverInputs: [{ name: 'n' }] }),
    request: { body: { ...approve, approver_inputs: [{ name: 'n' }, { name: 'n' }] } },
    says: unable('Duplicate key n'),
  },
  {
    name: 'E9 the executor',
    given: () => {
      addUserKey('k', 'runner');
      reach({ approvers: { disallowPipelineExecutor: true } });
    },
    request: { key: 'k' },
    says: 'Pipeline executor is not allowed to approve/reject',
  },
  {
    name: 'E9 a disallowed email, whatever its case',
    given: () => void reach({ approvers: { disallowedUserEmails: ['USER2@x.io'] } }),
    request: { key: 'pat.acct1.t2.secret' },
    says: 'Action not permitted: You [user2@x.io] are on the disallowed user list and do not have permission to approve or reject.',
  },
  {
    name: 'E9 a service account not listed',
    given: () => void reach({ approvers: { serviceAccounts: ['approvalbot', 'org.approvalbot'] } }),
    says: 'The service account configured in the request is not authorized to approve/reject',
  },
  {
    name: 'E9 a user in no group of the step',
    given: () => void reach({ approvers: { userGroups: ['ops'] } }),
    request: { key: 'pat.acct1.t2.secret' },
    says: 'User not authorized to approve/reject',
  },
  {
    name: 'E10 an API key that is neither user nor service account',
    given: () => {
      harness.addPrincipal({ apiKey: 'k', kind: 'API_KEY', identifier: 'x', name: 'x', email: '' });
      reach();
    },
    request: { key: 'k' },
    says: 'API_KEY is not supported for Harness Approval Step yet',
  },
  {
    name: 'E10 a service account that was deleted',
    given: () => {
      const gone = { kind: 'SERVICE_ACCOUNT', identifier: 'gone', name: 'x', email: '' } as const;
      harness.addPrincipal({ ...gone, apiKey: 'k', deleted: true });
      reach();
    },
    request: { key: 'k' },
    says: 'Service account [gone] does not exist.',
  },
  {
    name: 'E11 another project',
    given: () => void reach(),
    request: { path: V1.replace('payments', 'billing') },
    says: `execution_id param value provided doesn't belong to Account: ${ACCOUNT}, Org: default, Project: billing or the pipeline has been deleted`,
  },
  {
    name: 'E13 before the execution',
    request: { account: null },
    says: 'harnessAccount param value is required',
  },
  {
    name: 'E14 before looking for an instance',
    request: { body: { comments: 'x' } },
    says: 'action in request body should be one of [APPROVE, REJECT]',
  },
  {
    name: 'E15 lower case action, before the permission',
    given: () => addUserKey('k', 'x', ['core_pipeline_execute']),
    request: { key: 'k', body: { action: 'approve' } },
    body: { code: 400, message: 'Unable to process JSON', details: expect.any(String) },
  },
  {
    name: 'E15 broken JSON',
    request: { body: '{"action": "APPROVE",' },
    body: { code: 400, message: 'Unable to process JSON', details: expect.any(String) },
  },
  {
    name: 'E16 unknown key, before the JSON',
    request: { key: 'nobody', body: '{' },
    status: 401,
    body: { message: 'Token is not valid.', code: null, errors: [], error_metadata: null },
  },
  { name: 'E16 no key', request: { key: null }, status: 401 },
  { name: 'E16 the key of another account', request: { account: 'other' }, status: 401 },
  {
    name: 'E17 before the account header',
    given: () => addUserKey('k', 'X', ['core_pipeline_execute']),
    request: { key: 'k', account: null },
    status: 403,
    body: {
      message:
        'Principal of type USER with identifier X : Missing permission core_pipeline_execute on pipeline',
      code: null,
      errors: [],
      error_metadata: null,
    },
  },
  {
    name: 'E18 a wrong path, before the key',
    request: { path: '/gateway/pipeline/api/v1/orgs/default/approvals', key: null },
    status: 404,
    body: { message: 'HTTP 404 Not Found', code: 'RESOURCE_NOT_FOUND', errors: [], error_metadata: null },
  },
  { name: 'E18 a wrong prefix', request: { path: V1.replace('gateway', 'gate') }, status: 404 },
  { name: 'E19 method', request: { method: 'PUT' }, status: 405 },
  { name: 'E19 content type', request: { type: 'text/plain' }, status: 415 },
  {
    name: 'E21 no body while an instance waits',
    given: () => void reach(),
    request: { body: '' },
    status: 500,
    body: {
      message: 'Oops, something went wrong on our end. Please contact Harness Support.',
      code: null,
      errors: [],
      error_metadata: null,
    },
  },
];

test.each(catalogue)('v1 refuses: $name', async ({ given, request, status = 400, says, body }) => {
  given?.();
  const decided = harness.effects.length;
  const answer = await send({ body: approve, ...request });
  expect(answer.status).toBe(status);
  if (says !== undefined) expect(answer.body).toEqual(v1Error(says));
  if (body !== undefined) expect(answer.body).toEqual(body);
  expect(harness.effects).toHaveLength(decided);
  expect(harness.requests.at(-1)).toMatchObject({ status, committed: 0 });
});

describe('the clock', () => {
  test('expires an instance and its run at the deadline', async () => {
    const { id } = reach({ timeoutMs: 60_000 });
    clock += 60_000;
    expect((await send({ body: approve })).body.message).toContain(noneWaiting('null'));
    expect((await get(V1)).body[0]).toMatchObject({ id, status: 'EXPIRED' });
    expect(harness.executions[0]?.status).toBe('Expired');
    const activity = await send({ path: `/pipeline/api/approvals/${id}/harness/activity`, body: approve });
    expect(activity.body.message).toBe(
      `Invalid request: ${unable('Harness approval instance has already expired')}`,
    );
  });

  test('before the sweep a late vote meets E4', async () => {
    await harness.close();
    await start({ expirySweepLagMs: 5_000 });
    reach({ timeoutMs: 60_000 });
    clock += 61_000;
    expect((await send({ body: approve })).body).toEqual(
      v1Error(unable('Harness approval instance has already expired')),
    );
    expect(harness.instances[0]?.status).toBe('WAITING');
    clock += 5_000;
    expect(harness.instances[0]?.status).toBe('EXPIRED');
  });
});

describe('reading', () => {
  test('lists by callback, status, type and node', async () => {
    const first = reach({ callbackId: 'a', nodeExecutionId: 'node1' });
    const second = reach({ callbackId: 'b' });
    harness.decideInUi(second.id, { user: 'ui-alice', action: 'REJECT' });
    const ids = async (query: string): Promise<unknown> => {
      const { body } = await get(`${V1}?${query}`);
      return (body as unknown as { id: string }[]).map((each) => each.id);
    };
    expect(await ids('')).toEqual([first.id, second.id]);
    expect(await ids('callback_id=b')).toEqual([second.id]);
    expect(await ids('approval_status=WAITING&approval_type=HarnessApproval')).toEqual([first.id]);
    expect(await ids('node_execution_id=node1')).toEqual([first.id]);
    expect((await get(`${V1}?approval_status=waiting`)).body).toEqual(
      v1Error(
        'approval_status param value should be one of [WAITING, APPROVED, REJECTED, FAILED, ABORTED, EXPIRED]',
      ),
    );
  });

  test('a retried run lists the first run too', async () => {
    const { id } = reach();
    const retry = harness.startExecution({
      orgIdentifier: 'default',
      projectIdentifier: 'payments',
      pipelineIdentifier: 'deploy',
      retryOf: RUN,
    });
    expect((await get(V1.replace(RUN, retry.planExecutionId))).body[0]?.id).toBe(id);
  });

  test('the run tells its status and who started it', async () => {
    const path = `/pipeline/api/pipelines/execution/v2/${RUN}?accountIdentifier=${ACCOUNT}&orgIdentifier=default&projectIdentifier=payments`;
    const status = async (): Promise<unknown> =>
      (await get(path)).body.data?.pipelineExecutionSummary?.status;
    expect(await status()).toBe('Running');
    const { id } = reach();
    expect(await status()).toBe('ApprovalWaiting');
    harness.decideInUi(id, { user: 'ui-alice', action: 'APPROVE' });
    expect(await status()).toBe('Running');
    harness.finishExecution(RUN, 'Success');
    const { body } = await get(path);
    expect(body).toMatchObject({ status: 'SUCCESS', correlationId: expect.any(String) });
    expect(body.data?.pipelineExecutionSummary).toMatchObject({
      name: 'Deploy',
      runSequence: 7,
      status: 'Success',
      executionTriggerInfo: { triggeredBy: { uuid: 'runner', extraInfo: { email: 'runner@x.io' } } },
    });
    expect((await get(path.replace(RUN, 'nothing'))).status).toBe(404);
  });

  test('an aborted run closes what waits', async () => {
    const { id } = reach();
    harness.abort(RUN);
    expect((await get(`/gateway/pipeline/api/approvals/${id}`)).body.data?.status).toBe('ABORTED');
    expect(harness.executions[0]?.status).toBe('Aborted');
    const vote = await send({ path: `/pipeline/api/approvals/${id}/harness/activity`, body: approve });
    expect(vote.body.message).toContain('already completed. Status: ABORTED');
  });
});

describe('by instance id', () => {
  const activity = (id: string): string =>
    `/gateway/pipeline/api/approvals/${id}/harness/activity?accountIdentifier=${ACCOUNT}`;

  test('one of two waiting is decided, with camelCase inputs only', async () => {
    reach();
    const { id } = reach({ approverInputs: [{ name: 'n' }] });
    const snake = await send({ path: activity(id), account: null, body: withInput('v') });
    expect(snake.body).toMatchObject({
      status: 'ERROR',
      code: 'INVALID_REQUEST',
      message: `Invalid request: ${unable('Invalid approver inputs')}`,
      correlationId: expect.any(String),
      detailedMessage: null,
      metadata: null,
    });
    const camel = { ...approve, approverInputs: [{ name: 'n', value: 'v' }] };
    const { body } = await send({ path: activity(id), account: null, body: camel });
    expect(body.data).toMatchObject({ id, status: 'APPROVED', createdAt: START, errorMessage: null });
    expect(harness.effects[0]).toMatchObject({ instanceId: id, via: 'activity' });
    const read = await get(`/pipeline/api/approvals/${id}`);
    expect(read.body.data).toMatchObject({ approvedByCurrentUser: true, rejectedByCurrentUser: false });
  });

  test('the classic refusals', async () => {
    expect((await send({ path: activity('x'), body: approve })).body.message).toBe(
      'Invalid request: Invalid approval instance id: x',
    );
    expect((await get('/pipeline/api/approvals/x')).status).toBe(400);
    const noAccount = await send({ method: 'GET', path: '/pipeline/api/approvals/x', account: null });
    expect(noAccount.body.message).toBe('Invalid request: Account detail is not present in the request');
    const noKey = await send({ path: activity('x'), key: null, body: approve });
    expect(noKey).toMatchObject({ status: 401, body: { status: 'ERROR', message: 'Token is not valid.' } });
  });

  test('authorization and the pending list say what this token may do', async () => {
    const open = reach();
    const closed = reach({ approvers: { serviceAccounts: [] } });
    const ask = (id: string): Promise<Reply> => get(`/pipeline/api/approvals/${id}/harness/authorization`);
    expect((await ask(open.id)).body.data).toEqual({ authorized: true, reason: null });
    expect((await ask(closed.id)).body.data).toMatchObject({ authorized: false });
    const pending = await get('/pipeline/api/approvals?size=5');
    expect(pending.body.data?.content).toMatchObject([{ id: open.id, planExecutionId: RUN }]);
  });
});

describe('decisions in the Harness UI', () => {
  test('take the defaults of the form and obey the same rules', () => {
    const { id } = reach({ approverInputs: [{ name: 'n', defaultValue: 'd' }] });
    harness.decideInUi(id, { user: 'ui-alice', action: 'APPROVE' });
    expect(harness.effects[0]).toMatchObject({
      via: 'ui',
      user: { uuid: 'ui-alice' },
      approverInputs: [{ name: 'n', value: 'd' }],
    });
    expect(() => harness.decideInUi(id, { user: 'ui-alice', action: 'REJECT' })).toThrow('already approved');
  });

  test('auto-reject closes older runs of the same step', () => {
    const older = reach({ isAutoRejectEnabled: true });
    clock += 1;
    const next = { orgIdentifier: 'default', projectIdentifier: 'payments', pipelineIdentifier: 'deploy' };
    const run = harness.startExecution(next);
    const newer = harness.reachApproval(run.planExecutionId, {
      approvalMessage: 'm',
      isAutoRejectEnabled: true,
    });
    harness.decideInUi(newer.id, { user: 'ui-alice', action: 'APPROVE' });
    expect(older.status).toBe('REJECTED');
    expect(harness.effects.at(-1)).toMatchObject({
      instanceId: older.id,
      via: 'auto-reject',
      comments: `Rejected due to approval of ${run.executionUrl}`,
    });
  });
});

describe('an older server', () => {
  beforeEach(async () => {
    await harness.close();
    await start({ olderServer: true });
  });

  test('lists every instance whatever the callback id', async () => {
    reach({ callbackId: 'a' });
    reach({ callbackId: 'b' });
    expect((await get(`${V1}?callback_id=a`)).body).toHaveLength(2);
  });

  test('refuses service accounts and tells one reason for all', async () => {
    reach({ approvers: { minimumCount: 2 } });
    expect((await send({ body: approve })).body).toEqual(
      v1Error('SERVICE_ACCOUNT is not supported for Harness Approval Step yet'),
    );
    const key = 'pat.acct1.t2.secret';
    expect((await send({ body: approve, key })).body.status).toBe('WAITING');
    expect((await send({ body: approve, key })).body).toEqual(
      v1Error('User not authorized to approve/reject'),
    );
  });
});

describe('faults', () => {
  test('504 after the commit: the retry meets E1, the list shows our vote, once', async () => {
    reach();
    harness.addFault(faultPresets.timeoutAfterCommit);
    const first = await send({ body: approve });
    expect(first.status).toBe(504);
    expect(first.headers.get('content-type')).toContain('text/html');
    expect((await send({ body: approve })).body).toEqual(v1Error(noneWaiting('null')));
    expect((await get(V1)).body[0]).toMatchObject({ status: 'APPROVED' });
    expect(harness.effects).toHaveLength(1);
    expect(harness.requests.map(({ status, committed }) => [status, committed])).toEqual([
      [504, 1],
      [400, 0],
      [200, 0],
    ]);
  });

  test('504 after the first of two votes: the retry meets E8', async () => {
    reach({ approvers: { minimumCount: 2 } });
    harness.addFault(faultPresets.timeoutAfterCommit);
    await send({ body: approve });
    expect((await send({ body: approve })).body).toEqual(
      v1Error('You have already approved/rejected the pipeline'),
    );
  });

  test.each([
    ['resetBeforeCommit', 0],
    ['resetAfterCommit', 1],
    ['cutShortAfterCommit', 1],
  ] as const)('%s: the caller sees a broken connection', async (name, votes) => {
    reach();
    harness.addFault(faultPresets[name]);
    await expect(send({ body: approve })).rejects.toThrow();
    expect(harness.effects).toHaveLength(votes);
  });

  test('a hanging request goes on once released', async () => {
    reach();
    const fault = harness.addFault({
      match: { method: 'POST', path: /approvals\/execution/ },
      status: 'hang',
    });
    const answer = send({ body: approve });
    await fault.firstHit;
    expect(harness.requests[0]?.status).toBe('hang');
    expect(harness.effects).toHaveLength(0);
    fault.release();
    expect((await answer).body.status).toBe('APPROVED');
  });

  test('a burst of 429 without Retry-After hits its times and no more', async () => {
    reach();
    const fault = harness.addFault({ ...faultPresets.tooManyRequests, times: 2 });
    for (const left of [1, 0]) {
      const { status, headers } = await send({ body: approve });
      expect([status, headers.get('retry-after'), fault.left]).toEqual([429, null, left]);
    }
    expect((await send({ body: approve })).status).toBe(200);
  });

  test.each([
    ['tooManyRequestsWithRetryAfter', 429, 'retry-after', '7', 0],
    ['blockedByFirewall', 403, 'content-type', 'text/html; charset=utf-8', 0],
    ['notJson', 200, 'content-type', 'text/plain; charset=utf-8', 1],
    ['redirected', 302, 'location', 'http://127.0.0.1:9/elsewhere', 0],
    ['writeConflict', 400, 'content-type', 'application/json', 0],
    ['executionLookupTrouble', 400, 'content-type', 'application/json', 0],
    ['internalError', 500, 'content-type', 'application/json', 0],
    ['gatewayDown', 503, 'content-type', 'text/html; charset=utf-8', 0],
  ] as const)('%s', async (name, status, header, value, votes) => {
    reach();
    harness.addFault(faultPresets[name]);
    const answer = await send({ body: approve });
    expect([answer.status, answer.headers.get(header)]).toEqual([status, value]);
    expect(harness.effects).toHaveLength(votes);
  });

  test('cleared faults hit nothing; closing cuts what hangs', async () => {
    reach();
    harness.addFault(faultPresets.gatewayDown);
    harness.clearFaults();
    expect((await get(V1)).status).toBe(200);
    const hanging = harness.addFault({ status: 'hang' });
    const answer = send({ body: approve });
    const broken = expect(answer).rejects.toThrow();
    await hanging.firstHit;
    await harness.close();
    await broken;
    await start();
  });
});

test('listeners hear of runs, instances, votes and requests', async () => {
  const heard: string[] = [];
  const stop = harness.onChange((change) => heard.push(change.kind));
  reach();
  await send({ body: approve });
  expect([...new Set(heard)].sort()).toEqual(['activity', 'execution', 'instance', 'request']);
  stop();
  heard.length = 0;
  harness.abort(RUN);
  expect(heard).toEqual([]);
});
