import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CHANNEL } from '../helpers/in-channel.ts';
import { ENTRA, wordsOf } from '../helpers/world.ts';
import { type Approvers, buttonsOf, cardIdOf, createApprovers, teamsCardIdOf } from './approvers.ts';
import type { BotChild } from './bot-child.ts';
import { type Chance, chanceOfTheDay, seeded } from './chance.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { createMischief } from './mischief.ts';
import { createMoments, MOMENTS, type Moments } from './moments.ts';
import { createPipelines, type PipelineRun } from './pipelines.ts';
import { rounds } from './rounds.ts';
import { type Surroundings, startSurroundings } from './surroundings.ts';

/** Two stories at once, on two databases: a start takes half a second, and time is short. */
const STORIES = 2;
const KILLS = Math.ceil(rounds('KILLS', 30, 1_000) / STORIES);
/** Calm comes by degrees, since pauses after trouble are long: no new trouble first, then no new requests. */
const TROUBLE_UNTIL = Math.floor(KILLS * 0.68);
const REQUESTS_UNTIL = Math.floor(KILLS * 0.8);
/** A last life with more to edit than Slack allows in a minute would only wait: some more short ones instead. */
const MOST_KILLS = Math.ceil(KILLS * 1.5);
const FEW_DUE = 12;
const MOST_OPEN = 3;
const MOST_DUE = 16;
const CALM_WITHIN_MS = 180_000;

interface Story {
  kills: number;
  lying: number;
  /** When each life was ready; presses before that may be answered "still starting". */
  lives: { bornAt: number; readyAt: number | null }[];
  forgotten: Set<string>;
}

/** Waits for the moment to kill: half the times any, half just after something was seen from outside. */
async function killAtSomeMoment(bot: BotChild, chance: Chance, moments: Moments, story: Story) {
  if (chance.happens(0.5)) {
    await pause(250 + chance.upTo(800));
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
  { timeout: 7_200_000 },
  async (seed) => {
    const chance = seeded(seed);
    const began = Date.now();
    const world = await startSurroundings({}, { bobInTeams: true });
    const ledger = openLedger(world.databaseUrl);
    const moments = createMoments();
    world.slack.onChange((change) => {
      if (change.kind === 'call') moments.tell('Slack call');
    });
    world.harness.onChange((change) => {
      if (change.kind === 'request') moments.tell('Harness call');
    });
    const pipelines = createPipelines(world, chance, moments);
    const approvers = createApprovers(world, chance, moments);
    const mischief = createMischief(world, chance);
    const story: Story = { kills: 0, lying: 0, lives: [], forgotten: new Set() };
    const started: Promise<void>[] = [];
    let last: BotChild | null = null as BotChild | null;

    try {
      // One life in peace fills the compile cache.
      const first = world.startBot();
      await first.ready;
      await first.terminate();

      while (story.kills < KILLS || (story.kills < MOST_KILLS && (await ledger.due()).length > FEW_DUE)) {
        const bot = world.startBot();
        if (story.kills < TROUBLE_UNTIL) mischief.more();
        else mischief.end();
        const over = new Set(
          (await ledger.requests()).flatMap((row) => (row.harnessStatus ? [row.executionId] : [])),
        );
        const open = pipelines.runs.filter((run) => !over.has(run.executionId)).length;
        const room = (await ledger.due()).length > MOST_DUE ? 0 : Math.min(2, MOST_OPEN - open);
        if (story.kills < REQUESTS_UNTIL) for (let n = 0; n < room; n += 1) started.push(pipelines.start());
        await killAtSomeMoment(bot, chance, moments, story);
        for (const one of await ledger.forgotten()) story.forgotten.add(one);
      }
      const killedFor = Date.now() - began;

      const bot = world.startBot();
      last = bot;
      await bot.ready;
      story.lives.push({ bornAt: bot.bornAt, readyAt: bot.readyAt });
      await Promise.all(started);
      await until(
        'everything is settled',
        CALM_WITHIN_MS,
        async () => (await ledger.due()).length === 0,
        async () =>
          JSON.stringify(
            { due: await ledger.due(), requests: await ledger.requests(), said: bot.errors.slice(-3) },
            null,
            1,
          ),
      );
      await approvers.stop();
      await until(
        'the last presses are paid',
        60_000,
        async () => (await ledger.due()).length === 0,
        async () => JSON.stringify(await ledger.due()),
      );
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
          effects: world.harness.effects.length,
          posts: world.harness.requests.filter((call) => call.method === 'POST').length,
          replies: (await ledger.replies()).length,
          duplicateCards: (await duplicateCards(world, ledger)).length,
          killSeconds: Math.round(killedFor / 1000),
          seconds: Math.round((Date.now() - began) / 1000),
          trouble: mischief.met(),
        }),
      );

      expect({ forgotten: [...story.forgotten], dead: await ledger.dead() }).toEqual({
        forgotten: [],
        dead: [],
      });
      await webhooksAreKept(ledger, pipelines.runs);
      await harnessWasToldOnce(world, ledger);
      await pressesAreInEffect(ledger, approvers, story);
      await cardsShowTheEnd(world, ledger);
      expect(await duplicateCards(world, ledger)).toEqual([]);
      await threadsTellAllOnce(world, ledger);
      await votesAreUnique(ledger);
      expect(await bot.terminate()).toEqual({ code: 0, signal: null });
    } catch (error) {
      console.error(`SEED=${seed} repeats these choices, and ${seed + 1} those of the other story`);
      throw error;
    } finally {
      await approvers.stop();
      if (last?.alive) await last.kill();
      await ledger.close();
      await world.close();
    }
  },
);

