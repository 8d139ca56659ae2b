import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lineText } from '../../src/approval/card.ts';
import type { Page } from '../../src/approval/page.ts';
import { homeOfAccount } from '../../src/store/homes.ts';
import type { ChatAccount } from '../../src/usecases/chat-commands.ts';
import { buildHome } from '../../src/usecases/homes/home.ts';
import { createHomes, type Homes } from '../../src/usecases/homes/homes.ts';
import { updatePerson } from '../../src/usecases/people/manage-people.ts';
import { accepted, adminOf, foreignOrganization, personId } from '../helpers/management.ts';
import { ACME, STAFF, type StaffName, startWorld, type World } from '../helpers/world.ts';

let world: World;
let homes: Homes;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
  homes = createHomes(world.app.context);
});
afterEach(() => world.close());

const accountOf = (externalId: string): ChatAccount => ({
  ...{ platform: 'slack', organizationId: world.app.organizationId, tenant: 'T0ACME', externalId },
});

async function pageOf(name: StaffName): Promise<Page> {
  const home = await homeOfAccount(world.app.context.db, accountOf(STAFF[name]));
  return (await buildHome(world.app.context, home!)).page;
}

function section(page: Page, title: string) {
  return page.sections.find((one) => one.title?.startsWith(title));
}

/** The runs of a section's items, in order. */
function runsOf(page: Page, title: string): string[] {
  return (section(page, title)?.items ?? []).flatMap(({ actions }) =>
    actions.flatMap((action) => (action.kind === 'card' ? [action.cardId] : [])),
  );
}

async function askMany(count: number): Promise<void> {
  for (let run = 1; run <= count; run += 1) {
    world.run(`run${run}`);
    await world.post('deploy-to-production', world.webhook(`run${run}`));
    world.reach(`run${run}`);
  }
  await world.pass(1_000);
}

/** As many blocks as a platform could need: each item's line, details and buttons, and three around each section. */
function mostBlocks(page: Page): number {
  const items = page.sections.flatMap((one) => one.items);
  return 4 + page.sections.length * 3 + items.length * 3;
}

describe('turning pages', () => {
  test('ten at a time, newest first; every request is on one page, whichever way one turns', async () => {
    await askMany(23);
    const account = accountOf(STAFF.alice);
    await homes.opened(account);
    const first = await pageOf('alice');
    expect(section(first, 'Waiting for me')!.title).toBe('Waiting for me (23)');
    expect(section(first, 'Waiting for me')!.actions).toEqual([
      { label: 'Older', kind: 'turn', section: 'waiting', page: 2 },
    ]);
    await homes.turn(account, 'waiting', 2);
    const second = await pageOf('alice');
    expect(section(second, 'Waiting for me')!.actions.map(({ label }) => label)).toEqual(['Newer', 'Older']);
    await homes.turn(account, 'waiting', 3);
    const third = await pageOf('alice');
    expect(section(third, 'Waiting for me')!.actions.map(({ label }) => label)).toEqual(['Newer']);
    const seen = [first, second, third].flatMap((page) => [...new Set(runsOf(page, 'Waiting for me'))]);
    expect([seen.length, new Set(seen).size]).toEqual([23, 23]);
    // Past the end is the last page; opened anew, the first.
    await homes.turn(account, 'waiting', 7);
    expect(runsOf(await pageOf('alice'), 'Waiting for me')).toEqual(runsOf(third, 'Waiting for me'));
    await homes.opened(account);
    expect(runsOf(await pageOf('alice'), 'Waiting for me')).toEqual(runsOf(first, 'Waiting for me'));
  });

  test.each([
    ['nonsense', 2],
    ['waiting', 0],
    ['waiting', -1],
    ['waiting', 1.5],
    ['waiting', 1e9],
    ['__proto__', 2],
  ])('a forged turn of %s to %s changes nothing', async (name, page) => {
    await world.ask('deploy-to-production', 'run1');
    await homes.opened(accountOf(STAFF.alice));
    const before = await pageOf('alice');
    await homes.turn(accountOf(STAFF.alice), name, page);
    expect(await pageOf('alice')).toEqual(before);
  });

  test('never more than 100 blocks, for members and for admins', async () => {
    await askMany(24);
    const { db } = world.app.context;
    for (const name of ['alice', 'dana'] as const) {
      await homes.opened(accountOf(STAFF[name]));
      expect(mostBlocks(await pageOf(name))).toBeLessThanOrEqual(100);
    }
    // Alice is all at once: an admin with much to decide, asked and decided, and much in trouble.
    await world.load('people: [{ email: alice@acme.io, role: admin }]');
    const alice = await personId(world, 'alice');
    const numbers = await db.selectFrom('approval_requests').select('number').orderBy('number').execute();
    const numberOf = (index: number) => numbers[index]!.number;
    await db.updateTable('approval_requests').set({ requester_id: alice, disallow_requester: 0 }).execute();
    await db
      .updateTable('approval_requests')
      .set({ problem: 'unverified_requester', problem_detail: 'nobody knows' })
      .where('number', '<=', numberOf(7))
      .execute();
    await db
      .updateTable('slots')
      .set({ state: 'approved' })
      .where('request_number', '<=', numberOf(15))
      .where('request_number', '>', numberOf(7))
      .execute();
    await db
      .updateTable('cards')
      .set({ state: 'unreachable', detail: 'gone' })
      .where('part', '=', 'approver')
      .execute();
    const page = await pageOf('alice');
    expect(page.sections.map(({ title }) => title)).toEqual([
      'Waiting for me (16)',
      'My requests (24)',
      'Recent decisions (8)',
      'Getting started: 6 of 7 done',
      'Needs you (8)',
      'Approvers who cannot be reached (2)',
      'Workflows (3)',
    ]);
    expect(page.sections.map(({ items }) => items.length)).toEqual([5, 3, 3, 1, 4, 2, 3]);
    // With the question of an identity and a third unreachable approver, which are at most six more.
    expect(mostBlocks(page) + 6 + 3).toBeLessThanOrEqual(100);
  });
});

