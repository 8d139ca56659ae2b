import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { archiveEvent, createEvent, updateEvent } from '../../src/usecases/workflows/manage-events.ts';
import { createPolicy } from '../../src/usecases/workflows/manage-policies.ts';
import {
  createWorkflow,
  getWorkflow,
  updateWorkflow,
} from '../../src/usecases/workflows/manage-workflows.ts';
import {
  accepted,
  adminOf,
  auditLines,
  foreignOrganization,
  personId,
  refusalOf,
} from '../helpers/management.ts';
import { token } from '../helpers/principals.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';
import { buttonsOf, mention, noticeOf, pageOf, said } from './said.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

/** The ids of ACME's workflows. */
const DEPLOY = 1;
const MIGRATION = 2;
const ROLLBACK = 3;

const workflow = async (id: number) => accepted(await getWorkflow(world.app.context, adminOf(world), id));
const lines = async () =>
  (await said(world, 'ada', `list`)).split('\n').filter((line) => line.startsWith('#'));

/** Twelve workflows more, of events named Release 1 to 12. */
async function twelveMore(): Promise<void> {
  const { context } = world.app;
  const policy = accepted(await createPolicy(context, adminOf(world), { name: 'Strict policy' }));
  for (let nth = 1; nth <= 12; nth += 1) {
    const event = accepted(await createEvent(context, adminOf(world), { name: `Release ${nth}` }));
    const draft = { eventId: event.id, approvalPolicyId: policy.id, approvalRequirementId: 1 };
    accepted(await createWorkflow(context, adminOf(world), draft));
  }
}

describe('list', () => {
  test('one line per workflow, newest first, with who approves and buttons', async () => {
    expect(await lines()).toEqual([
      '#3 Rollback · Standard · no approval needed',
      '#2 Database migration · Standard · all of: Alice, Bob, manager',
      '#1 Deploy to production · Standard · any of: Alice, Bob',
    ]);
    expect(buttonsOf(await pageOf(world, 'ada', 'list'))).toEqual([
      'Show: show 3',
      'Edit: edit 3',
      'Show: show 2',
      'Edit: edit 2',
      'Show: show 1',
      'Edit: edit 1',
    ]);
  });

  test('people are mentions where they have an account, names where not', async () => {
    await said(world, 'alice', 'help');
    const [, , deploy] = (await pageOf(world, 'ada', 'list')).sections[0]!.items;
    const people = deploy!.line.filter((span) => span.kind === 'person');
    expect(people.map(({ name, externalId }) => [name, externalId])).toEqual([
      ['Alice', 'U0ALICE'],
      ['Bob', null],
    ]);
  });

  test('ten on a page, with buttons to the others', async () => {
    await twelveMore();
    const first = await pageOf(world, 'ada', 'list');
    expect(first.sections[0]?.items).toHaveLength(10);
    expect(buttonsOf(first).at(-1)).toBe('Older: list 2');
    expect(await said(world, 'ada', 'list')).toContain('Page 1 of 2, 15 in all.');
    const second = await pageOf(world, 'ada', 'list 2');
    expect(second.sections[0]?.items).toHaveLength(5);
    expect(buttonsOf(second).at(-1)).toBe('Newer: list 1');
    expect(await noticeOf(world, 'ada', 'list 3')).toBe(
      'There are only 2 pages.\nUsage: /approvals list [event|policy] [page]',
    );
    expect(await noticeOf(world, 'ada', 'list 0')).toContain('There are only 2 pages.');
  });

  test.each([
    ['list rollback', 1],
    ['list ROLLBACK', 1],
    ['list database migration', 1],
    ['list "Database migration"', 1],
    ['list database-migration', 1],
    ['list event 2', 1],
    ['list migr', 1],
    ['list 1 1', 1],
    ['list standard', 3],
    ['list policy standard', 3],
    ['list strict', 12],
    ['list policy 2 1', 12],
    ['list release 1', 1],
    ['list "release 1" 1', 1],
    ['list release', 12],
  ])('%j finds workflows by event or policy: %i', async (text, count) => {
    await twelveMore();
    const page = await pageOf(world, 'ada', text);
    const total = Number(
      /, (\d+) in all/.exec(await said(world, 'ada', text))?.[1] ?? page.sections[0]?.items.length,
    );
    expect(total).toBe(count);
  });

  test('the buttons of a filtered list keep the filter', async () => {
    await twelveMore();
    expect(buttonsOf(await pageOf(world, 'ada', 'list strict')).at(-1)).toBe('Older: list policy 2 2');
    expect(buttonsOf(await pageOf(world, 'ada', 'list release')).at(-1)).toBe('Older: list release 2');
    expect((await pageOf(world, 'ada', 'list release 2')).sections[0]?.items).toHaveLength(1);
  });

  test.each([
    ['list rolback', 'There is no event or policy “rolback”. Did you mean “rollback”?'],
    ['list deplyo', 'Did you mean “deploy-to-production”?'],
    ['list policy rollback', 'There is no policy “rollback”.'],
    ['list event standrd', 'There is no event “standrd”.'],
    ['list nothing at all 2', 'There is no event or policy “nothing at all”.'],
    ['list <@U0ALICE|alice>', 'There is no event or policy “@alice”.'],
    ['list “…”', 'There is no event or policy “…”.'],
  ])('%j: %s', async (text, expected) => {
    const notice = await noticeOf(world, 'ada', text);
    expect(notice).toContain(expected);
    expect(notice).toContain('Usage: /approvals list [event|policy] [page]');
  });
});

