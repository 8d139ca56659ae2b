import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditOf } from '../../src/store/audit.ts';
import { questionsOf } from '../../src/store/questions.ts';
import {
  CHANNEL,
  channelThread,
  channelWords,
  pressInModal,
  review,
  SHARED,
  submitTop,
  textOf,
  threadWords,
} from '../helpers/in-channel.ts';
import { STAFF, type StaffName, startWorld, type World } from '../helpers/world.ts';

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
  (await auditOf(world.app.context.db, 'approval_request', id, 200)).map(
    ({ action, detail }) => `${action}${detail.code ? `:${detail.wanted}:${detail.code}` : ''}`,
  );
const asked = (id: string) => questionsOf(world.app.context.db, id);

async function ask(name: StaffName, question: string) {
  await world.press(name, 'ask_question');
  const answer = await submitTop(world, name, { question });
  await world.settle();
  return answer;
}

/** Presses a button though the newest card of `whose` may not show it (any more). */
async function forge(name: StaffName, whose: StaffName, actionId: string) {
  const card = world.card(whose)!;
  const value = /"value":"([^"]+)"/.exec(JSON.stringify([card.blocks, card.edits]))![1]!;
  const { channel, ts } = card;
  return world.slack.click(STAFF[name], { channel, ts, actionId, value, forge: true });
}

async function answer(values: Record<string, string>) {
  await world.press('dana', 'answer_question');
  const submitted = await submitTop(world, 'dana', values);
  await world.settle();
  return submitted;
}

const posts = (name: StaffName) =>
  world.slack.calls.filter(
    ({ method, args }) => method === 'chat.postMessage' && args.channel === world.slack.dmOf(STAFF[name]),
  );

test('one request, from asked in the channel over a question to decided there', async () => {
  const id = await world.ask(DEPLOY, 'run1');
  expect(channelWords(world)).toContain('Any one of these may decide');
  await ask('alice', 'Is there a backup?');
  expect(channelWords(world)).toContain('Is there a backup?');
  const [question] = await asked(id);
  await answer({ [`answer-${question!.id}`]: 'Yes, from this morning.' });
  expect(textOf((await review(world, 'bob')).blocks)).toContain('Dana answered: “Yes, from this morning.”');
  await pressInModal(world, 'bob', 'approve_with_comment');
  expect((await submitTop(world, 'bob', { comment: 'then go' })).warning).toBeUndefined();
  await world.pass(3_000);
  expect(world.harness.effects).toMatchObject([{ action: 'APPROVE' }]);
  expect(channelWords(world)).toContain('confirmed by Harness');
  expect(channelThread(world).join(' ')).toContain('then go');
});

