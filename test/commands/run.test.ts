import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/commands/catalogue.ts';
import type { AccountCommand, Command } from '../../src/commands/command.ts';
import { createChatCommands } from '../../src/commands/run.ts';
import { snapshot } from '../helpers/management.ts';
import { meet } from '../helpers/workflow-forms.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';
import { accountOf, mention, noticeOf, said, type } from './said.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  await world.load(ACME);
  // Everybody's account is met once, so that later commands find it known.
  for (const name of ['ada', 'alice'] as const) await type(world, name, 'help');
});
afterAll(() => world.close());

async function audits() {
  const rows = await world.app.context.db.selectFrom('audit_events').selectAll().orderBy('id').execute();
  return rows.map(({ action, subject_type, subject_id, person_id, via, detail }) => ({
    action,
    subjectType: subject_type,
    subjectId: subject_id,
    personId: person_id,
    via,
    detail: JSON.parse(detail) as Record<string, unknown>,
  }));
}

describe('which command is meant', () => {
  test.each(['', 'help', 'HELP', '/help', ' approvals help', '/approvals help', '/approvals', '/'])(
    '%j is help',
    async (text) => {
      expect(await said(world, 'ada', text)).toMatch(/^What you can do\n/);
    },
  );

  test('help has its topics: six for everyone, and what admins may do besides in four', async () => {
    const titles = (words: string) => words.split('\n').filter((line) => line.startsWith('For '));
    expect(titles(await said(world, 'alice', 'help'))).toEqual(['For everyone']);
    expect(titles(await said(world, 'ada', 'help'))).toEqual([
      'For everyone',
      'For admins: workflows',
      'For admins: requests that are stuck',
      'For admins: events, policies and people',
      'For admins: keeping watch',
    ]);
  });

  test.each<[string, string]>([
    ['lsit', 'Did you mean “/approvals list”?'],
    ['shwo 14', 'Did you mean “/approvals show”?'],
    ['approver add', 'Did you mean “/approvals approvers add”?'],
    ['approvers ad', 'Did you mean “/approvals approvers add”?'],
    ['add approvers', 'Did you mean “/approvals approvers add”?'],
    ['help aprovers', 'Did you mean “/approvals help approvers”?'],
    ['polices', 'Did you mean “/approvals policies”?'],
  ])('%j is not run, but what is meant is said with its usage', async (text, expected) => {
    const notice = await noticeOf(world, 'ada', text);
    expect(notice).toContain(expected);
    expect(notice).toContain('Usage: /approvals ');
  });

  test('what resembles nothing is answered with where to look', async () => {
    expect(await noticeOf(world, 'ada', 'frobnicate now')).toBe(
      'There is no command “frobnicate”. “/approvals help” lists what you can do.',
    );
    expect(await noticeOf(world, 'ada', mention('bob'))).toContain('A command begins with its name.');
  });

  test('half of a command’s name is answered with all that begin so', async () => {
    expect(await noticeOf(world, 'ada', 'approvers')).toBe(
      [
        '“approvers” wants a word more.',
        'Usage: /approvals approvers add @person… "MACHINE"… ID',
        'Usage: /approvals approvers remove @person… "MACHINE"… ID',
      ].join('\n'),
    );
  });

  test('a member is offered no admin’s command, not even by a typo', async () => {
    expect(await noticeOf(world, 'alice', 'lsit')).not.toContain('list”');
    expect(await noticeOf(world, 'alice', 'approvers')).not.toContain('add');
  });

  test('a text that is too long is not read', async () => {
    expect(await noticeOf(world, 'ada', `list ${'x'.repeat(4_000)}`)).toContain('too long');
  });
});