describe('show', () => {
  test('everything about one workflow', async () => {
    const { context } = world.app;
    const carol = await personId(world, 'carol');
    world.clock.advance(1_000);
    accepted(
      await updateWorkflow(context, adminOf(world), MIGRATION, {
        fallbackApproverIds: [carol],
        disallowRequester: true,
        dynamicSubscriberIds: [1],
        subscriberChannels: [{ platform: 'slack', channelId: 'C0DEPLOYS' }],
      }),
    );
    await context.db.updateTable('people').set({ status: 'deactivated' }).where('name', '=', 'Bob').execute();
    expect(await said(world, 'ada', 'show #2')).toBe(
      `#2 Database migration
Approval policy: Standard
Who decides
all of: Alice, Bob, manager
In the place of somebody who cannot be asked: Carol
Whoever asked may not approve.
A request that expires is closed.
Who cannot be asked or told
Bob is deactivated
Who is told
Sam
The manager of whoever asked
In C0DEPLOYS
Last changed ${new Date(world.clock.now()).toISOString()}`,
    );
    expect(buttonsOf(await pageOf(world, 'ada', 'show 2'))).toEqual([
      'Edit: edit 2',
      'Why: why database-migration',
      'Delete: delete 2',
    ]);
  });

  test('a workflow without approval, and one whose event is archived', async () => {
    accepted(await archiveEvent(world.app.context, adminOf(world), 3));
    const words = await said(world, 'ada', `show ${ROLLBACK}`);
    expect(words).toContain('#3 Rollback (archived)');
    expect(words).toContain('No approval needed');
    expect(buttonsOf(await pageOf(world, 'ada', 'show 3'))).toEqual(['Edit: edit 3', 'Delete: delete 3']);
  });

  test.each([
    ['show', 'Which workflow?'],
    ['show deploy', '“deploy” is not a workflow'],
    ['show <@U0ALICE|alice>', '“@alice” is not a workflow'],
    ['show 99', 'There is no approval workflow 99'],
    ['show 1 2', '“2” is too much'],
  ])('%j: %s', async (text, expected) => {
    const notice = await noticeOf(world, 'ada', text);
    expect(notice).toContain(expected);
    expect(notice).toContain('\nUsage: /approvals show ID');
  });

  test.each(['show', 'delete', 'approvers add <@U0BOB|bob>', 'subscribers remove <@U0BOB|bob>'])(
    '%s: a workflow of another organization answers exactly like an unknown one',
    async (command) => {
      const other = await foreignOrganization(world);
      const { context } = world.app;
      const event = accepted(await createEvent(context, other, { name: 'Theirs' }));
      const policy = accepted(await createPolicy(context, other, { name: 'Theirs' }));
      const theirs = accepted(
        await createWorkflow(context, other, {
          eventId: event.id,
          approvalPolicyId: policy.id,
          approvalRequirementId: 1,
        }),
      );
      const answer = await noticeOf(world, 'ada', `${command} ${theirs.id}`);
      expect(answer.replaceAll(String(theirs.id), '99')).toBe(await noticeOf(world, 'ada', `${command} 99`));
    },
  );
});

