import { describe, expect } from 'vitest';
import { API_KEY, approve } from '../connect.ts';
import { refusal, useClient } from './client.ts';
import { row } from './rows.ts';

describe('the client in trouble', () => {
  const client = useClient();

  row('client E12', 'trouble behind Harness → transient', async () => {
    const body = refusal('An unexpected error occurred while validating execution_id param');
    expect(await client.submitThrough({ status: 400, body })).toMatchObject({ kind: 'transient' });
  });

  for (const text of [
    'harnessAccount param value is required',
    'Account detail is not present in the request',
  ])
    row('client E13', `${text} → permanent`, async () => {
      expect(await client.submitThrough({ status: 400, body: refusal(text) })).toMatchObject({
        kind: 'permanent',
        code: 'no_account',
        message: expect.stringContaining('HARNESS_ACCOUNT_ID'),
      });
    });

  row('client E14', 'no action → permanent, our bug', async () => {
    const body = refusal('action in request body should be one of [APPROVE, REJECT]');
    expect(await client.submitThrough({ status: 400, body })).toMatchObject({
      kind: 'permanent',
      code: 'bug',
    });
  });

  row('client E15', 'Dropwizard’s body with a numeric code → permanent, our bug', async () => {
    const body = { code: 400, message: 'Unable to process JSON', details: '…' };
    expect(await client.submitThrough({ status: 400, body })).toMatchObject({
      kind: 'permanent',
      code: 'bug',
    });
  });

  row('client E16', 'a revoked token → permanent, the connection is unhealthy', async () => {
    const { api, waiting, harness } = await client.start();
    const { execution } = waiting();
    harness.removePrincipal(API_KEY);
    expect(await api.submit(execution, approve())).toMatchObject({
      kind: 'permanent',
      code: 'token_invalid',
      unhealthy: true,
    });
  });

  row(
    'client E17',
    'a permission is missing in one project → permanent, named; the connection is well',
    async () => {
      const { api, waiting } = await client.start({
        principal: { deniedPermissions: ['core_pipeline_execute'] },
      });
      expect(await api.submit(waiting().execution, approve())).toMatchObject({
        kind: 'permanent',
        code: 'permission_missing',
        unhealthy: false,
        message: expect.stringContaining('core_pipeline_execute'),
      });
    },
  );

  row('client E17', 'a 403 that names no permission → permanent, the connection is unhealthy', async () => {
    const body = { message: 'Access to this account is not allowed', code: null };
    expect(await client.submitThrough({ status: 403, body })).toMatchObject({
      kind: 'permanent',
      code: 'access_refused',
      unhealthy: true,
    });
  });

  row('client E17', 'an HTML 403 → the firewall or allowlist, never its HTML', async () => {
    const answer = await client.submitThrough({ status: 403 });
    expect(answer).toMatchObject({ kind: 'permanent', code: 'address_blocked', unhealthy: true });
    expect(JSON.stringify(answer)).not.toContain('<');
  });

  row('client E18', 'the wrong prefix → permanent, check the address', async () => {
    const { waiting, connect } = await client.start();
    const { execution } = waiting();
    const api = connect({ pathPrefix: '/elsewhere' });
    expect(await api.submit(execution, approve())).toMatchObject({
      kind: 'permanent',
      code: 'wrong_address',
      message: expect.stringContaining('HARNESS_PATH_PREFIX'),
    });
  });

  for (const status of [405, 415])
    row('client E19', `${status} → permanent, our bug`, async () => {
      expect(await client.submitThrough({ status })).toMatchObject({ kind: 'permanent', code: 'bug' });
    });

  row('client E20', '429 without Retry-After → throttled for at least 10 s with jitter', async () => {
    expect(await client.submitThrough({ status: 429 })).toEqual({ kind: 'throttled', retryAfterMs: 12_500 });
  });

  row('client E21', '500 → reconcile', async () => {
    expect(await client.submitThrough({ status: 500 })).toMatchObject({ kind: 'reconcile' });
  });

  for (const status of [502, 503, 504])
    row('client E22', `${status} → reconcile, never its HTML`, async () => {
      const answer = await client.submitThrough({ status });
      expect(answer).toMatchObject({ kind: 'reconcile' });
      expect(JSON.stringify(answer)).not.toContain('<');
    });

  row('client E22', '504 after commit → reconcile, and the list shows our activity', async () => {
    const { api, waiting, harness } = await client.start();
    const { execution } = waiting();
    harness.addFault({ match: { method: 'POST' }, status: 504, when: 'after' });
    expect(await api.submit(execution, approve())).toMatchObject({ kind: 'reconcile' });
    expect(await api.listInstances(execution)).toMatchObject({
      kind: 'ok',
      value: [{ status: 'APPROVED', activities: [{ comments: 'apr_x 0123456789ab' }] }],
    });
  });

  for (const status of ['reset', 'truncate'] as const)
    row('client E22', `${status} after commit → reconcile in words`, async () => {
      expect(await client.submitThrough({ status, when: 'after' })).toEqual({
        kind: 'reconcile',
        detail: 'The connection to Harness broke before it had answered.',
      });
    });

  row('client E22', 'no answer in time → reconcile in words', async () => {
    const { harness, waiting, connect } = await client.start();
    const { execution } = waiting();
    const fault = harness.addFault({ match: { method: 'POST' }, status: 'hang' });
    const answer = await connect({ fetchTimeoutMs: 100 }).submit(execution, approve());
    fault.release();
    expect(answer).toEqual({ kind: 'reconcile', detail: 'Harness did not answer within 0.1 s.' });
  });

  row('client E22', 'nobody listens → reconcile in words', async () => {
    const { harness, api, waiting } = await client.start();
    const { execution } = waiting();
    await harness.close();
    expect(await api.submit(execution, approve())).toMatchObject({
      kind: 'reconcile',
      detail: expect.stringContaining('HARNESS_BASE_URL'),
    });
  });

  for (const [name, fault] of [
    ['a 200 that is no JSON', { status: 200, body: 'OK' }],
    ['a 200 that is a page', { status: 200, body: '<html>maintenance</html>' }],
    ['a 200 that is no instance', { status: 200, body: { status: 'SUCCESS', data: null } }],
    ['a 204', { status: 204 }],
    ['a status nobody listed', { status: 418, body: refusal('I am a teapot') }],
    ['a 400 nobody listed', { status: 400, body: '<html>no</html>' }],
    ['an endless answer', { status: 200, body: 'x'.repeat(1024 * 1024 + 1) }],
  ] as const)
    row('§5 strange answers', `${name} → reconcile, never its HTML`, async () => {
      const answer = await client.submitThrough({ ...fault, when: 'after' });
      expect(answer).toMatchObject({ kind: 'reconcile' });
      expect(JSON.stringify(answer)).not.toContain('<html');
    });

  row('§5 strange answers', 'another gate’s instance is no acceptance', async () => {
    const { api, waiting, harness } = await client.start();
    const { execution, instanceId } = waiting({ callbackId: 'one' });
    const other = { id: 'another', type: 'HarnessApproval', status: 'APPROVED', details: null };
    harness.addFault({ match: { method: 'POST' }, status: 200, body: other });
    expect(await api.submit(execution, approve({ instanceId }))).toMatchObject({ kind: 'reconcile' });
  });

  row('§5 permanent', 'an instance id that Harness does not know', async () => {
    const { api, waiting } = await client.start();
    expect(await api.submit(waiting().execution, approve({ instanceId: 'nope' }))).toMatchObject({
      kind: 'permanent',
      code: 'instance_not_found',
    });
  });
});