test('no picture where chat cannot fetch one from us, and none of nothing', async () => {
  await world.ask('deploy-to-production', 'run1');
  await homes.opened(accountOf(STAFF.alice));
  expect((await pageOf('alice')).picture).not.toBeNull();
  world.clock.advance(31 * 86_400_000);
  expect((await pageOf('alice')).picture).toBeNull();
  await world.ask('deploy-to-production', 'run2');
  world.app.context.settings.showsPictures = false;
  expect((await pageOf('alice')).picture).toBeNull();
});

describe('what waits is exactly what the card offers', () => {
  test('not what is voted on or not yet prepared, nor what was held before anybody was asked', async () => {
    await world.ask('deploy-to-production', 'held', { body: { triggeredByEmail: 'bob@acme.io' } });
    await world.ask('database-migration', 'voted');
    await world.press('alice', 'approve');
    await world.ask('deploy-to-production', 'open');
    world.run('fresh');
    await world.post('deploy-to-production', world.webhook('fresh'));
    await homes.opened(accountOf(STAFF.alice));
    const page = await pageOf('alice');
    expect(section(page, 'Waiting for me')!.title).toBe('Waiting for me (1)');
    expect(lineText(page.intro[0]!)).toBe('1 request waits for you.');
    const cards = await world.app.context.db.selectFrom('cards').selectAll().execute();
    const own = cards.filter(({ target_id, part }) => target_id === STAFF.alice && part === 'approver');
    expect(own.map(({ id }) => id)).toContain(runsOf(page, 'Waiting for me')[0]);
  });

  test('what is held after one was asked can be rejected, no more', async () => {
    const id = await world.ask('deploy-to-production', 'run1');
    await world.app.context.db
      .updateTable('approval_requests')
      .set({ problem: 'amended_too_often', problem_detail: 'It changed too often.' })
      .where('id', '=', id)
      .execute();
    await homes.opened(accountOf(STAFF.alice));
    const [held] = section(await pageOf('alice'), 'Waiting for me')!.items;
    expect(held!.actions.map(({ label }) => label)).toEqual(['Reject']);
    expect(lineText(held!.details[0]!)).toBe('On hold. It changed too often.');
  });

  test('R13: somebody who was deactivated sees nothing that is theirs', async () => {
    await world.ask('deploy-to-production', 'run1');
    await homes.opened(accountOf(STAFF.alice));
    await world.load('people: [{ email: alice@acme.io, deactivated: true }]');
    const page = await pageOf('alice');
    expect(page.sections).toEqual([]);
    expect(page.intro.map(lineText).join(' ')).toContain('it is deactivated.');
    expect(JSON.stringify(page)).not.toMatch(/Deploy|charts/);
  });

  test('another organization’s Home of the same account shows nothing of ours', async () => {
    await world.ask('deploy-to-production', 'run1');
    const { organizationId } = await foreignOrganization(world);
    await homes.opened({ ...accountOf(STAFF.alice), organizationId });
    expect(JSON.stringify(await pageOf('alice'))).not.toMatch(/Deploy|charts|Alice/);
  });

  test('somebody pinned later gets the Home they opened before brought up to date', async () => {
    world.slack.addUser({ id: 'U0LATE', name: 'late', realName: 'Late', email: 'late@acme.io' });
    await homes.opened(accountOf('U0LATE'));
    accepted(
      await updatePerson(world.app.context, adminOf(world), await personId(world, 'sam'), {
        slackUserId: 'U0LATE',
      }),
    );
    await world.ask('deploy-to-production', 'run1');
    await world.pass(2_000);
    const home = await homeOfAccount(world.app.context.db, accountOf('U0LATE'));
    expect(home?.personId).toBe(await personId(world, 'sam'));
  });
});