describe('delete', () => {
  test('asks first, and deletes when the button types it', async () => {
    const page = await pageOf(world, 'ada', `delete ${DEPLOY}`);
    expect(page.title).toBe('Delete workflow #1?');
    expect(page.sections[0]?.actions).toEqual([
      { kind: 'command', label: 'Delete', command: 'delete 1 now', style: 'danger' },
      { kind: 'command', label: 'Keep it', command: 'show 1' },
    ]);
    expect(await workflow(DEPLOY)).toMatchObject({ id: DEPLOY });
    expect(await said(world, 'ada', 'delete 1 now')).toContain('Workflow #1 Deploy to production is deleted');
    expect(refusalOf(await getWorkflow(world.app.context, adminOf(world), DEPLOY))).toEqual({
      kind: 'not_found',
    });
    expect(await noticeOf(world, 'ada', 'delete 1 now')).toContain('There is no approval workflow 1');
    const ada = await personId(world, 'ada');
    expect((await auditLines(world, 'approval_workflow')).at(-1)).toMatchObject({
      action: 'deleted',
      subjectId: DEPLOY,
      personId: ada,
      via: 'slack',
    });
  });

  test('R30 warns before and after when pipelines lose their last workflow', async () => {
    await updateEvent(world.app.context, adminOf(world), 3, {
      pipelines: [{ account: 'acme', org: '', project: '', pipeline: 'p', step: '' }],
    });
    expect(await said(world, 'ada', `delete ${ROLLBACK}`)).toContain(
      'This is the last approval workflow of “Rollback”, which pipelines use: their requests will be refused until there is another.',
    );
    expect(await said(world, 'ada', `delete ${ROLLBACK} now`)).toContain(
      'This was the last approval workflow of “Rollback”',
    );
  });

  test.each(['delete 1 2', 'delete 1 please', 'delete 1 now 2'])('%j deletes nothing', async (text) => {
    expect(await noticeOf(world, 'ada', text)).toMatch(
      /Nothing was deleted\.\nUsage: \/approvals delete ID$/,
    );
    expect(await workflow(DEPLOY)).toMatchObject({ id: DEPLOY });
  });
});