describe('who may', () => {
  const adminCommands = COMMANDS.filter(({ who }) => who === 'admin').map(({ name }) => name);

  test.each(adminCommands)(
    '“%s” is an admin’s: a member is refused in one sentence, audited',
    async (name) => {
      const before = (await audits()).length;
      expect(await noticeOf(world, 'alice', `${name} ${mention('bob')} 1`)).toBe(
        `Only an admin may use “/approvals ${name}”. “/approvals help” lists what you can do.`,
      );
      const [line, ...more] = (await audits()).slice(before);
      expect(more).toEqual([]);
      expect(line).toMatchObject({
        action: 'refused',
        subjectType: 'command',
        subjectId: name,
        via: 'slack',
        detail: { wanted: name, why: 'admins_only' },
      });
      expect(line?.personId).toEqual(expect.any(Number));
    },
  );

  test('R13 who stops being an admin may nothing more from the next command on', async () => {
    const { db } = world.app.context;
    await said(world, 'ada', `admins add ${mention('carol')}`);
    expect(await said(world, 'carol', 'events')).toMatch(/^Events/);
    await db.updateTable('people').set({ role: 'member' }).where('email', '=', 'carol@acme.io').execute();
    expect(await said(world, 'carol', 'events')).toContain('Only an admin');
  });

  test.each<[string, Parameters<World['slack']['addUser']>[0], string]>([
    [
      'a guest',
      { id: 'U0GUEST', name: 'gus', realName: 'Gus', email: 'gus@acme.io', isRestricted: true },
      'Guests',
    ],
    [
      'a deactivated account',
      { id: 'U0GONE', name: 'gone', realName: 'Gone', email: 'gone@acme.io', deleted: true },
      'deactivated',
    ],
    ['a bot', { id: 'U0BOT', name: 'robo', realName: 'Robo', isBot: true }, 'Bots'],
    [
      'somebody of another workspace',
      { id: 'U0ELSE', name: 'eve', realName: 'Eve', email: 'eve@acme.io', teamId: 'T0ELSE' },
      'another workspace',
    ],
  ])('R13 %s gets one sentence and nothing else, and nobody is added', async (_, user, words) => {
    world.slack.addUser(user);
    const people = await snapshot(world, ['people', 'identities']);
    const before = (await audits()).length;
    for (const text of ['help', 'list', 'nonsense']) {
      const notice = await noticeOf(world, { externalId: user.id }, text);
      expect(notice).toContain(words);
      expect(notice).not.toContain('\n');
    }
    expect(await snapshot(world, ['people', 'identities'])).toBe(people);
    const lines = (await audits()).slice(before);
    expect(lines.map(({ action, detail }) => [action, detail.wanted, detail.account])).toEqual([
      ['refused', 'help', user.id],
      ['refused', 'list', user.id],
      ['refused', '', user.id],
    ]);
  });

  test('an account nobody has heard of gets one sentence', async () => {
    expect(await noticeOf(world, { externalId: 'U0NOBODY' }, 'help')).toContain('cannot be matched');
  });

  test('R14 somebody deactivated here may nothing from then on', async () => {
    const { db } = world.app.context;
    await said(world, 'sam', 'help');
    await db
      .updateTable('people')
      .set({ status: 'deactivated' })
      .where('email', '=', 'sam@acme.io')
      .execute();
    expect(await noticeOf(world, 'sam', 'help')).toContain('You are deactivated here');
  });

  test('R17 an account is joined by an address of the organization’s own domains, and known from then on', async () => {
    const account = accountOf(world, 'maria');
    await said(world, 'maria', 'help');
    const rows = await world.app.context.db
      .selectFrom('identities')
      .innerJoin('people', 'people.id', 'identities.person_id')
      .select(['people.email', 'identities.tenant'])
      .where('external_id', '=', account.externalId)
      .execute();
    expect(rows).toEqual([{ email: 'maria@acme.io', tenant: 'T0ACME' }]);
  });

  test('R17 a second account with somebody’s address is not that person', async () => {
    world.slack.addUser({ id: 'U0ADA2', name: 'ada2', realName: 'Ada Two', email: 'ada@acme.io' });
    expect(await noticeOf(world, { externalId: 'U0ADA2' }, 'list')).toContain('cannot be matched');
  });

  test('a member with a foreign address is a person of their own, a member, and told in the audit', async () => {
    world.slack.addUser({ id: 'U0FREE', name: 'free', realName: 'Free Lance', email: 'ada@elsewhere.io' });
    expect(await said(world, { externalId: 'U0FREE' }, 'list')).toContain('Only an admin');
    const lines = (await audits()).filter(
      ({ action, subjectType }) => action === 'created' && subjectType === 'person',
    );
    expect(lines.at(-1)).toMatchObject({
      via: 'slack',
      detail: { after: { name: 'Free Lance', email: null } },
    });
  });

  test('an account of another organization is nobody’s here', async () => {
    const { db } = world.app.context;
    await db
      .insertInto('organizations')
      .values({ id: 900, name: 'Other', domains: '[]', created_at: 0 })
      .execute();
    const commands = createChatCommands(world.app.context);
    const answer = await commands.run({ ...accountOf(world, 'ada'), organizationId: 900 }, 'list');
    expect(answer).toMatchObject({ kind: 'notice', sentence: expect.stringContaining('cannot be matched') });
  });

  test('while Slack cannot be asked, an unknown account is told to try again, a known one is not', async () => {
    const directories = [
      {
        ...world.app.context.directories[0]!,
        lookUp: async () => ({ kind: 'unavailable' as const, retryAfterMs: 1, detail: 'It is down.' }),
      },
    ];
    const commands = createChatCommands({ ...world.app.context, directories });
    const unknown = await commands.run(accountOf(world, 'dana'), 'help');
    expect(unknown).toEqual({
      kind: 'notice',
      sentence: 'Slack cannot be asked who you are just now: It is down. Try again in a moment.',
    });
    expect(await commands.run(accountOf(world, 'ada'), 'events')).toMatchObject({ kind: 'page' });
  });
});