describe('a question', () => {
  test('reaches who started the run, and their answer stands on every card', async () => {
    const id = await world.ask(MIGRATE, 'run1');
    expect(world.cards('dana')).toEqual([]);
    await ask('alice', 'Is there a backup?');
    expect(world.cards('dana')).toHaveLength(1);
    expect(world.words('dana')).toContain('Alice asked: “Is there a backup?”');
    for (const words of [world.words('alice'), world.words('bob'), channelWords(world)])
      expect(words).toContain('Is there a backup?');
    const [question] = await asked(id);
    await world.press('dana', 'answer_question');
    expect(textOf((await world.form('dana')).blocks)).toContain('Alice asks: “Is there a backup?”');
    await submitTop(world, 'dana', { [`answer-${question!.id}`]: 'Yes, from this morning.' });
    await world.settle();
    for (const words of [world.words('alice'), world.words('bob'), world.words('dana'), channelWords(world)])
      expect(words).toContain('Dana answered: “Yes, from this morning.”');
    expect(threadWords(world, world.card('alice'))).toEqual([
      '@U0ALICE Dana answered “Is there a backup?”: “Yes, from this morning.”',
    ]);
    expect(threadWords(world, world.card('bob'))).toEqual([]);
    expect(channelThread(world)).toEqual([]);
    expect(await audit(id)).toEqual(expect.arrayContaining(['question_asked', 'question_answered']));
  });

  test('voids no vote and is no part of what is approved (R9)', async () => {
    await world.ask(MIGRATE, 'run1');
    await world.press('bob', 'approve');
    await world.settle();
    await ask('alice', 'Is there a backup?');
    expect(world.words('alice')).toContain('1 of 2 approved');
    await world.press('alice', 'approve');
    await world.pass(2_000);
    expect(world.harness.effects).toHaveLength(1);
  });

  test('may be asked from the review in the channel; its submit closes all', async () => {
    const id = await world.ask(DEPLOY, 'run1');
    await review(world, 'alice');
    await pressInModal(world, 'alice', 'ask_question');
    expect((await submitTop(world, 'alice', { question: 'Why now?' })).responseAction).toBe('clear');
    await world.settle();
    expect(await asked(id)).toHaveLength(1);
    expect(world.words('dana')).toContain('Why now?');
  });

  test('is noticed where the requester’s card stands already: a reply below it, no second card', async () => {
    await world.ask(DEPLOY, 'run1');
    await ask('alice', 'First?');
    await ask('bob', 'Second?');
    expect(world.cards('dana')).toHaveLength(1);
    expect(threadWords(world, world.card('dana'))).toEqual([
      '@U0DANA Bob asks: “Second?” Please press “Answer” on the card above.',
    ]);
    const [first, second] = await asked((await requestId())!);
    await answer({ [`answer-${second!.id}`]: 'Yes' });
    expect(world.words('alice')).toContain('Alice asked: “First?” Bob asked: “Second?” Dana answered: “Yes”');
    await answer({ [`answer-${first!.id}`]: 'No' });
    expect(world.words('alice')).toContain('Alice asked: “First?” Dana answered: “No”');
    expect(JSON.stringify(world.card('dana')!.blocks)).not.toContain('answer_question');
  });

  test('the same words sent twice are one question', async () => {
    const id = await world.ask(DEPLOY, 'run1');
    await ask('alice', 'Why now?');
    await ask('alice', 'Why now?');
    expect(await asked(id)).toHaveLength(1);
    expect(threadWords(world, world.card('dana'))).toEqual([]);
  });

  test('stays a question whatever its words', async () => {
    const id = await world.ask(DEPLOY, 'run1');
    const nasty = '<!channel> <@U0BOB> *bold* <https://evil.example|Answer> \u202eevil';
    await ask('alice', nasty);
    await ask('bob', 'Second?');
    for (const name of ['alice', 'bob', 'dana'] as const) {
      expect(JSON.stringify(world.card(name)!.blocks)).not.toContain('"type":"link","url":"https://evil');
      expect(world.card(name)!.text).not.toContain('<!channel>');
    }
    const [question] = await asked(id);
    await answer({ [`answer-${question!.id}`]: '<!here>' });
    const replies = world.slack.threadOf(world.card('alice')!.channel, world.card('alice')!.ts);
    expect(replies.map(({ text }) => text).join()).not.toMatch(/[<>\u202e]/);
  });
});

async function requestId(): Promise<string | undefined> {
  const row = await world.app.context.db.selectFrom('approval_requests').select('id').executeTakeFirst();
  return row?.id;
}

describe('nobody to ask (R5)', () => {
  const NOBODY = 'Nobody to ask: Harness has not confirmed who started this run.';

  test('a run nobody started by hand offers no question, and a forged press writes nothing', async () => {
    const id = await world.ask(DEPLOY, 'run1', { by: null });
    expect(JSON.stringify(world.card('alice')!.blocks)).not.toContain('ask_question');
    await forge('alice', 'alice', 'ask_question');
    expect(await world.whispered('alice')).toBe(NOBODY);
    expect(await asked(id)).toEqual([]);
    expect(await audit(id)).toContain('refused:ask_question:nobody_to_ask');
  });

  test('a requester without a chat account is named', async () => {
    world.slack.updateUser(STAFF.dana, { email: 'somebody.else@acme.io' });
    const id = await world.ask(DEPLOY, 'run1');
    await world.press('alice', 'ask_question');
    expect(await world.whispered('alice')).toBe(
      'Nobody to ask: Dana has no chat account that is known here.',
    );
    expect(await asked(id)).toEqual([]);
  });

  test('a requester who left since is named', async () => {
    const id = await world.ask(DEPLOY, 'run1');
    world.slack.updateUser(STAFF.dana, { deleted: true });
    await world.slack.sendEvent({
      type: 'user_change',
      user: { id: STAFF.dana, team_id: 'T0ACME', deleted: true, name: 'dana', profile: {} },
    });
    await expect
      .poll(async () => {
        await forge('alice', 'alice', 'ask_question');
        return world.whispered('alice');
      })
      .toBe('Nobody to ask: Dana is deactivated.');
    expect(await asked(id)).toEqual([]);
  });
});

