import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lineText } from '../../src/approval/card.ts';
import type { Page } from '../../src/approval/page.ts';
import { cardsOf } from '../../src/store/cards.ts';
import { inTransaction } from '../../src/store/database.ts';
import { approversNotReached } from '../../src/store/home-lists.ts';
import { personByIdentity } from '../../src/store/people.ts';
import { peopleRecords } from '../../src/store/person-records.ts';
import { readRequestView } from '../../src/usecases/cards/request-view.ts';
import type { ChatAccount } from '../../src/usecases/chat-commands.ts';
import { createCardPresses } from '../../src/usecases/deciding/answer-press.ts';
import { createHomes } from '../../src/usecases/homes/homes.ts';
import type { Principal } from '../../src/usecases/managing/managing.ts';
import { createChatGreetings } from '../../src/usecases/notices/greet.ts';
import { confirmIdentityChange } from '../../src/usecases/people/manage-identities.ts';
import { updatePerson } from '../../src/usecases/people/manage-people.ts';
import { listPending } from '../../src/usecases/requests/list-pending.ts';
import { accepted } from '../helpers/management.ts';
import { DOWN, startTwoPlatforms, type TwoPlatforms, WORKFLOW } from '../helpers/two-platforms.ts';

const ANY = 'requirement: any, approvers: [alice@acme.io, bob@acme.io]';
const ALL = 'requirement: all, approvers: [alice@acme.io, bob@acme.io]';
const TENANT = '11111111-2222-4333-8444-555555555555';
const MINUTE = 60_000;

let two: TwoPlatforms;
beforeEach(async () => {
  two = await startTwoPlatforms();
  await two.load(WORKFLOW(ANY));
  for (const name of ['dana', 'alice', 'bob'])
    for (const platform of ['slack', 'teams'] as const) two.directories[platform].add(name);
});
afterEach(() => two.close());

const idOn = (platform: 'slack' | 'teams', name: string) => two.directories[platform].idOf(name);
const lose = (platform: 'slack' | 'teams', name: string) =>
  two.platforms[platform].lost.set(idOn(platform, name), `Not installed for ${name}.`);
const accountOf = (name: string, platform: 'slack' | 'teams' = 'teams'): ChatAccount => ({
  platform,
  organizationId: two.organizationId,
  tenant: platform === 'slack' ? 'T0ACME' : TENANT,
  externalId: idOn(platform, name),
});
const adminCards = async (id: string) =>
  (await cardsOf(two.context.db, id)).filter(({ part }) => part === 'admin').length;
const viewOf = async (id: string) =>
  (await readRequestView(two.context.db, id, { platform: 'slack', personId: null }))!;
const press = async (platform: 'slack' | 'teams', name: string, id: string) => {
  const card = two.platforms[platform].cardOf(idOn(platform, name), id)!;
  const { tenant, externalId, organizationId } = accountOf(name, platform);
  return createCardPresses(two.context).approve({
    ...{ platform, organizationId, tenant, externalId, cardId: card.cardId },
    contentVersion: card.contentVersion,
    ref: { tenant, channel: externalId, message: card.cardId },
  });
};
const words = (page: Page) =>
  [
    page.title,
    ...page.intro.map(lineText),
    ...page.sections.flatMap(({ title, items, actions }) => [
      title ?? '',
      ...items.flatMap(({ line, details }) => [lineText(line), ...details.map(lineText)]),
      ...actions.map(({ label }) => label),
    ]),
    ...page.notes.map(lineText),
  ].join('\n');

