import { describe, expect, it } from 'vitest';
import { createTokenBucket } from '../../src/harness/token-bucket.ts';

/** A clock that stands still except while the bucket waits. */
function bucketAt(start = 1_000_000) {
  let now = start;
  const waits: number[] = [];
  const clock = { now: () => now };
  const wait = async (ms: number) => {
    waits.push(ms);
    now += ms;
  };
  const bucket = createTokenBucket({ clock, perSecond: 5, maxWaitMs: 10_000, wait });
  return { bucket, waits, pass: (ms: number) => (now += ms) };
}

describe('the token bucket', () => {
  it('lets a second’s worth through at once, then one call each 200 ms', async () => {
    const { bucket, waits } = bucketAt();
    for (let i = 0; i < 8; i += 1) expect(await bucket.take()).toEqual({ ok: true });
    expect(waits).toEqual([200, 200, 200]);
  });

  it('never admits more than 5 more than 5 a second', async () => {
    const { bucket, waits, pass } = bucketAt();
    for (let i = 0; i < 100; i += 1) {
      await bucket.take();
      pass(37);
    }
    const elapsed = waits.reduce((sum, ms) => sum + ms, 0) + 99 * 37;
    expect(100).toBeLessThanOrEqual(5 + elapsed / 200 + 1);
  });

  it('refuses what would wait longer than 10 s', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const bucket = createTokenBucket({
      clock: { now: () => 0 },
      perSecond: 5,
      maxWaitMs: 10_000,
      wait: () => gate,
    });
    const queued = Array.from({ length: 55 }, () => bucket.take());
    expect(await bucket.take()).toEqual({ ok: false, retryAfterMs: 10_200 });
    release();
    expect(await Promise.all(queued)).toEqual(Array.from({ length: 55 }, () => ({ ok: true })));
  });

  it('lets nothing through while paused, not even what already waits', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const bucket = createTokenBucket({
      clock: { now: () => 0 },
      perSecond: 1,
      maxWaitMs: 10_000,
      wait: () => gate,
    });
    await bucket.take();
    const waiting = bucket.take();
    bucket.pause(12_000);
    expect(await bucket.take()).toEqual({ ok: false, retryAfterMs: 12_000 });
    release();
    expect(await waiting).toEqual({ ok: false, retryAfterMs: 12_000 });
  });

  it('opens again after the pause, and does not shorten one', async () => {
    const { bucket, pass } = bucketAt();
    bucket.pause(12_000);
    bucket.pause(1_000);
    pass(11_999);
    expect(await bucket.take()).toEqual({ ok: false, retryAfterMs: 1 });
    pass(1);
    expect(await bucket.take()).toEqual({ ok: true });
  });

  it('does not stand still when the clock is set back', async () => {
    const { bucket, waits, pass } = bucketAt();
    await bucket.take();
    pass(-86_400_000);
    expect(await bucket.take()).toEqual({ ok: true });
    expect(waits).toEqual([]);
    bucket.pause(700_000_000);
    pass(-86_400_000);
    expect(await bucket.take()).toEqual({ ok: false, retryAfterMs: 600_000 });
  });
});
