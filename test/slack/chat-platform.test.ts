import { describe, expect, it } from 'vitest';
import { text } from '../../src/approval/card.ts';
import { ALICE, channel, ORGANIZATION, person, startBot } from './bot.ts';
import { waitingCard } from './samples.ts';

const card = waitingCard();

async function posted(bot: Awaited<ReturnType<typeof startBot>>) {
  const sent = await bot.adapter.platform.postCard(ALICE, 'crd_1', card);
  if (sent.kind !== 'sent') throw new Error(JSON.stringify(sent));
  return sent.ref;
}

describe('a card', () => {
  it('is posted to a person’s own conversation, marked with ids only, and can be edited', async () => {
    await using bot = await startBot();
    const ref = await posted(bot);
    expect(ref.channel).toBe(bot.slack.dmOf('U0ALICE'));
    const message = bot.slack.message(ref.channel, ref.message)!;
    expect(message.metadata).toEqual({
      event_type: 'countersign_card',
      event_payload: { card_id: 'crd_1', request_id: card.requestId },
    });
    const forgotten = await bot.adapter.platform.findCard(ALICE, 'crd_new', 0, card.requestId);
    expect(forgotten).toMatchObject({ kind: 'sent', ref: { message: message.ts } });
    expect(bot.slack.calls.find((call) => call.method === 'chat.postMessage')!.args).toMatchObject({
      unfurl_links: 'false',
    });
    const closed = waitingCard({ tone: 'approved', title: 'Approved', actions: [], pipelineUrl: null });
    expect(
      await bot.adapter.platform.updateCard({ organizationId: ORGANIZATION, ...ref }, 'crd_1', closed),
    ).toEqual({ kind: 'sent' });
    expect(message.blocks.some((block) => block.type === 'actions')).toBe(false);
    expect(message.metadata).toMatchObject({ event_payload: { card_id: 'crd_1' } });
  });

  it('opens a conversation once', async () => {
    await using bot = await startBot();
    await posted(bot);
    await posted(bot);
    expect(bot.slack.calls.filter((call) => call.method === 'conversations.open')).toHaveLength(1);
  });

  it('goes to a channel as well', async () => {
    await using bot = await startBot();
    bot.slack.addChannel({ id: 'C0DEPLOY', name: 'deploy' });
    bot.slack.addChannel({ id: 'C0OTHER', name: 'other', isMember: false });
    const post = (externalId: string) => bot.adapter.platform.postCard(channel(externalId), 'crd_2', card);
    expect(await post('C0DEPLOY')).toMatchObject({ kind: 'sent', ref: { channel: 'C0DEPLOY' } });
    expect(await post('C0OTHER')).toMatchObject({
      kind: 'unreachable',
      why: expect.stringContaining('/invite'),
    });
    expect(await post('C0NONE')).toMatchObject({ kind: 'unreachable' });
    // Without channels:history nothing can be looked up there; the notice may be posted again.
    const target = channel('C0DEPLOY');
    expect(await bot.adapter.platform.findCard(target, 'crd_2', 0)).toEqual({ kind: 'sent', ref: null });
  });

  it('whose answer was lost is found again, not posted twice', async () => {
    await using bot = await startBot();
    const since = Date.now();
    bot.slack.addFault({ method: 'chat.postMessage', connection: 'reset', when: 'after' });
    expect(await bot.adapter.platform.postCard(ALICE, 'crd_9', card)).toMatchObject({ kind: 'unknown' });
    const found = await bot.adapter.platform.findCard(ALICE, 'crd_9', since);
    expect(found).toMatchObject({ kind: 'sent', ref: { channel: bot.slack.dmOf('U0ALICE') } });
    expect(await bot.adapter.platform.findCard(ALICE, 'crd_8', since)).toEqual({ kind: 'sent', ref: null });
  });

  it('is found behind hundreds of newer ones', async () => {
    let now = Date.now();
    await using bot = await startBot({ clock: { now: () => now } });
    const { calls } = bot.slack;
    for (let index = 0; index < 230; index += 1) {
      now += 1000;
      await bot.adapter.platform.postCard(ALICE, `crd_${index}`, card);
    }
    calls.length = 0;
    const found = await bot.adapter.platform.findCard(ALICE, 'crd_3', 0);
    expect(found).toMatchObject({ kind: 'sent', ref: { channel: bot.slack.dmOf('U0ALICE') } });
    expect(calls.filter((call) => call.method === 'conversations.history')).toHaveLength(3);
  });

  it.each([
    ['a 500', { status: 500 }],
    ['a 503 after Slack did it', { status: 503, when: 'after' as const }],
    ['a reset connection', { connection: 'reset' as const }],
    ['an internal_error', { slackError: 'internal_error' }],
  ])('may or may not have been posted after %s', async (_name, fault) => {
    await using bot = await startBot();
    bot.slack.addFault({ method: 'chat.postMessage', ...fault });
    expect(await bot.adapter.platform.postCard(ALICE, 'crd_1', card)).toMatchObject({ kind: 'unknown' });
    expect(bot.slack.calls.filter((call) => call.method === 'chat.postMessage')).toHaveLength(1);
  });

  it('is given up on in time (5 s, here 0.15 s)', async () => {
    await using bot = await startBot({ timeoutMs: 150 });
    bot.slack.addFault({ method: 'chat.postMessage', connection: 'hang', when: 'after' });
    expect(await bot.adapter.platform.postCard(ALICE, 'crd_1', card)).toEqual({
      kind: 'unknown',
      detail: expect.stringContaining('none in time'),
    });
  });

  it('says plainly whom Slack cannot reach', async () => {
    await using bot = await startBot();
    bot.slack.addUser({ id: 'U0GONE', name: 'gone', deleted: true });
    const post = (externalId: string) => bot.adapter.platform.postCard(person(externalId), 'crd_1', card);
    expect(await post('U0GONE')).toEqual({ kind: 'unreachable', why: 'This Slack account is deactivated.' });
    expect(await post('U0NOBODY')).toMatchObject({ kind: 'unreachable' });
    bot.slack.addFault({ method: 'chat.postMessage', slackError: 'messages_tab_disabled' });
    expect(await post('U0ALICE')).toMatchObject({
      kind: 'unreachable',
      why: expect.stringContaining('App Home'),
    });
  });

  it('that is no longer there is gone', async () => {
    await using bot = await startBot();
    const ref = await posted(bot);
    const nowhere = { ...ref, message: '1.000001' };
    expect(
      await bot.adapter.platform.updateCard({ organizationId: ORGANIZATION, ...nowhere }, 'crd_1', card),
    ).toEqual({ kind: 'gone' });
  });

  it.each([
    ['invalid_auth', 'SLACK_BOT_TOKEN'],
    ['account_inactive', 'reinstall'],
    ['token_revoked', 'reinstall'],
    ['no_such_thing', 'no_such_thing'],
  ])('refused with %s names the remedy', async (slackError, word) => {
    await using bot = await startBot();
    bot.slack.addFault({ method: 'conversations.open', slackError });
    expect(await bot.adapter.platform.postCard(ALICE, 'crd_1', card)).toEqual({
      kind: 'refused',
      detail: expect.stringContaining(word),
    });
  });

  it('names the scope that is missing', async () => {
    await using bot = await startBot({ double: { scopes: ['chat:write', 'users:read'] } });
    expect(await bot.adapter.platform.postCard(ALICE, 'crd_1', card)).toEqual({
      kind: 'refused',
      detail: expect.stringMatching(/lacks the scope im:write/),
    });
    expect(await bot.adapter.platform.checkHealth()).toEqual({
      ok: false,
      detail: expect.stringContaining('im:history, im:write, users.profile:read, users:read.email'),
    });
  });
});

