import { describe, expect } from 'vitest';
import { BOT, STAFF } from '../../helpers/world.ts';
import { EVENT, OPEN_TO_ALL, useBot } from './bot.ts';
import { refusal } from './client.ts';
import { type Row, row } from './rows.ts';

const NOBODY = 'waiting for pipeline execution id: run1 and callback id: run1-gate';
const CANNOT_ADD = 'Unable to add Harness Approval Activity : ';

describe('the gate is not as it was when the bot looked', () => {
  const bot = useBot();

  row('bot E1', 'decided alike between look and post: a look tells, and nothing is sent again', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1', OPEN_TO_ALL);
    const { id } = world.harness.instances[0]!;
    bot.afterNextLook(() => world.harness.decideInUi(id, { user: 'h-carol', action: 'APPROVE' }));
    await bot.approve();
    await bot.wait(60_000);
    expect(bot.posts().map(({ status }) => status)).toEqual([400]);
    expect(world.harness.effects.map(({ via }) => via)).toEqual(['ui']);
    expect(world.words('alice')).toContain('Approved in Harness by carol');
  });

  row('bot E3', 'decided otherwise, met by instance id: a conflict that everybody sees', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1', { ...OPEN_TO_ALL, callbackId: '', body: { callbackId: '' } });
    const { id } = world.harness.instances[0]!;
    bot.afterNextLook(() => world.harness.decideInUi(id, { user: 'h-carol', action: 'REJECT' }));
    await bot.approve();
    await bot.wait(60_000);
    expect(bot.posts()).toMatchObject([{ path: expect.stringContaining(`/${id}/harness/activity`) }]);
    for (const name of ['alice', 'bob', 'sam', 'dana', 'ada'] as const)
      expect(world.words(name)).toContain('Differs from the decision here');
  });

  row('bot E2', 'the same callback id twice: by the instance bound before', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1');
    const { id } = world.harness.instances[0]!;
    world.reach('run1');
    await bot.approve();
    expect(bot.posts().map(({ status }) => status)).toEqual([400, 200]);
    expect(world.harness.effects).toMatchObject([{ instanceId: id, via: 'activity' }]);
    expect(world.words('alice')).toContain('confirmed by Harness');
  });

  row('bot E8', 'our vote is there, though the answer says no: delivered, and sent once', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1');
    const body = refusal('You have already approved/rejected the pipeline');
    world.harness.addFault({ match: { method: 'POST' }, status: 400, body, when: 'after' });
    await bot.approve();
    await bot.wait(60_000);
    expect(bot.posts()).toHaveLength(1);
    expect(world.words('alice')).toContain('confirmed by Harness');
  });
});

describe('inputs that Harness refuses', () => {
  const bot = useBot();

  for (const [id, text, says] of [
    ['bot E5', 'Invalid approver inputs', 'the step declares other inputs than were sent'],
    [
      'bot E6',
      'Approval inputs validation failed: {ticket=x does not match the regex pattern CHG.*}',
      'ticket: x does not match the regex pattern CHG.*',
    ],
  ] as const)
    row(id, 'the decider corrects them, and the same submission goes again (R20)', async () => {
      const { world } = bot;
      const request = await world.ask(EVENT, 'run1', { approverInputs: [{ name: 'ticket' }] });
      world.harness.addFault({
        match: { method: 'POST' },
        status: 400,
        body: refusal(CANNOT_ADD + text),
      });
      await world.approveWith('alice', { ticket: 'x' });
      await bot.wait(60_000);
      expect(bot.posts()).toHaveLength(1);
      expect(await bot.submission(request)).toMatchObject({
        state: 'needs_input',
        detail: expect.stringContaining(says),
      });
      expect(world.words('alice')).toContain('Harness refused the inputs');
      await world.press('alice', 'supply_inputs');
      const form = await world.form('alice');
      await world.slack.submitView(STAFF.alice, form.id, { ticket: 'CHG1' });
      await world.settle();
      expect(world.harness.effects).toMatchObject([{ approverInputs: [{ name: 'ticket', value: 'CHG1' }] }]);
      expect(world.words('bob')).toContain('confirmed by Harness');
    });
});

