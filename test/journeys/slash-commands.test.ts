import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoredView } from '../../src/demo/doubles/slack/shown.ts';
import { auditOf } from '../../src/store/audit.ts';
import { pressInModal, submitTop } from '../helpers/in-channel.ts';
import { answered, answeredButtons, linesOf, pressAnswered, say } from '../helpers/typed.ts';
import { TYPED_IN_SLACK } from '../helpers/typed-commands.ts';
import { ACME, STAFF, startWorld, until, type World, wordsOf } from '../helpers/world.ts';

let world: World;

/** Everything the bot ever answered to somebody in particular, and whether anybody else saw it. */
function answersSeenByOthers(): unknown[] {
  return world.slack.calls
    .filter(({ method }) => method === 'response_url')
    .filter(({ args }) => args.response_type !== 'ephemeral')
    .map(({ args }) => args);
}

const CONFIGURED = ACME.split('workflows:')[0]!;

describe('a workflow made by command and form alone', () => {
  let form: StoredView;
  let number: string;
  let id: string;
  let pressed = 0;

  beforeAll(async () => {
    world = await startWorld();
    world.slack.addUser({ id: 'U0EVE', name: 'eve', realName: 'Eve', email: 'eve@acme.io' });
    await world.load(CONFIGURED);
  });
  afterAll(() => world.close());

  const preview = () => linesOf(form.blocks.filter(({ block_id }) => block_id === 'preview'));

  /** Changes the form as Ada, and waits for the preview that follows. */
  async function choose(action: string, value: string | string[]): Promise<string> {
    const before = drawn();
    await world.slack.clickInView(STAFF.ada, form.id, action, value);
    await until(world.slack, () => (drawn() > before ? true : undefined));
    return preview();
  }
  const drawn = () =>
    world.slack.calls.filter(({ method, answered: answer }) => method === 'views.update' && answer).length;

  test('nothing covers the event at first: the pipeline is refused, and `why` says what to do', async () => {
    expect(await say(world, 'ada', 'list')).toContain('There are none yet. Make one: /approvals create');
    world.run('run0');
    expect((await world.post('deploy-to-production', world.webhook('run0'))).status).toBe(422);
    expect(await say(world, 'ada', 'why deploy @dana')).toContain(
      'An admin can make one: /approvals create deploy-to-production',
    );
  });

  test('the form shows whom it would ask as it is filled in, and field errors at the field', async () => {
    expect(await say(world, 'ada', 'create deploy')).toContain('Who would be asked?');
    form = await world.form('ada');
    const { errors } = await world.slack.submitView(STAFF.ada, form.id, {});
    expect(errors).toEqual({
      approvers: 'Name at least one approver, or let the requester’s manager approve.',
    });
    form = await world.form('ada');
    expect(await choose('previewFor', STAFF.dana)).toContain('Nobody could be asked');
    await choose('requirementId', '3');
    expect(await choose('approvers', [STAFF.alice, STAFF.bob])).toContain(
      'When @dana asks, all of these must approve: @alice (listed), @bob (listed).',
    );
    expect(await choose('managerApproves', ['yes'])).toContain('@maria (Dana’s manager)');
    const { viewAfter, warning } = await world.slack.submitView(STAFF.ada, form.id, {
      subscribers: [STAFF.sam],
    });
    expect(warning).toBeUndefined();
    expect(viewAfter?.title).toMatchObject({ text: 'Workflow created' });
    number = /#(\d+)/.exec(await say(world, 'ada', 'list'))![1]!;
    expect(answered(world, 'ada')).toContain('all of: @alice, @bob, manager');
  });

  test('a pipeline posts, and those found by it get their cards', async () => {
    id = await world.ask('deploy-to-production', 'run1');
    for (const name of ['alice', 'bob', 'maria'] as const)
      expect(world.words(name)).toContain('Deploy to production');
    expect(world.card('carol')).toBeUndefined();
    expect(world.words('sam')).toContain('Deploy to production');
    expect(await say(world, 'bob', 'pending')).toContain('Asked by @dana');
  });

  test('R14: who is removed by command loses the place in what is open at once', async () => {
    expect(await say(world, 'ada', `approvers remove @bob ${number}`)).toContain(
      'Requests that are open lose them at once.',
    );
    await world.settle();
    expect(await say(world, 'bob', 'pending')).toContain('Nothing waits for your decision.');
    const { channel, ts } = world.card('bob')!;
    const value = /"value":"([^"]+)"/.exec(JSON.stringify(world.card('alice')!.blocks))![1]!;
    await world.slack.click(STAFF.bob, { channel, ts, actionId: 'approve', value, forge: true });
    await world.settle();
    for (const name of ['alice', 'maria'] as const) await world.press(name, 'approve');
    await world.pass(3_000);
    expect(world.harness.effects).toEqual([]);
    expect(await say(world, 'ada', `request ${id}`)).toContain('Vacant · Bob was removed');
  });

  test('an admin gives the empty place to somebody, who decides; Harness is told once', async () => {
    expect(await say(world, 'ada', `reassign ${id} vacant @carol`)).toBe(
      `The empty place in “Deploy to production” (${id}) is Carol’s now; their card follows.`,
    );
    await world.pass(1_000);
    await world.press('carol', 'approve');
    await world.pass(3_000);
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
    pressed = world.harness.effects.length;
    expect(world.words('alice')).toContain('confirmed by Harness');
    expect(await say(world, 'dana', 'history approved')).toContain('Approved');
  });

  test('edited in the form, the next request is asked by the new rule', async () => {
    expect(await say(world, 'ada', `edit ${number}`)).toContain('Who would be asked?');
    form = await world.form('ada');
    const { viewAfter } = await world.slack.submitView(STAFF.ada, form.id, {
      requirementId: '2',
      approvers: [STAFF.alice, 'U0EVE'],
      managerApproves: [],
    });
    expect(viewAfter?.title).toMatchObject({ text: 'Workflow saved' });
    expect(await say(world, 'ada', `show ${number}`)).toContain('any of: @alice, @U0EVE');
    await world.ask('deploy-to-production', 'run2');
    expect(world.slack.messagesOf('U0EVE')).toHaveLength(1);
    await world.press('alice', 'approve');
    await world.pass(3_000);
    expect(world.harness.effects).toHaveLength(pressed + 1);
  });

  test('deleted after asking once more, pipelines are refused again', async () => {
    await world.ask('deploy-to-production', 'run3');
    await say(world, 'ada', `show ${number}`);
    await pressAnswered(world, 'ada', 'Delete');
    expect(answered(world, 'ada')).toContain(`Delete workflow #${number}?`);
    await pressAnswered(world, 'ada', 'Keep it');
    expect(answered(world, 'ada')).toContain('any of: @alice');
    await pressAnswered(world, 'ada', 'Delete');
    await pressAnswered(world, 'ada', 'Delete');
    expect(answered(world, 'ada')).toContain(`Workflow #${number} Deploy to production is deleted`);
    world.run('run4');
    expect((await world.post('deploy-to-production', world.webhook('run4'))).status).toBe(422);
    // What is open keeps its copy.
    await world.press('alice', 'approve');
    await world.pass(3_000);
    expect(world.harness.effects).toHaveLength(pressed + 2);
  });

  test('nobody else read a word of it', () => expect(answersSeenByOthers()).toEqual([]));
});