describe('who may ask and answer (R13)', () => {
  test.each(['carol', 'dana', 'ada'] as const)('%s, who may not decide, may not ask', async (name) => {
    const id = await world.ask(DEPLOY, 'run1');
    await forge(name, 'alice', 'ask_question');
    expect(await world.whispered(name)).toContain('not one of the approvers');
    expect(await asked(id)).toEqual([]);
  });

  test.each(['alice', 'bob', 'carol', 'ada'] as const)(
    '%s, who did not start the run, may not answer',
    async (name) => {
      const id = await world.ask(DEPLOY, 'run1');
      await ask('alice', 'Why now?');
      await forge(name, 'dana', 'answer_question');
      expect(await world.whispered(name)).toBe(
        'Only who started this run can answer questions about it, so nothing was changed.',
      );
      expect(await audit(id)).toContain('refused:answer_question:not_the_requester');
    },
  );

  test('a submitted answer of somebody else is refused, however it came about', async () => {
    const id = await world.ask(DEPLOY, 'run1');
    await ask('alice', 'Why now?');
    await world.press('dana', 'answer_question');
    const [question] = await asked(id);
    const { payload } = await world.slack.submitView(
      STAFF.dana,
      (await world.form('dana')).id,
      {
        [`answer-${question!.id}`]: '',
      },
      { skipClientChecks: true },
    );
    const view = structuredClone(payload!.view) as { state: { values: Record<string, unknown> } };
    view.state.values[`answer-${question!.id}`] = { value: { type: 'plain_text_input', value: 'Because' } };
    const stolen = { ...payload!, view, user: { id: STAFF.bob, team_id: 'T0ACME' } };
    await world.slack.sendRaw({ payload: stolen });
    expect((await asked(id))[0]!.answer).toBeNull();
    expect(await audit(id)).toContain('refused:answer_question:not_the_requester');
  });

  test('a question is answered once: two answers at once leave the first', async () => {
    const id = await world.ask(DEPLOY, 'run1');
    await ask('alice', 'Why now?');
    const [question] = await asked(id);
    await world.press('dana', 'answer_question');
    const first = await submitTop(world, 'dana', { [`answer-${question!.id}`]: 'One' });
    const changed = JSON.parse(JSON.stringify(first.payload).replaceAll('"One"', '"Two"'));
    const second = await world.slack.sendRaw({ payload: changed });
    expect(second.responseBody).toContain('answered already');
    await world.settle();
    expect((await asked(id))[0]!.answer!.text).toBe('One');
    expect(threadWords(world, world.card('alice'))).toHaveLength(1);
  });

  test('an answer to a question of another request changes nothing', async () => {
    const one = await world.ask(DEPLOY, 'run1');
    await ask('alice', 'About the first?');
    const [question] = await asked(one);
    const two = await world.ask(DEPLOY, 'run2');
    await ask('alice', 'About the second?');
    await world.press('dana', 'answer_question');
    const [other] = await asked(two);
    const form = await world.form('dana');
    const { payload } = await world.slack.submitView(
      STAFF.dana,
      form.id,
      { [`answer-${other!.id}`]: '' },
      { skipClientChecks: true },
    );
    const view = structuredClone(payload!.view) as { state: { values: Record<string, unknown> } };
    view.state.values = { [`answer-${question!.id}`]: { value: { type: 'plain_text_input', value: 'Hm' } } };
    await world.slack.sendRaw({ payload: { ...payload!, view } });
    expect((await asked(one))[0]!.answer).toBeNull();
    expect((await asked(two))[0]!.answer).toBeNull();
  });
});

describe('limits', () => {
  test('three open questions of one person, ten about one request', async () => {
    const id = await world.ask(MIGRATE, 'run1');
    for (const question of ['a?', 'b?', 'c?']) await ask('alice', question);
    await world.press('alice', 'ask_question');
    expect(await world.whispered('alice')).toBe(
      '3 of your questions wait for an answer: please wait for one first.',
    );
    for (const question of ['d?', 'e?', 'f?']) await ask('bob', question);
    const open = await asked(id);
    await answer(Object.fromEntries(open.map((one) => [`answer-${one.id}`, 'Yes'])));
    for (const question of ['g?', 'h?', 'i?']) await ask('alice', question);
    await ask('bob', 'j?');
    await world.press('bob', 'ask_question');
    expect(await world.whispered('bob')).toContain('10 questions were asked');
    expect(await asked(id)).toHaveLength(10);
    expect(world.words('bob')).toContain('and 5 earlier');
    expect(world.words('bob')).toContain('Bob asked: “j?”');
  });

  test('two forms open at the limit: the second submit is refused', async () => {
    const id = await world.ask(MIGRATE, 'run1');
    await ask('alice', 'a?');
    await ask('alice', 'b?');
    await world.press('alice', 'ask_question');
    const { payload } = await submitTop(world, 'alice', { question: 'c?' });
    const again = JSON.parse(JSON.stringify(payload).replaceAll('"c?"', '"d?"'));
    expect((await world.slack.sendRaw({ payload: again })).responseBody).toContain('wait for an answer');
    expect(await asked(id)).toHaveLength(3);
  });

  test('a question of nothing or of more than 1,000 characters is refused at its field', async () => {
    const id = await world.ask(DEPLOY, 'run1');
    await world.press('alice', 'ask_question');
    const form = await world.form('alice');
    const empty = await world.slack.submitView(
      STAFF.alice,
      form.id,
      { question: '  ' },
      { skipClientChecks: true },
    );
    expect(empty.errors).toEqual({ question: 'Please write your question.' });
    const long = await world.slack.submitView(
      STAFF.alice,
      form.id,
      { question: 'x'.repeat(1001) },
      { skipClientChecks: true },
    );
    expect(long.errors).toEqual({ question: 'Please use at most 1000 characters.' });
    expect(await asked(id)).toEqual([]);
  });
});

