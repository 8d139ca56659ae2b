import { describe, expect, it } from 'vitest';
import { text } from '../../src/approval/card.ts';
import type { Page, PageAction } from '../../src/approval/page.ts';
import type { WorkflowEditor } from '../../src/approval/workflow-editor.ts';
import type { JsonObject } from '../../src/demo/doubles/common/json.ts';
import { elementsOf } from '../../src/demo/doubles/slack/elements.ts';
import { homeView } from '../../src/slack/page-blocks.ts';
import type { CommandAnswer } from '../../src/usecases/chat-commands.ts';
import { type Bot, ORGANIZATION, privateWords, startBot, TOKEN } from './bot.ts';

const command = (label: string, words: string): PageAction => ({ kind: 'command', label, command: words });

function page(title: string, actions: readonly PageAction[] = [], words = 'One line'): Page {
  const section = {
    title: null,
    items: [{ line: [text(words)], details: [], actions }],
    empty: null,
    actions: [],
  };
  return { title, intro: [], picture: null, sections: [section], notes: [] };
}

const shows = (...given: Parameters<typeof page>): CommandAnswer => ({ kind: 'page', page: page(...given) });

const FORM: WorkflowEditor = {
  workflowId: null,
  seenAt: null,
  title: 'New workflow',
  submitLabel: 'Create',
  events: [{ id: 1, name: 'Deploy' }],
  policies: [{ id: 1, name: 'Standard' }],
  leftOut: { events: 0, policies: 0 },
  values: {
    eventId: null,
    policyId: null,
    requirementId: null,
    approvers: [],
    managerApproves: false,
    fallbackApprovers: [],
    subscribers: [],
    managerSubscribes: false,
    channels: [],
    disallowRequester: true,
    checksFirst: false,
    previewFor: null,
  },
  kept: { approvers: [], subscribers: [], fallbackApprovers: [], channels: [], personIds: [] },
  preview: [],
};

const EDITOR: CommandAnswer = { kind: 'editor', editor: FORM };

/** Types `/approvals …` as Alice, and waits until all is answered. */
async function type(bot: Bot, words: string, how: { channel?: string } = {}) {
  const result = await bot.slack.slashCommand('U0ALICE', '/approvals', words, how.channel);
  await bot.adapter.stop();
  return result;
}

/** What Alice alone sees, newest last. */
function privately(bot: Bot) {
  return bot.slack.messagesOf('U0ALICE').filter((message) => message.visibleTo === 'U0ALICE');
}

const wordsOf = (view: unknown) => JSON.stringify(view ?? null);