/** Row, http status, Harness's words ('' = the edge's page), and a part of what the card says is to be done. */
const PERMANENT: readonly [Row, number, string, string][] = [
  ['bot E9', 400, 'Pipeline executor is not allowed to approve/reject', 'use the key of a service account'],
  [
    'bot E9',
    400,
    'Action not permitted: You [approvalbot@service.harness.io] are on the disallowed user list and do not have permission to approve or reject.',
    'disallowedUserEmails',
  ],
  [
    'bot E9',
    400,
    'The service account configured in the request is not authorized to approve/reject',
    'list its service account',
  ],
  ['bot E9', 400, 'User not authorized to approve/reject', 'list its service account'],
  [
    'bot E10',
    400,
    'SERVICE_ACCOUNT is not supported for Harness Approval Step yet',
    'use a personal access token',
  ],
  ['bot E10', 400, 'Service account [approvalbot] does not exist.', 'no longer exists in Harness'],
  ['bot E10', 400, 'Invalid user: bot.user', 'no longer exists in Harness'],
  [
    'bot E11',
    400,
    "execution_id param value provided doesn't belong to Account: acme, Org: default, Project: payments or the pipeline has been deleted",
    'check the ids the pipeline sent',
  ],
  ['bot E13', 400, 'harnessAccount param value is required', 'HARNESS_ACCOUNT_ID'],
  ['bot E14', 400, 'action in request body should be one of [APPROVE, REJECT]', 'a fault in Countersign'],
  ['bot E15', 400, 'Unable to process JSON', 'a fault in Countersign'],
  [
    'bot E17',
    403,
    'Principal of type SERVICE_ACCOUNT with identifier approvalbot : Missing permission core_pipeline_execute on pipeline',
    'give it a role with pipeline view and execute',
  ],
  ['bot E17', 403, '', 'IP allowlist'],
  ['bot E18', 404, 'HTTP 404 Not Found', 'HARNESS_PATH_PREFIX'],
  ['bot E19', 405, 'HTTP 405 Method Not Allowed', 'a fault in Countersign'],
  ['bot E19', 415, 'HTTP 415 Unsupported Media Type', 'a fault in Countersign'],
];

describe('a refusal for good', () => {
  const bot = useBot();

  for (const [id, status, text, remedy] of PERMANENT)
    row(
      id,
      `${status} ${text.slice(0, 60) || 'a page'}: told with the remedy, sent again by hand alone`,
      async () => {
        const { world } = bot;
        const request = await world.ask(EVENT, 'run1');
        const fault = { match: { method: 'POST' }, status };
        world.harness.addFault(text === '' ? fault : { ...fault, body: refusal(text) });
        await bot.approve();
        await bot.wait(120_000, 30_000);
        expect(bot.posts()).toHaveLength(1);
        expect(await bot.submission(request)).toMatchObject({ state: 'dead' });
        for (const name of ['alice', 'bob', 'ada'] as const) {
          expect(world.words(name)).toContain('not delivered to Harness');
          expect(world.words(name)).toContain(remedy);
          expect(world.words(name)).not.toMatch(/<(?!date)/);
        }
        await world.press('ada', 'retry_submission');
        await world.settle();
        expect(world.harness.effects).toHaveLength(1);
        expect(world.words('alice')).toContain('confirmed by Harness');
      },
    );

  row(
    'bot E16',
    'a revoked token pauses the connection; once it is good again, all is told once',
    async () => {
      const { world } = bot;
      await world.ask(EVENT, 'run1');
      const { apiKey } = world.config.harness;
      world.harness.removePrincipal(apiKey);
      const before = world.harness.requests.length;
      await bot.approve();
      await bot.wait(55_000);
      expect(world.harness.requests.length - before).toBe(1);
      expect(world.words('ada')).toContain('Harness connection “environment” is paused');
      expect(world.words('alice')).toContain('Harness connection “environment” is paused');
      expect(bot.posts()).toEqual([]);
      world.harness.addPrincipal({ ...BOT, apiKey });
      await bot.wait(130_000);
      expect(world.harness.effects).toHaveLength(1);
      expect(world.words('alice')).toContain('confirmed by Harness');
      expect(world.words('ada')).toContain('works again');
    },
  );

  row('bot E4', 'expired in the last second: closed, and not sent again and again', async () => {
    const { world } = bot;
    const request = await world.ask(EVENT, 'run1', { timeoutMs: 120_000 });
    const expired = refusal(`${CANNOT_ADD}Harness approval instance has already expired`);
    world.harness.addFault({ match: { method: 'POST' }, status: 400, body: expired, times: Infinity });
    await bot.approve();
    // Harness's sweep is late: the list still says WAITING.
    await bot.wait(60_000);
    expect(bot.posts()).toHaveLength(1);
    expect(await bot.submission(request)).toMatchObject({ state: 'closed' });
    expect(world.words('alice')).toContain('Expired in Harness');
  });

  row('bot E1', 'nothing waits any more and no list shows why: the end of the run tells', async () => {
    const { world } = bot;
    const request = await world.ask(EVENT, 'run1');
    const none = refusal(`Found no Harness Approval Instance ${NOBODY}`);
    world.harness.addFault({ match: { method: 'POST' }, status: 400, body: none });
    bot.afterNextLook(() => world.harness.abort('run1'));
    await bot.approve();
    await bot.wait(30_000);
    expect(await bot.submission(request)).toMatchObject({ state: 'closed' });
    expect(world.words('alice')).toContain('Run aborted in Harness');
  });
});
