import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACME, startWorld, type World } from '../helpers/world.ts';
import { chanceOfTheDay } from './chance.ts';
import { rounds } from './rounds.ts';

const KEYS = rounds('DUPLICATES', 100, 3_400);
const MOST_COPIES = 5;
const AT_ONCE = 32;
const EVENT = 'deploy-to-production';
const SECRET = randomBytes(32);

const chance = chanceOfTheDay();
let world: World;
beforeAll(async () => {
  world = await startWorld({
    env: { WEBHOOK_SECRET: `whsec_${SECRET.toString('base64')}`, WEBHOOK_RATE_LIMIT: '999999/1' },
  });
  await world.load(ACME);
});
afterAll(() => world.close());

interface Posted {
  key: string;
  /** null = with the bearer token. */
  webhookId: string | null;
  message: string;
}

/** Signed anew each time, as whoever sends again does. */
async function send({ key, webhookId, message }: Posted): Promise<{ status: number; id: unknown }> {
  const body = JSON.stringify(world.webhook(key, { message }));
  const at = Math.floor(world.clock.now() / 1000) + chance.upTo(200) - 100;
  const signature = createHmac('sha256', SECRET).update(`${webhookId}.${at}.${body}`).digest('base64');
  const headers: Record<string, string> =
    webhookId === null
      ? {}
      : {
          'webhook-id': webhookId,
          'webhook-timestamp': String(at),
          'webhook-signature': `v1,${signature}`,
        };
  const answer = await world.post(EVENT, body, headers);
  return { status: answer.status, id: answer.body.id };
}

test(`one request per key, however often it comes and in what order (SEED=${chance.seed})`, {
  timeout: 3_600_000,
}, async () => {
  const all: Posted[] = [];
  for (let n = 0; n < KEYS; n += 1) {
    const key = `run${n}`;
    const signed = chance.happens(0.5);
    const copies = 1 + chance.upTo(MOST_COPIES);
    for (let copy = 0; copy < copies; copy += 1)
      all.push({ key, webhookId: signed ? `msg_${n}` : null, message: 'Deploy' });
  }
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = chance.upTo(last + 1);
    [all[last], all[other]] = [all[other]!, all[last]!];
  }
  const answers = new Map<string, { statuses: number[]; ids: Set<unknown> }>();
  for (let from = 0; from < all.length; from += AT_ONCE)
    await Promise.all(
      all.slice(from, from + AT_ONCE).map(async (posted) => {
        const { status, id } = await send(posted);
        const known = answers.get(posted.key) ?? { statuses: [], ids: new Set() };
        answers.set(posted.key, known);
        known.statuses.push(status);
        known.ids.add(id);
      }),
    );
  const wrong = [...answers].filter(
    ([, { statuses, ids }]) =>
      ids.size !== 1 ||
      statuses.filter((status) => status === 202).length !== 1 ||
      statuses.some((s) => s > 202),
  );
  expect(wrong.map(([key, { statuses }]) => `${key}: ${statuses}`)).toEqual([]);
  expect(await requests()).toBe(KEYS);
  console.log(JSON.stringify({ test: 'duplicates', keys: KEYS, webhooks: all.length, wrong: wrong.length }));
});

test('R10: the same webhook-id with another body is refused; another id is an amendment, once', async () => {
  const before = await requests();
  const first = { key: 'other', webhookId: 'msg_other', message: 'Deploy' };
  expect((await send(first)).status).toBe(202);
  const again = { ...first, message: 'Deploy something else' };
  const refused = await Promise.all(Array.from({ length: 8 }, () => send(again)));
  expect(refused.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 409));
  const amended = await Promise.all(
    Array.from({ length: 8 }, (_, n) => send({ ...again, webhookId: `msg_new_${n}` })),
  );
  expect(amended.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 7 }, () => 200), 202]);
  expect(await requests()).toBe(before + 1);
});

async function requests(): Promise<number> {
  const { many } = await world.app.context.db
    .selectFrom('approval_requests')
    .select((eb) => eb.fn.countAll<number>().as('many'))
    .executeTakeFirstOrThrow();
  return Number(many);
}
