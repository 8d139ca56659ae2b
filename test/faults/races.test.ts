import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cardsOf } from '../../src/store/cards.ts';
import { reassignSlot } from '../../src/usecases/approvers/reassign-slot.ts';
import { readRequestView } from '../../src/usecases/cards/request-view.ts';
import { createCardPresses } from '../../src/usecases/deciding/answer-press.ts';
import { cancelRequest } from '../../src/usecases/deciding/repair-request.ts';
import { chanceOfTheDay } from './chance.ts';
import { type MemoryRequest, type MemoryWorld, startMemoryWorld } from './memory-world.ts';
import { requestAudit } from './request-audit.ts';
import { rounds } from './rounds.ts';

/** Of each of the kinds below. */
const TRIALS = rounds('RACES', 10, 1_430);
const chance = chanceOfTheDay();

let world: MemoryWorld;
beforeAll(async () => {
  world = await startMemoryWorld();
});
afterAll(() => world.close());

type Contestant = () => Promise<unknown>;
type Press = (name: 'alice' | 'bob', platform: 'slack' | 'teams', act?: 'reject') => Contestant;

/** Who runs against whom, on one request that waits. */
const KINDS: Record<
  string,
  { requirement: 'any' | 'all'; field: (press: Press, request: MemoryRequest) => Contestant[] }
> = {
  'any of two, each on both platforms, twice': {
    requirement: 'any',
    field: (press) => everywhere(press, ['alice', 'alice', 'bob', 'bob']),
  },
  'all of two, each on both platforms, twice': {
    requirement: 'all',
    field: (press) => everywhere(press, ['alice', 'alice', 'bob', 'bob']),
  },
  'approve against reject': {
    requirement: 'all',
    field: (press) => [...everywhere(press, ['alice', 'bob']), press('alice', 'teams', 'reject')],
  },
  'press against cancel': {
    requirement: 'any',
    field: (press, request) => [
      ...everywhere(press, ['alice', 'bob']),
      () => cancelRequest(world.two.context, request.id, 'no', { personId: world.ids.dana, via: 'slack' }),
    ],
  },
  'press against our own deadline': {
    requirement: 'any',
    field: (press) => [...everywhere(press, ['alice', 'bob']), () => world.two.pass(60_000)],
  },
  'press against a decision in Harness': {
    requirement: 'any',
    field: (press, request) => [
      ...everywhere(press, ['alice', 'bob']),
      async () => {
        world.harness.decideElsewhere(request.run, chance.pick(['APPROVE', 'REJECT', 'ABORT']));
        await world.two.worker.settle();
      },
    ],
  },
  'press against the loss of the place': {
    requirement: 'all',
    field: (press, request) => [
      ...everywhere(press, ['alice', 'bob']),
      () =>
        reassignSlot(world.two.context, request.id, world.ids.alice, world.ids.carol, {
          personId: world.ids.ada,
          via: 'slack',
        }),
    ],
  },
};

function everywhere(press: Press, names: readonly ('alice' | 'bob')[]): Contestant[] {
  return names.flatMap((name) => [press(name, 'slack'), press(name, 'teams')]);
}

describe(`in a race (SEED=${chance.seed})`, () => {
  test.each(Object.entries(KINDS))(
    '%s: one outcome, told once',
    { timeout: 3_600_000 },
    async (kind, race) => {
      const wrong: string[] = [];
      for (let trial = 0; trial < TRIALS; trial += 1) {
        const deadline = kind.includes('deadline') ? world.two.clock.now() + 30_000 : null;
        const request = await world.open(race.requirement, deadline);
        const cards = await cardsOf(world.two.context.db, request.id);
        const press: Press = (name, platform, act) => async () => {
          const card = cards.find((one) => one.platform === platform && one.personId === world.ids[name])!;
          const pressed = world.pressOf(name, platform, card.id, 1);
          const presses = createCardPresses(world.two.context);
          if (act === 'reject') await presses.submitForm(pressed, 'reject', { comment: 'No.' });
          else await presses.approve(pressed);
        };
        await Promise.all(
          shuffled([...race.field(press, request), () => world.two.worker.settle()]).map((run) => run()),
        );
        await world.two.pass(60_000);
        wrong.push(
          ...(await problemsOf(request, race.requirement)).map((problem) => `trial ${trial}: ${problem}`),
        );
        // It is over, so that nobody looks at it any more.
        world.harness.decideElsewhere(request.run, 'ABORT');
      }
      console.log(JSON.stringify({ test: 'races', kind, trials: TRIALS, wrong: wrong.length }));
      expect(wrong).toEqual([]);
    },
  );
});

async function problemsOf({ id, run }: MemoryRequest, requirement: 'any' | 'all'): Promise<string[]> {
  const { context } = world.two;
  const { request, votes, slots, submission } = (await readRequestView(context.db, id, {
    platform: 'slack',
    personId: null,
  }))!;
  const counting = votes.filter(({ voidBecause }) => voidBecause === null);
  const { decision } = request;
  const told = world.harness.effects.filter((effect) => effect.run === run);
  const gate = world.harness.gate(run).status;
  const audit = await requestAudit(context.db, id);
  const satisfied = counting.some(({ action }) => action === 'REJECT')
    ? 'REJECT'
    : slots[requirement === 'any' ? 'some' : 'every'](({ personId }) =>
          counting.some((vote) => vote.personId === personId),
        )
      ? 'APPROVE'
      : null;
  const found = {
    'stuck: the votes are enough, and nothing is decided': request.status === 'WAITING' && satisfied !== null,
    'decided against its votes': decision !== null && decision.action !== satisfied,
    'told twice': told.length > 1,
    'told something else': told.some(({ action }) => action !== decision?.action),
    'decided and not told': decision !== null && gate === 'WAITING',
    'not settled': submission !== null && ['queued', 'sending'].includes(submission.state),
    'somebody voted twice': new Set(counting.map(({ personId }) => personId)).size < counting.length,
    'votes without a line in the audit, or lines without a vote':
      personsOf(audit.filter(({ action }) => action === 'voted')) !== personsOf(votes),
    'a card still has buttons to decide': await hasButtons(id, request.status),
  };
  return Object.entries(found).flatMap(([problem, holds]) =>
    holds
      ? [`${problem}: ${JSON.stringify({ status: request.status, decision, gate, told, votes, audit })}`]
      : [],
  );
}

function personsOf(list: readonly { personId: number | null }[]): string {
  return [...new Set(list.map(({ personId }) => personId))].sort().join();
}

async function hasButtons(id: string, status: string): Promise<boolean> {
  if (status === 'WAITING') return false;
  return (['slack', 'teams'] as const).some((platform) =>
    [...world.two.platforms[platform].cards.values()].some(
      ({ card }) =>
        card.requestId === id && card.actions.some(({ kind }) => kind === 'approve' || kind === 'reject'),
    ),
  );
}

function shuffled<T>(list: T[]): T[] {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = chance.upTo(last + 1);
    [list[last], list[other]] = [list[other]!, list[last]!];
  }
  return list;
}
