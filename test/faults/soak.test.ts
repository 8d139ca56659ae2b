import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test } from 'vitest';
import { cardsOf } from '../../src/store/cards.ts';
import { createCardPresses } from '../../src/usecases/deciding/answer-press.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';
import { type MemoryWorld, startMemoryWorld } from './memory-world.ts';
import { rounds } from './rounds.ts';

const HOURS = rounds('SOAK_HOURS', 2, 24);
const HTTP_HOURS = rounds('SOAK_HTTP_HOURS', 1, 24);
const PER_HOUR = rounds('SOAK_PER_HOUR', 20, 60);
/** What a finished request may leave in memory, and what the engine's own ups and downs may add. */
const MOST_BYTES_PER_REQUEST = 2_000;
const UPS_AND_DOWNS = 12 * 2 ** 20;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

function heap(): number {
  gc();
  gc();
  return process.memoryUsage().heapUsed;
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
    const { two, harness, ids } = memory;
    const samples: { hour: number; heap: number; due: number; rows: number }[] = [];
    for (let hour = 0; hour < HOURS; hour += 1) {
      for (let nth = 0; nth < PER_HOUR; nth += 1) {
        const { id } = await memory.open('any', null);
        const card = (await cardsOf(two.context.db, id)).find(({ personId }) => personId === ids.alice)!;
        const presses = createCardPresses(two.context);
        await presses.approve(memory.pressOf('alice', card.platform, card.id, 1));
        await memory.pass(3_600_000 / PER_HOUR);
      }
      // What the stand-ins remember is theirs.
      for (const platform of [two.platforms.slack, two.platforms.teams]) {
        platform.cards.clear();
        platform.posts.length = platform.replies.length = platform.homes.length = 0;
      }
      for (const directory of [two.directories.slack, two.directories.teams]) directory.asked.length = 0;
      harness.forget();
      const due = await two.context.db
        .selectFrom('outbox')
        .select('kind')
        .where('state', '=', 'due')
        .execute();
      const { rows } = await two.context.db
        .selectFrom('outbox')
        .select((eb) => eb.fn.countAll<number>().as('rows'))
        .executeTakeFirstOrThrow();
      samples.push({ hour, heap: heap(), due: due.length, rows: Number(rows) });
    }
    const first = samples[Math.floor(samples.length / 2) - 1]!;
    const last = samples.at(-1)!;
    const perRequest = Math.round((last.heap - first.heap) / ((last.hour - first.hour) * PER_HOUR));
    console.log(
      JSON.stringify({
        ...{ test: 'soak', hours: HOURS, requests: HOURS * PER_HOUR, bytesPerRequest: perRequest },
        heapMiB: samples.map((sample) => Math.round(sample.heap / 2 ** 20)),
        due: samples.map(({ due }) => due),
      }),
    );
    expect(samples.filter(({ due }) => due > 0)).toEqual([]);
    expect(last.heap - first.heap).toBeLessThan(
      UPS_AND_DOWNS + MOST_BYTES_PER_REQUEST * PER_HOUR * (last.hour - first.hour),
    );
  });

  test(`${HTTP_HOURS} hours over HTTP: no timers, sockets or handles pile up`, {
    timeout: 7_200_000,
  }, async () => {
    world = await startWorld({ teams: {} });
    await world.load(ACME);
    const samples: number[][] = [];
    for (let minute = 0; minute < HTTP_HOURS * 60; minute += 1) {
      if (minute % 5 === 0) {
        await world.ask('deploy-to-production', `run${minute}`);
        await world.press('alice', 'approve');
      }
      await world.pass(60_000);
      if (minute % 20 === 19) samples.push([resources().length, await owed(world)]);
    }
    console.log(
      JSON.stringify({ test: 'soak over HTTP', hours: HTTP_HOURS, samples, resources: counted(resources()) }),
    );
    const [first] = samples;
    const last = samples.at(-1)!;
    expect(last[0]).toBeLessThanOrEqual(first![0]! + 10);
    expect(last[1]).toBe(0);
  });
});

const resources = () => process.getActiveResourcesInfo();

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

async function owed(of: World): Promise<number> {
  const due = await of.app.context.db
    .selectFrom('outbox')
    .select('kind')
    .where('state', '=', 'due')
    .execute();
  return due.length;
}
