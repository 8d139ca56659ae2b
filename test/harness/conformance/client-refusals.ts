import { describe, expect } from 'vitest';
import { approve, executionOf } from '../connect.ts';
import { refusal, useClient } from './client.ts';
import { row } from './rows.ts';

describe('the client, told no', () => {
  const client = useClient();

  row('client E1', 'nothing waits → not_waiting', async () => {
    const { harness, api } = await client.start();
    const run = harness.startExecution({
      orgIdentifier: 'default',
      projectIdentifier: 'payments',
      pipelineIdentifier: 'Deploy',
    });
    const answer = await api.submit(executionOf(harness, run.planExecutionId), approve());
    expect(answer).toEqual({ kind: 'not_waiting' });
  });

  row('client E1', 'a repeat after success → not_waiting', async () => {
    const { api, waiting, harness } = await client.start();
    const { execution } = waiting();
    expect(await api.submit(execution, approve())).toMatchObject({ kind: 'accepted' });
    expect(await api.submit(execution, approve())).toEqual({ kind: 'not_waiting' });
    expect(harness.effects).toHaveLength(1);
  });

  row('client E2', 'two gates wait → ambiguous; by instance id it is not', async () => {
    const { api, waiting, harness } = await client.start();
    const { execution, instanceId } = waiting();
    harness.reachApproval(execution.planExecutionId, { approvalMessage: 'Second?' });
    expect(await api.submit(execution, approve())).toEqual({ kind: 'ambiguous' });
    const answer = await api.submit(execution, approve({ instanceId }));
    expect(answer).toMatchObject({ kind: 'accepted', instance: { id: instanceId, status: 'APPROVED' } });
  });

  row('client E3', 'already completed → reconcile', async () => {
    const { api, waiting, connect } = await client.start();
    const { execution, instanceId } = waiting();
    await api.submit(execution, approve({ action: 'REJECT' }));
    const other = connect({ apiKey: client.addPerson() });
    expect(await other.submit(execution, approve({ instanceId }))).toEqual({
      kind: 'reconcile',
      detail: expect.stringContaining('already completed'),
    });
  });

  row('client E4', 'expired → expired', async () => {
    const { api, waiting, pass } = await client.start({ expirySweepLagMs: 60_000 });
    const { execution } = waiting({ timeoutMs: 10_000 });
    pass(10_001);
    expect(await api.submit(execution, approve())).toEqual({ kind: 'expired' });
  });

  row('client E5', 'other inputs than declared → inputs', async () => {
    const { api, waiting } = await client.start();
    const { execution } = waiting({ approverInputs: [{ name: 'ticket' }] });
    expect(await api.submit(execution, approve({ inputs: { other: 'x' } }))).toEqual({
      kind: 'inputs',
      problems: {},
      message: expect.stringContaining('declares other inputs'),
    });
  });

  row('client E6', 'values refused → inputs, each problem with its name', async () => {
    const { api, waiting } = await client.start();
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

  row('client E7', 'any other trouble while adding → reconcile', async () => {
    const body = refusal('Unable to add Harness Approval Activity : Write conflict during plan execution');
    expect(await client.submitThrough({ status: 400, body })).toMatchObject({ kind: 'reconcile' });
  });

  row('client E8', 'our vote is already there → reconcile', async () => {
    const { api, waiting } = await client.start();
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

  for (const [name, approvers, remedy] of [
    ['not listed', { serviceAccounts: [] }, /list its service account/],
    ['disallowed', { disallowedUserEmails: ['approvalbot@service.harness.io'] }, /disallowedUserEmails/],
  ] as const)
    row('client E9', `${name} → permanent, with the remedy`, async () => {
      const { api, waiting } = await client.start();
      const { execution } = waiting({ approvers });
      expect(await api.submit(execution, approve())).toEqual({
        kind: 'permanent',
        code: 'not_authorized',
        message: expect.stringMatching(remedy),
        unhealthy: false,
      });
    });

  row('client E9', 'the executor → permanent, with the remedy', async () => {
    const { api, waiting } = await client.start({ principal: { uuid: 'u-ana' } });
    const { execution } = waiting({ approvers: { disallowPipelineExecutor: true } });
    expect(await api.submit(execution, approve())).toMatchObject({
      kind: 'permanent',
      code: 'not_authorized',
      message: expect.stringContaining('started the run'),
    });
  });

  for (const kind of ['USER', 'SERVICE_ACCOUNT'] as const)
    row('client E10', `a deleted ${kind} → permanent`, async () => {
      const { api, waiting } = await client.start({ principal: { kind, deleted: true } });
      expect(await api.submit(waiting().execution, approve())).toMatchObject({
        kind: 'permanent',
        code: 'principal_unknown',
      });
    });

  row('client E11', 'an unknown execution → permanent', async () => {
    const { api, harness } = await client.start();
    expect(await api.submit(executionOf(harness, 'nope'), approve())).toMatchObject({
      kind: 'permanent',
      code: 'execution_not_found',
    });
  });

  row('client E10', 'a kind of key no server takes → permanent, use a user’s token', async () => {
    const { api, waiting } = await client.start({ principal: { kind: 'API_KEY' } });
    expect(await api.submit(waiting().execution, approve())).toMatchObject({
      kind: 'permanent',
      code: 'principal_unsupported',
      message: expect.stringContaining('personal access token'),
    });
  });
});
