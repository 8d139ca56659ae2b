import { describe, expect, test } from 'vitest';
import { createPressedMessages } from '../../src/slack/pressed-messages.ts';

const CARD = { tenant: 'T0ACME', channel: 'D1', message: '1.1' };
const MINUTE = 60_000;

/** `answer`: what comes of each use, null = Slack takes it. */
function pressed(answer: (url: string) => string | null = () => null) {
  const clock = { at: 1_000_000, now: () => clock.at };
  const used: { url: string; body: object }[] = [];
  const messages = createPressedMessages({
    clock,
    answerUrl: async (url, body) => {
      used.push({ url, body });
      return answer(url);
    },
  });
  return { messages, clock, used };
}

describe('a message somebody pressed a button on', () => {
  test('is replaced by the URL of the newest press there', async () => {
    const { messages, used } = pressed();
    messages.note(CARD, 'first');
    messages.note({ ...CARD, message: '2.2' }, 'other');
    messages.note(CARD, 'second');
    expect(await messages.replace(CARD, { text: 'Approved' })).toBe(true);
    expect(used).toEqual([{ url: 'second', body: { replace_original: true, text: 'Approved' } }]);
  });

  test('leaves two of Slack’s five uses for private words', async () => {
    const { messages, used } = pressed();
    messages.note(CARD, 'url');
    for (const taken of [true, true, true, false]) expect(await messages.replace(CARD, {})).toBe(taken);
    expect(used).toHaveLength(3);
    expect(messages.isFresh(CARD)).toBe(false);
    messages.note(CARD, 'another');
    expect(messages.isFresh(CARD)).toBe(true);
  });

  test.each([
    ['a minute before Slack forgets it', 24 * MINUTE, true],
    ['when its time is nearly over', 25 * MINUTE, false],
    ['with a clock that was set back', -1, false],
  ])('%s', async (_, later, isFresh) => {
    const { messages, clock } = pressed();
    messages.note(CARD, 'url');
    clock.at += later;
    expect(messages.isFresh(CARD)).toBe(isFresh);
    expect(await messages.replace(CARD, {})).toBe(isFresh);
  });

  test('is not tried again by a URL that Slack refused', async () => {
    const { messages, used } = pressed(() => 'HTTP 404');
    messages.note(CARD, 'url');
    expect(await messages.replace(CARD, {})).toBe(false);
    expect(await messages.replace(CARD, {})).toBe(false);
    expect(used).toHaveLength(1);
  });

  test('is not tried while Slack has been silent: each silence costs a place where others wait', async () => {
    let isSilent = true;
    const { messages, clock, used } = pressed(() => (isSilent ? 'no answer' : null));
    const card = (nth: number) => ({ ...CARD, message: `${nth}.1` });
    for (let nth = 0; nth < 20; nth += 1) messages.note(card(nth), 'url');
    for (let nth = 0; nth < 10; nth += 1) await messages.replace(card(nth), {});
    expect(used).toHaveLength(3);
    expect(messages.isFresh(card(10))).toBe(false);
    clock.at += 15_000;
    isSilent = false;
    expect(messages.isFresh(card(10))).toBe(true);
    for (let nth = 10; nth < 20; nth += 1) expect(await messages.replace(card(nth), {})).toBe(true);
  });

  test('pressed a thousand presses ago is forgotten', () => {
    const { messages } = pressed();
    messages.note(CARD, 'url');
    for (let nth = 1; nth < 1000; nth += 1) messages.note({ ...CARD, message: `9.${nth}` }, 'url');
    expect(messages.isFresh(CARD)).toBe(true);
    messages.note({ ...CARD, message: '9.1000' }, 'url');
    expect(messages.isFresh(CARD)).toBe(false);
  });
});
