import { afterEach, describe, expect, test } from 'vitest';
import { cardsOf } from '../../src/store/cards.ts';
import type { Database } from '../../src/store/database.ts';
import { createCardPresses } from '../../src/usecases/deciding/answer-press.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';
import { growth, handles, heapMiB } from './heap.ts';
import { type MemoryWorld, startMemoryWorld } from './memory-world.ts';
import { rounds } from './rounds.ts';

const HOURS = rounds('SOAK_HOURS', 2, 24);
const HTTP_HOURS = rounds('SOAK_HTTP_HOURS', 1, 24);
const PER_HOUR = rounds('SOAK_PER_HOUR', 20, 60);
/** What a finished request may leave in memory, and what the engine's own ups and downs may add. */
const MIB_PER_REQUEST = 2_000 / 2 ** 20;
/** Over HTTP each platform's stand-in remembers every call and message. */
const MIB_PER_REMEMBERED_REQUEST = 0.15;
const UPS_AND_DOWNS_MIB = 12;
/** Sockets that are kept for the next call come and go. */
const MORE_HANDLES = 6;

interface Sample {
  heap: number;
  handles: Record<string, number>;
  /** Rows of the outbox that wait, and that cannot be done. */
  undone: number;
}

async function sample(db: Database): Promise<Sample> {
  const undone = await db.selectFrom('outbox').select('kind').where('state', '<>', 'done').execute();
  return { heap: heapMiB(), handles: handles(), undone: undone.length };
}

/** Between the first quarter and the last: no more memory than `requests` may leave, no more handles, nothing undone. */
function nothingPilesUp(samples: readonly Sample[], requests: number, mibPerRequest: number): void {
  const kinds = [...new Set(samples.flatMap((one) => Object.keys(one.handles)))];
  const more = kinds.map((kind) => [kind, growth(samples.map((one) => one.handles[kind] ?? 0))] as const);
  console.log(
    JSON.stringify({
      ...{ requests, heapMiB: samples.map(({ heap }) => Math.round(heap)) },
      ...{ heapGrowth: growth(samples.map(({ heap }) => heap)).toFixed(2), handles: samples.at(-1)!.handles },
      undone: samples.map(({ undone }) => undone),
    }),
  );
  expect(growth(samples.map(({ heap }) => heap))).toBeLessThan(UPS_AND_DOWNS_MIB + mibPerRequest * requests);
  expect(more.filter(([, growth]) => growth > MORE_HANDLES)).toEqual([]);
  expect(samples.filter(({ undone }) => undone > 0)).toEqual([]);
}

describe('for so many hours', () => {
  let memory: MemoryWorld | undefined;
  let world: World | undefined;
  afterEach(async () => {
    await memory?.close();
    await world?.close();
    memory = world = undefined;
  });

  test(`${HOURS} hours of ${PER_HOUR} requests: nothing stays owed, nothing stays in memory`, {
    timeout: 7_200_000,
  }, async () => {
    memory = await startMemoryWorld();
    const { two, ids } = memory;
    const samples: Sample[] = [];
    const presses = createCardPresses(two.context);
    for (let nth = 1; nth <= HOURS * PER_HOUR; nth += 1) {
      const { id } = await memory.open('any', null);
      const card = (await cardsOf(two.context.db, id)).find(({ personId }) => personId === ids.alice)!;
      await presses.approve(memory.pressOf('alice', card.platform, card.id, 1));
      await memory.pass(3_600_000 / PER_HOUR);
      if (nth % (PER_HOUR / 4) !== 0) continue;
      // What the stand-ins remember is theirs.
      memory.forget();
      samples.push(await sample(two.context.db));
    }
    nothingPilesUp(samples, HOURS * PER_HOUR, MIB_PER_REQUEST);
  });

  test(`${HTTP_HOURS} hours over HTTP: no timers, sockets or handles pile up`, {
    timeout: 7_200_000,
  }, async () => {
    world = await startWorld({ teams: {} });
    await world.load(ACME);
    const samples: Sample[] = [];
    for (let minute = 0; minute < HTTP_HOURS * 60; minute += 1) {
      if (minute % 5 === 0) {
        await world.ask('deploy-to-production', `run${minute}`);
        await world.press('alice', 'approve');
      }
      await world.pass(60_000);
      if (minute % 5 === 4) samples.push(await sample(world.app.context.db));
    }
    nothingPilesUp(samples, HTTP_HOURS * 12, MIB_PER_REMEMBERED_REQUEST);
  });
});
