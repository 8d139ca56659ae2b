import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createAdmins } from './admins.ts';
import { createApprovers } from './approvers.ts';
import { type Auditor, openAuditor } from './auditor.ts';
import type { BotChild } from './bot-child.ts';
import { type Chance, chanceOfTheDay, seeded } from './chance.ts';
import { createMischief } from './mischief.ts';
import { createMoments, MOMENTS, type Moments } from './moments.ts';
import { createPipelines } from './pipelines.ts';
import { rounds } from './rounds.ts';
import { startSurroundings } from './surroundings.ts';
import {
  actsAreInEffect,
  cardsInTeamsShowTheEnd,
  cardsShowTheEnd,
  duplicateCards,
  harnessWasToldOnce,
  pressesAreInEffect,
  questionsAreKept,
  threadsTellAllOnce,
  votesAreUnique,
  webhooksAreKept,
} from './verdicts.ts';

/** Two stories at once, on two databases: a start takes half a second, and time is short. */
const STORIES = 2;
const KILLS = Math.ceil(rounds('KILLS', 16, 1_000) / STORIES);
/** Calm comes by degrees, since pauses after trouble are long: no new trouble first, then no new requests. */
const TROUBLE_UNTIL = Math.floor(KILLS * 0.68);
const REQUESTS_UNTIL = Math.floor(KILLS * 0.8);
/** A last life with more to edit than Slack allows in a minute would only wait: some more short ones instead. */
const MOST_KILLS = Math.ceil(KILLS * 1.5);
const FEW_DUE = 12;
const MOST_OPEN = 3;
const MOST_DUE = 16;
const CALM_WITHIN_MS = 180_000;
/** In so many kills an admin has cancelled something, and given a place away. */
const ENOUGH_FOR_ADMINS = 100;

/** The runs whose gate was decided. */
function overIn(seen: Awaited<ReturnType<Auditor['look']>>): Set<string> {
  const over = seen.requests().filter(({ harnessStatus }) => harnessStatus && harnessStatus !== 'WAITING');
  return new Set(over.map(({ executionId }) => executionId));
}

interface Story {
  kills: number;
  lying: number;
  /** When each life was ready; presses before that may be answered "still starting". */
  lives: { bornAt: number; readyAt: number | null }[];
  forgotten: Set<string>;
}

/** Presses before a life was ready may be answered "still starting". */
function wasReady({ lives }: Story, at: number): boolean {
  return lives.some((life, index) => {
    const next = lives[index + 1]?.bornAt ?? Number.POSITIVE_INFINITY;
    return life.readyAt !== null && at >= life.readyAt && at < next;
  });
}

/** What a start takes on this machine now: lives are as long as that makes them, or all would end before they were ready. */
function startMs({ lives }: Story): number {
  const life = lives.findLast(({ readyAt }) => readyAt !== null);
  return life ? life.readyAt! - life.bornAt : 600;
}

/** Waits for the moment to kill: half the times any, half just after something was seen from outside. */
async function killAtSomeMoment(bot: BotChild, chance: Chance, moments: Moments, story: Story) {
  if (chance.happens(0.5)) {
    await pause(chance.upTo(Math.round(startMs(story) * 1.8)));
  } else {
    story.lying += 1;
    await bot.ready;
    await moments.wait(chance.pick(MOMENTS), 1 + chance.upTo(6), 500);
    const after = chance.upTo(16);
    if (after > 0) await pause(after);
  }
  await bot.kill();
  story.kills += 1;
  story.lives.push({ bornAt: bot.bornAt, readyAt: bot.readyAt });
}

