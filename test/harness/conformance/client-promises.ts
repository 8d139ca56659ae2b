import { describe, expect } from 'vitest';
import { createApprovalApi } from '../../../src/harness/approval-api.ts';
import { API_KEY, approve, connect, executionOf } from '../connect.ts';
import { useClient } from './client.ts';
import { row } from './rows.ts';

const INPUTS = { example_input1: 'value1', example_input2: 'value2' };
const DECLARED = [{ name: 'example_input1' }, { name: 'example_input2' }];
const SEED = `curl -i -X POST 'https://app.harness.io/gateway/pipeline/api/v1/orgs/<orgIdentifier>/projects/<projectIdentifier>/approvals/execution/<executionId>'`;

describe('what the client sends', () => {
  const client = useClient();

  for (const [name, callbackId, curl] of [
    ['without callback id', '', SEED],
    ['with callback id', 'cb-1.(x)', `${SEED.slice(0, -1)}?callback_id=<callback_id>'`],
  ] as const)
    row('§5 payload', `the seed’s curl ${name} is what goes out, and the body holds both keys`, async () => {
      const { harness, api, waiting } = await client.start();
      const { execution } = waiting({ approverInputs: DECLARED, ...(callbackId ? { callbackId } : {}) });
      const answer = await api.submit(execution, approve({ inputs: INPUTS, comments: 'Approving via API' }));
      expect(answer).toMatchObject({ kind: 'accepted', instance: { status: 'APPROVED' } });

      const filled = curl
        .replace('<orgIdentifier>', 'default')
        .replace('<projectIdentifier>', 'payments')
        .replace('<executionId>', execution.planExecutionId)
        .replace('<callback_id>', encodeURIComponent(callbackId));
      const [, method, address] = /-X (\S+) '(.*)'/.exec(filled)!;
      const wanted = new URL(address!);
      const sent = harness.requests.at(-1)!;
      expect(sent.method).toBe(method);
      expect(sent.path).toBe(wanted.pathname);
      expect(sent.query).toEqual(Object.fromEntries(wanted.searchParams));
      expect(sent.headers).toMatchObject({
        'content-type': 'application/json',
        'harness-account': harness.accountId,
        'x-api-key': API_KEY,
        'user-agent': 'countersign/0.1.0',
      });
      const approverInputs = [
        { name: 'example_input1', value: 'value1' },
        { name: 'example_input2', value: 'value2' },
      ];
      expect(JSON.parse(sent.body)).toEqual({
        action: 'APPROVE',
        approver_inputs: approverInputs,
        approverInputs,
        comments: 'Approving via API',
      });
    });

  row('§5 payload', 'leaves both keys out when the step declares no inputs', async () => {
    const { harness, api, waiting } = await client.start();
    await api.submit(waiting().execution, approve());
    expect(JSON.parse(harness.requests.at(-1)!.body)).toEqual({
      action: 'APPROVE',
      comments: 'apr_x 0123456789ab',
    });
  });

  row('§5 payload', 'sends no inputs with REJECT', async () => {
    const { harness, api, waiting } = await client.start();
    const { execution } = waiting({ approverInputs: DECLARED });
    const answer = await api.submit(execution, approve({ action: 'REJECT', inputs: INPUTS }));
    expect(answer).toMatchObject({ kind: 'accepted', instance: { status: 'REJECTED' } });
    expect(Object.keys(JSON.parse(harness.requests.at(-1)!.body))).toEqual(['action', 'comments']);
  });

  row('§5 payload', 'goes by instance id when one is set, camelCase only', async () => {
    const { harness, api, waiting } = await client.start();
    const { execution, instanceId } = waiting({ approverInputs: DECLARED, callbackId: 'same' });
    const answer = await api.submit(execution, approve({ inputs: INPUTS, instanceId }));
    expect(answer).toMatchObject({ kind: 'accepted', instance: { id: instanceId, status: 'APPROVED' } });
    const sent = harness.requests.at(-1)!;
    expect(sent.path).toBe(`/gateway/pipeline/api/approvals/${instanceId}/harness/activity`);
    expect(sent.query).toEqual({ accountIdentifier: harness.accountId });
    expect(Object.keys(JSON.parse(sent.body))).toEqual(['action', 'approverInputs', 'comments']);
  });

  row('§5 giving up', 'makes one attempt a call, whatever happens', async () => {
    const { harness, api, waiting } = await client.start();
    const { execution } = waiting();
    harness.addFault({ status: 503, times: 9 });
    await api.submit(execution, approve());
    await api.listInstances(execution);
    expect(harness.requests).toHaveLength(2);
  });
});