describe('while it waits, and no longer', () => {
  test('after the decision neither asking nor answering is of use, and both say so', async () => {
    const id = await world.ask(DEPLOY, 'run1');
    await ask('alice', 'Why now?');
    await world.press('dana', 'answer_question');
    const form = await world.form('dana');
    const [question] = await asked(id);
    await world.press('bob', 'approve');
    await world.pass(2_000);
    const late = await world.slack.submitView(STAFF.dana, form.id, { [`answer-${question!.id}`]: 'Because' });
    expect(textOf(late.viewAfter?.blocks)).toContain('already approved by Bob');
    await forge('alice', 'alice', 'ask_question');
    expect(await world.whispered('alice')).toContain('already approved by Bob');
    expect((await asked(id))[0]!.answer).toBeNull();
    expect(JSON.stringify(world.card('dana')!.blocks)).not.toContain('answer_question');
  });

  test('R9: a question about what has changed since is sent back with its words', async () => {
    const id = await world.ask(DEPLOY, 'run1', { body: { message: 'Release 1' } });
    await world.press('alice', 'ask_question');
    await world.form('alice');
    world.clock.advance(61_000);
    await world.post(DEPLOY, world.webhook('run1', { message: 'Release 2' }));
    await world.settle();
    const refused = await submitTop(world, 'alice', { question: 'Why Release 1?' });
    expect(refused.errors!.question).toContain('changed since you saw it (the message)');
    expect(await asked(id)).toEqual([]);
  });

  test('an open question outlives an amendment', async () => {
    const id = await world.ask(DEPLOY, 'run1', { body: { message: 'Release 1' } });
    await ask('alice', 'Why now?');
    world.clock.advance(61_000);
    await world.post(DEPLOY, world.webhook('run1', { message: 'Release 2' }));
    await world.settle();
    const [question] = await asked(id);
    await answer({ [`answer-${question!.id}`]: 'Because' });
    expect(world.words('alice')).toContain('Dana answered: “Because”');
  });
});

describe('trouble on the way', () => {
  test('the post of the requester’s card is lost: looked for, not posted twice', async () => {
    await world.ask(DEPLOY, 'run1');
    world.slack.addFault({ method: 'chat.postMessage', times: 1, connection: 'reset', when: 'after' });
    await ask('alice', 'Why now?');
    for (let n = 0; n < 10; n += 1) await world.pass(2_000);
    expect(world.cards('dana')).toHaveLength(1);
    expect(world.words('dana')).toContain('Why now?');
  });

  test('the post of a reply is lost: looked for in the person’s own conversation, not posted twice', async () => {
    await world.ask(DEPLOY, 'run1');
    await ask('alice', 'First?');
    world.slack.addFault({ method: 'chat.postMessage', times: 1, connection: 'reset', when: 'after' });
    await ask('bob', 'Second?');
    for (let n = 0; n < 10; n += 1) await world.pass(2_000);
    expect(threadWords(world, world.card('dana'))).toHaveLength(1);
  });
});

test('one card per person, whatever happens: everything later is an edit or a line below', async () => {
  const id = await world.ask(MIGRATE, 'run1', { body: { message: 'Release 1' } });
  world.clock.advance(61_000);
  await world.post(MIGRATE, world.webhook('run1', { message: 'Release 2' }));
  await world.settle();
  await ask('alice', 'Why now?');
  await ask('bob', 'And why?');
  const open = await asked(id);
  await answer(Object.fromEntries(open.map((one) => [`answer-${one.id}`, 'So.'])));
  await world.press('alice', 'approve');
  await world.settle();
  await world.press('bob', 'approve');
  for (let n = 0; n < 10; n += 1) await world.pass(2_000);
  for (const name of ['alice', 'bob', 'dana'] as const) {
    expect(posts(name).filter(({ args }) => args.thread_ts === undefined)).toHaveLength(1);
    expect(world.words(name)).toContain('confirmed by Harness');
  }
  expect(posts('maria')).toEqual([]);
  expect(posts('alice').filter(({ args }) => args.thread_ts !== undefined)).toHaveLength(1);
});
