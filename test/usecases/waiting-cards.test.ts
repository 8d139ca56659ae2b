import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChatAccount } from '../../src/usecases/chat-commands.ts';
import { createCardPresses } from '../../src/usecases/deciding/answer-press.ts';
import { foreignOrganization } from '../helpers/management.ts';
import { ACME, STAFF, type StaffName, startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const accountOf = (name: StaffName): ChatAccount => ({
  platform: 'slack',
  organizationId: world.app.organizationId,
  tenant: 'T0ACME',
  externalId: STAFF[name],
});
const waiting = (account: ChatAccount) => createCardPresses(world.app.context).waiting(account);
const runsOf = (name: StaffName) =>
  waiting(accountOf(name)).then((cards) => cards.map((one) => one.requestId));

describe('what waits for an account', () => {
  test('is what its person may decide now, newest first, as cards with their buttons (R13)', async () => {
    const first = await world.ask('deploy-to-production', 'run1');
    const second = await world.ask('database-migration', 'run2');
    const [newest] = await waiting(accountOf('alice'));
    expect(newest).toMatchObject({ requestId: second, contentVersion: 1 });
    expect(newest!.actions.map(({ kind }) => kind)).toContain('approve');
    expect(await runsOf('alice')).toEqual([second, first]);
    expect(await runsOf('maria')).toEqual([second]);
    expect(await runsOf('sam')).toEqual([]);
  });

  test('is no longer what was decided, by them or by somebody else', async () => {
    await world.ask('deploy-to-production', 'run1');
    await world.press('alice', 'approve');
    await world.settle();
    expect(await runsOf('alice')).toEqual([]);
    expect(await runsOf('bob')).toEqual([]);
  });

  test('is nothing where their card is on another platform, or the account is nobody’s', async () => {
    await world.ask('deploy-to-production', 'run1');
    expect(await waiting({ ...accountOf('alice'), platform: 'teams' })).toEqual([]);
    expect(await waiting({ ...accountOf('alice'), externalId: 'U0NOBODY' })).toEqual([]);
    const other = await foreignOrganization(world);
    expect(await waiting({ ...accountOf('alice'), organizationId: other.organizationId })).toEqual([]);
  });

  test('is 25 at most', async () => {
    for (let run = 1; run <= 26; run += 1) {
      world.run(`run${run}`);
      await world.post('deploy-to-production', world.webhook(`run${run}`));
      world.reach(`run${run}`);
    }
    await world.pass(1_000);
    expect(await waiting(accountOf('alice'))).toHaveLength(25);
  });
});
