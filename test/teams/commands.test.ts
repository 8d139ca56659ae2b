import { describe, expect, it } from 'vitest';
import type { Page } from '../../src/approval/page.ts';
import {
  ALICE,
  BOB,
  type Bot,
  OPS,
  ORGANIZATION,
  page,
  said,
  startBot,
  TEAM,
  TENANT,
  wordsOf,
} from './bot.ts';

type Json = Record<string, unknown>;

/** What was said to Alice alone, newest last; `after` counts those before. */
function answers(bot: Bot, person = ALICE): string[] {
  return bot.teams
    .messagesOf(person)
    .filter(({ author }) => author === bot.teams.botId)
    .map(said);
}

async function type(bot: Bot, text: string, how: Parameters<Bot['teams']['type']>[2] = {}) {
  const result = await bot.teams.type(ALICE, text, how);
  await bot.idle();
  return result;
}

const withButton = (command: string): Page =>
  page('Workflows', {
    sections: [
      {
        title: null,
        empty: 'Nothing else.',
        items: [],
        actions: [{ kind: 'command', label: 'Show 14', command }],
      },
    ],
  });

describe('what is typed to the bot', () => {
  it('runs as a command, and is answered in the chat without Slack’s prefix', async () => {
    await using bot = await startBot();
    bot.commands.answer = () => ({
      kind: 'notice',
      sentence: 'Try “/approvals show 14”.\nUsage: /approvals show ID',
    });
    const { status } = await type(bot, 'show fourteen');
    expect(status).toBe(200);
    expect(bot.commands.ran).toEqual([
      {
        account: { platform: 'teams', organizationId: ORGANIZATION, tenant: TENANT, externalId: ALICE },
        text: 'show fourteen',
      },
    ]);
    expect(answers(bot)).toHaveLength(1);
    expect(answers(bot)[0]).toContain('Try “show 14”.');
    expect(answers(bot)[0]).not.toContain('/approvals');
  });

  it.each([
    ['  help ', 'help'],
    ['/help', '/help'],
    ['list&nbsp;2', 'list 2'],
    ['list\n2', 'list\n2'],
    ['<at>Countersign</at> list', 'list'],
  ])('%j is read as %j', async (text, read) => {
    await using bot = await startBot();
    const mention = {
      type: 'mention',
      mentioned: { id: bot.teams.botId, name: 'Countersign' },
      text: '<at>Countersign</at>',
    };
    await bot.teams.sendRaw({
      activity: { ...bot.teams.typeActivity(ALICE, ''), text, entities: [mention] },
    });
    await bot.idle();
    expect(bot.commands.ran.map((one) => one.text)).toEqual([read]);
  });

  it('may hold characters of markup', async () => {
    await using bot = await startBot();
    await type(bot, 'why a < b & <@U0ALICE|alice>');
    expect(bot.commands.ran[0]!.text).toBe('why a &lt; b &amp; &lt;@U0ALICE|alice&gt;');
  });

  it('is answered at once, and run afterwards', async () => {
    await using bot = await startBot();
    const { promise, resolve } = Promise.withResolvers<void>();
    bot.commands.answer = async () => {
      await promise;
      return { kind: 'page', page: page('Slow answer') };
    };
    expect((await bot.teams.type(ALICE, 'pending')).status).toBe(200);
    expect(answers(bot)).toEqual([]);
    resolve();
    await bot.adapter.stop();
    expect(answers(bot)[0]).toContain('Slow answer');
  });

  it('that fails is answered with one sentence', async () => {
    await using bot = await startBot();
    bot.commands.answer = () => Promise.reject(new Error('database is locked'));
    await type(bot, 'pending');
    expect(answers(bot)[0]).toMatch(/Something went wrong on our side/);
    expect(answers(bot)[0]).not.toContain('locked');
  });

  it('keeps where the person is, by an account that is theirs alone', async () => {
    await using bot = await startBot();
    await type(bot, 'help');
    expect([...bot.conversations.kept.values()]).toEqual([
      {
        organizationId: ORGANIZATION,
        tenant: TENANT,
        scope: 'personal',
        externalId: ALICE,
        conversationId: bot.teams.chatOf(ALICE),
        serviceUrl: bot.teams.serviceUrl,
        mri: bot.teams.person(ALICE).mri,
        state: 'active',
      },
    ]);
  });
});

