import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type App, createApp } from '../../src/app.ts';
import { auditOf } from '../../src/store/audit.ts';
import { releaseAllLeases } from '../../src/store/outbox-claims.ts';
import {
  CHANNEL,
  channelCards,
  channelThread,
  channelWords,
  pressInChannel,
  pressInModal,
  review,
  SHARED,
  submitTop,
  textOf,
} from '../helpers/in-channel.ts';
import { RELEASE_INPUTS } from '../helpers/inputs.ts';
import { email, STAFF, startWorld, type World } from '../helpers/world.ts';

const DEPLOY = 'deploy-to-production';
const MIGRATE = 'database-migration';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  world.slack.addChannel({ id: CHANNEL, name: 'releases' });
  await world.load(SHARED);
});
afterEach(() => world.close());

const audit = async (id: string) =>
  (await auditOf(world.app.context.db, 'approval_request', id, 100)).map(
    ({ action, detail }) => `${action}${detail.code ? `:${detail.wanted}:${detail.code}` : ''}`,
  );

function buttonsOf(blocks: unknown): string[] {
  return [...JSON.stringify(blocks).matchAll(/"action_id":"([a-z_]+)"/g)].map(([, id]) => id!);
}

async function wait(ms: number) {
  for (let passed = 0; passed < ms; passed += 2_000) await world.pass(2_000);
}

describe('a card in a channel', () => {
  test('carries one neutral button, since everybody reads the same; the approvers’ own cards stay as they are', async () => {
    await world.ask(DEPLOY, 'run1');
    expect(buttonsOf(channelCards(world)[0]!.blocks)).toEqual(['review', 'view_pipeline']);
    expect(JSON.stringify(channelCards(world)[0]!.blocks)).not.toMatch(/"style":"(primary|danger)"/);
    expect(buttonsOf(world.card('alice')!.blocks)).toEqual([
      'approve',
      'reject',
      'approve_with_comment',
      'ask_question',
      'view_pipeline',
    ]);
  });

  test('mentions only people who must still act', async () => {
    await world.ask(MIGRATE, 'run1');
    expect(channelWords(world)).toContain('@U0ALICE, @U0BOB');
    expect(channelWords(world)).toContain('Asked by: Dana');
    await world.press('alice', 'approve');
    await world.settle();
    expect(channelWords(world)).toContain('approved by Alice');
    expect(channelWords(world)).toContain('waiting for @U0BOB');
    await world.press('bob', 'approve');
    await world.pass(2_000);
    expect(channelWords(world)).not.toContain('@U0');
    expect(channelThread(world).join()).not.toContain('@U0');
  });

  test('loses its button with the decision', async () => {
    await world.ask(DEPLOY, 'run1');
    await world.press('alice', 'approve');
    await world.pass(2_000);
    expect(buttonsOf(channelCards(world)[0]!.blocks)).toEqual(['view_pipeline']);
    expect(channelWords(world)).toContain('Approved by Alice');
  });
});

