import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AccountCommand } from '../../src/commands/command.ts';
import { confirmAccountCommand } from '../../src/commands/confirm-account.ts';
import { declineAccountCommand } from '../../src/commands/decline-account.ts';
import { inTransaction } from '../../src/store/database.ts';
import { addOrganization } from '../../src/store/organizations.ts';
import type { ChatAccount } from '../../src/usecases/chat-commands.ts';
import { updatePerson } from '../../src/usecases/people/manage-people.ts';
import { homeButtons, homeWords, openHome, pressInHome } from '../helpers/home.ts';
import { accepted, adminOf, personId } from '../helpers/management.ts';
import { ACME, STAFF, startWorld, type World, wordsOf } from '../helpers/world.ts';

const NEW = 'U0NEW';
let world: World;
let alice: number;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
  world.slack.addUser({ id: NEW, name: 'new', realName: 'New', email: 'n@acme.io' });
  alice = await personId(world, 'alice');
  await world.ask('deploy-to-production', 'run1');
});
afterEach(() => world.close());

const accountOf = (externalId: string, more: Partial<ChatAccount> = {}): ChatAccount => ({
  ...{ platform: 'slack', organizationId: world.app.organizationId, tenant: 'T0ACME', externalId },
  ...more,
});

/** An admin says that U0NEW is Alice's. */
async function relink(): Promise<number> {
  accepted(await updatePerson(world.app.context, adminOf(world), alice, { slackUserId: NEW }));
  await world.settle();
  const rows = await world.app.context.db.selectFrom('identity_changes').select('id').execute();
  return rows.at(-1)!.id;
}

/** What notices said to an account, oldest first. */
function told(userId: string): string[] {
  return world.slack
    .messagesOf(userId)
    .filter(({ metadata }) => metadata?.event_type === 'countersign_notice')
    .map(({ blocks }) => wordsOf(blocks).join(' ').replace(/\s+/g, ' '));
}

const otherOrganization = () =>
  inTransaction(world.app.context.db, (trx) => addOrganization(trx, { name: 'Beta', domains: [] }, 0));

const actAs = (command: AccountCommand, account: ChatAccount, id: number) =>
  command.runFor(world.app.context, account, [{ kind: 'word', text: String(id) }]);

test('R16: the account is asked once, by a message and on its Home, though it is nobody’s yet', async () => {
  await openHome(world, NEW);
  await relink();
  await world.pass(2_000);
  expect(told(NEW)).toHaveLength(1);
  expect(told(NEW)[0]).toContain('An admin says that this account belongs to Alice .');
  expect(homeWords(world, NEW)).toContain('Is this you? An admin says that this account belongs to Alice');
  expect(homeButtons(world, NEW)).toEqual(['Yes, this is me', 'No, it is not']);
  expect(homeWords(world, NEW)).toContain('Your account is not known here yet.');
  expect(told(STAFF.alice)).toEqual([]);
});

test('R16: confirmed from there, it is theirs, and both accounts are told', async () => {
  await openHome(world, NEW);
  await openHome(world, STAFF.alice);
  const id = await relink();
  expect(await actAs(confirmAccountCommand, accountOf(NEW), id)).toMatchObject({
    kind: 'notice',
    sentence: expect.stringContaining('This account is now Alice’s.'),
  });
  await world.pass(2_000);
  expect(told(NEW).at(-1)).toContain('This account is now yours');
  expect(told(STAFF.alice)).toEqual([expect.stringContaining('Was it not you? Tell an admin at once.')]);
  expect(homeWords(world, NEW)).not.toContain('Is this you?');
  expect(homeWords(world, NEW)).toContain('Nothing waits for you.');
  expect(homeWords(world, STAFF.alice)).toContain('Your account is not known here yet.');
  expect(homeWords(world, STAFF.alice)).not.toContain('payments');
  await world.ask('deploy-to-production', 'run2');
  await world.pass(2_000);
  expect(homeWords(world, NEW)).toContain('1 request waits for you.');
});

test('R16: the button on the Home of an account that is nobody’s confirms it', async () => {
  await relink();
  await openHome(world, NEW);
  await pressInHome(world, NEW, 'Yes, this is me');
  await expect
    .poll(async () => {
      await world.pass(2_000);
      return homeWords(world, NEW);
    })
    .toContain('Nothing waits for you.');
  const [identity] = await world.app.context.db
    .selectFrom('identities')
    .selectAll()
    .where('external_id', '=', NEW)
    .execute();
  expect(identity?.person_id).toBe(alice);
});

test('R16: declined, nothing changes, and both accounts are told', async () => {
  const id = await relink();
  await actAs(declineAccountCommand, accountOf(NEW), id);
  await world.settle();
  expect(told(NEW).at(-1)).toContain('Nothing was changed');
  expect(told(STAFF.alice)).toEqual([expect.stringContaining('You go on with this account')]);
  expect(await openHome(world, STAFF.alice)).toContain('1 request waits for you.');
});

test.each([
  ['the person’s present account', STAFF.alice, {}],
  ['a colleague', STAFF.bob, {}],
  ['the admin', STAFF.ada, {}],
  ['the same id in another workspace', NEW, { tenant: 'T0EVIL' }],
  ['the same id on another platform', NEW, { platform: 'teams' }],
  ['the same account for another organization', NEW, 'elsewhere'],
] as const)('R16: %s cannot answer in its place', async (_, externalId, where) => {
  const id = await relink();
  const more = where === 'elsewhere' ? { organizationId: await otherOrganization() } : where;
  const before = await world.app.context.db.selectFrom('identities').selectAll().execute();
  for (const command of [confirmAccountCommand, declineAccountCommand])
    expect(await actAs(command, accountOf(externalId, more), id)).toEqual({
      kind: 'notice',
      sentence: 'Nothing waits to be confirmed from this account.',
    });
  await world.settle();
  expect(await world.app.context.db.selectFrom('identities').selectAll().execute()).toEqual(before);
  const change = await world.app.context.db.selectFrom('identity_changes').select('state').execute();
  expect(change.map(({ state }) => state)).toEqual(['pending']);
  expect(told(STAFF.alice)).toEqual([]);
});

test.each(['', 'x', '-1', '0', '1e3', '99999999999999999999'])(
  '“confirm-account %s” is explained',
  async (text) => {
    const args = text === '' ? [] : [{ kind: 'word' as const, text }];
    expect(await confirmAccountCommand.runFor(world.app.context, accountOf(NEW), args)).toEqual({
      kind: 'wrong',
      sentence: 'This wants the number of one question.',
    });
  },
);

test('a question answered already is not answered again', async () => {
  const id = await relink();
  await actAs(confirmAccountCommand, accountOf(NEW), id);
  expect(await actAs(declineAccountCommand, accountOf(NEW), id)).toMatchObject({
    sentence: 'Nothing waits to be confirmed from this account.',
  });
});

test.each([
  ['posted, but Slack’s answer was lost', { connection: 'reset', when: 'after' }],
  ['lost before it was posted', { connection: 'reset' }],
  ['put off by the rate limit', { status: 429, retryAfter: 2 }],
] as const)('a notice that was %s is there once', async (_, fault) => {
  world.slack.addFault({ method: 'chat.postMessage', times: 1, ...fault });
  await relink();
  for (let n = 0; n < 4; n += 1) await world.pass(5_000);
  expect(told(NEW)).toHaveLength(1);
});
