import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lineText } from '../../src/approval/card.ts';
import { cardsOf } from '../../src/store/cards.ts';
import { submissionOf } from '../../src/store/submissions.ts';
import { reassignSlot } from '../../src/usecases/approvers/reassign-slot.ts';
import { readRequestView } from '../../src/usecases/cards/request-view.ts';
import { createCardPresses } from '../../src/usecases/deciding/answer-press.ts';
import { cancelRequest, retrySubmission } from '../../src/usecases/deciding/repair-request.ts';
import type { HarnessWeather } from './memory-harness.ts';
import {
  CHECK_EVERY_MS,
  type MemoryRequest,
  type MemoryWorld,
  type Name,
  startMemoryWorld,
} from './memory-world.ts';
import { type Act, RequestModel } from './request-model.ts';
import { rounds } from './rounds.ts';

const RUNS = rounds('MODEL_RUNS', 500, 10_000);
const MOST_COMMANDS = rounds('MODEL_COMMANDS', 12, 30);
const HOUR = 3_600_000;

let world: MemoryWorld;
beforeAll(async () => {
  world = await startMemoryWorld();
});
afterAll(() => world.close());

async function same(model: RequestModel, real: MemoryRequest): Promise<void> {
  const view = (await readRequestView(world.two.context.db, real.id, { platform: 'slack', personId: null }))!;
  const nameOf = (id: number) => Object.entries(world.ids).find(([, one]) => one === id)![0];
  const counting = view.votes.filter((vote) => vote.contentVersion === view.request.contentVersion);
  expect({
    status: view.request.status,
    decision: view.request.decision?.action ?? null,
    version: view.request.contentVersion,
    isHeld: view.request.status === 'WAITING' && view.request.problem !== null,
    seats: view.slots.map(({ personId }) => nameOf(personId!)).sort(),
    told: world.harness.effects.filter(({ run }) => run === real.run).map(({ action }) => action),
    rejected: counting.filter(({ action }) => action === 'REJECT').length > 0,
  }).toEqual({
    status: model.status,
    decision: model.decision,
    version: model.version,
    isHeld: model.status === 'WAITING' && model.isHeld,
    seats: [...model.seats].sort(),
    told: model.told ? [model.told] : [],
    rejected: model.decision === 'REJECT',
  });
}

type Command = fc.AsyncCommand<RequestModel, MemoryRequest>;

/** `looks`: the bot looks at the gate for it. */
function command(
  words: string,
  act: (model: RequestModel, real: MemoryRequest) => Promise<void>,
  { looks = false } = {},
): Command {
  return {
    check: () => true,
    async run(model, real) {
      await act(model, real);
      await world.two.worker.settle();
      model.settle(world.two.clock.now(), looks);
      await same(model, real);
    },
    toString: () => words,
  };
}

function press(name: Name, platform: 'slack' | 'teams', act: Act, versionsOff: number): Command {
  return command(`${name} ${act} in ${platform} ${versionsOff}`, async (model, real) => {
    const cards = await cardsOf(world.two.context.db, real.id);
    const here = cards.filter((card) => card.platform === platform);
    const card = here.find(({ personId }) => personId === world.ids[name]) ?? here[0];
    if (!card) return;
    const version = model.version + versionsOff;
    const pressed = world.pressOf(name, platform, card.id, version);
    const presses = createCardPresses(world.two.context);
    if (act === 'APPROVE') await presses.approve(pressed);
    else await presses.submitForm(pressed, 'reject', { comment: 'No.' });
    model.vote(name, act, version);
  });
}

const elsewhere = (act: Act | 'ABORT') =>
  command(
    `${act} in Harness`,
    async (model, real) => {
      world.harness.decideElsewhere(real.run, act);
      model.decideElsewhere(act);
      await world.pass(3 * CHECK_EVERY_MS);
    },
    { looks: true },
  );

const time = (ms: number) =>
  command(`${ms / 1000} s pass`, async (model) => {
    await world.pass(ms);
    model.settle(world.two.clock.now(), true);
  });

const jump = (ms: number) =>
  command(`the clock jumps ${ms / HOUR} h`, async () => {
    world.jump(ms);
  });

/** What was given up, since Harness turned it away for a day, is tried again by an admin. */
async function retryGivenUp({ id }: MemoryRequest): Promise<void> {
  const { context } = world.two;
  if ((await submissionOf(context.db, id))?.state !== 'dead') return;
  expect(await retrySubmission(context, id, { personId: world.ids.ada, via: 'slack' })).toBeNull();
}

const weather = (of: HarnessWeather) =>
  command(`Harness is ${of}`, async (model, real) => {
    world.harness.weather = of;
    const wasReachable = model.reachable;
    model.reachable = of === 'calm' || of === 'deaf';
    if (wasReachable || !model.reachable) return;
    await retryGivenUp(real);
    await world.pass(3 * 60_000);
    model.settle(world.two.clock.now(), true);
  });