describe('Review', () => {
  test('shows the request in full and decides nothing; Approve opens a form on top, and its submit decides', async () => {
    const message = `Release 4.2.1. ${'All of it matters. '.repeat(140)}The end.`;
    await world.ask(DEPLOY, 'run1', {
      body: {
        message,
        facts: [{ name: 'Version', value: '4.2.1' }],
        links: [{ title: 'Notes', url: 'https://notes.acme.io/4' }],
      },
    });
    const shown = await review(world, 'alice');
    for (const words of [
      message,
      'Deploy to production',
      'Version: 4.2.1',
      'notes.acme.io',
      'Deploy payments',
      '@U0ALICE',
    ])
      expect(textOf(shown.blocks)).toContain(words);
    expect(buttonsOf(shown.blocks)).toEqual([
      'approve_with_comment',
      'reject',
      'ask_question',
      'view_pipeline',
    ]);
    expect(shown.submit).toBeUndefined();
    const form = await pressInModal(world, 'alice', 'approve_with_comment');
    expect(form.previousViewId).toBe(shown.id);
    await world.pass(2_000);
    expect(world.harness.effects).toEqual([]);
    const answer = await submitTop(world, 'alice', { comment: 'Looks good' });
    expect(answer.responseAction).toBe('clear');
    expect(world.slack.openViewOf(STAFF.alice)).toBeUndefined();
    await world.pass(2_000);
    expect(world.harness.effects).toHaveLength(1);
    expect(channelWords(world)).toContain('confirmed by Harness');
  });

  test('asks for inputs on top of it', async () => {
    await world.ask(DEPLOY, 'run1', { approverInputs: RELEASE_INPUTS });
    expect(textOf((await review(world, 'bob')).blocks)).toContain('Input change_ticket:');
    await pressInModal(world, 'bob', 'approve_with_comment');
    const wrong = await submitTop(world, 'bob', { change_ticket: 'nonsense' });
    expect(wrong.responseAction).toBe('errors');
    await submitTop(world, 'bob', { change_ticket: 'CHG123456' });
    await world.pass(2_000);
    expect(world.harness.effects[0]!.approverInputs).toContainEqual({
      name: 'change_ticket',
      value: 'CHG123456',
    });
  });

  test('rejects with a reason, from the form on top', async () => {
    await world.ask(DEPLOY, 'run1');
    await review(world, 'bob');
    await pressInModal(world, 'bob', 'reject');
    const answer = await submitTop(world, 'bob', { comment: 'Not on a Friday' });
    expect(answer.responseAction).toBe('clear');
    await world.pass(2_000);
    expect(channelThread(world)[0]).toBe('Bob rejected: “Not on a Friday”');
  });

  test.each(['carol', 'dana', 'ada'] as const)(
    'R13: %s, who may not decide, is told so privately, and it is audited',
    async (name) => {
      const id = await world.ask(DEPLOY, 'run1');
      await pressInChannel(world, name, 'review');
      expect(await world.whispered(name)).toBe(
        'You are not one of the approvers of this request, so nothing was changed.',
      );
      expect(world.slack.openViewOf(STAFF[name])).toBeUndefined();
      expect(await audit(id)).toContain('refused:review:not_an_approver');
    },
  );

  test('R16: the requester who may not approve is refused though they are listed', async () => {
    await world.ask(DEPLOY, 'run1', {
      by: 'alice',
      body: { disallowRequester: true, triggeredByEmail: email('alice') },
    });
    await pressInChannel(world, 'alice', 'review');
    expect(await world.whispered('alice')).toContain('You are not one of the approvers');
  });

  test('R13: Approve and Reject forged onto the card decide nothing for a stranger, nor at once for an approver', async () => {
    const id = await world.ask(DEPLOY, 'run1');
    const [card] = channelCards(world);
    const value = /"value":"([^"]+)"/.exec(JSON.stringify(card!.blocks))![1]!;
    for (const actionId of ['approve', 'reject', 'ask_question', 'answer_question'])
      await world.slack.click(STAFF.carol, { channel: CHANNEL, ts: card!.ts, actionId, value, forge: true });
    await world.slack.click(STAFF.alice, {
      channel: CHANNEL,
      ts: card!.ts,
      actionId: 'approve',
      value,
      forge: true,
    });
    expect((await world.form('alice')).title).toMatchObject({ text: 'Approve' });
    await world.pass(2_000);
    expect(world.harness.effects).toEqual([]);
    expect((await audit(id)).filter((line) => line.startsWith('refused'))).toHaveLength(4);
  });

  test('R9: what changes under an open review is not approved: the form it opens carries the version it showed', async () => {
    await world.ask(DEPLOY, 'run1', { body: { message: 'Release 1' } });
    await review(world, 'alice');
    world.clock.advance(61_000);
    await world.post(DEPLOY, world.webhook('run1', { message: 'Release 2' }));
    await world.settle();
    const refused = await pressInModal(world, 'alice', 'approve_with_comment');
    expect(textOf(refused.blocks)).toContain('changed since you saw it (the message)');
    await world.slack.closeView(STAFF.alice, refused.id);
    expect(world.slack.openViewOf(STAFF.alice)).toBeUndefined();
    expect(textOf((await review(world, 'alice')).blocks)).toContain('Release 2');
    await pressInModal(world, 'alice', 'approve_with_comment');
    await submitTop(world, 'alice');
    await world.pass(2_000);
    expect(world.harness.effects).toHaveLength(1);
  });

  test('R9: what changes under the form on top is refused at its submit', async () => {
    await world.ask(DEPLOY, 'run1', { body: { message: 'Release 1' } });
    await review(world, 'alice');
    await pressInModal(world, 'alice', 'approve_with_comment');
    world.clock.advance(61_000);
    await world.post(DEPLOY, world.webhook('run1', { message: 'Release 2' }));
    await world.settle();
    const answer = await submitTop(world, 'alice');
    expect(textOf(answer.viewAfter?.blocks)).toContain('changed since you saw it');
    await world.pass(2_000);
    expect(world.harness.effects).toEqual([]);
  });

  test('R15: two who review at once: the first submit decides, the other is told who was first', async () => {
    await world.ask(DEPLOY, 'run1');
    await Promise.all([review(world, 'alice'), review(world, 'bob')]);
    await Promise.all([
      pressInModal(world, 'alice', 'approve_with_comment'),
      pressInModal(world, 'bob', 'approve_with_comment'),
    ]);
    const answers = [await submitTop(world, 'alice'), await submitTop(world, 'bob')];
    expect(answers.map(({ responseAction }) => responseAction)).toEqual(['clear', 'update']);
    expect(textOf(answers[1]!.viewAfter?.blocks)).toContain('already approved by Alice');
    await world.pass(2_000);
    expect(world.harness.effects).toHaveLength(1);
  });

  test('a forged submit of the review itself changes nothing', async () => {
    await world.ask(DEPLOY, 'run1');
    const shown = await review(world, 'alice');
    const { payload } = await world.slack.clickInView(STAFF.alice, shown.id, 'ask_question');
    const { actions: _, container: __, ...rest } = payload!;
    const sent = await world.slack.sendRaw({ payload: { ...rest, type: 'view_submission' } });
    expect(sent.status).toBe(200);
    await world.pass(2_000);
    expect(world.harness.effects).toEqual([]);
  });

  test('a press on a channel card whose post was never answered adopts it', async () => {
    world.slack.addFault({
      method: 'chat.postMessage',
      channel: CHANNEL,
      times: 1,
      connection: 'reset',
      when: 'after',
    });
    world.run('run1');
    await world.post(DEPLOY, world.webhook('run1'));
    world.reach('run1');
    await world.settle();
    await pressInChannel(world, 'alice', 'review');
    await world.form('alice');
    await wait(20_000);
    expect(channelCards(world)).toHaveLength(1);
  });
});