describe('a slash command', () => {
  it('is acked at once and empty, and run for the account that typed it', async () => {
    await using bot = await startBot();
    const result = await type(bot, 'show <@U0BOB|bob> 14');
    expect(result).toMatchObject({ ackStatus: 200 });
    expect(result.ackBody).toBeUndefined();
    expect(bot.commands.ran).toEqual([
      {
        account: {
          platform: 'slack',
          organizationId: ORGANIZATION,
          tenant: bot.slack.teamId,
          externalId: 'U0ALICE',
        },
        text: 'show <@U0BOB|bob> 14',
      },
    ]);
  });

  it('is acked before it has an answer, however long that takes', async () => {
    await using bot = await startBot();
    const slow = Promise.withResolvers<CommandAnswer>();
    bot.commands.answer = () => slow.promise;
    const result = await bot.slack.slashCommand('U0ALICE', '/approvals', 'why deploy');
    expect(result).toMatchObject({ ackStatus: 200 });
    expect(result.ackMs).toBeLessThan(1000);
    expect(privately(bot)).toEqual([]);
    slow.resolve({ kind: 'notice', sentence: 'Nobody.' });
    await bot.adapter.stop();
    expect(privateWords(bot, 'U0ALICE')).toEqual(['Nobody.']);
  });

  it('is answered with a sentence for its caller alone, as plain words', async () => {
    await using bot = await startBot();
    bot.slack.addChannel({ id: 'C0OPS', name: 'ops' });
    bot.commands.answer = () => ({ kind: 'notice', sentence: 'No event <!channel> here.' });
    await type(bot, 'show 1', { channel: 'C0OPS' });
    const [message] = privately(bot);
    expect(message).toMatchObject({ channel: 'C0OPS', visibleTo: 'U0ALICE' });
    expect(wordsOf(message!.blocks)).toContain('"type":"plain_text","text":"No event <!channel> here."');
    expect(bot.slack.messagesOf('C0OPS', { as: 'U0BOB' })).toEqual([]);
  });

  it('is answered with a page for its caller alone', async () => {
    await using bot = await startBot();
    bot.commands.answer = () => shows('Workflows', [command('Show', 'show 14')]);
    await type(bot, 'list');
    const [message] = privately(bot);
    expect(message).toMatchObject({ visibleTo: 'U0ALICE', text: 'Workflows' });
    expect(message!.blocks.map((block) => block.type)).toEqual(['header', 'section']);
    expect(bot.slack.calls.at(-1)).toMatchObject({ method: 'response_url', performed: true });
  });

  it('is answered another way when its response URL is dead', async () => {
    await using bot = await startBot();
    bot.commands.answer = () => shows('Workflows');
    bot.slack.addFault({ method: 'response_url', status: 404 });
    await type(bot, 'list');
    expect(bot.slack.calls.at(-1)).toMatchObject({ method: 'chat.postEphemeral', performed: true });
    expect(privateWords(bot, 'U0ALICE')).toEqual(['Workflows']);
  });

  it('opens the form it is answered with', async () => {
    await using bot = await startBot();
    bot.commands.answer = () => EDITOR;
    await type(bot, 'create');
    expect(wordsOf(bot.slack.openViewOf('U0ALICE'))).toContain('New workflow');
    expect(privately(bot)).toEqual([]);
  });

  it('says so when Slack was too slow for the form', async () => {
    await using bot = await startBot();
    bot.commands.answer = () => EDITOR;
    bot.slack.addFault({ method: 'views.open', slackError: 'expired_trigger_id' });
    await type(bot, 'create');
    expect(privateWords(bot, 'U0ALICE')).toEqual([expect.stringContaining('Slack was slow')]);
  });

  it('is answered when it fails', async () => {
    await using bot = await startBot();
    bot.commands.answer = () => {
      throw new Error('database is locked');
    };
    expect(await type(bot, 'list')).toMatchObject({ ackStatus: 200 });
    expect(privateWords(bot, 'U0ALICE')).toEqual([expect.stringContaining('went wrong on our side')]);
    expect(bot.log.lines.some(({ level }) => level === 'error')).toBe(true);
  });

  it('of another name is answered at once, and runs nothing', async () => {
    await using bot = await startBot();
    const result = await bot.slack.slashCommand('U0ALICE', '/deploy', 'now');
    await bot.adapter.stop();
    expect(result.reply?.text).toContain('/approvals help');
    expect(bot.commands.ran).toEqual([]);
  });

  it.each([
    ['from another workspace', { team_id: 'T0ELSE' }],
    ['from a workspace of no organization', { team_id: 'T0NOBODY' }],
  ])('%s is told so and runs nothing', async (_from, change) => {
    await using bot = await startBot();
    const { payload } = await type(bot, 'list');
    bot.commands.ran.length = 0;
    const delivery = await bot.slack.sendRaw({ form: { ...(payload as Record<string, string>), ...change } });
    await bot.adapter.stop();
    expect(delivery.status).toBe(200);
    expect(bot.commands.ran).toEqual([]);
    expect(privateWords(bot, 'U0ALICE').at(-1)).toContain('not connected to this Slack workspace');
  });

  it('before the bot knows its own workspace is refused politely', async () => {
    await using bot = await startBot({ started: false });
    bot.slack.addFault({ method: 'auth.test', status: 503, times: Infinity });
    await bot.adapter.start();
    await type(bot, 'list');
    expect(bot.commands.ran).toEqual([]);
    expect(privateWords(bot, 'U0ALICE')).toEqual([expect.stringContaining('still starting')]);
  });

  it('is acked whatever its payload lacks, and says so when it cannot be run', async () => {
    await using bot = await startBot();
    const { payload } = await type(bot, 'list');
    bot.commands.ran.length = 0;
    const whole = payload as Record<string, string>;
    const needed = ['user_id', 'team_id'];
    for (const key of Object.keys(whole)) {
      const { [key]: _left, ...form } = whole;
      const before = bot.commands.ran.length;
      const delivery = await bot.slack.sendRaw({ form });
      await bot.adapter.stop();
      expect([key, delivery.status]).toEqual([key, 200]);
      if (needed.includes(key)) expect(delivery.responseBody).toContain('incompletely');
      else if (key !== 'command') expect([key, bot.commands.ran.length]).toEqual([key, before + 1]);
    }
    for (const [key, value] of [
      ['user_id', 'x'.repeat(500)],
      ['text', 'x'.repeat(20_000)],
      ['team_id', ''],
    ] as const) {
      const delivery = await bot.slack.sendRaw({ form: { ...whole, [key]: value } });
      expect(delivery.status).toBe(200);
      expect(delivery.responseBody).toContain('incompletely');
    }
  });

  it('never sends its answer where plain http would carry it', async () => {
    await using bot = await startBot();
    const { payload } = await type(bot, 'list');
    const form = { ...(payload as Record<string, string>), response_url: 'ftp://evil.example/x' };
    await bot.slack.sendRaw({ form });
    await bot.adapter.stop();
    expect(bot.slack.calls.at(-1)!.method).toBe('chat.postEphemeral');
  });
});

