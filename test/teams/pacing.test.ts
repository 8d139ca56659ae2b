import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnswers } from '../../src/teams/answers.ts';
import { createPacing, type Paced } from '../../src/teams/pacing.ts';
import { createSeal } from '../../src/teams/seal.ts';
import { handClock } from '../helpers/clock.ts';
import { RecordingLog } from '../helpers/recording.ts';
import { ALICE, BOB, GROUP, ORGANIZATION, startOutbound, TENANT } from './outbound.ts';

/** Per conversation: how many in how many ms. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit */
const DOCUMENTED = [
  [7, 1_000],
  [8, 2_000],
  [60, 30_000],
  [1800, 3_600_000],
] as const;

const message: Paced = { kind: 'message', key: 'a:1' };

/** Most that happened in any stretch of this length. */
function most(moments: readonly number[], withinMs: number): number {
  let first = 0;
  let found = 0;
  moments.forEach((at, index) => {
    while (moments[first]! <= at - withinMs) first += 1;
    found = Math.max(found, index - first + 1);
  });
  return found;
}

describe('the pace', () => {
  it('lets five through at once, then one a second', () => {
    const clock = handClock();
    const pacing = createPacing(clock);
    expect([1, 2, 3, 4, 5].map(() => pacing.take(message))).toEqual([0, 0, 0, 0, 0]);
    expect(pacing.take(message)).toBe(1000);
    expect(pacing.take({ kind: 'message', key: 'a:2' })).toBe(0);
    clock.advance(999);
    expect(pacing.look(message)).toBe(1);
    clock.advance(1);
    expect([pacing.take(message), pacing.take(message)]).toEqual([0, 1000]);
  });

  it('keeps within every documented window, however it is asked, for a day', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 8 }), (steps) => {
        const clock = handClock(0);
        const pacing = createPacing(clock);
        const moments: number[] = [];
        for (let turn = 0; clock.now() < 8 * 3_600_000; turn += 1) {
          const wait = pacing.take(message);
          if (wait === 0) moments.push(clock.now());
          clock.advance(
            turn % 50 === 0 ? steps[turn % steps.length]! * 100 : Math.max(wait, steps[turn % steps.length]!),
          );
        }
        for (const [count, ms] of DOCUMENTED) expect(most(moments, ms)).toBeLessThanOrEqual(count);
      }),
      { numRuns: 10 },
    );
  });

  it('lets the whole app make 20 calls in any second, whatever the conversations', () => {
    const clock = handClock();
    const pacing = createPacing(clock);
    const moments: number[] = [];
    for (let turn = 0; turn < 3000; turn += 1) {
      const kind = (['message', 'roster', 'create'] as const)[turn % 3]!;
      if (pacing.take({ kind, key: `a:${turn % 700}` }) === 0) moments.push(clock.now());
      clock.advance(5);
    }
    expect(most(moments, 1000)).toBe(20);
    expect(moments.length).toBeGreaterThan(280);
  });

  it('has those who wait for a call of the app come back one after the other, and wastes none of its calls', () => {
    const clock = handClock();
    const pacing = createPacing(clock);
    const began = clock.now();
    const waiting = Array.from({ length: 400 }, (_, nth) => ({ key: `a:${nth}`, at: began }));
    const moments: number[] = [];
    let looks = 0;
    while (waiting.length > 0) {
      waiting.sort((one, other) => one.at - other.at);
      const next = waiting[0]!;
      clock.advance(Math.max(0, next.at - clock.now()));
      looks += 1;
      const wait = pacing.take({ kind: 'message', key: next.key });
      if (wait > 0) next.at = clock.now() + wait;
      else moments.push(waiting.shift()!.at);
    }
    // 400 at 20 a second; a look for each call, and about one in vain.
    expect(moments.at(-1)! - began).toBeLessThan(22_000);
    expect(looks).toBeLessThan(3 * 400);
    expect(most(moments, 1000)).toBe(20);
  });

  it('sends nobody far away for those who wait for their own conversation', () => {
    const clock = handClock();
    const pacing = createPacing(clock);
    const to = (key: string): Paced => ({ kind: 'message', key });
    for (let n = 0; n < 300; n += 1) pacing.block(to(`blocked:${n}`), 60_000);
    for (let n = 0; n < 20; n += 1) pacing.take(to(n < 5 ? 'busy' : `a:${n}`));
    for (let n = 0; n < 300; n += 1) expect(pacing.look(to(`blocked:${n}`))).toBe(60_000);
    for (let n = 0; n < 300; n += 1) expect(pacing.look(to('busy'))).toBe(1000);
    // Its own pace lets it go at once, and few of those in it.
    for (let n = 0; n < 300; n += 1) expect(pacing.look(to('many'))).toBe(1000);
    expect(pacing.take(to('b'))).toBe(1050);
  });

  it('has an answer that somebody waits for take no turn', () => {
    const clock = handClock();
    const pacing = createPacing(clock);
    for (let n = 0; n < 20; n += 1) pacing.take({ kind: 'message', key: `a:${n}` });
    for (let n = 0; n < 100; n += 1) pacing.look({ kind: 'message', key: `b:${n}` });
    expect(pacing.take({ ...message, hurried: true })).toBe(1000);
    expect(pacing.take(message)).toBe(6000);
  });

  it('remembers no more than 10,000 conversations, and the busy ones of them', () => {
    const clock = handClock();
    const pacing = createPacing(clock);
    pacing.block(message, 600_000);
    for (let n = 0; n < 20_000; n += 1) {
      pacing.look({ kind: 'message', key: `b:${n}` });
      if (n % 1000 === 0) expect(pacing.look(message)).toBeGreaterThan(0);
    }
    for (let n = 0; n < 10_000; n += 1) pacing.look({ kind: 'message', key: `c:${n}` });
    expect(pacing.look(message)).toBe(0);
  });

  it('survives a clock that is set back', () => {
    const clock = handClock();
    const pacing = createPacing(clock);
    for (const _each of [1, 2, 3, 4, 5]) pacing.take(message);
    clock.advance(-3_600_000);
    expect(pacing.look(message)).toBeLessThanOrEqual(1000);
  });
});

