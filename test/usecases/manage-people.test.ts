import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChatAccount } from '../../src/usecases/chat-commands.ts';
import type { Context } from '../../src/usecases/context.ts';
import type { Principal } from '../../src/usecases/managing/managing.ts';
import {
  confirmIdentityChange,
  declineIdentityChange,
  identityChangesFor,
} from '../../src/usecases/people/manage-identities.ts';
import {
  activatePerson,
  archivePerson,
  createPerson,
  deactivatePerson,
  getPerson,
  restorePerson,
  updatePerson,
} from '../../src/usecases/people/manage-people.ts';
import {
  accepted,
  adminOf,
  auditLines,
  foreignOrganization,
  personId,
  problemsOf,
  refusalOf,
  snapshot,
} from '../helpers/management.ts';
import { ACME, STAFF, startWorld, type World } from '../helpers/world.ts';

let world: World;
let context: Context;
let admin: Principal;
let ada: number;
let alice: number;
let dana: number;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
  context = world.app.context;
  admin = adminOf(world);
  ada = await personId(world, 'ada');
  alice = await personId(world, 'alice');
  dana = await personId(world, 'dana');
});
afterEach(() => world.close());

describe('writing a person', () => {
  test('only a first name is needed; the e-mail is kept in lower case', async () => {
    const made = accepted(await createPerson(context, admin, { firstName: 'Ivo' }));
    expect(made).toMatchObject({ name: 'Ivo', lastName: '', email: null, role: 'member', status: 'active' });
    const wanted = {
      firstName: ' Ana ',
      lastName: 'Anić',
      email: 'Ana@Acme.io',
      title: 'SRE',
      managerId: alice,
      role: 'admin',
    };
    expect(accepted(await createPerson(context, admin, wanted))).toMatchObject({
      name: 'Ana Anić',
      firstName: 'Ana',
      email: 'ana@acme.io',
      title: 'SRE',
      managerId: alice,
      role: 'admin',
    });
  });

  test('people from the seed file have first and last names too', async () => {
    await world.load('people: [{ email: tea@acme.io, name: Tea Ana Horvat }]');
    const tea = accepted(await getPerson(context, admin, await personId(world, 'tea')));
    expect([tea.firstName, tea.lastName]).toEqual(['Tea', 'Ana Horvat']);
    const after = accepted(await updatePerson(context, admin, tea.id, { lastName: 'Babić' }));
    expect(after.name).toBe('Tea Babić');
  });

  test('every problem at once, nothing written', async () => {
    const before = await snapshot(world, ['people', 'audit_events', 'counters', 'list_totals']);
    const wrong = {
      firstName: ' ',
      lastName: 'x'.repeat(201),
      email: 'ALICE@acme.io',
      role: 'owner',
      managerId: 999,
      teamsUserId: 'T1',
    };
    expect(problemsOf(await createPerson(context, admin, wrong))).toEqual([
      "first_name: can't be blank",
      'last_name: is too long (at most 200 characters)',
      'role: must be member or admin',
      'email: has already been taken',
      'manager: does not exist',
      'teams_user_id: Microsoft Teams is not connected',
    ]);
    expect(problemsOf(await createPerson(context, admin, { firstName: 'X', email: 'no' }))).toEqual([
      'email: is not an e-mail address',
    ]);
    expect(await snapshot(world, ['people', 'audit_events', 'counters', 'list_totals'])).toBe(before);
  });

  test('nobody is their own manager; a manager can be taken away', async () => {
    expect(problemsOf(await updatePerson(context, admin, dana, { managerId: dana }))).toEqual([
      "manager: can't be the person themselves",
    ]);
    expect(accepted(await updatePerson(context, admin, dana, { managerId: null })).managerId).toBeNull();
    expect((await auditLines(world, 'person')).at(-1)).toMatchObject({
      action: 'changed',
      subjectId: dana,
      detail: { before: { managerId: await personId(world, 'maria') }, after: { managerId: null } },
    });
  });

  test('PATCHes at once keep each other’s fields', async () => {
    await Promise.all([
      updatePerson(context, admin, dana, { title: 'Lead' }),
      updatePerson(context, admin, dana, { lastName: 'Scully' }),
      updatePerson(context, admin, dana, { managerId: alice }),
    ]);
    expect(accepted(await getPerson(context, admin, dana))).toMatchObject({
      title: 'Lead',
      name: 'Dana Scully',
      managerId: alice,
    });
  });
});