describe('what is typed, and what is answered', () => {
  let deploy: string;
  let migrate: string;

  beforeAll(async () => {
    world = await startWorld();
    world.slack.addChannel({ id: 'C0GENERAL', name: 'general' });
    world.slack.addUser({ id: 'U0EVE', name: 'eve', realName: 'Eve', email: 'eve@acme.io' });
    await world.load(ACME);
    deploy = await world.ask('deploy-to-production', 'run1');
    migrate = await world.ask('database-migration', 'run2');
  });
  afterAll(() => world.close());

  const put = (text: string) => text.replace('DEPLOY', deploy).replace('MIGRATE', migrate);

  // In this order: some change what the next ones see.
  test.each(TYPED_IN_SLACK)('%s: /approvals %s', async (name, text, expected) => {
    const words = await say(world, name, put(text));
    for (const some of expected) expect(words).toContain(some);
    expect(words).not.toMatch(/\.\.|undefined|null|\[object| {2}|person \d/);
  });

  test.each([
    'delete 1',
    'approvers remove @bob 1',
    'admins add @alice',
    'retry 1',
    'audit',
    'create',
    'edit 1',
  ])('alice, no admin: /approvals %s is refused and audited', async (text) => {
    const words = await say(world, 'alice', text);
    expect(words).toMatch(/^Only an admin may use “\/approvals [a-z ]+”\. “\/approvals help” lists/);
    expect(world.slack.openViewOf(STAFF.alice)).toBeUndefined();
    expect(await say(world, 'ada', 'audit 1')).toMatch(/@alice wanted to use “[a-z ]+” and was refused/);
  });

  test('somebody met for the first time is known from Slack by name and address', async () => {
    const eve = await world.app.context.db
      .selectFrom('people')
      .select(['name', 'role'])
      .where('email', '=', 'eve@acme.io')
      .executeTakeFirst();
    expect(eve).toEqual({ name: 'Eve', role: 'member' });
  });

  test('typed in a channel, the answer is for the caller alone', async () => {
    expect(await say(world, 'ada', 'list', 'C0GENERAL')).toContain('#1 Deploy to production');
    expect(world.slack.messagesOf('C0GENERAL', { as: STAFF.bob })).toEqual([]);
    expect(answersSeenByOthers()).toEqual([]);
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
    expect(await say(world, 'ada', 'list')).toContain('Page 1 of 2, 14 in all.');
    expect(answeredButtons(world, 'ada')).not.toContain('Newer');
    await pressAnswered(world, 'ada', 'Older');
    expect(answered(world, 'ada')).toContain('Page 2 of 2, 14 in all.');
    await pressAnswered(world, 'ada', 'Newer');
    expect(answered(world, 'ada')).toContain('Page 1 of 2');
    await pressAnswered(world, 'ada', 'Show');
    expect(answered(world, 'ada')).toContain('#14 release-10');
    await pressAnswered(world, 'ada', 'Edit');
    expect(wordsOf((await world.form('ada')).title)).toEqual(['Workflow 14']);
    await world.slack.closeView(STAFF.ada, (await world.form('ada')).id);
  });

  test('from `pending`, Review decides', async () => {
    await say(world, 'bob', 'pending');
    await pressAnswered(world, 'bob', 'Review');
    expect(linesOf((await world.form('bob')).blocks)).toContain('Deploy to production');
    await pressInModal(world, 'bob', 'approve_with_comment');
    expect((await submitTop(world, 'bob')).warning).toBeUndefined();
    await world.pass(3_000);
    expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
    expect(await say(world, 'bob', 'pending')).toContain('Nothing waits');
    expect(await say(world, 'alice', 'pending')).not.toContain('Deploy to production');
  });

  test('a request is cancelled after asking once more, and the cards say so', async () => {
    await say(world, 'dana', `cancel ${migrate} wrong branch`);
    expect(world.words('alice')).toContain('Approve');
    await pressAnswered(world, 'dana', 'Cancel the request');
    expect(answered(world, 'dana')).toContain('is cancelled here. Harness was not told');
    await world.settle();
    expect(world.words('alice')).toMatch(/[Cc]ancelled/);
    const lines = await auditOf(world.app.context.db, 'approval_request', migrate, 50);
    expect(lines.find(({ action }) => action === 'cancel')?.detail).toMatchObject({ reason: 'wrong branch' });
  });

  test('what Harness refused is retried from the request’s page', async () => {
    world.harness.addFault({ match: { method: 'POST' }, times: Number.POSITIVE_INFINITY, status: 403 });
    const id = await world.ask('deploy-to-production', 'run5');
    await world.press('alice', 'approve');
    await world.pass(5_000);
    expect(await say(world, 'ada', `request ${id}`)).toContain('not delivered; an admin can retry');
    world.harness.clearFaults();
    await pressAnswered(world, 'ada', 'Retry');
    expect(answered(world, 'ada')).toContain('Harness is being told once more about “Deploy to production”');
    await world.pass(5_000);
    expect(world.harness.effects).toHaveLength(2);
    expect(world.words('alice')).toContain('confirmed by Harness');
  });
});
