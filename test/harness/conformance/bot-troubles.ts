import { createServer } from 'node:http';
import { describe, expect } from 'vitest';
import { faultPresets } from '../../../src/demo/doubles/harness/fault-presets.ts';
import type { Fault } from '../../../src/demo/doubles/harness/faults.ts';
import { EVENT, useBot, WANTS_TWO } from './bot.ts';
import { refusal } from './client.ts';
import { type Row, row } from './rows.ts';

const PASSING: readonly [Row, string, Fault][] = [
  ['bot E7', 'a write conflict', faultPresets.writeConflict],
  ['bot E12', 'trouble behind the look-up', faultPresets.executionLookupTrouble],
  ['bot E20', '429 without Retry-After', faultPresets.tooManyRequests],
  ['bot E20', '429 with Retry-After', faultPresets.tooManyRequestsWithRetryAfter],
  ['bot E21', '500', faultPresets.internalError],
  ['bot E21', '500 after the commit', { ...faultPresets.internalError, when: 'after' }],
  ['bot E22', '502', { match: { method: 'POST' }, status: 502 }],
  ['bot E22', '503', faultPresets.gatewayDown],
  ['bot E22', '504 after the commit', faultPresets.timeoutAfterCommit],
  ['bot E22', 'reset before the commit', faultPresets.resetBeforeCommit],
  ['bot E22', 'reset after the commit', faultPresets.resetAfterCommit],
  ['bot E22', 'reset in the middle of the body', faultPresets.cutShortAfterCommit],
  ['§5 strange answers', '200 that is no JSON', faultPresets.notJson],
  ['§5 strange answers', '200 that is a page', { ...faultPresets.notJson, body: '<html>ok</html>' }],
  ['§5 strange answers', 'an instance that tells nothing', { ...faultPresets.notJson, body: {} }],
];

describe('trouble that passes: told once in effect', () => {
  const bot = useBot();

  for (const [id, says, fault] of PASSING)
    row(id, says, async () => {
      const { world } = bot;
      await world.ask(EVENT, 'run1');
      world.harness.addFault(fault);
      await bot.approve();
      await world.pass(1_500);
      expect(world.words('bob')).toMatch(/Approved/);
      await bot.wait(60_000);
      expect(world.harness.effects).toHaveLength(1);
      expect(world.words('bob')).toContain('confirmed by Harness');
    });

  row('bot E12', 'a quarter of an hour of it is not given up', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1');
    const trouble = world.harness.addFault({ ...faultPresets.executionLookupTrouble, times: Infinity });
    await bot.approve();
    await bot.wait(15 * 60_000, 20_000);
    expect(world.words('alice')).toContain('telling Harness');
    expect(bot.posts().length).toBeGreaterThan(10);
    expect(bot.posts().length).toBeLessThan(60);
    trouble.remove();
    await bot.wait(60_000, 20_000);
    expect(world.harness.effects).toHaveLength(1);
    expect(world.words('alice')).toContain('confirmed by Harness');
  });

  row('bot E20', 'a burst: at least 10 s apart, however many', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1');
    world.harness.addFault({ ...faultPresets.tooManyRequests, times: 5 });
    await bot.approve();
    await bot.wait(120_000, 1_000);
    const at = bot.posts().map((post) => post.at);
    expect(at).toHaveLength(6);
    for (let n = 1; n < at.length; n += 1) expect(at[n]! - at[n - 1]!).toBeGreaterThanOrEqual(10_000);
    expect(world.harness.effects).toHaveLength(1);
    expect(world.words('alice')).toContain('confirmed by Harness');
  });

  row('bot E8', '504 after the first of two votes: the vote is found, never cast again', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1', WANTS_TWO);
    world.harness.addFault(faultPresets.timeoutAfterCommit);
    await bot.approve();
    await bot.wait(60_000);
    expect(bot.posts()).toHaveLength(1);
    expect(world.words('alice')).toContain('Harness wants more approvals');
  });

  row(
    'bot E1',
    '504 after the commit, then a blind list: the repeat meets E1 and is no failure',
    async () => {
      const { world } = bot;
      await world.ask(EVENT, 'run1');
      const { id } = world.harness.instances[0]!;
      world.harness.addFault(faultPresets.timeoutAfterCommit);
      await bot.approve();
      // A stale copy: Harness still lists the gate as waiting, without our vote.
      const stale = {
        id,
        type: 'HarnessApproval',
        status: 'WAITING',
        created: world.clock.now(),
        details: null,
      };
      world.harness.addFault({
        match: { method: 'GET', path: '/approvals/execution/' },
        status: 200,
        body: [stale],
      });
      await bot.wait(60_000);
      expect(bot.posts().map(({ status }) => status)).toEqual([504, 400]);
      expect(world.harness.effects).toHaveLength(1);
      expect(world.words('alice')).toContain('confirmed by Harness');
    },
  );

  row(
    '§5 strange answers',
    'a redirect is told as it is and not followed: the key goes nowhere else',
    async () => {
      const { world } = bot;
      const heard: (string | undefined)[] = [];
      const elsewhere = createServer((request, response) => {
        heard.push(request.url);
        response.end('{}');
      });
      await new Promise<void>((done) => elsewhere.listen(0, '127.0.0.1', done));
      const address = elsewhere.address();
      if (address === null || typeof address === 'string') throw new Error('no TCP address');
      const Location = `http://127.0.0.1:${address.port}/gateway`;
      await world.ask(EVENT, 'run1');
      world.harness.addFault({ status: 307, headers: { Location }, times: 4 });
      await bot.approve();
      await bot.wait(60_000);
      expect(heard).toEqual([]);
      expect(world.harness.effects).toHaveLength(1);
      await new Promise((done) => elsewhere.close(done));
    },
  );
});