describe('the thread below it', () => {
  test('tells the comments, the decision and Harness’s outcome, each once', async () => {
    await world.ask(MIGRATE, 'run1');
    await world.press('alice', 'approve_with_comment');
    await submitTop(world, 'alice', { comment: 'Backed up' });
    await world.settle();
    expect(channelThread(world)).toEqual(['Alice approved: “Backed up”']);
    await world.press('bob', 'approve');
    await wait(20_000);
    // Harness answered at once: that it was being told is not worth a line.
    expect(channelThread(world)).toEqual([
      'Alice approved: “Backed up”',
      'Approved by Alice, Bob <date> · confirmed by Harness',
    ]);
  });

  test('tells the decision while Harness lets us wait', async () => {
    await world.ask(DEPLOY, 'run1');
    const away = world.harness.addFault({ match: { method: 'POST' }, status: 503, times: Infinity });
    await world.press('alice', 'approve');
    await wait(10_000);
    expect(channelThread(world)).toEqual(['Approved, telling Harness … by Alice <date>']);
    away.remove();
    await wait(120_000);
    expect(channelThread(world)).toEqual([
      'Approved, telling Harness … by Alice <date>',
      'Approved by Alice <date> · confirmed by Harness',
    ]);
  });

  test('tells what was decided in Harness itself', async () => {
    await world.ask(DEPLOY, 'run1');
    world.harness.abort('run1');
    await wait(120_000);
    expect(channelThread(world)).toEqual(['Run aborted in Harness']);
  });

  test('tells that Harness could not be told, and later that it was', async () => {
    await world.ask(DEPLOY, 'run1');
    const refused = world.harness.addFault({ match: { method: 'POST' }, status: 403, times: Infinity });
    await world.press('alice', 'approve');
    await wait(10_000);
    expect(channelThread(world).at(-1)).toMatch(/^Approved here, not delivered to Harness by Alice/);
    refused.remove();
    await world.press('ada', 'retry_submission');
    await wait(10_000);
    expect(channelThread(world).at(-1)).toContain('confirmed by Harness');
    expect(new Set(channelThread(world)).size).toBe(channelThread(world).length);
  });

  test('words are only words', async () => {
    await world.ask(DEPLOY, 'run1');
    await world.press('bob', 'reject');
    await submitTop(world, 'bob', { comment: '<!channel> <@U0DANA> *bold* <https://evil.example|Approve>' });
    await world.pass(2_000);
    const [reply] = world.slack.threadOf(CHANNEL, channelCards(world)[0]!.ts);
    expect(reply!.text).not.toMatch(/[<>]/);
    expect(JSON.stringify(reply!.blocks)).not.toContain('mrkdwn');
    expect(channelThread(world)[0]).toContain('<!channel> <@U0DANA> *bold*');
  });

  test('waits for the card, however late it comes', async () => {
    world.slack.addFault({ method: 'chat.postMessage', channel: CHANNEL, times: 6, status: 503 });
    await world.ask(DEPLOY, 'run1');
    await world.reject('alice', 'Not now');
    await wait(120_000);
    expect(channelCards(world)).toHaveLength(1);
    expect(channelThread(world)).toEqual(['Alice rejected: “Not now”', expect.stringContaining('confirmed')]);
  });
});