describe('the catalogue', () => {
  test('names are unique, in lower case, and never the beginning of one another’s arguments', () => {
    const names = COMMANDS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z-]+( [a-z-]+)?$/);
  });

  test('hidden commands run and are not in help; those of accounts run for accounts that are nobody’s', async () => {
    const hidden: Command = {
      name: 'secret',
      usage: 'WORD',
      summary: 'hidden',
      who: 'everyone',
      hidden: true,
      run: async () => ({ kind: 'wrong', sentence: 'No.' }),
    };
    const own: AccountCommand = {
      name: 'confirm-account',
      usage: 'ID',
      runFor: async (_, { externalId }, args) => ({
        kind: 'notice',
        sentence: `${externalId} confirms ${args[0]?.text}`,
      }),
    };
    const commands = createChatCommands(world.app.context, {
      commands: [...COMMANDS, hidden],
      accountCommands: [own],
    });
    expect(await commands.run(accountOf(world, 'ada'), 'secret')).toEqual({
      kind: 'notice',
      sentence: 'No.\nUsage: /approvals secret WORD',
    });
    expect(JSON.stringify(await commands.run(accountOf(world, 'ada'), ''))).not.toContain('secret');
    expect(await commands.run(accountOf(world, { externalId: 'U0NOBODY' }), 'confirm-account 7')).toEqual({
      kind: 'notice',
      sentence: 'U0NOBODY confirms 7',
    });
  });
});

describe('help', () => {
  test('shows a member what everybody may, an admin what admins may too', async () => {
    const member = await said(world, 'alice', 'help');
    expect(member).toContain('/approvals help');
    expect(member).not.toContain('/approvals delete');
    const admin = await said(world, 'ada', 'help');
    for (const { name } of COMMANDS.filter(({ hidden }) => !hidden))
      expect(admin).toContain(`/approvals ${name}`);
  });

  test('of a command: its usage', async () => {
    expect(await said(world, 'ada', 'help show')).toBe('/approvals show ID: everything about one workflow');
    expect(await said(world, 'ada', 'help approvers')).toContain(
      '/approvals approvers remove @person… "MACHINE"… ID',
    );
    expect(await said(world, 'ada', 'help shwo')).toContain('Did you mean “/approvals help show”?');
    expect(await said(world, 'alice', 'help delete')).toContain('There is no command');
  });
});

describe('random texts', () => {
  const TABLES = [
    'people',
    'identities',
    'events',
    'approval_policies',
    'approval_workflows',
    'approval_workflow_people',
    'approval_policy_assignments',
    'approval_requests',
    'outbox',
  ] as const;
  const words = fc.constantFrom(
    ...COMMANDS.map(({ name }) => name),
    '1',
    '#2',
    'now',
    'clear',
    'me',
    '<@U0ALICE|alice>',
    '<@U0ADA>',
    'ada@acme.io',
    'standard',
    '"',
    '<',
    '/approvals',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(fc.oneof(words, fc.string({ maxLength: 6 })), { maxLength: 6 }).map((parts) => parts.join(' ')),
  );
  let tables: string;
  beforeEach(async () => {
    // A dry run joins whom it names to their accounts; here they are joined before.
    await meet(world, 'ada', 'alice', 'bob', 'carol', 'dana', 'maria', 'sam');
    tables = await snapshot(world, TABLES);
  });

  test('of a member never throw and never change anything; what is audited is refusals', async () => {
    const before = (await audits()).length;
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const answer = await type(world, 'alice', text);
        return answer.kind === 'notice' ? answer.sentence.trim() !== '' : answer.kind === 'page';
      }),
      { numRuns: 2_000 },
    );
    expect(await snapshot(world, TABLES)).toBe(tables);
    const added = (await audits()).slice(before);
    expect(new Set(added.map(({ action }) => action))).toEqual(new Set(['refused']));
  }, 120_000);

  test('of an admin never throw', async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) =>
        ['notice', 'page', 'editor'].includes((await type(world, 'ada', text)).kind),
      ),
      { numRuns: 300 },
    );
  }, 120_000);
});
