import { afterEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/demo/doubles/harness/faults.ts';
import { classify, inputProblems } from '../../src/harness/errors.ts';
import { API_KEY, approve, type Connection, connect, executionOf } from './connect.ts';

let open: Connection | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});
async function start(given: Parameters<typeof connect>[0] = {}): Promise<Connection> {
  open = await connect(given);
  return open;
}

const refusal = (message: string) => ({
  message: `Invalid request: ${message}`,
  code: null,
  errors: [],
  error_metadata: null,
});

/** What submit says when Harness's answer is replaced. */
async function submitThrough(fault: Fault) {
  const { harness, api, waiting } = await start();
  const { execution } = waiting();
  harness.addFault({ match: { method: 'POST' }, ...fault });
  return api.submit(execution, approve());
}

describe('every row of harness.md §1.5 on submit', () => {
  it('E1: nothing waits → not_waiting', async () => {
    const { harness, api } = await start();
    const run = harness.startExecution({
      orgIdentifier: 'default',
      projectIdentifier: 'payments',
      pipelineIdentifier: 'Deploy',
    });
    const answer = await api.submit(executionOf(harness, run.planExecutionId), approve());
    expect(answer).toEqual({ kind: 'not_waiting' });
  });

  it('E1: a repeat after success → not_waiting', async () => {
    const { api, waiting, harness } = await start();
    const { execution } = waiting();
    expect(await api.submit(execution, approve())).toMatchObject({ kind: 'accepted' });
    expect(await api.submit(execution, approve())).toEqual({ kind: 'not_waiting' });
    expect(harness.effects).toHaveLength(1);
  });

  it('E2: two gates wait → ambiguous; by instance id it is not', async () => {
    const { api, waiting, harness } = await start();
    const { execution, instanceId } = waiting();
    harness.reachApproval(execution.planExecutionId, { approvalMessage: 'Second?' });
    expect(await api.submit(execution, approve())).toEqual({ kind: 'ambiguous' });
    const answer = await api.submit(execution, approve({ instanceId }));
    expect(answer).toMatchObject({ kind: 'accepted', instance: { id: instanceId, status: 'APPROVED' } });
  });

  it('E3: already completed → reconcile', async () => {
    const { api, waiting } = await start();
    const { execution, instanceId } = waiting();
    await api.submit(execution, approve({ action: 'REJECT' }));
    const other = open!.connect({ apiKey: addPerson() });
    expect(await other.submit(execution, approve({ instanceId }))).toEqual({
      kind: 'reconcile',
      detail: expect.stringContaining('already completed'),
    });
  });

  it('E4: expired → expired', async () => {
    const { api, waiting, pass } = await start({ expirySweepLagMs: 60_000 });
    const { execution } = waiting({ timeoutMs: 10_000 });
    pass(10_001);
    expect(await api.submit(execution, approve())).toEqual({ kind: 'expired' });
  });

  it('E5: other inputs than declared → inputs', async () => {
    const { api, waiting } = await start();
    const { execution } = waiting({ approverInputs: [{ name: 'ticket' }] });
    expect(await api.submit(execution, approve({ inputs: { other: 'x' } }))).toEqual({
      kind: 'inputs',
      problems: {},
      message: expect.stringContaining('declares other inputs'),
    });
  });

  it('E6: values refused → inputs, each problem with its name', async () => {
    const { api, waiting } = await start();
    const { execution } = waiting({
      approverInputs: [
        { name: 'ticket', regex: 'CHG[0-9]{6,}' },
        { name: 'rollout', selectOneFrom: 'canary,full' },
        { name: 'why', required: true },
        { name: 'note' },
      ],
    });
    const inputs = { ticket: 'x, why=none', rollout: 'half', why: '', note: 'fine' };
    expect(await api.submit(execution, approve({ inputs }))).toMatchObject({
      kind: 'inputs',
      problems: {
        ticket: 'x, why=none does not match the regex pattern CHG[0-9]{6,}',
        rollout: 'half is not among allowed values',
        why: 'Value was required but not provided',
      },
      message: expect.stringContaining('does not match the regex pattern'),
    });
  });

  it('E7: any other trouble while adding → reconcile', async () => {
    const body = refusal('Unable to add Harness Approval Activity : Write conflict during plan execution');
    expect(await submitThrough({ status: 400, body })).toMatchObject({ kind: 'reconcile' });
  });

  it('E8: our vote is already there → reconcile', async () => {
    const { api, waiting } = await start();
    const { execution } = waiting({ approvers: { minimumCount: 2 } });
    expect(await api.submit(execution, approve())).toMatchObject({
      kind: 'accepted',
      instance: { status: 'WAITING', minimumCount: 2, activities: [{ action: 'APPROVE' }] },
    });
    expect(await api.submit(execution, approve())).toMatchObject({
      kind: 'reconcile',
      detail: expect.stringContaining('already decided'),
    });
  });

  it.each([
    ['not listed', { serviceAccounts: [] }, /list its service account/],
    ['disallowed', { disallowedUserEmails: ['approvalbot@service.harness.io'] }, /disallowedUserEmails/],
  ])('E9: %s → permanent, with the remedy', async (_name, approvers, remedy) => {
    const { api, waiting } = await start();
    const { execution } = waiting({ approvers });
    expect(await api.submit(execution, approve())).toEqual({
      kind: 'permanent',
      code: 'not_authorized',
      message: expect.stringMatching(remedy),
      unhealthy: false,
    });
  });

  it('E9: the executor → permanent, with the remedy', async () => {
    const { api, waiting } = await start({ principal: { uuid: 'u-ana' } });
    const { execution } = waiting({ approvers: { disallowPipelineExecutor: true } });
    expect(await api.submit(execution, approve())).toMatchObject({
      kind: 'permanent',
      code: 'not_authorized',
      message: expect.stringContaining('started the run'),
    });
  });

  it('E9: the older server’s one text → permanent', async () => {
    const { api, waiting } = await start({ olderServer: true, principal: { kind: 'USER', userGroups: [] } });
    const { execution } = waiting({ approvers: { userGroups: ['ops'] } });
    expect(await api.submit(execution, approve())).toMatchObject({
      kind: 'permanent',
      code: 'not_authorized',
    });
  });

  it('E10: an older server and a service account → permanent, use a user’s token', async () => {
    const { api, waiting } = await start({ olderServer: true });
    expect(await api.submit(waiting().execution, approve())).toMatchObject({
      kind: 'permanent',
      code: 'principal_unsupported',
      message: expect.stringContaining('personal access token'),
    });
  });

  it.each(['USER', 'SERVICE_ACCOUNT'] as const)('E10: a deleted %s → permanent', async (kind) => {
    const { api, waiting } = await start({ principal: { kind, deleted: true } });
    expect(await api.submit(waiting().execution, approve())).toMatchObject({
      kind: 'permanent',
      code: 'principal_unknown',
    });
  });

  it('E11: an unknown execution → permanent', async () => {
    const { api, harness } = await start();
    expect(await api.submit(executionOf(harness, 'nope'), approve())).toMatchObject({
      kind: 'permanent',
      code: 'execution_not_found',
    });
  });

  it('E12: trouble behind Harness → transient', async () => {
    const body = refusal('An unexpected error occurred while validating execution_id param');
    expect(await submitThrough({ status: 400, body })).toMatchObject({ kind: 'transient' });
  });

  it.each(['harnessAccount param value is required', 'Account detail is not present in the request'])(
    'E13: %s → permanent',
    async (text) => {
      expect(await submitThrough({ status: 400, body: refusal(text) })).toMatchObject({
        kind: 'permanent',
        code: 'no_account',
        message: expect.stringContaining('HARNESS_ACCOUNT_ID'),
      });
    },
  );

  it('E14: no action → permanent, our bug', async () => {
    const body = refusal('action in request body should be one of [APPROVE, REJECT]');
    expect(await submitThrough({ status: 400, body })).toMatchObject({ kind: 'permanent', code: 'bug' });
  });

  it('E15: Dropwizard’s body with a numeric code → permanent, our bug', async () => {
    const body = { code: 400, message: 'Unable to process JSON', details: '…' };
    expect(await submitThrough({ status: 400, body })).toMatchObject({ kind: 'permanent', code: 'bug' });
  });

  it('E16: a revoked token → permanent, the connection is unhealthy', async () => {
    const { api, waiting, harness } = await start();
    const { execution } = waiting();
    harness.removePrincipal(API_KEY);
    expect(await api.submit(execution, approve())).toMatchObject({
      kind: 'permanent',
      code: 'token_invalid',
      unhealthy: true,
    });
  });

  it('E17: a permission is missing → permanent, named; the connection is well: other projects go on', async () => {
    const { api, waiting } = await start({ principal: { deniedPermissions: ['core_pipeline_execute'] } });
    expect(await api.submit(waiting().execution, approve())).toMatchObject({
      kind: 'permanent',
      code: 'permission_missing',
      unhealthy: false,
      message: expect.stringContaining('core_pipeline_execute'),
    });
  });

  it('E17: a 403 that names no permission → permanent, the connection is unhealthy', async () => {
    const body = { message: 'Access to this account is not allowed', code: null };
    expect(await submitThrough({ status: 403, body })).toMatchObject({
      kind: 'permanent',
      code: 'access_refused',
      unhealthy: true,
    });
  });

  it('E17: an HTML 403 → the firewall or allowlist, never its HTML', async () => {
    const answer = await submitThrough({ status: 403 });
    expect(answer).toMatchObject({ kind: 'permanent', code: 'address_blocked', unhealthy: true });
    expect(JSON.stringify(answer)).not.toContain('<');
  });

  it('E18: the wrong prefix → permanent, check the address', async () => {
    const { waiting } = await start();
    const { execution } = waiting();
    const api = open!.connect({ pathPrefix: '/elsewhere' });
    expect(await api.submit(execution, approve())).toMatchObject({
      kind: 'permanent',
      code: 'wrong_address',
      message: expect.stringContaining('HARNESS_PATH_PREFIX'),
    });
  });

  it.each([405, 415])('E19: %d → permanent, our bug', async (status) => {
    expect(await submitThrough({ status })).toMatchObject({ kind: 'permanent', code: 'bug' });
  });

  it('E20: 429 without Retry-After → throttled for at least 10 s with jitter', async () => {
    expect(await submitThrough({ status: 429 })).toEqual({ kind: 'throttled', retryAfterMs: 12_500 });
  });

  it('E21: 500 → reconcile', async () => {
    expect(await submitThrough({ status: 500 })).toMatchObject({ kind: 'reconcile' });
  });

  it.each([502, 503, 504])('E22: %d → reconcile, never its HTML', async (status) => {
    const answer = await submitThrough({ status });
    expect(answer).toMatchObject({ kind: 'reconcile' });
    expect(JSON.stringify(answer)).not.toContain('<');
  });

  it('E22: 504 after commit → reconcile, and the list shows our activity', async () => {
    const { api, waiting, harness } = await start();
    const { execution } = waiting();
    harness.addFault({ match: { method: 'POST' }, status: 504, when: 'after' });
    expect(await api.submit(execution, approve())).toMatchObject({ kind: 'reconcile' });
    expect(await api.listInstances(execution)).toMatchObject({
      kind: 'ok',
      value: [{ status: 'APPROVED', activities: [{ comments: 'apr_x 0123456789ab' }] }],
    });
  });

  it.each(['reset', 'truncate'] as const)('E22: %s after commit → reconcile in words', async (status) => {
    expect(await submitThrough({ status, when: 'after' })).toEqual({
      kind: 'reconcile',
      detail: 'The connection to Harness broke before it had answered.',
    });
  });

  it('E22: no answer in time → reconcile in words', async () => {
    const { harness, waiting } = await start();
    const { execution } = waiting();
    const fault = harness.addFault({ match: { method: 'POST' }, status: 'hang' });
    const answer = await open!.connect({ fetchTimeoutMs: 100 }).submit(execution, approve());
    fault.release();
    expect(answer).toEqual({ kind: 'reconcile', detail: 'Harness did not answer within 0.1 s.' });
  });

  it('E22: nobody listens → reconcile in words', async () => {
    const { harness, api, waiting } = await start();
    const { execution } = waiting();
    await harness.close();
    expect(await api.submit(execution, approve())).toMatchObject({
      kind: 'reconcile',
      detail: expect.stringContaining('HARNESS_BASE_URL'),
    });
  });

  it.each([
    ['a 200 that is no JSON', { status: 200, body: 'OK' }],
    ['a 200 that is no instance', { status: 200, body: { status: 'SUCCESS', data: null } }],
    ['a 204', { status: 204 }],
    ['a status nobody listed', { status: 418, body: refusal('I am a teapot') }],
    ['a 400 nobody listed', { status: 400, body: '<html>no</html>' }],
    ['an endless answer', { status: 200, body: 'x'.repeat(1024 * 1024 + 1) }],
  ])('%s → reconcile', async (_name, fault) => {
    const answer = await submitThrough({ ...fault, when: 'after' } as Fault);
    expect(answer).toMatchObject({ kind: 'reconcile' });
    expect(JSON.stringify(answer)).not.toContain('<html');
  });

  it('an unknown instance id → permanent', async () => {
    const { api, waiting } = await start();
    expect(await api.submit(waiting().execution, approve({ instanceId: 'nope' }))).toMatchObject({
      kind: 'permanent',
      code: 'instance_not_found',
    });
  });
});