describe('in a channel', () => {
  it('the answer is for the one who asked alone, in the thread', async () => {
    await using bot = await startBot();
    bot.commands.answer = () => ({ kind: 'page', page: page('For Alice’s eyes') });
    await type(bot, 'pending', { conversation: OPS });
    expect(bot.commands.ran.map(({ text }) => text)).toEqual(['pending']);
    expect(bot.teams.messagesOf(OPS, { as: BOB }).filter(({ author }) => author === bot.teams.botId)).toEqual(
      [],
    );
    const seen = bot.teams.messagesOf(OPS, { as: ALICE }).map(said).join();
    expect(seen).toContain('For Alice’s eyes');
    expect([...bot.conversations.kept.values()]).toMatchObject([
      { scope: 'channel', externalId: OPS, conversationId: OPS, mri: null },
    ]);
  });

  it('a slash command is answered the same', async () => {
    await using bot = await startBot();
    await type(bot, 'pending', { conversation: OPS, targeted: true });
    expect(bot.commands.ran.map(({ text }) => text)).toEqual(['pending']);
    expect(bot.teams.messagesOf(OPS, { as: BOB })).toEqual([]);
    expect(bot.teams.messagesOf(OPS, { as: ALICE }).map(said).join()).toContain('Ok.');
  });

  it('where private messages are refused, the answer comes in their own chat; the channel is told only that', async () => {
    await using bot = await startBot();
    bot.teams.addFault({ method: 'activities.post', conversation: OPS, status: 400, times: 1 });
    await type(bot, 'pending', { conversation: OPS });
    expect(answers(bot).join()).toContain('Ok.');
    const seen = bot.teams.messagesOf(OPS, { as: BOB }).filter(({ author }) => author === bot.teams.botId);
    expect(seen.map(said)).toEqual(['I answered you in our chat.']);
  });

  it('nothing of the answer is ever public, even where no chat can be opened', async () => {
    await using bot = await startBot();
    bot.teams.addFault({ method: 'activities.post', conversation: OPS, status: 400, times: 1 });
    bot.teams.addFault({ method: 'conversations.create', status: 403, code: 'ForbiddenOperationException' });
    await type(bot, 'pending', { conversation: OPS });
    const seen = bot.teams.messagesOf(OPS, { as: BOB }).filter(({ author }) => author === bot.teams.botId);
    expect(seen.map(said).join()).not.toContain('Ok.');
    expect(seen.map(said)).toEqual([expect.stringMatching(/chat of your own/)]);
  });

  it('after silence the answer is not sent a second time: it may be there', async () => {
    await using bot = await startBot();
    bot.teams.addFault({ method: 'activities.post', conversation: OPS, connection: 'reset', when: 'after' });
    await type(bot, 'pending', { conversation: OPS });
    expect(answers(bot)).toHaveLength(1);
  });

  it('what people say among themselves is not for the bot', async () => {
    await using bot = await startBot();
    const activity = bot.teams.typeActivity(ALICE, 'cancel 14', { conversation: OPS });
    await bot.teams.sendRaw({ activity: { ...activity, text: 'cancel 14', entities: [] } });
    await bot.idle();
    expect(bot.commands.ran).toEqual([]);
  });
});

describe('people who are mentioned', () => {
  const mention = (bot: Bot, more: Json) => ({
    type: 'mention',
    text: '<at>Bob Bell</at>',
    mentioned: { id: bot.teams.person(BOB).mri, name: 'Bob Bell', ...more },
  });
  async function typed(bot: Bot, text: string, more: Json = {}) {
    const { activity } = await bot.teams.type(ALICE, '', { conversation: OPS });
    await bot.idle();
    bot.commands.ran.length = 0;
    const said = `${String(activity!.text)} ${text}`;
    const entities = [...(activity!.entities as Json[]), mention(bot, more)];
    await bot.teams.sendRaw({ activity: { ...activity, text: said, entities } });
    await bot.idle();
  }

  it('are named by their Entra ids: as the roster has them', async () => {
    await using bot = await startBot();
    await typed(bot, 'approvers add <at>Bob Bell</at> 14');
    expect(bot.commands.ran.map(({ text }) => text)).toEqual([`approvers add  <@${BOB}|Bob Bell>  14`]);
  });

  it('or as the mention itself says', async () => {
    await using bot = await startBot();
    await typed(bot, 'approvers add <at>Bob Bell</at> 14', { aadObjectId: BOB });
    expect(bot.commands.ran.map(({ text }) => text)).toEqual([`approvers add  <@${BOB}|Bob Bell>  14`]);
    expect(bot.teams.calls.filter(({ request }) => request.includes('/members/29'))).toEqual([]);
  });

  it('whom nobody knows leave everything as it is, and it is said how else to name them', async () => {
    await using bot = await startBot();
    await typed(bot, 'approvers add <at>Bob Bell</at> 14', { id: '29:nobody' });
    expect(bot.commands.ran).toEqual([]);
    expect(answers(bot).join()).toMatch(/whose account “Bob Bell” is.*e-mail address/);
  });

  it('only by words are words', async () => {
    await using bot = await startBot();
    const activity = bot.teams.typeActivity(ALICE, '');
    await bot.teams.sendRaw({ activity: { ...activity, text: 'approvers add <at>Bob Bell</at> 14' } });
    await bot.idle();
    expect(bot.commands.ran.map(({ text }) => text.replace(/ +/g, ' '))).toEqual([
      'approvers add Bob Bell 14',
    ]);
  });

  it('a channel is named by its id', async () => {
    await using bot = await startBot();
    await typed(bot, 'approvers add <at>Bob Bell</at> 14', { id: TEAM, name: 'Platform' });
    expect(bot.commands.ran[0]!.text).toContain(`<#${TEAM}|Platform>`);
  });
});