describe('one person on both platforms has one vote (R13)', () => {
  test('under all their second click, on the other platform, is no second approval', async () => {
    await two.load(WORKFLOW(ALL));
    const id = await two.ask('run-1');
    await press('slack', 'alice', id);
    await press('teams', 'alice', id);
    await two.pass(1_000);
    const { votes, request } = await viewOf(id);
    expect(votes).toHaveLength(1);
    expect(request.decision).toBeNull();
    await press('teams', 'bob', id);
    expect((await viewOf(id)).request.decision).toMatchObject({ action: 'APPROVE' });
  });

  test('what was decided on one platform stands on every card of both', async () => {
    const id = await two.ask('run-1');
    await press('teams', 'bob', id);
    await two.pass(5_000);
    for (const platform of ['slack', 'teams'] as const)
      for (const name of ['alice', 'bob']) {
        const card = two.platforms[platform].cardOf(idOn(platform, name), id)!;
        expect(card.actions).toEqual([]);
        expect(card.tone).not.toBe('waiting');
      }
  });

  test('while Teams is down Slack decides; Teams shows it once it is back', async () => {
    const id = await two.ask('run-1');
    two.platforms.teams.isDown = true;
    two.directories.teams.trouble = DOWN;
    await press('slack', 'alice', id);
    await two.pass(5_000);
    expect(two.platforms.slack.cardOf(idOn('slack', 'bob'), id)!.actions).toEqual([]);
    expect(two.platforms.teams.cardOf(idOn('teams', 'bob'), id)!.actions).not.toEqual([]);
    two.platforms.teams.isDown = false;
    await two.pass(2 * MINUTE);
    expect(two.platforms.teams.cardOf(idOn('teams', 'bob'), id)!.actions).toEqual([]);
  });
});

describe('somebody whom one platform cannot reach', () => {
  test('is asked on the other, and nobody is told that they cannot be reached', async () => {
    lose('teams', 'bob');
    const id = await two.ask('run-1');
    const view = await viewOf(id);
    expect(view.unreachable).toEqual([]);
    expect(await adminCards(id)).toBe(0);
    expect(await approversNotReached(two.context.db, two.organizationId, 10)).toEqual([]);
    const card = two.platforms.slack.cardOf(idOn('slack', 'alice'), id)!;
    expect(card.warnings).toEqual([]);
  });

  test('stands all the same where an admin looks', async () => {
    lose('teams', 'bob');
    const id = await two.ask('run-1');
    expect((await viewOf(id)).undelivered).toMatchObject([
      { who: 'bob', why: 'Not installed for bob.', platform: 'teams', askedOn: 'slack' },
    ]);
  });

  test('and the other neither is unreachable once, with both reasons, and admins are told', async () => {
    lose('teams', 'bob');
    lose('slack', 'bob');
    two.platforms.slack.lost.set(idOn('slack', 'bob'), 'Deactivated there.');
    const id = await two.ask('run-1');
    expect((await viewOf(id)).unreachable).toEqual([
      {
        who: 'bob',
        why: expect.stringMatching(
          /^(Deactivated there\.; Not installed for bob\.|Not installed for bob\.; Deactivated there\.)$/,
        ),
      },
    ]);
    expect(await adminCards(id)).toBe(2);
    expect(await approversNotReached(two.context.db, two.organizationId, 10)).toMatchObject([
      { personId: await two.personId('bob'), requests: 1 },
    ]);
    await two.pass(5_000);
    const card = two.platforms.slack.cardOf(idOn('slack', 'alice'), id)!;
    expect(card.warnings.map(lineText)).toEqual([expect.stringContaining('Not reached: bob')]);
  });

  test('nor known on the other is unreachable, as ever', async () => {
    two.directories.slack.accounts.delete(idOn('slack', 'bob'));
    lose('teams', 'bob');
    const id = await two.ask('run-1');
    expect((await viewOf(id)).unreachable).toEqual([{ who: 'bob', why: 'Not installed for bob.' }]);
    expect(await adminCards(id)).toBe(2);
  });
});

describe('a Home', () => {
  test('is drawn at once, too, while nobody can say whether its account is somebody’s whom Teams knows', async () => {
    two.directories.teams.add('carol');
    await createChatGreetings(two.context).installed(accountOf('carol'));
    two.directories.slack.add('carol');
    two.directories.teams.trouble = DOWN;
    await createHomes(two.context).opened(accountOf('carol', 'slack'));
    await two.pass(0);
    expect(two.platforms.slack.homes).toEqual([idOn('slack', 'carol')]);
    two.directories.teams.trouble = null;
    await createHomes(two.context).opened(accountOf('carol', 'slack'));
    await two.pass(0);
    expect((await personByIdentity(two.context.db, accountOf('carol', 'slack')))?.name).toBe('carol');
  });
});

