import { afterEach, beforeEach, expect, test } from 'vitest';
import { createChatCommands } from '../../src/commands/run.ts';
import { cardsOf } from '../../src/store/cards.ts';
import { MaybeCommitted } from '../../src/store/database.ts';
import { DatabaseUnavailable } from '../../src/store/unavailable.ts';
import { votesOf } from '../../src/store/votes.ts';
import type { Context } from '../../src/usecases/context.ts';
import { notRecordedSentence } from '../../src/usecases/database-trouble.ts';
import { createCardPresses } from '../../src/usecases/deciding/answer-press.ts';
import { personId } from '../helpers/principals.ts';
import { ACME, STAFF, type StaffName, startWorld, type World } from '../helpers/world.ts';

const EVENT = 'deploy-to-production';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

/** The context of a bot whose database goes as soon as something was recorded. */
function going(): Context {
  const { context } = world.app;
  let isGone = false;
  const db = new Proxy(context.db, {
    get(target, name) {
      if (isGone && (name === 'selectFrom' || name === 'executeQuery')) throw new DatabaseUnavailable('gone');
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const wake = () => {
    isGone = true;
  };
  return { ...context, db, wake };
}

const account = (name: StaffName) => ({
  ...({ platform: 'slack', organizationId: world.app.organizationId } as const),
  ...{ tenant: 'T0ACME', externalId: STAFF[name] },
});

test('a vote that was recorded before the database went is not told to be none', async () => {
  const id = await world.ask(EVENT, 'run1');
  const alice = await personId(world, 'alice');
  const card = (await cardsOf(world.app.context.db, id)).find((one) => one.personId === alice)!;
  const press = { ...account('alice'), cardId: card.id, contentVersion: 1, ref: null };
  const error: unknown = await createCardPresses(going())
    .actAndShow(press, 'approve')
    .catch((thrown: unknown) => thrown);
  expect(await votesOf(world.app.context.db, id)).toHaveLength(1);
  expect(error).toBeInstanceOf(MaybeCommitted);
  expect(notRecordedSentence(error)).toBeNull();
});

test('nor is a command', async () => {
  const id = await world.ask(EVENT, 'run1');
  const error: unknown = await createChatCommands(going())
    .run(account('ada'), `cancel ${id} now`)
    .catch((thrown: unknown) => thrown);
  expect(await world.app.context.db.selectFrom('approval_requests').select('status').execute()).toEqual([
    { status: 'ABORTED' },
  ]);
  expect(notRecordedSentence(error)).toBeNull();
});