describe('a command button', () => {
  /** A page as an ephemeral message, and Alice's press of its first button. */
  async function onMessage(bot: Bot, action: PageAction = command('Next', 'list 2')) {
    bot.commands.answer = () => shows('Page 1', [action]);
    await type(bot, 'list');
    const { channel, ts, blocks } = privately(bot).at(-1)!;
    const actionId = blocks.flatMap(elementsOf)[0]!.action_id as string;
    bot.commands.ran.length = 0;
    return async (how: { confirm?: boolean } = {}) => {
      const result = await bot.slack.click('U0ALICE', { channel, ts, actionId, ...how });
      await bot.adapter.stop();
      return result;
    };
  }

  it('of an ephemeral page runs as if typed, and the page turns in its place', async () => {
    await using bot = await startBot();
    const press = await onMessage(bot);
    bot.commands.answer = () => shows('Page 2');
    expect(await press()).toMatchObject({ ackStatus: 200 });
    expect(
      bot.commands.ran.map(({ account, text }) => [account.externalId, account.organizationId, text]),
    ).toEqual([['U0ALICE', ORGANIZATION, 'list 2']]);
    expect(privateWords(bot, 'U0ALICE')).toEqual(['Page 2']);
  });

  it('says a sentence beside the page, which stays', async () => {
    await using bot = await startBot();
    const press = await onMessage(bot, command('Retry', 'retry apr_1'));
    bot.commands.answer = () => ({ kind: 'notice', sentence: 'Nothing to retry.' });
    await press();
    expect(privateWords(bot, 'U0ALICE')).toEqual(['Page 1', 'Nothing to retry.']);
  });

  it('that asks first runs nothing when the answer is no', async () => {
    await using bot = await startBot();
    const confirm = { title: 'Delete?', text: 'For good.', button: 'Delete' };
    const press = await onMessage(bot, { ...command('Delete', 'delete 14'), style: 'danger', confirm });
    await press({ confirm: false });
    expect(bot.commands.ran).toEqual([]);
    await press({ confirm: true });
    expect(bot.commands.ran.map(({ text }) => text)).toEqual(['delete 14']);
  });

  it('opens a form from an ephemeral page', async () => {
    await using bot = await startBot();
    const press = await onMessage(bot, command('Edit', 'edit 14'));
    bot.commands.answer = () => EDITOR;
    await press();
    expect(wordsOf(bot.slack.openViewOf('U0ALICE'))).toContain('New workflow');
  });

  it('is answered when the command fails, or the response URL is dead', async () => {
    await using bot = await startBot();
    const press = await onMessage(bot);
    bot.commands.answer = () => {
      throw new Error('database is locked');
    };
    await press();
    expect(privateWords(bot, 'U0ALICE').at(-1)).toContain('went wrong on our side');
    bot.commands.answer = () => shows('Page 2');
    bot.slack.addFault({ method: 'response_url', connection: 'reset' });
    await press();
    expect(privateWords(bot, 'U0ALICE').at(-1)).toBe('Page 2');
  });

  it('with a forged value is no more than typed text', async () => {
    await using bot = await startBot();
    const press = await onMessage(bot);
    const { payload } = await press();
    const forged = structuredClone(payload!);
    (forged.actions as JsonObject[])[0]!.value = 'delete 1 && cancel *';
    bot.commands.ran.length = 0;
    expect((await bot.slack.sendRaw({ payload: forged })).status).toBe(200);
    await bot.adapter.stop();
    expect(bot.commands.ran.map(({ text }) => text)).toEqual(['delete 1 && cancel *']);
  });

  it('pressed in another workspace is told so and runs nothing', async () => {
    await using bot = await startBot();
    const press = await onMessage(bot);
    const { payload } = await press();
    bot.commands.ran.length = 0;
    const forged = { ...payload!, team: { id: 'T0ELSE' } };
    expect((await bot.slack.sendRaw({ payload: forged })).status).toBe(200);
    await bot.adapter.stop();
    expect(bot.commands.ran).toEqual([]);
    expect(privateWords(bot, 'U0ALICE').at(-1)).toContain('not connected');
  });

  it('of a page that others see too is answered for the presser alone', async () => {
    await using bot = await startBot();
    bot.slack.addChannel({ id: 'C0OPS', name: 'ops' });
    const press = await onMessage(bot);
    const { payload } = await press();
    const shared = { ...payload!, container: { type: 'message', channel_id: 'C0OPS', is_ephemeral: false } };
    bot.commands.answer = () => shows('Page 3');
    await bot.slack.sendRaw({ payload: shared });
    await bot.adapter.stop();
    const { args } = bot.slack.calls.findLast(({ method }) => method === 'response_url')!;
    expect(args).toMatchObject({ replace_original: false, response_type: 'ephemeral' });
  });
});