describe('whoever installs the app', () => {
  const greet = () => createChatGreetings(two.context);

  test('gets what waits for them, and nobody reads any more that they cannot be reached', async () => {
    two.directories.slack.accounts.delete(idOn('slack', 'bob'));
    lose('teams', 'bob');
    const id = await two.ask('run-1');
    two.platforms.teams.lost.clear();
    const page = await greet().installed(accountOf('bob'));
    await two.pass(5_000);
    expect(words(page)).toContain('1 request waits for you.');
    expect(two.platforms.teams.cardOf(idOn('teams', 'bob'), id)!.actions).not.toEqual([]);
    expect(two.platforms.slack.cardOf(idOn('slack', 'alice'), id)!.warnings).toEqual([]);
    expect((await viewOf(id)).unreachable).toEqual([]);
  });

  test('and was known by address only is joined, and gets the cards they have elsewhere', async () => {
    two.directories.teams.accounts.delete(idOn('teams', 'bob'));
    const id = await two.ask('run-1');
    two.directories.teams.add('bob');
    await greet().installed(accountOf('bob'));
    await greet().installed(accountOf('bob'));
    await two.pass(5_000);
    const { posts } = two.platforms.teams;
    expect(posts.filter(({ to }) => to === idOn('teams', 'bob'))).toEqual([
      { to: idOn('teams', 'bob'), requestId: id },
    ]);
  });

  test('is greeted with two lines, help, and for an admin what is missing', async () => {
    await two.ask('run-1');
    const alice = words(await greet().installed(accountOf('alice')));
    expect(alice).toMatch(/^Hello from Countersign\n.*approve.*\n.*Slack counts just the same\.\n/);
    expect(alice).toContain('Help');
    expect(alice).not.toContain('Getting started');
    const ada = words(await greet().installed(accountOf('ada')));
    expect(ada).toContain('Getting started');
    expect(ada).toContain('Nothing waits for you.');
  });

  test('R30: becomes nobody by it; a stranger is told how to get in', async () => {
    two.directories.teams.add('zoe');
    const people = () => two.context.db.selectFrom('people').selectAll().execute();
    const before = await people();
    const page = words(await greet().installed(accountOf('zoe')));
    expect(page).toContain('Your account is not known here yet.');
    expect(await people()).toEqual(before);
  });

  test('is greeted also while nobody can say who they are', async () => {
    two.directories.teams.trouble = DOWN;
    const page = words(await greet().installed(accountOf('bob')));
    expect(page).toContain('Microsoft Teams cannot say just now who you are');
  });

  test('and takes it away: what waits there is looked at again, admins are told, and it is audited', async () => {
    two.directories.slack.accounts.delete(idOn('slack', 'bob'));
    const id = await two.ask('run-1');
    lose('teams', 'bob');
    await greet().removed(accountOf('bob'));
    await two.pass(5_000);
    expect((await viewOf(id)).unreachable).toEqual([{ who: 'bob', why: 'Not installed for bob.' }]);
    expect(await adminCards(id)).toBe(2);
    const line = await two.context.db
      .selectFrom('audit_events')
      .selectAll()
      .where('action', '=', 'chat_removed')
      .executeTakeFirstOrThrow();
    expect(line).toMatchObject({ via: 'teams', person_id: await two.personId('bob') });
  });
});