describe('approvers and subscribers', () => {
  const approvers = async (id: number) => {
    const { approverIds } = await workflow(id);
    const people = await world.app.context.db.selectFrom('people').select(['id', 'name']).execute();
    return approverIds.map((one) => people.find(({ id }) => id === one)?.name);
  };

  test.each([
    `approvers add ${mention('carol')} 1`,
    `approvers add 1 ${mention('carol')}`,
    `approvers add #1, ${mention('carol')} and ${mention('alice')}`,
    'approvers add <mailto:carol@acme.io|carol@acme.io> to workflow 1',
    'Approvers ADD Carol@acme.io #1',
  ])('%j adds', async (text) => {
    const words = await said(world, 'ada', text);
    expect(words).toContain('Added: Carol');
    expect(words).toContain('#1 Deploy to production · Standard · any of: Alice, Bob, Carol');
    expect(words).toContain('It counts for new requests.');
    expect(await approvers(DEPLOY)).toEqual(['Alice', 'Bob', 'Carol']);
  });

  test('says who was there already; what changed is audited as done by this admin in Slack', async () => {
    const words = await said(world, 'ada', `approvers add ${mention('carol')} ${mention('bob')} me 1`);
    expect(words).toContain('Added: Carol, Ada');
    expect(words).toContain('There already: Bob');
    const ada = await personId(world, 'ada');
    expect((await auditLines(world, 'approval_workflow')).at(-1)).toMatchObject({
      action: 'changed',
      personId: ada,
      via: 'slack',
      detail: { token: 'chat' },
    });
    const before = (await auditLines(world, 'approval_workflow')).length;
    expect(await said(world, 'ada', `approvers add ${mention('bob')} 1`)).toContain('There already: Bob');
    expect(await auditLines(world, 'approval_workflow')).toHaveLength(before);
  });

  test('R14 removing takes places in open requests away at once', async () => {
    await world.ask('deploy-to-production', 'run-1');
    expect(await said(world, 'ada', `approvers remove ${mention('bob')} ${mention('dana')} 1`)).toContain(
      'Removed: Bob\nNot there anyway: Dana\nRequests that are open lose them at once.',
    );
    expect(await approvers(DEPLOY)).toEqual(['Alice']);
    expect((await auditLines(world, 'approval_request')).at(-1)).toMatchObject({
      action: 'place_vacated',
      personId: await personId(world, 'ada'),
      via: 'slack',
      detail: { personId: await personId(world, 'bob'), because: 'was removed from the approval workflow' },
    });
  });

  test('the last approver cannot be removed, in words', async () => {
    const notice = await noticeOf(world, 'ada', `approvers remove ${mention('alice')} ${mention('bob')} 1`);
    expect(notice).toBe(
      'The list of approvers can’t be empty: somebody has to approve. Add somebody else first.\nUsage: /approvals approvers remove @person… "MACHINE"… ID',
    );
    expect(await approvers(DEPLOY)).toEqual(['Alice', 'Bob']);
  });

  test('subscribers', async () => {
    expect(await said(world, 'ada', `subscribers add ${mention('carol')} 1`)).toContain('Added: Carol');
    expect(await said(world, 'ada', `subscribers remove ${mention('sam')} 1`)).toContain('Removed: Sam');
    expect((await workflow(DEPLOY)).subscriberIds).toEqual([await personId(world, 'carol')]);
  });

  test('somebody new is added from Slack, joined by address, and audited as this admin’s doing', async () => {
    world.slack.addUser({ id: 'U0NEW', name: 'new', realName: 'Nina New', email: 'nina@acme.io' });
    expect(await said(world, 'ada', 'approvers add <@U0NEW|new> 1')).toContain('Added: Nina New');
    const row = await world.app.context.db
      .selectFrom('people')
      .innerJoin('identities', 'identities.person_id', 'people.id')
      .select(['name', 'email', 'role', 'external_id'])
      .where('email', '=', 'nina@acme.io')
      .execute();
    expect(row).toEqual([{ name: 'Nina New', email: 'nina@acme.io', role: 'member', external_id: 'U0NEW' }]);
    const ada = await personId(world, 'ada');
    expect(
      (await auditLines(world, 'person')).filter(({ action }) => action === 'created').at(-1),
    ).toMatchObject({
      personId: ada,
      via: 'slack',
      detail: { after: { name: 'Nina New', email: 'nina@acme.io' } },
    });
  });

  test.each<[string, Parameters<World['slack']['addUser']>[0], string]>([
    [
      'a guest',
      { id: 'U0X', name: 'x', realName: 'Gus', email: 'gus@acme.io', isRestricted: true },
      'Gus is a guest.',
    ],
    ['a bot', { id: 'U0X', name: 'x', realName: 'Robo', isBot: true }, 'Robo is a bot.'],
    [
      'a stranger',
      { id: 'U0X', name: 'x', realName: 'Eve', teamId: 'T0ELSE' },
      'Eve is from another workspace.',
    ],
    [
      'a deactivated account',
      { id: 'U0X', name: 'x', realName: 'Gone', email: 'gone@acme.io', deleted: true },
      'Gone is deactivated.',
    ],
    [
      'a second self',
      { id: 'U0X', name: 'x', realName: 'Ada Two', email: 'ada@acme.io' },
      'Ada Two cannot be matched',
    ],
  ])(
    'R13 R17 %s is refused by name; the others are not added either, and nobody is made',
    async (_, user, why) => {
      world.slack.addUser(user);
      await said(world, 'ada', 'help');
      const people = async () => world.app.context.db.selectFrom('people').select('id').execute();
      const before = await people();
      const notice = await noticeOf(world, 'ada', `approvers add ${mention('carol')} <@U0X|x> 1`);
      expect(notice).toContain(why);
      expect(notice).toContain(
        'Nothing was changed.\nUsage: /approvals approvers add @person… "MACHINE"… ID',
      );
      expect(await approvers(DEPLOY)).toEqual(['Alice', 'Bob']);
      expect(await people()).toEqual(before);
    },
  );

  test('an address is looked up too: a guest is refused by name and not made, a member is added', async () => {
    world.slack.addUser({ id: 'U0X', name: 'x', realName: 'Gus', email: 'gus@acme.io', isRestricted: true });
    world.slack.addUser({ id: 'U0NEW', name: 'new', realName: 'Nina New', email: 'nina@acme.io' });
    await said(world, 'ada', 'help');
    const people = async () =>
      (await world.app.context.db.selectFrom('people').select('id').execute()).length;
    const before = await people();
    expect(await noticeOf(world, 'ada', 'approvers add gus@acme.io 1')).toContain('Gus is a guest.');
    expect(await noticeOf(world, 'ada', 'approvers remove nina@acme.io 1')).toContain('Nobody here has');
    expect(await people()).toBe(before);
    expect(await said(world, 'ada', 'approvers add Nina@acme.io 1')).toContain('Added: Nina New');
  });

  test('a machine is named in quotes, and shown as one', async () => {
    await token(world, { machine: 'Smoke tests', ownerEmail: 'ada@acme.io' }, 'member');
    expect(await said(world, 'ada', 'approvers add "Smoke tests" 1')).toContain(
      'Added: Smoke tests (machine)',
    );
    expect(await approvers(DEPLOY)).toEqual(['Alice', 'Bob', 'Smoke tests']);
    const change = { checksFirst: true };
    accepted(await updateWorkflow(world.app.context, adminOf(world), DEPLOY, change));
    const shown = await said(world, 'ada', 'show 1');
    expect(shown).toContain('any of: Alice, Bob, Smoke tests (machine)');
    expect(shown).toContain('The machines are checks: each must pass before anybody else is asked.');
    expect(await said(world, 'dana', 'why deploy-to-production')).toContain(
      'When Dana asks, first these checks must pass: Smoke tests (machine) (listed); then any one of these decides: Alice (listed), Bob (listed).',
    );
    expect(await noticeOf(world, 'ada', 'subscribers add "Smoke tests" 1')).toContain(
      '“Smoke tests” is a machine and reads no cards.',
    );
    expect(await noticeOf(world, 'ada', 'approvers remove "Smoke tests" 1')).toContain('checks_first');
    expect(await noticeOf(world, 'ada', 'approvers add "Other tests" 1')).toContain(
      '“Other tests” is not a person',
    );
  });

  test('a machine without a token is said to be unable to answer', async () => {
    await world.load(`
people: [{ email: ada@acme.io, name: Ada }]
machines: [{ name: Mute, owner: ada@acme.io }]
`);
    await said(world, 'ada', 'approvers add "Mute" 1');
    const sentence = 'Mute (machine) has no token to answer with: make one with npm run token';
    expect(await said(world, 'ada', 'show 1')).toContain(sentence);
    expect(await said(world, 'dana', 'why deploy-to-production')).toContain(`Missing: ${sentence}.`);
  });

  test('somebody who left can still be removed', async () => {
    await said(world, 'bob', 'help');
    await world.app.context.db
      .updateTable('people')
      .set({ status: 'deactivated' })
      .where('name', '=', 'Bob')
      .execute();
    expect(await noticeOf(world, 'ada', `approvers add ${mention('bob')} 2`)).toContain(
      'Bob is deactivated.',
    );
    expect(await said(world, 'ada', `approvers remove ${mention('bob')} 1`)).toContain('Removed: Bob');
  });

  test('removing somebody unknown adds nobody', async () => {
    world.slack.addUser({ id: 'U0NEW', name: 'new', realName: 'Nina New', email: 'nina@acme.io' });
    expect(await noticeOf(world, 'ada', 'approvers remove <@U0NEW|new> 1')).toContain(
      'Nina New is not known here.',
    );
  });

  test.each([
    ['approvers add 1', 'Whom?'],
    [`approvers add ${mention('carol')}`, 'Which workflow?'],
    [`approvers add ${mention('carol')} 1 2`, 'One workflow at a time'],
    [`approvers add ${mention('carol')} 99`, 'There is no approval workflow 99'],
    [`approvers add ${mention('carol')} 999999999999999`, 'There is no approval workflow'],
    [`approvers add ${mention('carol')} deploy`, '“deploy” is not a person'],
    ['approvers add @carol 1', '“@carol” is only text'],
    ['approvers add <#C0OPS|ops> 1', 'Channels are set in the form: /approvals edit 1'],
    ['approvers add manager 1', 'Whether the manager counts is set in the form: /approvals edit 1'],
    ['approvers add nobody@acme.io 1', 'Nobody here has the address nobody@acme.io.'],
    ['approvers add <@U0NOBODY|x> 1', 'This account is not one of a member of your organization.'],
  ])('%j: %s', async (text, expected) => {
    const notice = await noticeOf(world, 'ada', text);
    expect(notice).toContain(expected);
    expect(notice).toContain('Usage: /approvals approvers add @person… "MACHINE"… ID');
    expect(await approvers(DEPLOY)).toEqual(['Alice', 'Bob']);
  });
});