describe('trouble that does not pass', () => {
  const bot = useBot();

  row(
    '§5 reconcile, waiting without our vote',
    'posted six times, each after a look, then for an admin',
    async () => {
      const { world } = bot;
      const request = await world.ask(EVENT, 'run1');
      const down = world.harness.addFault({ ...faultPresets.gatewayDown, times: Infinity });
      await bot.approve();
      await bot.wait(10 * 60_000, 10_000);
      expect(bot.posts()).toHaveLength(6);
      const kinds = world.harness.requests.map(({ method }) => method).join(' ');
      expect(kinds).not.toContain('POST POST');
      expect(await bot.submission(request)).toMatchObject({ state: 'dead' });
      expect(world.words('ada')).toContain('Harness did not record the decision in 6 attempts');
      down.remove();
      await world.press('ada', 'retry_submission');
      await bot.wait(5_000);
      expect(world.harness.effects).toHaveLength(1);
      expect(world.words('alice')).toContain('confirmed by Harness');
    },
  );

  row('§5 giving up', 'after 24 hours without a word, said so; an admin’s retry still delivers', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1', { timeoutMs: 7 * 24 * 3_600_000 });
    const gone = world.harness.addFault({ status: 'reset', times: Infinity });
    await bot.approve();
    await bot.wait(23 * 3_600_000, 15 * 60_000);
    expect(world.words('alice')).toContain('telling Harness');
    await bot.wait(2 * 3_600_000, 15 * 60_000);
    expect(world.words('ada')).toContain('Harness could not be told for 24 hours');
    gone.remove();
    await world.press('ada', 'retry_submission');
    await bot.wait(10_000);
    expect(world.words('alice')).toContain('confirmed by Harness');
  });

  row('§5 giving up', 'a bot that slept for two days tells Harness all the same when it wakes', async () => {
    const { world } = bot;
    await world.ask(EVENT, 'run1', { timeoutMs: 7 * 24 * 3_600_000 });
    const gone = world.harness.addFault({ status: 'reset', times: Infinity });
    await bot.approve();
    gone.remove();
    // Asked to wait, nothing has failed.
    world.harness.addFault({ ...faultPresets.tooManyRequestsWithRetryAfter, times: 2 });
    await bot.wait(48 * 3_600_000, 48 * 3_600_000);
    await bot.wait(60_000);
    expect(world.harness.effects).toHaveLength(1);
    expect(world.words('alice')).toContain('confirmed by Harness');
  });

  row('§5 giving up', 'at Harness’s own deadline: closed, not delivered', async () => {
    const { world } = bot;
    const request = await world.ask(EVENT, 'run1', { timeoutMs: 60_000 });
    world.harness.addFault({ ...faultPresets.tooManyRequests, times: Infinity });
    await bot.approve();
    await bot.wait(120_000);
    expect(world.harness.effects).toEqual([]);
    expect(await bot.submission(request)).toMatchObject({ state: 'closed' });
    expect(world.words('alice')).toContain('Expired in Harness');
    expect(world.words('alice')).toContain('Differs from the decision here');
  });

  row('§5 the key', 'echoed by a proxy, it is on no card and in no record', async () => {
    const { world } = bot;
    const request = await world.ask(EVENT, 'run1');
    const { apiKey } = world.config.harness;
    const body = refusal(`Missing permission for ${apiKey}`);
    world.harness.addFault({ match: { method: 'POST' }, status: 403, body });
    await bot.approve();
    const submission = JSON.stringify(await bot.submission(request));
    expect(submission).toContain('[key]');
    expect(submission + world.words('ada')).not.toContain(apiKey);
  });
});
