import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { archiveEvent, createEvent } from '../../src/usecases/workflows/manage-events.ts';
import { archivePolicy, createPolicy } from '../../src/usecases/workflows/manage-policies.ts';
import { accepted, adminOf, auditLines, personId } from '../helpers/management.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';
import { buttonsOf, mention, noticeOf, pageOf, said } from './said.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld({ env: { SLACK_MANAGER_FIELD_ID: 'Xf0MANAGER' } });
  world.slack.defineProfileField({ id: 'Xf0MANAGER', label: 'Manager', type: 'user' });
  await world.load(ACME);
});
afterEach(() => world.close());

describe('events and policies', () => {
  test('events by name with their counts; archived ones are left out', async () => {
    const { context } = world.app;
    const old = accepted(await createEvent(context, adminOf(world), { name: 'Old' }));
    accepted(await archiveEvent(context, adminOf(world), old.id));
    accepted(await createEvent(context, adminOf(world), { name: 'Hotfix' }));
    expect(await said(world, 'ada', 'events')).toBe(
      `Events
Database migration · database-migration · 1 workflow · any pipeline
Deploy to production · deploy-to-production · 1 workflow · any pipeline
Hotfix · hotfix · no workflows · any pipeline
Rollback · rollback · 1 workflow · 1 pipeline`,
    );
    expect(buttonsOf(await pageOf(world, 'ada', 'events'))[0]).toBe('Workflows: list event 2');
  });

  test('policies with the default marked, and for how many people each is', async () => {
    const { context } = world.app;
    for (const name of ['Strict', 'Lax', 'Old'])
      accepted(await createPolicy(context, adminOf(world), { name }));
    accepted(await archivePolicy(context, adminOf(world), 4));
    await said(world, 'ada', `assign ${mention('bob')} strict`);
    expect(await said(world, 'ada', 'policies')).toBe(
      `Approval policies
Lax · lax · no workflows · for nobody yet
Standard · standard · 3 workflows · default, for everybody without another
Strict · strict · no workflows · for 1 person
Give one to somebody: /approvals assign @person POLICY`,
    );
  });

  test('ten on a page', async () => {
    for (let nth = 1; nth <= 9; nth += 1)
      accepted(await createEvent(world.app.context, adminOf(world), { name: `More ${nth}` }));
    expect(buttonsOf(await pageOf(world, 'ada', 'events')).at(-1)).toBe('Next: events 2');
    expect((await pageOf(world, 'ada', 'events 2')).sections[0]?.items).toHaveLength(2);
    expect(await noticeOf(world, 'ada', 'events 3')).toContain(
      'There are only 2 pages.\nUsage: /approvals events [page]',
    );
  });

  test.each(['events x', 'policies 1 2', 'admins list zwei'])('%j: not a page', async (text) => {
    expect(await noticeOf(world, 'ada', text)).toMatch(/is not a page’s number\.\nUsage: /);
  });
});

describe('assign', () => {
  const assignments = async () =>
    world.app.context.db
      .selectFrom('approval_policy_assignments')
      .innerJoin('people', 'people.id', 'target_id')
      .innerJoin('approval_policies', 'approval_policies.id', 'approval_policy_id')
      .select(['people.name as person', 'approval_policies.slug as policy'])
      .execute();

  beforeEach(async () => {
    for (const name of ['Very strict', 'Lax', 'Lax weekends'])
      accepted(await createPolicy(world.app.context, adminOf(world), { name }));
  });

  test.each([
    `assign ${mention('bob')} very-strict`,
    `assign ${mention('bob')} "Very strict"`,
    `assign ${mention('bob')} Very Strict`,
    `assign very strict ${mention('bob')}`,
    `assign ${mention('bob')} 2`,
    `assign ${mention('bob')} strict`,
    'assign bob@acme.io very-strict',
  ])('%j', async (text) => {
    expect(await said(world, 'ada', text)).toContain('Bob has the approval policy Very strict.');
    expect(await assignments()).toEqual([{ person: 'Bob', policy: 'very-strict' }]);
    expect((await auditLines(world, 'approval_policy_assignment')).at(-1)).toMatchObject({
      action: 'created',
      personId: await personId(world, 'ada'),
      via: 'slack',
    });
  });

  test('again, another, and taken away', async () => {
    await said(world, 'ada', `assign ${mention('bob')} lax`);
    expect(await said(world, 'ada', `assign ${mention('bob')} lax`)).toContain(
      'has this approval policy already: Lax',
    );
    await said(world, 'ada', `assign ${mention('bob')} very-strict`);
    expect(await assignments()).toEqual([{ person: 'Bob', policy: 'very-strict' }]);
    expect(await said(world, 'ada', `assign ${mention('bob')} clear`)).toContain(
      'Bob no longer has the approval policy “Very strict”: the default counts.',
    );
    expect(await assignments()).toEqual([]);
    expect(await said(world, 'ada', `assign ${mention('bob')} default`)).toContain(
      'had no approval policy assigned',
    );
    const actions = (await auditLines(world, 'approval_policy_assignment')).map(({ action }) => action);
    expect(actions).toEqual(['created', 'changed', 'deleted']);
  });

  test.each([
    ['assign', 'Whose approval policy?'],
    ['assign lax', 'Whose approval policy?'],
    [`assign ${mention('bob')}`, 'Which approval policy?'],
    [`assign ${mention('bob')} ${mention('carol')} lax`, 'Mention one person.'],
    [
      `assign ${mention('bob')} very-strickt`,
      'There is no approval policy “very-strickt”. Did you mean “very-strict”?',
    ],
    [`assign ${mention('bob')} la`, 'could be several approval policies: lax, lax-weekends. Name one.'],
    [`assign ${mention('bob')} 99`, 'There is no approval policy “99”.'],
    [
      'assign <@U0NOBODY|x> lax',
      'This account is not one of a member of your organization. Nothing was changed.',
    ],
  ])('%j: %s', async (text, expected) => {
    const notice = await noticeOf(world, 'ada', text);
    expect(notice).toContain(expected);
    expect(notice).toContain('\nUsage: /approvals assign @person POLICY|clear');
    expect(await assignments()).toEqual([]);
  });
});