test('R16: another account in Teams is asked there, confirmed from there, and has no part in open requests', async () => {
  const id = await two.ask('run-1');
  const admin: Principal = {
    ...{ organizationId: two.organizationId, role: 'admin', personId: null },
    ...{ tokenId: 'bootstrap', via: 'api' },
  };
  two.directories.teams.add('bob2', { email: 'bob2@acme.io' });
  const bob = await two.personId('bob');
  accepted(await updatePerson(two.context, admin, bob, { teamsUserId: idOn('teams', 'bob2') }));
  await two.pass(1_000);
  expect(two.platforms.teams.notices).toEqual([{ to: idOn('teams', 'bob2'), title: 'Is this you?' }]);
  const change = await two.context.db.selectFrom('identity_changes').select('id').executeTakeFirstOrThrow();
  accepted(await confirmIdentityChange(two.context, accountOf('bob2'), change.id));
  await two.pass(1_000);
  expect(two.platforms.teams.notices.map(({ to, title }) => `${to} ${title}`).slice(1)).toEqual([
    `${idOn('teams', 'bob2')} This account is now yours`,
    `${idOn('teams', 'bob')} Another account took over`,
  ]);
  expect(await two.places(id)).toEqual(['alice', null]);
  const records = await inTransaction(two.context.db, (trx) => peopleRecords(trx, two.organizationId, [bob]));
  expect(records.get(bob)).toMatchObject({ slackUserId: 'U0BOB', teamsUserId: idOn('teams', 'bob2') });
});

test('R16: an account in Teams under another address is no approver’s by an admin’s word: asked there, told in Slack, and no part in open requests', async () => {
  two.directories.teams.accounts.delete(idOn('teams', 'bob'));
  two.directories.teams.add('bob2', { email: 'bob2@acme.io' });
  const id = await two.ask('run-1');
  const admin: Principal = {
    ...{ organizationId: two.organizationId, role: 'admin', personId: null },
    ...{ tokenId: 'bootstrap', via: 'api' },
  };
  const bob = await two.personId('bob');
  accepted(await updatePerson(two.context, admin, bob, { teamsUserId: idOn('teams', 'bob2') }));
  await two.pass(1_000);
  const holder = () => personByIdentity(two.context.db, accountOf('bob2'));
  expect(await holder()).toBeNull();
  const change = await two.context.db.selectFrom('identity_changes').select('id').executeTakeFirstOrThrow();
  accepted(await confirmIdentityChange(two.context, accountOf('bob2'), change.id));
  await two.pass(1_000);
  expect((await holder())?.id).toBe(bob);
  expect(two.platforms.slack.notices).toEqual([
    { to: 'U0BOB', title: 'You decide from another account, too' },
  ]);
  expect(await two.places(id)).toEqual(['alice', null]);
});

test('R16 R17: one under their own address is theirs at once, with its cards, as it would be without an admin', async () => {
  two.directories.teams.accounts.delete(idOn('teams', 'bob'));
  const id = await two.ask('run-1');
  two.directories.teams.add('bob');
  const bob = await two.personId('bob');
  const admin: Principal = {
    ...{ organizationId: two.organizationId, role: 'admin', personId: null },
    ...{ tokenId: 'bootstrap', via: 'api' },
  };
  accepted(await updatePerson(two.context, admin, bob, { teamsUserId: idOn('teams', 'bob') }));
  expect((await personByIdentity(two.context.db, accountOf('bob')))?.id).toBe(bob);
  expect(await two.places(id)).toEqual(['alice', 'bob']);
  await two.pass(0);
  expect(two.platforms.teams.cardOf(idOn('teams', 'bob'), id)!.actions).not.toEqual([]);
});

test('what waits is listed with the card of the reader’s own platform', async () => {
  const id = await two.ask('run-1');
  const bob = await two.personId('bob');
  const reader: Principal = {
    ...{ organizationId: two.organizationId, role: 'member', personId: bob },
    ...{ tokenId: 'chat', via: 'teams' },
  };
  for (const platform of ['slack', 'teams'] as const) {
    const found = accepted(await listPending(two.context, reader, platform, bob, { number: 1, size: 5 }));
    const shown = two.platforms[platform].cardOf(idOn(platform, 'bob'), id)!;
    expect(found.rows.map(({ card }) => card?.id)).toEqual([shown.cardId]);
    expect(found.rows[0]!.view.accounts.get(bob)).toBe(idOn(platform, 'bob'));
  }
});
