import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditOf } from '../../src/store/audit.ts';
import { updatePerson } from '../../src/usecases/people/manage-people.ts';
import {
  everythingInTeams,
  isRequestCard,
  teamsAnswered,
  teamsAnsweredButtons,
  teamsButtons,
  teamsCards,
  teamsDialog,
  teamsPress,
  teamsPressAnswered,
  teamsSay,
  teamsSubmit,
  teamsToast,
  teamsWords,
} from '../helpers/in-teams.ts';
import { openRooms, ROOM, roomCards } from '../helpers/in-teams-channel.ts';
import { accepted, adminOf, personId } from '../helpers/management.ts';
import { TYPED_IN_TEAMS } from '../helpers/typed-commands.ts';
import { ACME, ENTRA, startWorld, type World } from '../helpers/world.ts';

let world: World;
const EVE = 'a0000000-0000-4000-8000-0000000000ee';

async function close() {
  const shown = everythingInTeams(world);
  await world.close();
  expect(shown).not.toMatch(/\/approvals|Slack/);
}

describe('what is typed, and what is answered', () => {
  let deploy: string;
  let migrate: string;

  beforeAll(async () => {
    world = await startWorld({ slack: false, teams: {} });
    world.teams.addPerson({ aadObjectId: EVE, name: 'Eve', email: 'eve@acme.io' });
    openRooms(world);
    await world.load(ACME);
    deploy = await world.ask('deploy-to-production', 'run1');
    migrate = await world.ask('database-migration', 'run2');
  });
  afterAll(close);

  // In a chat of one’s own there is nobody to mention: people are named by their addresses.
  const put = (text: string) =>
    text
      .replace('DEPLOY', deploy)
      .replace('MIGRATE', migrate)
      .replace(/@(\w+)/g, (_, name) => `${name}@acme.io`);

  // In this order: some change what the next ones see.
  test.each(TYPED_IN_TEAMS)('%s: %s', async (name, text, expected) => {
    const words = await teamsSay(world, name, put(text) || ' ');
    const buttons = teamsAnsweredButtons(world, name).map((label) => `[${label}]`);
    for (const some of expected) expect(`${words} ${buttons.join(' ')}`).toContain(some);
    expect(words).not.toMatch(/\.\.|undefined|null|\[object|person \d|\/approvals|Slack/);
  });

  test.each([
    'delete 1',
    'approvers remove bob@acme.io 1',
    'admins add alice@acme.io',
    'retry 1',
    'audit',
    'create',
    'edit 1',
  ])('alice, no admin: %s is refused and audited', async (text) => {
    expect(await teamsSay(world, 'alice', text)).toMatch(/^Only an admin may use “[a-z ]+”\. “help” lists/);
    expect(teamsAnsweredButtons(world, 'alice')).toEqual([]);
    expect(await teamsSay(world, 'ada', 'audit 1')).toMatch(/Alice wanted to use “[a-z ]+” and was refused/);
  });

  test.each([
    ['/list', '#1 Deploy to production'],
    ['  LIST  ', '#1 Deploy to production'],
    ['/approvals list', '#1 Deploy to production'],
    ['show\n1', '#1 Deploy to production'],
  ])('%j is understood', async (text, expected) => {
    expect(await teamsSay(world, 'ada', text)).toContain(expected);
  });

  test('in a channel by mention: for the caller alone, in the thread; people are really mentioned', async () => {
    const said = await teamsSay(world, 'ada', 'approvers add @carol and @sam to 2', { conversation: ROOM });
    expect(said).toContain('Added: Sam');
    expect(await teamsSay(world, 'ada', 'approvers remove @sam 2', { conversation: ROOM })).toContain(
      'Removed: Sam',
    );
    expect(await teamsSay(world, 'ada', 'pending @bob', { conversation: ROOM })).toContain('Waiting for Bob');
    for (const name of ['bob', 'sam'] as const)
      expect(
        world.teams.messagesOf(ROOM, { as: ENTRA[name] }).filter(({ author }) => author.startsWith('28:')),
      ).toEqual([]);
  });

  test('in a channel as a slash command: nobody else sees question or answer', async () => {
    const how = { conversation: ROOM, targeted: true };
    expect(await teamsSay(world, 'ada', 'list', how)).toContain('#1 Deploy to production');
    expect(await teamsSay(world, 'bob', 'pending', how)).toContain('Deploy to production');
    expect(
      world.teams
        .messagesOf(ROOM, { as: ENTRA.carol })
        .map(({ text }) => text)
        .join(),
    ).not.toMatch(/list|pending/);
    // R13: where it is typed gives nobody more rights.
    expect(await teamsSay(world, 'bob', 'delete 1', how)).toMatch(/^Only an admin may use “delete”/);
  });

  test('a mention that is only text names nobody', async () => {
    const said = await teamsSay(world, 'ada', 'approvers add <at>Bob</at> 2');
    expect(said).toContain('Usage: approvers add');
  });

  test('somebody met for the first time is known from Entra by name and address', async () => {
    const eve = await world.app.context.db
      .selectFrom('people')
      .select(['name', 'role'])
      .where('email', '=', 'eve@acme.io')
      .executeTakeFirst();
    expect(eve).toEqual({ name: 'Eve', role: 'member' });
  });

  test('from `pending`, Review decides', async () => {
    await teamsSay(world, 'bob', 'pending');
    const label = teamsAnsweredButtons(world, 'bob').indexOf('Review');
    expect(label).toBe(0);
    await teamsPressAnswered(world, 'bob', 'Review');
    expect(teamsDialog(world, 'bob')).toContain('Deploy to production');
    await teamsSubmit(world, 'bob', {}, { title: 'Approve' });
    expect((await teamsSubmit(world, 'bob')).warning).toBeUndefined();
    await world.pass(3_000);
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
    expect(await teamsSay(world, 'bob', 'pending')).toContain('Nothing waits');
    expect(await teamsSay(world, 'alice', 'pending')).not.toContain('Deploy to production');
  });

  test('a request is cancelled after asking once more, and the cards say so', async () => {
    await teamsSay(world, 'dana', `cancel ${migrate} wrong branch`);
    expect(teamsButtons(world, 'alice')).toContain('Approve');
    await teamsPressAnswered(world, 'dana', 'Cancel the request');
    const told = [teamsAnswered(world, 'dana'), teamsToast(world, 'dana')].join(' ');
    expect(told).toContain('is cancelled here. Harness was not told');
    await world.pass(3_000);
    expect(teamsWords(world, 'alice')).toMatch(/[Cc]ancelled/);
    const lines = await auditOf(world.app.context.db, 'approval_request', migrate, 50);
    expect(lines.find(({ action }) => action === 'cancel')?.detail).toMatchObject({ reason: 'wrong branch' });
  });

  test('what Harness refused is retried from the request’s page, or by `retry`', async () => {
    const refused = world.harness.addFault({ match: { method: 'POST' }, times: Infinity, status: 403 });
    const id = await world.ask('deploy-to-production', 'run5');
    await teamsPress(world, 'alice', 'Approve');
    await world.pass(5_000);
    expect(await teamsSay(world, 'ada', `request ${id}`)).toContain('not delivered; an admin can retry');
    refused.remove();
    await teamsPressAnswered(world, 'ada', 'Retry');
    const told = [teamsAnswered(world, 'ada'), teamsToast(world, 'ada')].join(' ');
    expect(told).toContain('Harness is being told once more about “Deploy to production”');
    await world.pass(5_000);
    expect(world.harness.effects).toHaveLength(2);
    expect(teamsWords(world, 'alice')).toContain('confirmed by Harness');
  });

  test('pages are turned in place, and Show and Edit work from them', async () => {
    const more = Array.from({ length: 11 }, (_, nth) => `release-${nth}`);
    await world.load(
      `events: [${more.map((slug) => `{ slug: ${slug}, name: ${slug} }`).join(', ')}]
policies: [{ slug: standard, name: Standard, default: true }]
people: [{ email: alice@acme.io }]
workflows: [${more
        .map((slug) => `{ policy: standard, event: ${slug}, requirement: any, approvers: [alice@acme.io] }`)
        .join(', ')}]`,
    );
    expect(await teamsSay(world, 'ada', 'list')).toContain('Page 1 of 2, 14 in all.');
    expect(teamsAnsweredButtons(world, 'ada')).not.toContain('Newer');
    await teamsPressAnswered(world, 'ada', 'Older');
    expect(teamsAnswered(world, 'ada')).toContain('Page 2 of 2, 14 in all.');
    await teamsPressAnswered(world, 'ada', 'Newer');
    expect(teamsAnswered(world, 'ada')).toContain('Page 1 of 2');
    await teamsPressAnswered(world, 'ada', 'Show');
    expect(teamsAnswered(world, 'ada')).toContain('#14 release-10');
    await teamsPressAnswered(world, 'ada', 'Edit');
    expect(world.teams.dialogOf(ENTRA.ada)?.title).toBe('Workflow 14');
    world.teams.closeDialog(ENTRA.ada);
  });
});

describe('a workflow made by command and dialog alone', () => {
  let number: string;
  let id: string;

  beforeAll(async () => {
    world = await startWorld({ slack: false, teams: {} });
    world.teams.addPerson({ aadObjectId: EVE, name: 'Eve', email: 'eve@acme.io' });
    openRooms(world);
    await world.load(ACME.split('workflows:')[0]!);
  });
  afterAll(close);

  /** Fills the dialog in as Ada and asks who would be asked. */
  async function preview(values: Record<string, string>): Promise<string> {
    const { warning } = await teamsSubmit(world, 'ada', values, { title: 'Who would be asked?' });
    expect(warning).toBeUndefined();
    return teamsDialog(world, 'ada');
  }
  const submit = (values: Record<string, string>, title: string) =>
    teamsSubmit(world, 'ada', values, { title });

  test('nothing covers the event at first: the pipeline is refused, and `why` says what to do', async () => {
    expect(await teamsSay(world, 'ada', 'list')).toContain('There are none yet. Make one: create');
    world.run('run0');
    expect((await world.post('deploy-to-production', world.webhook('run0'))).status).toBe(422);
    expect(await teamsSay(world, 'ada', 'why deploy dana@acme.io')).toContain(
      'An admin can make one: create deploy-to-production',
    );
  });

  test('the dialog says what is wrong at its field, and shows whom it would ask', async () => {
    await teamsSay(world, 'ada', 'create deploy');
    await teamsPressAnswered(world, 'ada', 'Open the form');
    expect(world.teams.dialogOf(ENTRA.ada)?.title).toBe('New workflow');
    await submit({}, 'Create');
    expect(teamsDialog(world, 'ada')).toContain(
      'Name at least one approver, or let the requester’s manager approve.',
    );
    expect(await preview({ previewFor: ENTRA.dana })).toContain('Nobody could be asked');
    const asked = { requirementId: '3', approvers: `${ENTRA.alice},${ENTRA.bob}` };
    expect(await preview(asked)).toContain(
      'When Dana asks, all of these must approve: Alice (listed), Bob (listed).',
    );
    expect(await preview({ managerApproves: 'true' })).toContain('Maria (Dana’s manager)');
    const saved = await submit({ subscribers: ENTRA.sam, channels: ROOM }, 'Create');
    expect([saved.warning, saved.dialog]).toEqual([undefined, undefined]);
    await expect.poll(() => teamsAnswered(world, 'ada')).toContain('Workflow created');
    number = /#(\d+)/.exec(await teamsSay(world, 'ada', 'list'))![1]!;
    expect(teamsAnswered(world, 'ada')).toContain('all of: Alice, Bob, manager');
  });

  test('a second one for the same event is refused at its field', async () => {
    await teamsSay(world, 'ada', 'create deploy');
    await teamsPressAnswered(world, 'ada', 'Open the form');
    await submit({ requirementId: '2', approvers: ENTRA.carol }, 'Create');
    expect(teamsDialog(world, 'ada')).toMatch(/already/);
    world.teams.closeDialog(ENTRA.ada);
  });

  test('a pipeline posts, and those found by it get their cards, the channel its own', async () => {
    id = await world.ask('deploy-to-production', 'run1');
    for (const name of ['alice', 'bob', 'maria', 'sam'] as const)
      expect(teamsWords(world, name)).toContain('Deploy to production');
    expect(teamsCards(world, 'carol')).toEqual([]);
    expect(roomCards(world)).toHaveLength(1);
    expect(await teamsSay(world, 'bob', 'pending')).toContain('Asked by Dana');
  });

  test('R14: who is removed by command loses the place in what is open at once', async () => {
    expect(await teamsSay(world, 'ada', `approvers remove @bob ${number}`, { conversation: ROOM })).toContain(
      'Requests that are open lose them at once.',
    );
    expect(await teamsSay(world, 'bob', 'pending')).toContain('Nothing waits for your decision.');
    await teamsPress(world, 'bob', 'Approve');
    expect(teamsWords(world, 'bob')).toContain('not one of the approvers');
    for (const name of ['alice', 'maria'] as const) await teamsPress(world, name, 'Approve');
    await world.pass(3_000);
    expect(world.harness.effects).toEqual([]);
    expect(await teamsSay(world, 'ada', `request ${id}`)).toContain('Vacant · Bob was removed');
  });

  test('an admin gives the empty place to somebody by a mention, who decides; Harness is told once', async () => {
    expect(await teamsSay(world, 'ada', `reassign ${id} vacant @carol`, { conversation: ROOM })).toBe(
      `The empty place in “Deploy to production” (${id}) is Carol’s now; their card follows.`,
    );
    await world.pass(1_000);
    await teamsPress(world, 'carol', 'Approve');
    await world.pass(3_000);
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
    expect(teamsWords(world, 'alice')).toContain('confirmed by Harness');
    expect(await teamsSay(world, 'dana', 'history approved')).toContain('Approved');
  });

  test('edited in the dialog, the next request is asked by the new rule', async () => {
    await teamsSay(world, 'ada', `edit ${number}`);
    await teamsPressAnswered(world, 'ada', 'Open the form');
    expect(teamsDialog(world, 'ada')).toContain('Who would be asked?');
    await submit(
      { requirementId: '2', approvers: `${ENTRA.alice},${EVE}`, managerApproves: 'false' },
      'Save',
    );
    await expect.poll(() => teamsAnswered(world, 'ada')).toContain('Workflow saved');
    expect(await teamsSay(world, 'ada', `show ${number}`)).toContain('any of: Alice, Eve');
    await world.ask('deploy-to-production', 'run2');
    expect(world.teams.messagesOf(EVE)).toHaveLength(1);
    await teamsPress(world, 'alice', 'Approve');
    await world.pass(3_000);
    expect(world.harness.effects).toHaveLength(2);
  });

  test('an edit of what somebody else changed meanwhile is refused; nothing is lost', async () => {
    await teamsSay(world, 'ada', `edit ${number}`);
    await teamsPressAnswered(world, 'ada', 'Open the form');
    const dialog = world.teams.dialogOf(ENTRA.ada)!;
    await teamsSay(world, 'ada', `approvers add bob@acme.io ${number}`);
    expect(world.teams.dialogOf(ENTRA.ada)?.id).toBe(dialog.id);
    const answer = await submit({ approvers: ENTRA.carol }, 'Save');
    expect([answer.toast, teamsDialog(world, 'ada')].join()).toMatch(/changed/);
    expect(await teamsSay(world, 'ada', `show ${number}`)).toContain('any of: Alice, Eve, Bob');
    world.teams.closeDialog(ENTRA.ada);
  });

  test('deleted after asking once more, pipelines are refused again; what is open keeps its copy', async () => {
    await world.ask('deploy-to-production', 'run3');
    await teamsSay(world, 'ada', `show ${number}`);
    await teamsPressAnswered(world, 'ada', 'Delete');
    expect(teamsAnswered(world, 'ada')).toContain(`Delete workflow #${number}?`);
    await teamsPressAnswered(world, 'ada', 'Keep it');
    expect(teamsAnswered(world, 'ada')).toContain('any of: Alice');
    await teamsPressAnswered(world, 'ada', 'Delete');
    await teamsPressAnswered(world, 'ada', 'Delete');
    const told = [teamsAnswered(world, 'ada'), teamsToast(world, 'ada')].join(' ');
    expect(told).toContain(`Workflow #${number} Deploy to production is deleted`);
    world.run('run4');
    expect((await world.post('deploy-to-production', world.webhook('run4'))).status).toBe(422);
    await teamsPress(world, 'alice', 'Approve');
    await world.pass(3_000);
    expect(world.harness.effects).toHaveLength(3);
  });

  test('nobody else read a word of it', () => {
    const seen = world.teams.messagesOf(ROOM, { as: ENTRA.carol });
    const answers = seen.filter((message) => message.author === world.teams.botId && !message.card);
    expect(answers.map(({ text }) => text).join()).not.toMatch(/lose them|empty place/);
  });
});

describe('whose account it is (R16)', () => {
  const NEW = 'a0000000-0000-4000-8000-0000000000ff';
  let alice: number;

  beforeAll(async () => {
    world = await startWorld({ slack: false, teams: {} });
    await world.load(ACME);
    world.teams.addPerson({ aadObjectId: NEW, name: 'New', email: 'n@acme.io' });
    alice = await personId(world, 'alice');
    await world.ask('deploy-to-production', 'run1');
    accepted(await updatePerson(world.app.context, adminOf(world), alice, { teamsUserId: NEW }));
    await world.pass(3_000);
  });
  afterAll(close);

  const told = () => JSON.stringify(world.teams.messagesOf(NEW).map(({ card }) => card));

  test('the account that an admin names is asked, in Teams, and nothing is changed yet', async () => {
    expect(world.teams.messagesOf(NEW)).toHaveLength(1);
    expect(told()).toContain('says that this account belongs to ');
    expect(await teamsSay(world, 'alice', 'pending')).toContain('Deploy to production');
  });

  test('nobody else answers in its place', async () => {
    const id = /"command":"confirm-account (\d+)"/.exec(told())![1]!;
    for (const name of ['alice', 'bob', 'ada'] as const)
      expect(await teamsSay(world, name, `confirm-account ${id}`)).toBe(
        'Nothing waits to be confirmed from this account.',
      );
  });

  test('confirmed by its button, it is theirs; the former account is told', async () => {
    const [asked] = world.teams.messagesOf(NEW);
    await world.teams.press(NEW, {
      ...{ conversation: asked!.conversation, activityId: asked!.id, title: 'Yes, this is me' },
    });
    await world.pass(3_000);
    expect(told()).toContain('This account is now yours');
    await expect
      .poll(() => teamsAnswered(world, 'alice'))
      .toContain('Was it not you? Tell an admin at once.');
    expect(await teamsSay(world, 'alice', 'pending')).not.toContain('Deploy to production');
    await world.ask('deploy-to-production', 'run2');
    expect(world.teams.messagesOf(NEW).filter(isRequestCard)).toHaveLength(1);
  });
});