describe('a page’s button', () => {
  async function pressed(bot: Bot) {
    bot.commands.answer = (text) =>
      text === 'list'
        ? { kind: 'page', page: withButton('show 14') }
        : { kind: 'page', page: page('Workflow 14') };
    await type(bot, 'list');
    const { conversation, id } = bot.teams.messagesOf(ALICE).at(-1)!;
    return {
      at: { conversation, activityId: id },
      press: () => bot.teams.press(ALICE, { conversation, activityId: id, title: 'Show 14' }),
    };
  }

  it('is answered by the new page in its place', async () => {
    await using bot = await startBot();
    const { press } = await pressed(bot);
    const result = await press();
    expect(wordsOf(result.card)).toContain('Workflow 14');
    expect(bot.commands.ran.map(({ text }) => text)).toEqual(['list', 'show 14']);
  });

  it('is answered by a sentence above the page, which stays', async () => {
    await using bot = await startBot();
    const { press } = await pressed(bot);
    bot.commands.answer = () => ({ kind: 'notice', sentence: 'There is no workflow 14: /approvals list' });
    const result = await press();
    expect(result.toast).toBe('There is no workflow 14: list');
    expect(wordsOf(result.card)).toContain('Show 14');
  });

  it('whose page takes long shows “One moment …”, then the page', async () => {
    await using bot = await startBot({ config: { patienceMs: 20 } });
    const { press, at } = await pressed(bot);
    const { promise, resolve } = Promise.withResolvers<void>();
    bot.commands.answer = async () => {
      await promise;
      return { kind: 'page', page: page('Workflow 14, at last') };
    };
    expect(wordsOf((await press()).card)).toContain('One moment');
    resolve();
    await bot.idle();
    expect(wordsOf(bot.teams.cardFor(ALICE, at.conversation, at.activityId))).toContain(
      'Workflow 14, at last',
    );
  });

  it('runs nothing but what its presser may: the account is the presser’s', async () => {
    await using bot = await startBot();
    const { at } = await pressed(bot);
    const data = { do: 'command', command: 'delete 14', account: ALICE };
    const before = bot.commands.ran.length;
    await bot.teams.press(BOB, { ...at, forge: { data } });
    expect(bot.commands.ran).toHaveLength(before);
    await bot.teams.press(BOB, { ...at, conversation: bot.teams.chatOf(BOB), forge: { data } });
    expect(bot.commands.ran.at(-1)).toMatchObject({ text: 'delete 14', account: { externalId: BOB } });
  });
});

describe('coming and going', () => {
  it.each(['installationUpdate', 'conversationUpdate'] as const)(
    'whoever installs the app is greeted once, whichever event is first (%s)',
    async (first) => {
      await using bot = await startBot();
      bot.teams.addPerson({
        aadObjectId: '5e1c0a2b-0000-4000-8000-00000000ca01',
        name: 'Carol',
        installed: false,
      });
      const carol = '5e1c0a2b-0000-4000-8000-00000000ca01';
      await bot.teams.install(carol, { first });
      await bot.idle();
      expect(bot.greetings.installs).toMatchObject([{ externalId: carol, tenant: TENANT }]);
      expect(answers(bot, carol)).toEqual([expect.stringContaining('Welcome to Countersign')]);
      expect(
        await bot.conversations.mrisOf({ organizationId: ORGANIZATION, tenant: TENANT }, [carol]),
      ).toEqual(new Map([[carol, bot.teams.person(carol).mri]]));
    },
  );

  it('whoever takes it away is reached no more, and that is told', async () => {
    await using bot = await startBot();
    await type(bot, 'help');
    await bot.teams.uninstall(ALICE);
    await bot.idle();
    expect(bot.greetings.removals).toMatchObject([{ externalId: ALICE }, { externalId: ALICE }]);
    expect([...bot.conversations.kept.values()]).toMatchObject([{ externalId: ALICE, state: 'removed' }]);
  });

  it('a team that gets it is known, nobody is greeted; one that loses it is closed', async () => {
    await using bot = await startBot();
    await bot.teams.removeBot(TEAM, ALICE, { silently: true });
    await bot.teams.addBot(TEAM, ALICE);
    await bot.idle();
    expect([...bot.conversations.kept.values()]).toMatchObject([
      { scope: 'channel', externalId: TEAM, state: 'active' },
    ]);
    await bot.teams.removeBot(TEAM, ALICE);
    await bot.idle();
    expect([...bot.conversations.kept.values()]).toMatchObject([{ externalId: TEAM, state: 'removed' }]);
    expect([bot.greetings.installs, bot.greetings.removals]).toEqual([[], []]);
  });

  it('other people’s coming and going is nothing to answer', async () => {
    await using bot = await startBot();
    expect((await bot.teams.removeMember(TEAM, BOB)).status).toBe(200);
    expect((await bot.teams.addMember(TEAM, BOB)).status).toBe(200);
    await bot.idle();
    expect(bot.greetings.installs).toEqual([]);
  });
});