describe('admins', () => {
  test('the last admin is neither demoted, deactivated nor archived', async () => {
    for (const answer of [
      await updatePerson(context, admin, ada, { role: 'member' }),
      await deactivatePerson(context, admin, ada),
      await archivePerson(context, admin, ada),
    ])
      expect(refusalOf(answer)).toMatchObject({
        kind: 'conflict',
        why: expect.stringContaining('last active admin'),
      });
    accepted(await updatePerson(context, admin, alice, { role: 'admin' }));
    expect(accepted(await updatePerson(context, admin, ada, { role: 'member' })).role).toBe('member');
    expect(problemsOf(await deactivatePerson(context, admin, alice))).toEqual(['conflict']);
  });

  test('two demotions at once leave one admin', async () => {
    accepted(await updatePerson(context, admin, alice, { role: 'admin' }));
    const answers = await Promise.all([
      updatePerson(context, admin, alice, { role: 'member' }),
      updatePerson(context, admin, ada, { role: 'member' }),
    ]);
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
  });
});

describe('leaving', () => {
  test.each([
    ['deactivated', deactivatePerson, activatePerson],
    ['archived', archivePerson, restorePerson],
  ] as const)(
    '%s: out of open requests at once (R14), and back for new ones',
    async (action, leave, back) => {
      await world.ask('database-migration', 'run1');
      await world.press('alice', 'approve');
      accepted(await leave(context, admin, alice));
      await world.press('bob', 'approve');
      await world.press('maria', 'approve');
      await world.settle();
      expect(world.harness.effects).toEqual([]);
      expect(world.words('ada')).toContain(`Alice is ${action}`);
      accepted(await leave(context, admin, alice));
      accepted(await back(context, admin, alice));
      expect((await auditLines(world, 'person')).slice(-2).map((line) => line.action)).toEqual([
        action,
        { deactivated: 'activated', archived: 'restored' }[action],
      ]);
      await world.ask('deploy-to-production', 'run2');
      expect(world.words('alice')).toContain('Waiting for your decision');
    },
  );
});