/** No webhook that was answered 2xx is lost, every repeat met the same request, and each came to its outcome. */
async function webhooksAreKept(ledger: Ledger, runs: readonly PipelineRun[]): Promise<void> {
  const requests = new Map((await ledger.requests()).map((row) => [row.id, row]));
  expect(requests.size).toBe(runs.length);
  for (const run of runs) {
    expect(new Set(run.accepted).size, run.executionId).toBe(1);
    const request = requests.get(run.accepted[0]!);
    expect(request, run.executionId).toMatchObject({ executionId: run.executionId });
    expect(request!.status, run.executionId).toMatch(/^(APPROVED|REJECTED)$/);
  }
}

/** One effect per decided request, ours, with the action that was decided; none is undelivered. */
async function harnessWasToldOnce(world: Surroundings, ledger: Ledger): Promise<void> {
  const told = world.harness.effects.map(({ planExecutionId, action }) => `${planExecutionId} ${action}`);
  const decided = (await ledger.requests()).map(({ executionId, action }) => `${executionId} ${action}`);
  expect(told.sort()).toEqual(decided.sort());
  for (const request of await ledger.requests()) {
    expect(request).toMatchObject({ submission: 'delivered', harnessStatus: request.status });
    const effect = world.harness.effects.find((one) => one.planExecutionId === request.executionId)!;
    expect(effect.comments).toContain(request.id);
  }
}

/** Whoever was told "heard" has voted, or was refused for a reason that is on record. */
async function pressesAreInEffect(ledger: Ledger, approvers: Approvers, story: Story): Promise<void> {
  const cards = new Map((await ledger.cards()).map((card) => [card.id, card]));
  const wasReady = (at: number) =>
    story.lives.some((life, index) => {
      const next = story.lives[index + 1]?.bornAt ?? Number.POSITIVE_INFINITY;
      return life.readyAt !== null && at >= life.readyAt && at < next;
    });
  const lost: unknown[] = [];
  for (const press of approvers.acked) {
    // A press that opens a form decides nothing yet; its submit does.
    if (press.what === 'open' || !wasReady(press.at)) continue;
    const { request_id } = cards.get(press.cardId)!;
    if ((await ledger.audited(request_id, press.email, press.at)).length === 0) lost.push(press);
  }
  expect(lost).toEqual([]);
}

async function cardsShowTheEnd(world: Surroundings, ledger: Ledger): Promise<void> {
  const requests = new Map((await ledger.requests()).map((row) => [row.id, row]));
  for (const card of await ledger.cards()) {
    expect(card).toMatchObject({ state: 'posted', channel: expect.any(String), message: expect.any(String) });
    const word = requests.get(card.request_id)!.status === 'APPROVED' ? 'Approved' : 'Rejected';
    if (card.platform === 'teams') {
      for (const message of copiesInTeams(world, card.id)) await looksLike(world, message, word);
      continue;
    }
    const message = world.slack.message(card.channel!, card.message!)!;
    const shown = wordsOf(message.blocks).join(' ');
    expect(shown).toContain(word);
    expect(shown).toContain('confirmed by Harness');
    expect(buttonsOf(message).filter((id) => id !== 'view_pipeline')).toEqual([]);
  }
}

function copiesInTeams(world: Surroundings, cardId: string) {
  return world.teams!.messagesOf(ENTRA.bob).filter((message) => teamsCardIdOf(message) === cardId);
}

/** A post that was never answered may leave a second message in Teams; whoever looks at it sees the truth, too. */
async function looksLike(
  world: Surroundings,
  { conversation, id }: { conversation: string; id: string },
  word: string,
): Promise<void> {
  const { card } = await world.teams!.look(ENTRA.bob, conversation, id, { again: true });
  const shown = JSON.stringify(card ?? world.teams!.cardFor(ENTRA.bob, conversation, id));
  expect(shown).toContain(word);
  expect(shown).toContain('confirmed by Harness');
  expect(shown).not.toContain('"title":"Approve"');
}

/** Messages that show a card which another message shows already. */
async function duplicateCards(world: Surroundings, ledger: Ledger): Promise<string[]> {
  const refs = new Set((await ledger.cards()).map((card) => `${card.channel} ${card.message} ${card.id}`));
  return [...world.slack.users().map((user) => user.id), CHANNEL]
    .flatMap((place) => world.slack.messagesOf(place))
    .filter((message) => cardIdOf(message) !== null && message.visibleTo === undefined)
    .map((message) => `${message.channel} ${message.ts} ${cardIdOf(message)}`)
    .filter((ref) => !refs.has(ref));
}

/** The bot may look into the channel: each line stands below its card once, in order, and none was given up. */
async function threadsTellAllOnce(world: Surroundings, ledger: Ledger): Promise<void> {
  const replies = await ledger.replies();
  for (const card of (await ledger.cards()).filter(({ target_id }) => target_id === CHANNEL)) {
    const owed = replies.filter(({ card_id }) => card_id === card.id);
    expect(owed.length, card.request_id).toBeGreaterThan(0);
    expect(owed.filter(({ state }) => state !== 'posted')).toEqual([]);
    const below = world.slack.threadOf(CHANNEL, card.message!).map(({ ts }) => ts);
    expect(below, card.request_id).toEqual(owed.map(({ message }) => message));
  }
}

async function votesAreUnique(ledger: Ledger): Promise<void> {
  const votes = await ledger.votes();
  const keys = votes.map((vote) => `${vote.request_id} ${vote.content_version} ${vote.person_id}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(votes.every((vote) => vote.holds_slot)).toBe(true);
}