describe('a reply below a card', () => {
  const line = [text('Alice approved: “<!channel>”')];

  it('stands in the card’s thread, marked with ids only, its words plain', async () => {
    await using bot = await startBot();
    const at = { organizationId: ORGANIZATION, ...(await posted(bot)) };
    const sent = await bot.adapter.platform.postReply(at, 'crd_1.7', line);
    const [reply] = bot.slack.threadOf(at.channel, at.message);
    expect(sent).toEqual({ kind: 'sent', message: reply!.ts });
    expect(reply).toMatchObject({
      threadTs: at.message,
      text: 'Alice approved: “&lt;!channel&gt;”',
      metadata: { event_type: 'countersign_reply', event_payload: { reply_id: 'crd_1.7' } },
    });
  });

  it('whose answer was lost is found again by its id, behind others', async () => {
    await using bot = await startBot();
    const { platform } = bot.adapter;
    const at = { organizationId: ORGANIZATION, ...(await posted(bot)) };
    for (let n = 0; n < 120; n += 1) bot.slack.say('U0ALICE', at.channel, `chatter ${n}`, at.message);
    bot.slack.addFault({ method: 'chat.postMessage', connection: 'reset', when: 'after' });
    expect(await platform.postReply(at, 'crd_1.7', line)).toMatchObject({ kind: 'unknown' });
    const find = (replyId: string) => platform.findReply(at, replyId, Date.now());
    const reply = bot.slack.threadOf(at.channel, at.message).at(-1);
    expect(await find('crd_1.7')).toEqual({ kind: 'sent', message: reply!.ts, looked: true });
    expect(await find('crd_1.8')).toEqual({ kind: 'sent', message: null, looked: true });
  });

  it('is said to be out of sight where one may not look', async () => {
    await using bot = await startBot();
    bot.slack.addChannel({ id: 'C0DEPLOY', name: 'deploy' });
    const sent = await bot.adapter.platform.postCard(channel('C0DEPLOY'), 'crd_2', card);
    if (sent.kind !== 'sent') throw new Error(sent.kind);
    const at = { organizationId: ORGANIZATION, ...sent.ref };
    const found = await bot.adapter.platform.findReply(at, 'crd_2.1', 0);
    expect(found).toEqual({ kind: 'sent', message: null, looked: false });
  });

  it.each([
    ['thread_not_found', 'gone'],
    ['is_archived', 'unreachable'],
    ['fatal_error', 'unknown'],
    ['invalid_auth', 'refused'],
  ])('refused with %s is %s', async (slackError, kind) => {
    await using bot = await startBot();
    const at = { organizationId: ORGANIZATION, ...(await posted(bot)) };
    bot.slack.addFault({ method: 'chat.postMessage', slackError });
    expect(await bot.adapter.platform.postReply(at, 'crd_1.7', line)).toMatchObject({ kind });
  });
});