describe('the refusals', () => {
  it('read the message of the older envelope too', () => {
    expect(
      classify({ status: 400, json: {}, said: 'Found no Harness Approval Instance waiting for x' }).row,
    ).toBe('E1');
  });

  it('are not fooled by what an approver typed (E6)', () => {
    const typed = 'Harness approval instance has already completed';
    const said = `Unable to add Harness Approval Activity : Approval inputs validation failed: {a=${typed} does not match the regex pattern x}`;
    expect(classify({ status: 400, json: {}, said }).row).toBe('E6');
  });

  it('give the problems of the example', () => {
    const said =
      'Invalid request: Unable to add Harness Approval Activity : Approval inputs validation failed: {variable_1=9 is not among allowed values, v3=x does not match the regex pattern .*abc, v2=Value was required but not provided}';
    expect(inputProblems(said, { v2: '', variable_1: '1,9', v3: 'x', v4: '9' })).toEqual({
      variable_1: '9 is not among allowed values',
      v3: 'x does not match the regex pattern .*abc',
      v2: 'Value was required but not provided',
    });
    expect(inputProblems('Something else', { v2: '' })).toEqual({});
  });
});

/** A person who has not voted yet; answers the key. */
function addPerson(): string {
  const apiKey = 'pat.a.b.c';
  const email = 'cleo@example.com';
  open!.harness.addPrincipal({ apiKey, kind: 'USER', identifier: 'cleo', name: 'Cleo', email });
  return apiKey;
}