describe('a reply never repeats', () => {
  const lost = () =>
    world.slack.addFault({
      method: 'chat.postMessage',
      channel: CHANNEL,
      times: 1,
      connection: 'reset',
      when: 'after',
    });

  test('the answer lost after Slack did it: looked for where one may look', async () => {
    await world.close();
    world = await startWorld({ slackScopes: [...SCOPES, 'channels:history'] });
    world.slack.addChannel({ id: CHANNEL, name: 'releases' });
    await world.load(SHARED);
    await world.ask(MIGRATE, 'run1');
    lost();
    await world.press('alice', 'approve_with_comment');
    await submitTop(world, 'alice', { comment: 'Backed up' });
    await wait(20_000);
    expect(channelThread(world)).toEqual(['Alice approved: “Backed up”']);
    world.slack.addFault({
      method: 'chat.postMessage',
      channel: CHANNEL,
      times: 1,
      status: 500,
      when: 'before',
    });
    await world.reject('bob', 'No');
    await wait(20_000);
    expect(channelThread(world).slice(0, 2)).toEqual(['Alice approved: “Backed up”', 'Bob rejected: “No”']);
  });

  test('where one may not look it is given up, and the next lines are told', async () => {
    await world.ask(MIGRATE, 'run1');
    world.slack.addFault({
      method: 'chat.postMessage',
      channel: CHANNEL,
      times: 1,
      status: 500,
      when: 'before',
    });
    await world.press('alice', 'approve_with_comment');
    await submitTop(world, 'alice', { comment: 'Backed up' });
    await wait(20_000);
    expect(channelThread(world)).toEqual([]);
    expect(channelWords(world)).toContain('“Backed up”');
    await world.reject('bob', 'No');
    await wait(20_000);
    expect(channelThread(world)[0]).toBe('Bob rejected: “No”');
  });

  test('killed with a line on its way, a second process on the same database tells it once', async () => {
    await world.close();
    world = await startWorld({ slackScopes: [...SCOPES, 'channels:history'] });
    world.slack.addChannel({ id: CHANNEL, name: 'releases' });
    await world.load(SHARED);
    await world.ask(MIGRATE, 'run1');
    lost();
    await world.press('alice', 'approve_with_comment');
    await submitTop(world, 'alice', { comment: 'Backed up' });
    await world.settle();
    expect(channelThread(world)).toHaveLength(1);
    const second = await secondProcess();
    try {
      for (let n = 0; n < 10; n += 1) {
        world.clock.advance(2_000);
        await second.worker.settle();
      }
      expect(channelThread(world)).toEqual(['Alice approved: “Backed up”']);
    } finally {
      await second.stop(1_000);
    }
  });

  test('a card that was taken away keeps nobody waiting', async () => {
    await world.ask(DEPLOY, 'run1');
    world.slack.addFault({
      method: 'chat.update',
      channel: CHANNEL,
      times: Infinity,
      slackError: 'message_not_found',
    });
    world.slack.addFault({
      method: 'chat.postMessage',
      channel: CHANNEL,
      times: Infinity,
      slackError: 'thread_not_found',
    });
    await world.reject('alice', 'Not now');
    await wait(20_000);
    expect(world.words('bob')).toContain('Rejected');
    const { db } = world.app.context;
    expect(
      await db
        .selectFrom('outbox')
        .select('kind')
        .where('kind', '=', 'sync_thread')
        .where('state', '=', 'due')
        .execute(),
    ).toEqual([]);
    expect(channelCards(world)).toHaveLength(1);
  });
});

const SCOPES = [
  'chat:write',
  'commands',
  'im:write',
  'im:history',
  'users:read',
  'users:read.email',
  'users.profile:read',
];

/** Another process on the same database, as after a kill; the first one does nothing more. */
async function secondProcess(): Promise<App> {
  const { clock } = world;
  const app = await createApp(world.config, pino({ level: 'silent' }), {
    clock,
    random: () => 0.5,
    wait: async () => {},
  });
  await releaseAllLeases(app.context.db, clock.now(), () => 0.5);
  await app.context.platforms.get('slack')!.checkHealth();
  return app;
}
