import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createPacing,
  METHOD_TIER,
  POSTS_PER_CHANNEL,
  type SlackMethod,
  TIER,
} from '../../src/slack/pacing.ts';

const call = (method: SlackMethod, channel: string | null = null, workspace = 'T1') => ({
  method,
  channel,
  workspace,
});

describe('pacing', () => {
  it('never lets more calls through than Slack’s window holds, and its waits are exact', () => {
    const steps = fc.array(fc.record({ after: fc.nat(5000), channel: fc.constantFrom('C1', 'C2', 'C3') }), {
      maxLength: 400,
    });
    fc.assert(
      fc.property(steps, fc.constantFrom<SlackMethod>('chat.postMessage', 'chat.update'), (all, method) => {
        let now = 1_000_000;
        const pacing = createPacing({ now: () => now });
        const made: { at: number; channel: string }[] = [];
        for (const { after, channel } of all) {
          now += after;
          const wait = pacing.take(call(method, channel));
          if (wait > 0) {
            now += wait - 1;
            expect(pacing.take(call(method, channel))).toBe(1);
            now += 1;
            expect(pacing.take(call(method, channel))).toBe(0);
          }
          made.push({ at: now, channel });
        }
        const busiest = (perMs: number, mine: typeof made) =>
          Math.max(
            0,
            ...mine.map(({ at }) => mine.filter((one) => one.at > at - perMs && one.at <= at).length),
          );
        const tier = TIER[METHOD_TIER[method]];
        expect(busiest(tier.perMs, made)).toBeLessThanOrEqual(tier.calls);
        if (method === 'chat.postMessage')
          for (const channel of ['C1', 'C2', 'C3'])
            expect(
              busiest(
                POSTS_PER_CHANNEL.perMs,
                made.filter((one) => one.channel === channel),
              ),
            ).toBeLessThanOrEqual(POSTS_PER_CHANNEL.calls);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps methods, workspaces and channels apart', () => {
    const pacing = createPacing({ now: () => 0 });
    for (let index = 0; index < 50; index += 1) expect(pacing.take(call('chat.update'))).toBe(0);
    expect(pacing.take(call('chat.update'))).toBe(60_000);
    expect(pacing.take(call('chat.update', null, 'T2'))).toBe(0);
    expect(pacing.take(call('conversations.open'))).toBe(0);
    pacing.block(call('chat.postMessage', 'C1'), 5000);
    expect(pacing.take(call('chat.postMessage', 'C1'))).toBe(5000);
    expect(pacing.take(call('chat.postMessage', 'C2'))).toBe(0);
    pacing.block(call('users.info'), 5000);
    expect(pacing.take(call('users.info'))).toBe(5000);
  });

  it('remembers a block while thousands of other channels come by, and forgets only the oldest', () => {
    let now = 0;
    const pacing = createPacing({ now: () => now });
    pacing.block(call('chat.postMessage', 'C1'), 1_000_000_000);
    for (let index = 0; index < 9000; index += 1) {
      now += 300;
      pacing.take(call('chat.postMessage', `D${index}`));
    }
    expect(pacing.take(call('chat.postMessage', 'C1'))).toBeGreaterThan(0);
  });
});