/** Alice's Home with these buttons, and her press of one of them. */
async function onHome(bot: Bot, actions: readonly PageAction[]) {
  const body = JSON.stringify({ user_id: 'U0ALICE', view: homeView(page('Home', actions)) });
  const headers = { 'content-type': 'application/json; charset=utf-8', authorization: `Bearer ${TOKEN}` };
  await fetch(`${bot.slack.url}views.publish`, { method: 'POST', headers, body });
  const { id } = bot.slack.homeOf('U0ALICE')!;
  return async (actionId: string) => {
    const result = await bot.slack.clickInView('U0ALICE', id, actionId);
    await bot.adapter.stop();
    return result;
  };
}

describe('a command button of the Home', () => {
  const LIST = [command('Show', 'show 14'), command('New', 'create')];

  it('opens its answer in a modal', async () => {
    await using bot = await startBot();
    const press = await onHome(bot, LIST);
    bot.commands.answer = () => shows('Workflow 14');
    expect(await press('command:1')).toMatchObject({ ackStatus: 200 });
    expect(bot.commands.ran.map(({ text }) => text)).toEqual(['show 14']);
    expect(bot.slack.openViewOf('U0ALICE')).toMatchObject({ title: { text: 'Workflow 14' } });
    expect(bot.slack.viewsOf('U0ALICE')).toHaveLength(1);
  });

  it('shows that it is at work while the answer takes its time', async () => {
    await using bot = await startBot();
    const press = await onHome(bot, LIST);
    let meanwhile: string | null = null;
    bot.commands.answer = async () => {
      meanwhile = wordsOf(bot.slack.openViewOf('U0ALICE'));
      return { kind: 'notice', sentence: 'Harness answers.' };
    };
    await press('command:1');
    expect(meanwhile).toContain('One moment');
    expect(wordsOf(bot.slack.openViewOf('U0ALICE'))).toContain('Harness answers.');
    expect(wordsOf(bot.slack.viewsOf('U0ALICE'))).not.toContain('One moment');
  });

  it('opens a form with the press itself, nothing before it', async () => {
    await using bot = await startBot();
    const press = await onHome(bot, LIST);
    bot.commands.answer = () => EDITOR;
    await press('command:2');
    expect(wordsOf(bot.slack.openViewOf('U0ALICE'))).toContain('New workflow');
    expect(bot.slack.calls.filter(({ method }) => method === 'views.open')).toHaveLength(1);
  });

  it.each<[string, CommandAnswer, string]>([
    ['a sentence', { kind: 'notice', sentence: 'Only admins may do this.' }, 'Only admins'],
    ['a page', shows('Everything'), 'Everything'],
  ])('opens %s where a form was expected', async (_what, answer, words) => {
    await using bot = await startBot();
    const press = await onHome(bot, LIST);
    bot.commands.answer = () => answer;
    await press('command:2');
    expect(wordsOf(bot.slack.openViewOf('U0ALICE'))).toContain(words);
  });

  it('never leaves the modal waiting: a failing command, a lost or refused update', async () => {
    await using bot = await startBot();
    const press = await onHome(bot, LIST);
    bot.commands.answer = () => {
      throw new Error('database is locked');
    };
    await press('command:1');
    expect(wordsOf(bot.slack.openViewOf('U0ALICE'))).toContain('went wrong on our side');

    bot.commands.answer = () => shows('Workflow 14');
    bot.slack.addFault({ method: 'views.update', status: 503 });
    await press('command:1');
    expect(bot.slack.openViewOf('U0ALICE')).toMatchObject({ title: { text: 'Workflow 14' } });

    bot.slack.addFault({ method: 'views.update', slackError: 'invalid_arguments' });
    await press('command:1');
    expect(wordsOf(bot.slack.openViewOf('U0ALICE'))).toContain('did not show the answer');
  });

  it('says in the conversation with the bot what no modal would show', async () => {
    await using bot = await startBot();
    const press = await onHome(bot, LIST);
    bot.commands.answer = () => ({ kind: 'notice', sentence: 'Workflow 14 is gone.' });
    bot.slack.addFault({ method: 'views.update', slackError: 'internal_error', times: 2 });
    await press('command:1');
    expect(privateWords(bot, 'U0ALICE')).toEqual(['Workflow 14 is gone.']);
  });

  it('is not run when Slack was too slow to open the modal, and says so', async () => {
    await using bot = await startBot();
    const press = await onHome(bot, LIST);
    bot.slack.addFault({ method: 'views.open', slackError: 'expired_trigger_id' });
    await press('command:1');
    expect(bot.commands.ran).toEqual([]);
    expect(privateWords(bot, 'U0ALICE')).toEqual([expect.stringContaining('Slack was slow')]);
  });

  it('needs nothing more once the modal was closed', async () => {
    await using bot = await startBot();
    const press = await onHome(bot, LIST);
    bot.commands.answer = async () => {
      await bot.slack.closeView('U0ALICE', bot.slack.openViewOf('U0ALICE')!.id);
      return shows('Workflow 14');
    };
    await press('command:1');
    expect(bot.slack.viewsOf('U0ALICE')).toEqual([]);
    expect(privately(bot)).toEqual([]);
  });
});