describe('pace', () => {
  it('honours a 429 for that channel, makes no call until it is over, and lets others go on', async () => {
    let now = Date.now();
    await using bot = await startBot({ clock: { now: () => now } });
    const { platform } = bot.adapter;
    bot.slack.addFault({ method: 'chat.postMessage', status: 429, retryAfter: 7 });
    expect(await platform.postCard(ALICE, 'crd_1', card)).toEqual({ kind: 'throttled', retryAfterMs: 7000 });
    const posts = () => bot.slack.calls.filter((call) => call.method === 'chat.postMessage').length;
    now += 3000;
    expect(await platform.postCard(ALICE, 'crd_1', card)).toEqual({ kind: 'throttled', retryAfterMs: 4000 });
    expect(posts()).toBe(1);
    expect(await platform.postCard(person('U0BOB'), 'crd_2', card)).toMatchObject({
      kind: 'sent',
    });
    now += 4000;
    expect(await platform.postCard(ALICE, 'crd_1', card)).toMatchObject({ kind: 'sent' });
  });

  it('takes a 429 that does not say how long', async () => {
    await using bot = await startBot();
    bot.slack.addFault({ method: 'chat.postMessage', status: 429 });
    expect(await bot.adapter.platform.postCard(ALICE, 'crd_1', card)).toEqual({
      kind: 'throttled',
      retryAfterMs: expect.any(Number),
    });
  });

  it('stays within Slack’s limits by itself: the double never has to answer 429', async () => {
    let now = Date.now();
    const clock = { now: () => now };
    await using bot = await startBot({ clock, double: { rateLimits: true, now: clock.now } });
    const { platform } = bot.adapter;
    const ref = await posted(bot);
    let held = 0;
    for (let index = 0; index < 400; index += 1) {
      now += 250;
      const update = await platform.updateCard({ organizationId: ORGANIZATION, ...ref }, 'crd_1', card);
      const post = await platform.postCard(ALICE, `crd_${index}`, card);
      for (const answer of [update, post]) {
        expect(['sent', 'throttled']).toContain(answer.kind);
        if (answer.kind === 'throttled') held += 1;
      }
    }
    expect(held).toBeGreaterThan(100);
    const answers = bot.slack.calls.map((call) => call.answered);
    expect(answers.filter((answer) => typeof answer === 'object' && answer.status === 429)).toEqual([]);
  });
});

describe('health', () => {
  it('is good, or says why not', async () => {
    await using bot = await startBot();
    expect(await bot.adapter.platform.checkHealth()).toEqual({ ok: true });
    bot.slack.addFault({ method: 'auth.test', slackError: 'invalid_auth' });
    expect(await bot.adapter.platform.checkHealth()).toMatchObject({ ok: false });
    bot.slack.addFault({ method: 'auth.test', connection: 'reset' });
    expect(await bot.adapter.platform.checkHealth()).toMatchObject({ ok: false });
    expect(JSON.stringify(bot.log.lines)).not.toContain('xoxb-');
  });
});
