import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createChatCommands } from '../../src/commands/run.ts';
import { personByEmail, personByIdentity } from '../../src/store/people.ts';
import type { ChatAccount } from '../../src/usecases/chat-commands.ts';
import { checkConnections } from '../../src/usecases/connections/check-connections.ts';
import { confirmIdentityChange } from '../../src/usecases/people/manage-identities.ts';
import { updatePerson } from '../../src/usecases/people/manage-people.ts';
import { operatorOf, startInstalled, type TwoWorlds } from '../helpers/installs.ts';
import { accepted, adminOf, auditLines, personId, problemsOf, refusalOf } from '../helpers/management.ts';
import { ACME, STAFF, startWorld, type World } from '../helpers/world.ts';

const type = async (world: World, account: ChatAccount, text: string) => {
  const answer = await createChatCommands(world.app.context).run(account, text);
  return answer.kind === 'notice' ? answer.sentence : answer.kind;
};

describe('an organization with two workspaces', () => {
  let worlds: TwoWorlds;
  beforeEach(async () => {
    worlds = await startInstalled();
    await worlds.load(ACME);
    // Alice was hired by the labs, too.
    worlds.labs.addUser({ id: 'U0ALICELABS', name: 'alice', realName: 'Alice', email: 'alice@acme.io' });
  });
  afterEach(() => worlds.close());

  const at = (tenant: string, externalId: string): ChatAccount => ({
    ...{ platform: 'slack', organizationId: worlds.acme, tenant, externalId },
  });
  const holderOf = async (account: ChatAccount) =>
    (await personByIdentity(worlds.app.context.db, account))?.name ?? null;

  /** An admin says that the account in the labs is Alice's, and she confirms it there. */
  async function relinkAlice(): Promise<void> {
    const { context } = worlds.app;
    expect(await type(worlds, at('T0ACME', STAFF.alice), 'pending')).toBe('page');
    const { id } = (await personByEmail(context.db, worlds.acme, 'alice@acme.io'))!;
    accepted(await updatePerson(context, operatorOf(worlds.acme), id, { slackUserId: 'U0ALICELABS' }));
    const [change] = await context.db.selectFrom('identity_changes').select('id').execute();
    expect(await type(worlds, at('T0LABS', 'U0ALICELABS'), `confirm-account ${change!.id}`)).toContain(
      'This account is now Alice’s.',
    );
  }

  test('R17: one person’s second account is joined by the address of the first', async () => {
    expect(await type(worlds, at('T0ACME', STAFF.alice), 'pending')).toBe('page');
    expect(await type(worlds, at('T0LABS', 'U0ALICELABS'), 'pending')).toBe('page');
    expect(await holderOf(at('T0LABS', 'U0ALICELABS'))).toBe('Alice');
  });

  test('R16 R17: the account that somebody no longer decides from does not come back by its address', async () => {
    await relinkAlice();
    expect(await holderOf(at('T0ACME', STAFF.alice))).toBeNull();
    const answer = await type(worlds, at('T0ACME', STAFF.alice), 'pending');
    expect(answer).toContain('cannot be matched with anybody here');
    expect(await holderOf(at('T0ACME', STAFF.alice))).toBeNull();
    expect(await holderOf(at('T0LABS', 'U0ALICELABS'))).toBe('Alice');
  });

  test('R17: a changed address joins no account of another workspace', async () => {
    const { context } = worlds.app;
    expect(await type(worlds, at('T0ACME', STAFF.alice), 'pending')).toBe('page');
    const { id } = (await personByEmail(context.db, worlds.acme, 'alice@acme.io'))!;
    // Gus, were he an admin, would decide as Alice.
    accepted(await updatePerson(context, operatorOf(worlds.acme), id, { email: 'gus@acme.io' }));
    expect(await type(worlds, at('T0LABS', 'U0GUS'), 'pending')).toContain('cannot be matched');
    expect(await holderOf(at('T0LABS', 'U0GUS'))).toBeNull();
  });

  test('the connection test looks at the own workspaces alone', async () => {
    await worlds.slack.uninstall('T0BETA', { silently: true });
    const looked = accepted(await checkConnections(worlds.app.context, operatorOf(worlds.acme)));
    expect(looked.at(-1)).toMatchObject({ level: 'ok', subject: 'Slack' });
    const beta = accepted(await checkConnections(worlds.app.context, operatorOf(worlds.beta)));
    expect(JSON.stringify(beta.at(-1))).toContain('T0BETA');
  });
});