describe('a command button of a modal', () => {
  async function onModal(bot: Bot) {
    const press = await onHome(bot, [command('List', 'list')]);
    bot.commands.answer = () => shows('Page 1', [command('Next', 'list 2'), command('Edit', 'edit 14')]);
    await press('command:1');
    bot.commands.ran.length = 0;
    return async (actionId: string) => {
      const result = await bot.slack.clickInView('U0ALICE', bot.slack.openViewOf('U0ALICE')!.id, actionId);
      await bot.adapter.stop();
      return result;
    };
  }

  it('turns the modal into the answer', async () => {
    await using bot = await startBot();
    const press = await onModal(bot);
    bot.commands.answer = () => shows('Page 2');
    await press('command:1');
    expect(bot.commands.ran.map(({ text }) => text)).toEqual(['list 2']);
    expect(bot.slack.viewsOf('U0ALICE').map((view) => view.title!.text)).toEqual(['Page 2']);
  });

  it('puts a sentence on top, so that the page is still there', async () => {
    await using bot = await startBot();
    const press = await onModal(bot);
    bot.commands.answer = () => ({ kind: 'notice', sentence: 'There is no page 2.' });
    await press('command:1');
    const views = bot.slack.viewsOf('U0ALICE');
    expect(views.map((view) => view.title!.text)).toEqual(['Page 1', 'Countersign']);
    expect(wordsOf(views[1])).toContain('There is no page 2.');
  });

  it('puts the sentence in place of the page when nothing can go on top', async () => {
    await using bot = await startBot();
    const press = await onModal(bot);
    bot.commands.answer = () => ({ kind: 'notice', sentence: 'There is no page 2.' });
    bot.slack.addFault({ method: 'views.push', slackError: 'push_limit_reached' });
    await press('command:1');
    const views = bot.slack.viewsOf('U0ALICE');
    expect(views).toHaveLength(1);
    expect(wordsOf(views)).toContain('There is no page 2.');
  });

  it('opens a form on top', async () => {
    await using bot = await startBot();
    const press = await onModal(bot);
    bot.commands.answer = () => EDITOR;
    await press('command:2');
    expect(wordsOf(bot.slack.openViewOf('U0ALICE'))).toContain('New workflow');
  });
});