describe('manager', () => {
  test('shown, set, cleared, and whence it is', async () => {
    expect(await said(world, 'ada', `manager ${mention('dana')}`)).toContain(
      'The manager of Dana is Maria, set here.',
    );
    expect(await said(world, 'ada', `manager ${mention('dana')} ${mention('carol')}`)).toContain(
      'The manager of Dana is Carol, set here.',
    );
    expect((await auditLines(world, 'person')).at(-1)).toMatchObject({
      action: 'changed',
      personId: await personId(world, 'ada'),
      via: 'slack',
    });
    world.slack.updateUser('U0DANA', { profileFields: { Xf0MANAGER: { value: 'U0BOB' } } });
    expect(await said(world, 'ada', `manager ${mention('dana')} clear`)).toContain(
      'Dana has no manager set here any more',
    );
    expect(await said(world, 'ada', `manager ${mention('dana')}`)).toContain(
      'The manager of Dana is Bob, from the chat profile.',
    );
    expect(await said(world, 'ada', `manager ${mention('bob')}`)).toContain('The manager of Bob is not set');
  });

  test('a manager who cannot be asked is told', async () => {
    await world.app.context.db
      .updateTable('people')
      .set({ status: 'deactivated' })
      .where('name', '=', 'Maria')
      .execute();
    expect(await said(world, 'ada', `manager ${mention('dana')}`)).toContain(
      'They cannot be asked: Maria is deactivated.',
    );
  });

  test.each([
    ['manager', 'Whose manager?'],
    [`manager ${mention('dana')} ${mention('dana')}`, 'The manager can’t be the person themselves.'],
    [`manager ${mention('dana')} ${mention('bob')} ${mention('carol')}`, 'then one manager or “clear”'],
    [`manager ${mention('dana')} ${mention('bob')} clear`, 'then one manager or “clear”'],
    [`manager ${mention('dana')} maria`, '“maria” is not a person'],
    ['manager <@U0NOBODY|x>', 'This account is not one of a member'],
  ])('%j: %s', async (text, expected) => {
    const notice = await noticeOf(world, 'ada', text);
    expect(notice).toContain(expected);
    expect(notice).toContain('\nUsage: /approvals manager @person [@manager|clear]');
    expect(await said(world, 'ada', `manager ${mention('dana')}`)).toContain('is Maria');
  });
});

describe('admins', () => {
  test('add, list, remove', async () => {
    expect(await said(world, 'ada', `admins add ${mention('bob')} and me`)).toBe(
      'Admins\nBob is now an admin.\nAda is already an admin.',
    );
    expect((await auditLines(world, 'person')).at(-1)).toMatchObject({
      action: 'changed',
      personId: await personId(world, 'ada'),
      via: 'slack',
      detail: { after: { role: 'admin' } },
    });
    expect(await said(world, 'ada', 'admins list')).toBe('Admins\nAda · ada@acme.io\nBob · bob@acme.io');
    expect(await said(world, 'bob', `admins remove ${mention('ada')} ${mention('carol')}`)).toBe(
      'Admins\nAda is no longer an admin.\nCarol is not an admin.',
    );
    expect(await said(world, 'ada', 'admins list')).toContain('Only an admin');
  });

  test('R30 the last admin stays, whoever asks', async () => {
    expect(await noticeOf(world, 'ada', 'admins remove me')).toBe(
      'Ada: This is the last active admin. Make somebody else an admin first.\nUsage: /approvals admins remove @person…',
    );
    await said(world, 'ada', `admins add ${mention('bob')}`);
    expect(await said(world, 'ada', `admins remove ${mention('bob')} me`)).toBe(
      'Admins\nBob is no longer an admin.\nAda: This is the last active admin. Make somebody else an admin first.',
    );
    expect(await said(world, 'ada', 'admins remove me')).toContain('last active admin');
  });

  test.each([
    ['admins add', 'Whom?'],
    ['admins add bob', '“bob” is not a person'],
    ['admins add <#C0OPS|ops>', '#ops is a channel, not a person.'],
    ['admins add <@U0NOBODY|x>', 'This account is not one of a member'],
  ])('%j: %s', async (text, expected) => {
    const notice = await noticeOf(world, 'ada', text);
    expect(notice).toContain(expected);
    expect(notice).toContain('\nUsage: /approvals admins add @person…');
  });

  test('a guest becomes no admin', async () => {
    world.slack.addUser({ id: 'U0X', name: 'x', realName: 'Gus', email: 'gus@acme.io', isRestricted: true });
    expect(await noticeOf(world, 'ada', 'admins add <@U0X|x>')).toContain(
      'Gus is a guest. Nothing was changed.',
    );
  });
});