describe('an account that is asked whose it is', () => {
  const NEW = 'U0NEW';
  let world: World;
  let alice: number;
  let change: number;
  beforeEach(async () => {
    world = await startWorld();
    await world.load(ACME);
    world.slack.addUser({ id: NEW, name: 'new', realName: 'New', email: 'n@acme.io' });
    alice = await personId(world, 'alice');
    await world.ask('deploy-to-production', 'run1');
    accepted(await updatePerson(world.app.context, adminOf(world), alice, { slackUserId: NEW }));
    const [row] = await world.app.context.db.selectFrom('identity_changes').select('id').execute();
    change = row!.id;
  });
  afterEach(() => world.close());

  const account = (externalId: string, organizationId = world.app.organizationId): ChatAccount => ({
    ...{ platform: 'slack', organizationId, tenant: 'T0ACME', externalId },
  });

  test.each([
    ['confirm-account', STAFF.bob, 'bob'],
    ['decline-account', STAFF.alice, 'alice'],
    ['confirm-account', 'U0NOBODY', null],
  ] as const)('R16: “%s” from another account (%s) is refused and audited', async (name, externalId, who) => {
    expect(await type(world, account(externalId), `${name} ${change}`)).toBe(
      'Nothing waits to be confirmed from this account.',
    );
    expect((await auditLines(world, 'command')).at(-1)).toMatchObject({
      action: 'refused',
      personId: who === null ? null : await personId(world, who),
      detail: { wanted: name, why: 'not_asked', ...(who === null && { account: externalId }) },
    });
  });

  test('R16: the use case itself knows the organization that asks', async () => {
    const elsewhere = account(NEW, 99);
    expect(refusalOf(await confirmIdentityChange(world.app.context, elsewhere, change)).kind).toBe(
      'not_found',
    );
  });

  test.each([
    ['a guest', { isRestricted: true }, 'guest'],
    ['a stranger', { isStranger: true }, null],
  ] as const)('R13: one that has become %s since is none of a member', async (_, become, standing) => {
    world.slack.updateUser(NEW, become);
    await type(world, account(NEW), `confirm-account ${change}`);
    const pinned = await world.app.context.db
      .selectFrom('identities')
      .select(['person_id', 'standing'])
      .where('external_id', '=', NEW)
      .execute();
    expect(pinned).toEqual(standing === null ? [] : [{ person_id: alice, standing }]);
  });

  test('R17: it becomes nobody else while it has not answered, whatever is typed or who names it', async () => {
    const people = async () =>
      (await world.app.context.db.selectFrom('people').select('id').execute()).length;
    const before = await people();
    expect(await type(world, account(NEW), 'pending')).toContain('Answer “Is this you?” first');
    expect(await type(world, account(STAFF.ada), `admins add <@${NEW}>`)).toContain('Nothing was changed');
    expect(await people()).toBe(before);
    expect(await type(world, account(NEW), `confirm-account ${change}`)).toContain('is now Alice’s');
    expect((await personByIdentity(world.app.context.db, account(NEW)))?.id).toBe(alice);
  });

  test('R17: once it declined it is a person of its own', async () => {
    expect(await type(world, account(NEW), `decline-account ${change}`)).toContain('Nothing was changed');
    expect(await type(world, account(NEW), 'pending')).toBe('page');
    expect((await personByIdentity(world.app.context.db, account(NEW)))?.name).toBe('New');
  });

  test('R16: while Slack cannot be asked, nothing is confirmed, and the question stands', async () => {
    world.slack.addFault({ method: 'users.info', times: 5, slackError: 'internal_error' });
    expect(await type(world, account(NEW), `confirm-account ${change}`)).toContain(
      'cannot be asked about this account now',
    );
    expect(await personByIdentity(world.app.context.db, account(NEW))).toBeNull();
    expect(await type(world, account(NEW), `decline-account ${change}`)).toContain('Nothing was changed');
  });
});

test('R30: an admin who can no longer act does not count as the one who stays', async () => {
  const world = await startWorld();
  await world.load(ACME);
  const { context } = world.app;
  await world.ask('deploy-to-production', 'run1');
  const bob = await personId(world, 'bob');
  accepted(await updatePerson(context, adminOf(world), bob, { role: 'admin' }));
  await context.db
    .updateTable('identities')
    .set({ standing: 'deactivated' })
    .where('person_id', '=', bob)
    .execute();
  const ada = await personId(world, 'ada');
  expect(refusalOf(await updatePerson(context, adminOf(world), ada, { role: 'member' })).kind).toBe(
    'conflict',
  );
  accepted(await updatePerson(context, adminOf(world), bob, { role: 'member' }));
  await world.close();
});

test('R16 R17: an account with somebody’s address is not linked to another, though it was never seen before', async () => {
  const world = await startWorld();
  await world.load(ACME);
  const { context } = world.app;
  // Ada, an admin whom nobody has met in Slack yet, would decide as Maria.
  const maria = await personId(world, 'maria');
  const answer = await updatePerson(context, adminOf(world), maria, { slackUserId: STAFF.ada });
  expect(problemsOf(answer)).toEqual(['slack_user_id: belongs to somebody else already']);
  accepted(await updatePerson(context, adminOf(world), maria, { slackUserId: STAFF.maria }));
  await world.close();
});

test('R14: two admins who remove each other at once: the first is believed, the second is none any more', async () => {
  const world = await startWorld();
  await world.load(ACME);
  const { context } = world.app;
  const [ada, bob] = [await personId(world, 'ada'), await personId(world, 'bob')];
  for (const name of ['bob', 'carol'] as const)
    accepted(await updatePerson(context, adminOf(world), await personId(world, name), { role: 'admin' }));
  const by = (person: number) => adminOf(world, { personId: person, tokenId: 'chat', via: 'slack' });
  const [first, second] = await Promise.all([
    updatePerson(context, by(ada), bob, { role: 'member' }),
    updatePerson(context, by(bob), ada, { role: 'member' }),
  ]);
  accepted(first);
  expect(refusalOf(second).kind).toBe('forbidden');
  await world.close();
});