describe('under the limits of Teams', () => {
  it('twenty messages at once to each of two people all arrive, once each, and Teams never has to say 429', async () => {
    await using out = await startOutbound({ double: { rateLimits: true } });
    const owed = [ALICE, BOB].flatMap((person) =>
      Array.from({ length: 20 }, (_, n) => ({
        place: out.place(out.teams.chatOf(person)),
        text: `${person} ${n}`,
      })),
    );
    let held = 0;
    for (let round = 0; owed.length > 0 && round < 500; round += 1) {
      const answers = await Promise.all(
        owed.map(({ place, text }) => out.connector.post(place, { summary: text, text })),
      );
      const waits = answers.flatMap((answer) => (answer.kind === 'throttled' ? answer.retryAfterMs : []));
      held += waits.length;
      for (const answer of answers) expect(['sent', 'throttled']).toContain(answer.kind);
      answers.forEach((answer, index) => {
        if (answer.kind === 'sent') owed[index]!.text = '';
      });
      owed.splice(0, owed.length, ...owed.filter(({ text }) => text !== ''));
      if (owed.length > 0) out.clock.advance(Math.min(...waits));
    }
    for (const person of [ALICE, BOB])
      expect(
        out.teams
          .messagesOf(person)
          .map(({ text }) => text)
          .sort(),
      ).toEqual(Array.from({ length: 20 }, (_, n) => `${person} ${n}`).sort());
    expect(held).toBeGreaterThan(0);
    const statuses = out.teams.calls.map(({ answered }) =>
      typeof answered === 'object' ? answered.status : 0,
    );
    expect(statuses).not.toContain(429);
  });

  it.each(['personal', 'group'] as const)(
    'an answer to somebody comes within a second, however many cards wait (%s)',
    async (scope) => {
      await using out = await startOutbound();
      const conversationId = scope === 'group' ? GROUP : out.teams.chatOf(ALICE);
      const where = { scope, place: out.place(conversationId), conversationId, message: null };
      const ofTenant = { organizationId: ORGANIZATION, platform: 'teams', tenant: TENANT } as const;
      const account = { ...ofTenant, externalId: ALICE };
      const member = await out.connector.member(where.place, ALICE);
      if (member.kind !== 'sent' || !member.value) throw new Error(member.kind);
      const log = new RecordingLog();
      const answers = createAnswers({ ...out, seal: createSeal(out.clock), log });
      const card = { summary: 'a card', text: 'a card' };
      for (let n = 0; n < 19; n += 1) await out.connector.post(out.place(`a:${n}`), card);
      for (let n = 0; n < 200; n += 1) expect(out.connector.wait(`b:${n}`)).toBeGreaterThan(0);
      out.clock.advance(950);
      const callsBefore = out.teams.calls.length;
      const answer = { summary: 'an answer', text: 'an answer' };
      const said = answers.say({ account, mri: member.value.mri }, where, answer);
      out.clock.advance(50);
      await said;
      expect(log.lines).toEqual([]);
      // Where it was asked, and not in another chat with a word about that.
      expect(out.teams.calls.length - callsBefore).toBe(1);
    },
  );
});