async function until(
  what: string,
  ms: number,
  holds: () => Promise<boolean>,
  say: () => Promise<string>,
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what} within ${ms / 1000} s:\n${await say()}`);
    await pause(100);
  }
}

const seedOfTheDay = chanceOfTheDay().seed;
const title = `${KILLS} SIGKILLs lose nothing and do nothing twice`;
test.concurrent.each(Array.from({ length: STORIES }, (_, index) => seedOfTheDay + index))(
  `${title} (SEED=%i)`,
  { timeout: 21_600_000 },
  async (seed) => {
    const chance = seeded(seed);
    const began = Date.now();
    const world = await startSurroundings({}, { bobInTeams: true });
    const auditor = openAuditor(world.databaseUrl);
    const moments = createMoments();
    world.slack.onChange((change) => {
      if (change.kind === 'call') moments.tell('Slack call');
    });
    world.harness.onChange((change) => {
      if (change.kind === 'request') moments.tell('Harness call');
    });
    const pipelines = createPipelines(world, chance, moments, { notifications: 0.25 });
    const approvers = createApprovers(world, chance, moments);
    const admins = createAdmins(world, chance);
    const mischief = createMischief(world, chance);
    const story: Story = { kills: 0, lying: 0, lives: [], forgotten: new Set() };
    const started: Promise<void>[] = [];
    let last: BotChild | null = null as BotChild | null;

    try {
      // One life in peace fills the compile cache.
      const first = world.startBot();
      await first.ready;
      await first.terminate();

      while (story.kills < KILLS || (story.kills < MOST_KILLS && (await auditor.owed()).due > FEW_DUE)) {
        const bot = world.startBot();
        if (story.kills < TROUBLE_UNTIL) mischief.more();
        else mischief.end();
        const seen = await auditor.look();
        if (story.kills < REQUESTS_UNTIL) admins.more(seen);
        else admins.abort(seen);
        const over = overIn(seen);
        pipelines.finish(seen.requests());
        const open = pipelines.runs.filter((run) => !over.has(run.executionId)).length;
        const room = seen.due().length > MOST_DUE ? 0 : Math.min(2, MOST_OPEN - open);
        if (story.kills < REQUESTS_UNTIL) for (let n = 0; n < room; n += 1) started.push(pipelines.start());
        await killAtSomeMoment(bot, chance, moments, story);
        for (const one of await auditor.forgotten()) story.forgotten.add(one);
      }
      const killedFor = Date.now() - began;

      const bot = world.startBot();
      last = bot;
      await bot.ready;
      story.lives.push({ bornAt: bot.bornAt, readyAt: bot.readyAt });
      await Promise.all(started);
      await admins.stop();
      await until(
        'everything is settled',
        CALM_WITHIN_MS,
        async () => {
          const now = await auditor.look();
          admins.abort(now);
          pipelines.finish(now.requests());
          return (await auditor.owed()).due === 0;
        },
        async () => {
          const now = await auditor.look();
          const said = bot.errors.slice(-3);
          return JSON.stringify({ due: now.due(), requests: now.requests(), said }, null, 1);
        },
      );
      await approvers.stop();
      await until(
        'the last presses are paid',
        60_000,
        async () => (await auditor.owed()).due === 0,
        async () => JSON.stringify((await auditor.look()).due()),
      );
      const ledger = await auditor.look();
      const cancelled = ledger.requests().filter(({ status }) => status === 'ABORTED').length;
      const reassigned = admins.acked.filter(({ what }) => what === 'reassign').length;
      console.log(
        JSON.stringify({
          seed: chance.seed,
          kills: story.kills,
          lyingInWait: story.lying,
          requests: pipelines.runs.length,
          repeatedWebhooks: pipelines.runs.reduce((sum, run) => sum + run.duplicates, 0),
          presses: approvers.presses,
          ackedPresses: approvers.acked.length,
          unansweredPresses: approvers.unanswered,
          byNotification: pipelines.runs.filter(({ byNotification }) => byNotification).length,
          notifications: world.harness.notifications.length,
          questions: ledger.questions().length,
          answers: ledger.questions().filter(({ answer }) => answer !== null).length,
          adminActs: admins.asked,
          cancelled,
          reassigned,
          effects: world.harness.effects.length,
          posts: world.harness.requests.filter((call) => call.method === 'POST').length,
          replies: ledger.replies().length,
          duplicateCards: duplicateCards(world, ledger).length,
          killSeconds: Math.round(killedFor / 1000),
          seconds: Math.round((Date.now() - began) / 1000),
          trouble: mischief.met(),
        }),
      );

      expect({ forgotten: [...story.forgotten], dead: ledger.dead() }).toEqual({ forgotten: [], dead: [] });
      webhooksAreKept(ledger, pipelines.runs);
      harnessWasToldOnce(world, ledger);
      pressesAreInEffect(ledger, approvers.acked, ({ at }) => wasReady(story, at));
      questionsAreKept(ledger, approvers.acked, ({ at }) => wasReady(story, at));
      actsAreInEffect(ledger, admins.acked);
      if (story.kills >= ENOUGH_FOR_ADMINS) expect(Math.min(cancelled, reassigned)).toBeGreaterThan(0);
      cardsShowTheEnd(world, ledger);
      await cardsInTeamsShowTheEnd(world, ledger);
      expect(duplicateCards(world, ledger)).toEqual([]);
      threadsTellAllOnce(world, ledger);
      votesAreUnique(ledger);
      expect(await bot.terminate()).toEqual({ code: 0, signal: null });
    } catch (error) {
      console.error(`SEED=${seed} repeats these choices, and ${seed + 1} those of the other story`);
      throw error;
    } finally {
      await approvers.stop();
      if (last?.alive) await last.kill();
      await auditor.close();
      await world.close();
    }
  },
);
