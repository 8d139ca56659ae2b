import { freePort } from '../../src/demo/page/free-port.ts';
import type { BotChild, Death } from './bot-child.ts';
import { type Front, startFront } from './front.ts';
import { type Surroundings, startSurroundings } from './surroundings.ts';

/** A place where one instance of the bot lives, again and again, always at the same address. */
export interface Seat {
  target: string;
  bot: BotChild | null;
}

/** Several instances of the bot on one database, behind a front that webhooks and presses come through. */
export interface Instances extends Surroundings {
  front: Front;
  seats: readonly Seat[];
  /** A new life; it gets requests as soon as it says that it is ready. */
  seat(seat: Seat): BotChild;
  /** SIGTERM, and how it ended; the front is told nothing. */
  retire(seat: Seat): Promise<Death>;
}

export async function startInstances(
  databaseUrl: string,
  count: number,
  { env = {}, script }: { env?: Record<string, string>; script?: string } = {},
): Promise<Instances> {
  const world = await startSurroundings({ DATABASE_URL: databaseUrl, ...env });
  const front = await startFront(Number(new URL(world.url).port));
  const seats: Seat[] = [];
  for (let n = 0; n < count; n += 1) {
    const target = `http://127.0.0.1:${await freePort()}`;
    seats.push({ target, bot: null });
    front.targets.add(target);
  }
  return {
    ...world,
    ...{ front, seats },
    seat(seat) {
      seat.bot = world.startBot({ PORT: new URL(seat.target).port }, script);
      return seat.bot;
    },
    retire: (seat) => seat.bot!.terminate(),
    async close() {
      for (const { bot } of seats) if (bot?.alive) await bot.kill();
      await front.close();
      await world.close();
    },
  };
}