describe('the client’s key', () => {
  const client = useClient();

  for (const status of [301, 302, 303, 307, 308])
    row('§5 the key', `does not follow a redirect to another host (${status})`, async () => {
      const { harness, api, waiting } = await client.start();
      const elsewhere = await connect();
      const { execution } = waiting();
      harness.addFault({ status, times: 2, headers: { Location: `${elsewhere.harness.url}/gateway/x` } });
      expect(await api.submit(execution, approve())).toMatchObject({
        kind: 'reconcile',
        detail: expect.stringContaining(`redirect (${status})`),
      });
      expect(await api.listInstances(execution)).toMatchObject({ kind: 'unavailable' });
      expect(elsewhere.harness.requests).toHaveLength(0);
      expect(harness.requests).toHaveLength(2);
      await elsewhere.close();
    });

  row('§5 the key', 'is in no log line and in no answer, even when Harness echoes it', async () => {
    const { harness, api, waiting, logged } = await client.start();
    const { execution } = waiting();
    harness.addFault({ status: 403, body: { message: `Missing permission for ${API_KEY}` } });
    const answer = await api.submit(execution, approve());
    await api.listInstances(execution);
    expect(answer).toMatchObject({ kind: 'permanent', message: expect.stringContaining('[key]') });
    expect(JSON.stringify([answer, logged])).not.toContain('verysecretpart');
    expect(logged).toHaveLength(1);
  });

  row(
    '§5 the key',
    'is not sent over plain http to another machine, nor with a broken configuration',
    async () => {
      const good = {
        pathPrefix: '',
        accountId: 'a',
        apiKey: 'k',
        clock: { now: () => 0 },
        log: null as never,
      };
      for (const bad of [
        { ...good, baseUrl: 'http://harness.example' },
        { ...good, baseUrl: 'https://me:pw@harness.example' },
        { ...good, baseUrl: 'https://harness.example', accountId: 'a/b' },
        { ...good, baseUrl: 'https://harness.example', apiKey: 'k\r\nx: y' },
      ])
        expect(() => createApprovalApi(bad)).toThrow(TypeError);
    },
  );

  row('§5 the key', 'R3: no identifier may bend the address', async () => {
    const { harness, api } = await client.start();
    const good = executionOf(harness, 'run1');
    const bent = [
      { ...good, org: '..' },
      { ...good, project: 'a/b' },
      { ...good, project: '%2e%2e' },
      { ...good, planExecutionId: '..' },
      { ...good, planExecutionId: 'a?b' },
      { ...good, callbackId: 'a/b' },
      { ...good, callbackId: '..' },
      { ...good, account: 'another' },
    ];
    for (const execution of bent) {
      expect(await api.submit(execution, approve())).toMatchObject({
        kind: 'permanent',
        code: 'bad_identifier',
      });
      expect(await api.listInstances(execution)).toMatchObject({ kind: 'permanent' });
    }
    expect(await api.submit(good, approve({ instanceId: '../x' }))).toMatchObject({ code: 'bad_identifier' });
    expect(await api.checkAuthorization('..')).toMatchObject({ code: 'bad_identifier' });
    expect(harness.requests).toHaveLength(0);
  });
});
