import { describe, expect } from 'vitest';
import type { Fault } from '../../../src/demo/doubles/harness/faults.ts';
import { approve, executionOf } from '../connect.ts';
import { refusal, useClient } from './client.ts';
import { type Row, row } from './rows.ts';

/** A GET changes nothing: what is not permanent may simply be asked again. */
const READS: readonly [Row, string, Fault, object][] = [
  [
    'client E12',
    'trouble behind the look-up',
    { status: 400, body: refusal('An unexpected error occurred while validating execution_id param') },
    { kind: 'unavailable' },
  ],
  [
    'client E13',
    'no account',
    { status: 400, body: refusal('harnessAccount param value is required') },
    { kind: 'permanent', code: 'no_account' },
  ],
  ['client E16', 'a dead key', { status: 401 }, { kind: 'permanent', code: 'token_invalid' }],
  [
    'client E17',
    'a missing permission',
    { status: 403, body: refusal('Missing permission core_pipeline_view on pipeline') },
    { kind: 'permanent', code: 'permission_missing' },
  ],
  [
    'client E17',
    'the firewall’s page',
    { status: 403 },
    { kind: 'permanent', code: 'address_blocked', unhealthy: true },
  ],
  ['client E18', 'no such address', { status: 404 }, { kind: 'permanent', code: 'wrong_address' }],
  ['client E20', 'too many calls', { status: 429 }, { kind: 'throttled', retryAfterMs: 12_500 }],
  ['client E21', '500', { status: 500 }, { kind: 'unavailable' }],
  ['client E22', '502', { status: 502 }, { kind: 'unavailable' }],
  ['client E22', '503', { status: 503 }, { kind: 'unavailable' }],
  ['client E22', '504', { status: 504 }, { kind: 'unavailable' }],
  ['client E22', 'a reset', { status: 'reset' }, { kind: 'unavailable' }],
  ['client E22', 'a reset in the middle of the body', { status: 'truncate' }, { kind: 'unavailable' }],
  [
    '§5 strange answers',
    'a redirect',
    { status: 307, headers: { Location: 'http://127.0.0.1:9/' } },
    { kind: 'unavailable' },
  ],
  ['§5 strange answers', '200 that is no JSON', { status: 200, body: 'OK' }, { kind: 'unavailable' }],
  ['§5 strange answers', '200 with one instance', { status: 200, body: {} }, { kind: 'unavailable' }],
];

describe('the client, reading', () => {
  const client = useClient();

  for (const [id, says, fault, expected] of READS)
    row(id, `on GET: ${says}`, async () => {
      const { harness, api, waiting } = await client.start();
      const { execution } = waiting();
      harness.addFault(fault);
      const list = await api.listInstances(execution);
      expect(list).toMatchObject(expected);
      expect(JSON.stringify(list)).not.toMatch(/<\w/);
      expect(harness.requests).toHaveLength(1);
    });

  row('client E11', 'on GET: permanent for the list, and no such run for the summary', async () => {
    const { api, harness } = await client.start();
    const nowhere = executionOf(harness, 'nope');
    expect(await api.listInstances(nowhere)).toMatchObject({ code: 'execution_not_found' });
    expect(await api.readExecution(nowhere)).toMatchObject({ kind: 'ok', value: null });
  });

  row('§5 reconcile, decided by us', 'our comment is on the instance that the list shows', async () => {
    const { api, waiting } = await client.start();
    const { execution } = waiting();
    await api.submit(execution, approve({ comments: 'apr_1 abc\nAlice: Go' }));
    expect(await api.listInstances(execution)).toMatchObject({
      value: [{ status: 'APPROVED', activities: [{ action: 'APPROVE', comments: 'apr_1 abc\nAlice: Go' }] }],
    });
  });
});