describe('chat accounts (R16, R17)', () => {
  let account: ChatAccount;
  beforeEach(() => {
    const { organizationId } = admin;
    account = { platform: 'slack', organizationId, tenant: 'T0ACME', externalId: 'U0NEW' };
  });
  const newAccount = () =>
    world.slack.addUser({ id: 'U0NEW', name: 'new', realName: 'New', email: 'n@acme.io' });

  test('where there is none it is pinned at once, audited', async () => {
    const after = accepted(await updatePerson(context, admin, dana, { slackUserId: STAFF.dana }));
    expect([after.slackUserId, after.pendingSlackUserId]).toEqual([STAFF.dana, null]);
    expect((await auditLines(world, 'person')).at(-1)?.detail).toMatchObject({
      before: { slackUserId: null },
      after: { slackUserId: STAFF.dana },
    });
  });

  test('another one waits until it is confirmed from there, and the last wish counts', async () => {
    newAccount();
    await world.ask('deploy-to-production', 'run1');
    world.slack.addUser({ id: 'U0OTHER', name: 'other', realName: 'Other', email: 'o@acme.io' });
    const asked = accepted(await updatePerson(context, admin, alice, { slackUserId: 'U0OTHER' }));
    expect([asked.slackUserId, asked.pendingSlackUserId]).toEqual([STAFF.alice, 'U0OTHER']);
    accepted(await updatePerson(context, admin, alice, { slackUserId: 'U0NEW', title: 'Lead' }));
    expect(await identityChangesFor(context, { ...account, externalId: 'U0OTHER' })).toEqual([]);
    const [change] = await identityChangesFor(context, account);
    expect(
      problemsOf(await confirmIdentityChange(context, { ...account, tenant: 'T0EVIL' }, change!.id)),
    ).toEqual(['not_found']);
    expect(accepted(await confirmIdentityChange(context, account, change!.id))).toEqual({
      organizationId: admin.organizationId,
      personId: alice,
      name: 'Alice',
      former: [{ platform: 'slack', tenant: 'T0ACME', externalId: STAFF.alice }],
      current: account,
    });
    expect(accepted(await getPerson(context, admin, alice))).toMatchObject({
      slackUserId: 'U0NEW',
      pendingSlackUserId: null,
      title: 'Lead',
    });
    expect((await auditLines(world, 'person')).map((line) => line.action)).toContain('identity_relinked');
    expect(problemsOf(await confirmIdentityChange(context, account, change!.id))).toEqual(['not_found']);
  });

  test('a relink does not apply to requests already open, and does to new ones', async () => {
    newAccount();
    await world.ask('database-migration', 'run1');
    accepted(await updatePerson(context, admin, alice, { slackUserId: 'U0NEW' }));
    const [change] = await identityChangesFor(context, account);
    accepted(await confirmIdentityChange(context, account, change!.id));
    await world.settle();
    await expect(world.press('alice', 'approve')).rejects.toThrow('shows no "approve" now');
    expect(world.words('ada')).toContain('Alice has another chat account since');
    await world.ask('deploy-to-production', 'run2');
    const cards = world.slack
      .messagesOf('U0NEW')
      .filter(({ metadata }) => metadata?.event_type === 'countersign_card');
    expect(cards).toHaveLength(1);
  });

  test('declined, or taken back by naming the present account', async () => {
    newAccount();
    await world.ask('deploy-to-production', 'run1');
    const ask = async () => {
      accepted(await updatePerson(context, admin, alice, { slackUserId: 'U0NEW' }));
      return (await identityChangesFor(context, account))[0]!.id;
    };
    accepted(await declineIdentityChange(context, account, await ask()));
    const id = await ask();
    const back = accepted(await updatePerson(context, admin, alice, { slackUserId: STAFF.alice }));
    expect(back.pendingSlackUserId).toBeNull();
    expect(problemsOf(await confirmIdentityChange(context, account, id))).toEqual(['not_found']);
  });

  test('a deactivated person’s account is not confirmed', async () => {
    newAccount();
    await world.ask('deploy-to-production', 'run1');
    accepted(await updatePerson(context, admin, alice, { slackUserId: 'U0NEW' }));
    accepted(await deactivatePerson(context, admin, alice));
    const [change] = await identityChangesFor(context, account);
    expect(problemsOf(await confirmIdentityChange(context, account, change!.id))).toEqual(['conflict']);
  });

  test('an account is not taken away, nor from somebody else, nor from nowhere', async () => {
    await world.ask('deploy-to-production', 'run1');
    const set = async (slackUserId: string | null) =>
      problemsOf(await updatePerson(context, admin, alice, { slackUserId, title: 'X' }));
    expect(await set(null)).toEqual([expect.stringContaining("slack_user_id: can't be taken away")]);
    expect(await set(STAFF.bob)).toEqual(['slack_user_id: belongs to somebody else already']);
    expect(await set('U0NOBODY')).toEqual(['slack_user_id: is not an account of your workspace']);
    expect(await set('../x')).toEqual(['slack_user_id: is not an account id']);
    expect(accepted(await getPerson(context, admin, alice)).title).toBeNull();
  });

  test('while Slack cannot be asked nothing is changed', async () => {
    world.slack.addFault({ method: 'users.info', status: 503, times: 20 } as never);
    const answer = await updatePerson(context, admin, dana, { slackUserId: STAFF.dana, title: 'X' });
    expect(refusalOf(answer).kind).toBe('conflict');
  });
});

test('members do not write; foreign ids are unknown', async () => {
  const member = adminOf(world, { role: 'member', personId: alice });
  const foreign = await foreignOrganization(world);
  expect(accepted(await getPerson(context, member, dana)).id).toBe(dana);
  const verbs = [deactivatePerson, activatePerson, archivePerson, restorePerson];
  for (const verb of verbs) {
    expect(problemsOf(await verb(context, member, alice))).toEqual(['forbidden']);
    expect(problemsOf(await verb(context, foreign, alice))).toEqual(['not_found']);
  }
  expect(problemsOf(await updatePerson(context, member, alice, { role: 'admin' }))).toEqual(['forbidden']);
  expect(problemsOf(await createPerson(context, member, { firstName: 'X' }))).toEqual(['forbidden']);
  expect(problemsOf(await updatePerson(context, foreign, alice, {}))).toEqual(['not_found']);
  const theirs = { firstName: 'A', email: 'alice@acme.io', managerId: alice };
  expect(problemsOf(await createPerson(context, foreign, theirs))).toEqual(['manager: does not exist']);
});
