import { beforeEach, describe, expect } from 'vitest';
import { faultPresets } from '../../../src/demo/doubles/harness/fault-presets.ts';
import { approve } from '../connect.ts';
import { EVENT, useBot } from './bot.ts';
import { useClient } from './client.ts';
import { row } from './rows.ts';

/** What docs/harness.md says to use there: the personal access token of a user in one of the step's groups. */
const PERSON = { kind: 'USER', userGroups: ['ops'] } as const;
const OPS = { approvers: { userGroups: ['ops'], serviceAccounts: [] } };

describe('an older server, the client', () => {
  const client = useClient();

  row(
    'older: GET ignores callback_id',
    'all instances come back, and the parameter is sent all the same',
    async () => {
      const { api, waiting, harness } = await client.start({ olderServer: true, principal: PERSON });
      const { execution } = waiting({ callbackId: 'gate' });
      harness.reachApproval(execution.planExecutionId, { approvalMessage: 'Other', callbackId: 'other' });
      expect(await api.listInstances(execution)).toMatchObject({
        kind: 'ok',
        value: [
          { approvalMessage: 'Deploy?', serviceAccounts: [], disallowedUserEmails: [] },
          { approvalMessage: 'Other' },
        ],
      });
      expect(harness.requests[0]!.query).toMatchObject({ callback_id: 'gate' });
    },
  );

  row('older: service accounts are refused', 'permanent: use a user’s token', async () => {
    const { api, waiting } = await client.start({ olderServer: true });
    const { execution, instanceId } = waiting();
    const refused = {
      kind: 'permanent',
      code: 'principal_unsupported',
      message: expect.stringContaining('personal access token'),
    };
    expect(await api.submit(execution, approve())).toMatchObject(refused);
    expect(await api.submit(execution, approve({ instanceId }))).toMatchObject(refused);
    expect(await api.checkAuthorization(instanceId)).toMatchObject(refused);
  });

  row(
    'older: one text for every refusal',
    'not in the group: permanent, and the reason is asked apart',
    async () => {
      const { api, waiting } = await client.start({ olderServer: true, principal: { kind: 'USER' } });
      const { execution, instanceId } = waiting(OPS);
      expect(await api.submit(execution, approve())).toMatchObject({
        kind: 'permanent',
        code: 'not_authorized',
      });
      expect(await api.checkAuthorization(instanceId)).toMatchObject({ value: { authorized: false } });
    },
  );

  row(
    'older: no word on the caller’s own vote',
    'the activity endpoint’s answer is accepted without it',
    async () => {
      const { api, waiting, harness } = await client.start({ olderServer: true, principal: PERSON });
      const { execution, instanceId } = waiting(OPS);
      expect(await api.submit(execution, approve({ instanceId }))).toMatchObject({
        kind: 'accepted',
        instance: { id: instanceId, status: 'APPROVED', activities: [{ comments: 'apr_x 0123456789ab' }] },
      });
      expect(harness.effects).toMatchObject([{ via: 'activity' }]);
    },
  );

  row('older: inputs are checked by name only', 'another name is E5, any value is taken', async () => {
    const { api, waiting } = await client.start({ olderServer: true, principal: PERSON });
    const { execution } = waiting({ ...OPS, approverInputs: [{ name: 'ticket', regex: 'CHG.*' }] });
    expect(await api.submit(execution, approve({ inputs: { other: 'x' } }))).toMatchObject({
      kind: 'inputs',
    });
    expect(await api.submit(execution, approve({ inputs: { ticket: 'x' } }))).toMatchObject({
      kind: 'accepted',
    });
  });
});

describe('an older server, the bot with a service account', () => {
  const bot = useBot({ olderServer: true });

  row(
    'older: service accounts are refused',
    'the card says what to use instead, after one POST',
    async () => {
      const { world } = bot;
      await world.ask(EVENT, 'run1');
      await bot.approve();
      await bot.wait(60_000);
      expect(world.words('ada')).toContain('not delivered to Harness');
      expect(world.words('ada')).toContain('use a personal access token');
      expect(bot.posts()).toHaveLength(1);
    },
  );
});

describe('an older server, the bot with a user’s token', () => {
  const bot = useBot({ olderServer: true });
  beforeEach(() => {
    const { apiKey } = bot.world.config.harness;
    bot.world.harness.addPrincipal({
      ...PERSON,
      apiKey,
      identifier: 'bot.user',
      name: 'Bot',
      email: 'bot@acme.io',
    });
  });

  row('older: service accounts are refused', 'a user’s token decides', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1', OPS);
    await bot.approve();
    expect(world.harness.effects).toMatchObject([{ user: { email: 'bot@acme.io' }, via: 'v1' }]);
    expect(world.words('alice')).toContain('confirmed by Harness');
  });

  row('older: GET ignores callback_id', 'gates met one after the other are told apart', async () => {
    const { world } = bot;
    world.run('run1');
    await world.post(EVENT, world.webhook('run1', { callbackId: 'east' }));
    const east = world.reach('run1', { ...OPS, callbackId: 'east' });
    await world.pass(1_000);
    await world.post('database-migration', world.webhook('run1', { callbackId: 'west' }));
    world.reach('run1', { ...OPS, callbackId: 'west' });
    await world.pass(1_000);
    const card = world.cards('alice').find(({ blocks }) => JSON.stringify(blocks).includes('Deploy to'))!;
    await world.slack.click('U0ALICE', { channel: card.channel, ts: card.ts, actionId: 'approve' });
    await world.settle();
    expect(world.harness.effects).toMatchObject([{ instanceId: east }]);
  });

  row('older: GET ignores callback_id', 'two that wait already are never guessed at', async () => {
    const { world } = bot;
    world.run('run1');
    await world.post(EVENT, world.webhook('run1', { callbackId: 'east' }));
    world.reach('run1', { ...OPS, callbackId: 'east' });
    world.reach('run1', { ...OPS, callbackId: 'west' });
    await world.pass(25_000);
    expect(world.words('ada')).toContain('An admin has to choose one');
    expect(world.harness.effects).toEqual([]);
  });

  row('older: one text for every refusal', 'our own vote behind “not authorized” is a delivery', async () => {
    const { world } = bot;
    const request = await world.ask(EVENT, 'run1', OPS);
    world.harness.addFault({
      ...faultPresets.timeoutAfterCommit,
      status: 400,
      body: { message: 'Invalid request: User not authorized to approve/reject' },
    });
    await bot.approve();
    expect(await bot.submission(request)).toMatchObject({ state: 'delivered', posts: 1 });
  });
});
