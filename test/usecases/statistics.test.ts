import fc from 'fast-check';
import type { CompiledQuery } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decisionTimesQuery, outcomesQuery } from '../../src/store/outcome-days.ts';
import { median, readStatistics, spanWords, statisticsWords } from '../../src/usecases/homes/statistics.ts';
import { ACME, STAFF, startWorld, type World } from '../helpers/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('words and numbers', () => {
  test.each([
    [[], null],
    [[7], 7],
    [[9, 1, 5], 5],
    [[4, 1, 2, 3], 2.5],
    [[100, 20, 3], 20],
  ])('the median of %j is %s', (values, middle) => expect(median(values)).toBe(middle));

  test('half of the values lie on either side of the median', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 50 }), (values) => {
        const middle = median(values)!;
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        return below <= values.length / 2 && above <= values.length / 2;
      }),
    );
  });

  test.each([
    [0, '0 s'],
    [999, '0 s'],
    [59_999, '59 s'],
    [MINUTE, '1 min'],
    [MINUTE + 5_000, '1 min 5 s'],
    [12 * MINUTE + 34_000, '12 min'],
    [HOUR + 20 * MINUTE, '1 h 20 min'],
    [26 * HOUR, '1 d 2 h'],
    [40 * DAY + HOUR, '40 d'],
  ])('%i ms are %s', (ms, words) => expect(spanWords(ms)).toBe(words));

  test('the picture in words', () => {
    const totals = { approved: 3, rejected: 1, other: 2, waiting: 1 };
    expect(statisticsWords({ days: [], totals, medianMs: 90_000 })).toBe(
      '7 requests in the last 30 days: 3 approved, 1 rejected, 2 ended otherwise, 1 waiting. Median time to decide: 1 min 30 s.',
    );
  });
});

describe('of an organization', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
    await world.load(ACME);
  });
  afterEach(() => world.close());

  const statistics = () => readStatistics(world.app.context, world.app.organizationId);

  test('each request counts once, on the day it was opened, as what it is now', async () => {
    await world.ask('deploy-to-production', 'run1');
    await world.pass(9 * MINUTE);
    await world.press('alice', 'approve');
    await world.settle();
    await world.ask('deploy-to-production', 'run2');
    await world.pass(19 * MINUTE);
    await world.reject('bob', 'not today');
    await world.settle();
    await world.ask('rollback', 'run3');
    await world.pass(2 * MINUTE);
    await world.ask('deploy-to-production', 'run4', { timeoutMs: HOUR });
    await world.pass(2 * HOUR);
    await world.ask('deploy-to-production', 'run5');
    const { totals, days, medianMs } = await statistics();
    expect(totals).toEqual({ approved: 2, rejected: 1, other: 1, waiting: 1 });
    expect(days).toHaveLength(30);
    expect(days.at(-1)!.at).toBe(Math.floor(world.clock.now() / DAY) * DAY);
    // Nobody decided run3 and run4: only what votes decided has taken time.
    expect(medianMs! / MINUTE).toBeCloseTo(14, 0);
  });

  test('what is older than 30 days in UTC no longer counts', async () => {
    await world.ask('rollback', 'run1');
    await world.settle();
    const opened = Math.floor(world.clock.now() / DAY);
    world.clock.advance((opened + 30) * DAY - 1 - world.clock.now());
    expect((await statistics()).days[0]).toMatchObject({ at: opened * DAY, approved: 1 });
    world.clock.advance(1);
    expect((await statistics()).totals.approved).toBe(0);
  });

  test('an approval taken back before it was sent counts as the rejection it became', async () => {
    await world.ask('deploy-to-production', 'run1');
    await world.press('bob', 'reject');
    const { id } = await world.form('bob');
    await world.press('alice', 'approve');
    expect((await statistics()).totals).toMatchObject({ approved: 1, rejected: 0 });
    await world.slack.submitView(STAFF.bob, id, { comment: 'stop' });
    await world.settle();
    expect((await statistics()).totals).toMatchObject({ approved: 0, rejected: 1 });
  });

  test('another organization’s requests are not among them', async () => {
    await world.ask('rollback', 'run1');
    expect((await readStatistics(world.app.context, 99)).totals.approved).toBe(0);
  });

  test('both questions are answered from an index', async () => {
    const { db } = world.app.context;
    const plan = async (query: { compile(): CompiledQuery }) => {
      const compiled = query.compile();
      const explained = await db.executeQuery<{ detail: string }>({
        ...compiled,
        sql: `explain query plan ${compiled.sql}`,
      } as CompiledQuery<{ detail: string }>);
      return explained.rows.map(({ detail }) => detail).join('\n');
    };
    expect(await plan(outcomesQuery(db, 1, 1, 30))).toMatch(
      /^SEARCH day_totals USING (PRIMARY KEY|INDEX \S+) \(organization_id=\? AND list=\? AND day>\? AND day<\?\)$/,
    );
    expect(await plan(decisionTimesQuery(db, 1, 0, 100))).toMatch(
      /^SEARCH approval_requests USING COVERING INDEX approval_requests_decided \(organization_id=\? AND decided_at>\?\)$/,
    );
  });
});