const platform = (name: 'slack' | 'teams', isDown: boolean) =>
  command(`${name} is ${isDown ? 'down' : 'back'}`, async () => {
    world.two.platforms[name].isDown = isDown;
  });

const anybody = fc.constantFrom<Name>('alice', 'alice', 'bob', 'bob', 'carol', 'dana', 'maria');
const where = fc.constantFrom<'slack' | 'teams'>('slack', 'teams');
const commands = [
  fc
    .record({
      who: anybody,
      where,
      act: fc.constantFrom<Act>('APPROVE', 'APPROVE', 'REJECT'),
      off: fc.constantFrom(0, 0, 0, -1, 1),
    })
    .map((one) => press(one.who, one.where, one.act, one.off)),
  fc.record({ who: anybody, where }).map((one) => press(one.who, one.where, 'APPROVE', 0)),
  fc.constant(
    command('the webhook again', async (model, real) => void (await real.post(`version ${model.version}`))),
  ),
  fc.constant(
    command(
      'the webhook amended',
      async (model, real) => {
        await real.post(`version ${model.version + 1}`);
        model.amend(world.two.clock.now());
      },
      { looks: true },
    ),
  ),
  fc.constantFrom<'dana' | 'carol'>('dana', 'carol').map((by) =>
    command(`${by} cancels`, async (model, real) => {
      await cancelRequest(world.two.context, real.id, 'no', { personId: world.ids[by], via: 'slack' });
      if (by === 'dana') model.cancel();
    }),
  ),
  fc
    .record({
      from: fc.constantFrom<Name>('alice', 'bob', 'maria'),
      to: fc.constantFrom<Name>('alice', 'carol', 'maria'),
    })
    .map(({ from, to }) =>
      command(`${from}’s place goes to ${to}`, async (model, real) => {
        const actor = { personId: world.ids.ada, via: 'slack' } as const;
        await reassignSlot(world.two.context, real.id, world.ids[from], world.ids[to], actor);
        model.reassign(from, to);
      }),
    ),
  fc.constantFrom<Act | 'ABORT'>('APPROVE', 'REJECT', 'ABORT').map(elsewhere),
  fc.constantFrom(5_000, 61_000, 61_000, 600_000).map(time),
  fc.constantFrom(-24 * HOUR, -HOUR, HOUR, 24 * HOUR).map(jump),
  fc.constantFrom<HarnessWeather>('calm', 'calm', 'down', 'deaf', 'busy').map(weather),
  fc.record({ where, isDown: fc.boolean() }).map((one) => platform(one.where, one.isDown)),
  fc.constant(command('a restart', () => world.two.restart())),
];

const start = fc.record({
  requirement: fc.constantFrom<'any' | 'all'>('any', 'all'),
  expiresIn: fc.constantFrom(null, null, 90_000, HOUR),
});

test('the bot does what a model of a hundred lines says', { timeout: 7_200_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(start, fc.commands(commands, { maxCommands: MOST_COMMANDS }), async (given, played) => {
      world.harness.weather = 'calm';
      for (const name of ['slack', 'teams'] as const) world.two.platforms[name].isDown = false;
      const expiresAt = given.expiresIn === null ? null : world.two.clock.now() + given.expiresIn;
      const model = new RequestModel(given.requirement, expiresAt);
      const real = await world.open(given.requirement, expiresAt);
      await fc.asyncModelRun(() => ({ model, real }), played);

      world.harness.weather = 'calm';
      model.reachable = true;
      for (const name of ['slack', 'teams'] as const) world.two.platforms[name].isDown = false;
      await retryGivenUp(real);
      await world.pass(2 * 60_000);
      model.settle(world.two.clock.now(), true);
      await same(model, real);
      await cardsSay(model, real);
      // What is owed for it, and who remembers it, would cost the next run.
      await world.two.context.db.deleteFrom('outbox').execute();
      world.forget();
    }),
    { numRuns: RUNS },
  );
  console.log(JSON.stringify({ test: 'model', runs: RUNS, mostCommands: MOST_COMMANDS }));
});

async function cardsSay(model: RequestModel, real: MemoryRequest): Promise<void> {
  for (const name of model.seats)
    for (const where of ['slack', 'teams'] as const) {
      const card = world.two.platforms[where].cardOf(world.two.directories[where].idOf(name), real.id);
      // Whoever got a place while it was on hold is asked once it is released.
      if (!card && model.isHeld) continue;
      const status = card ? lineText(card.status) : 'no card';
      expect(status, `${name} in ${where}`).toContain(model.headline(name));
      if (model.status !== 'WAITING') expect(card!.actions, `${name} in ${where}`).toEqual([]);
    }
}