describe('a card’s button pressed elsewhere', () => {
  const approve: PageAction = {
    kind: 'card',
    label: 'Approve',
    press: 'approve',
    cardId: 'crd_1',
    contentVersion: 3,
  };

  it('is the card’s own, and a page is never taken for the card', async () => {
    await using bot = await startBot();
    bot.commands.answer = () => shows('Waiting for you', [approve]);
    await type(bot, 'pending');
    const { channel, ts } = privately(bot)[0]!;
    await bot.slack.click('U0ALICE', { channel, ts, actionId: 'approve:1' });
    await bot.adapter.stop();
    expect(bot.presses.pressed).toEqual([
      {
        verb: 'approve',
        press: expect.objectContaining({
          externalId: 'U0ALICE',
          cardId: 'crd_1',
          contentVersion: 3,
          ref: null,
        }),
      },
    ]);
    expect(privateWords(bot, 'U0ALICE').at(-1)).toContain('Done');
  });

  it('says what is to be said in a modal over the Home', async () => {
    await using bot = await startBot();
    const press = await onHome(bot, [approve]);
    await press('approve:1');
    expect(bot.presses.pressed[0]!.press).toMatchObject({ cardId: 'crd_1', ref: null });
    expect(bot.slack.viewsOf('U0ALICE')).toEqual([]);
    bot.presses.answer = () => ({ kind: 'notice', sentence: 'Already approved by Bob.' });
    await press('approve:1');
    expect(wordsOf(bot.slack.openViewOf('U0ALICE'))).toContain('Already approved by Bob.');
    expect(privately(bot)).toEqual([]);
  });

  it('says it in the conversation with the bot when no modal opens', async () => {
    await using bot = await startBot();
    const press = await onHome(bot, [approve]);
    bot.presses.answer = () => ({ kind: 'notice', sentence: 'Already approved by Bob.' });
    bot.slack.addFault({ method: 'views.open', slackError: 'expired_trigger_id' });
    await press('approve:1');
    expect(privateWords(bot, 'U0ALICE')).toEqual(['Already approved by Bob.']);
  });
});

describe('the Home', () => {
  it('is drawn for whoever opens it, and for nobody who opens another tab', async () => {
    await using bot = await startBot();
    await bot.slack.openHome('U0ALICE');
    await bot.slack.sendEvent({ type: 'app_home_opened', user: 'U0BOB', tab: 'messages' });
    await bot.slack.sendEvent({ type: 'app_home_opened', tab: 'home' });
    await bot.adapter.stop();
    expect(bot.homes.seen).toEqual([
      {
        account: {
          platform: 'slack',
          organizationId: ORGANIZATION,
          tenant: bot.slack.teamId,
          externalId: 'U0ALICE',
        },
      },
    ]);
  });

  it('of another workspace is not drawn', async () => {
    await using bot = await startBot();
    const event = { type: 'app_home_opened', user: 'U0ALICE', tab: 'home' };
    await bot.slack.sendRaw({ json: { type: 'event_callback', team_id: 'T0ELSE', event } });
    await bot.adapter.stop();
    expect(bot.homes.seen).toEqual([]);
  });

  it('turns one section to another page', async () => {
    await using bot = await startBot();
    const press = await onHome(bot, [{ kind: 'turn', label: 'Next', section: 'mine', page: 2 }]);
    await press('turn:1');
    expect(bot.homes.seen).toEqual([
      { account: expect.objectContaining({ externalId: 'U0ALICE' }), section: 'mine', page: 2 },
    ]);
    expect(bot.slack.viewsOf('U0ALICE')).toEqual([]);
  });

  it('says what went wrong when it cannot be turned', async () => {
    await using bot = await startBot();
    const press = await onHome(bot, [{ kind: 'turn', label: 'Next', section: 'mine', page: 2 }]);
    bot.homes.fail = true;
    const { payload } = await press('turn:1');
    expect(wordsOf(bot.slack.openViewOf('U0ALICE'))).toContain('went wrong on our side');
    bot.homes.seen.length = 0;
    for (const value of ['', 'mine', 'mine.0', 'mine.-1', 'mine.1.2', '../x.1', `${'x'.repeat(200)}.1`]) {
      const forged = structuredClone(payload!);
      (forged.actions as JsonObject[])[0]!.value = value;
      expect((await bot.slack.sendRaw({ payload: forged })).status).toBe(200);
    }
    await bot.adapter.stop();
    expect(bot.homes.seen).toEqual([]);
  });

  it('has links that are acked and nothing else', async () => {
    await using bot = await startBot();
    const press = await onHome(bot, [{ kind: 'link', label: 'Open', url: 'https://app.harness.io/x' }]);
    expect(await press('open_link:1')).toMatchObject({
      ackStatus: 200,
      openedUrl: 'https://app.harness.io/x',
    });
    expect(bot.slack.viewsOf('U0ALICE')).toEqual([]);
    expect(bot.presses.pressed).toEqual([]);
  });
});
