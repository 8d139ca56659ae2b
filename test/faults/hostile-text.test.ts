import { afterAll, beforeAll, expect, test } from 'vitest';
import { everythingInTeams } from '../helpers/in-teams.ts';
import { ACME, STAFF, startWorld, type World } from '../helpers/world.ts';

const EVENT = 'deploy-to-production';
const lines: string[] = [];

/** What would do something where words are markup; every text that is posted holds all of it. */
const MARKUP = [
  ...[
    '<!channel>',
    '<!here|x>',
    '<!everyone>',
    '<@U0ADA>',
    '<#C0OPS>',
    '<!subteam^S1>',
    '<!date^1^{date}^https://evil.example|now>',
  ],
  ...[
    '<https://evil.example|https://app.harness.io>',
    '[Approve](https://evil.example)',
    '![x](https://evil.example/x.png)',
  ],
  ...[
    '*bold* _i_ ~s~ `c` ```x```',
    '> quote',
    '<at>Ada</at>',
    '<b>b</b>',
    '{{DATE(2020-01-01T00:00:00Z, SHORT)}}',
    '&lt;!channel&gt;',
  ],
  ...[
    '=HYPERLINK("https://evil.example")',
    '@SUM(1)',
    '<+secrets.getValue("x")>',
    '$(7*7)',
    '\\u003c!channel>',
  ],
].join(' ');
const HIDDEN =
  'safe\u202egnp.exe\u2066x\u2069 ad\u200bmin \u{e0041}\u{e0042} \u001b[31m\u0085\u2028{"level":60,"msg":"forged"}\r\n2026 ERROR forged';
const TEXT = `${MARKUP} ${HIDDEN}`;
const INVISIBLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]|(?![\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}/u;

let world: World;
beforeAll(async () => {
  world = await startWorld({ teams: {}, hear: (line) => lines.push(line) });
  await world.load(ACME);
  world.slack.updateUser(STAFF.dana, { realName: `Dana ${TEXT}`.slice(0, 80), name: '<!channel>' });
});
afterAll(() => world?.close());

/** Every text of a kind that is read as markup, wherever it stands. */
function mrkdwnIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(mrkdwnIn);
  if (typeof value !== 'object' || value === null) return [];
  const node = value as Record<string, unknown>;
  const own = node.type === 'mrkdwn' && typeof node.text === 'string' ? [node.text] : [];
  return [...own, ...Object.values(node).flatMap(mrkdwnIn)];
}

/** What a call carries, with the JSON within it read: Slack takes blocks and views as text. */
function read(args: Record<string, unknown>): Record<string, unknown> {
  const parsed = (value: unknown) =>
    typeof value === 'string' && /^[[{]/.test(value) ? (JSON.parse(value) as unknown) : value;
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, parsed(value)]));
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

test('what anybody writes is words, on every card, form, thread, page and line', async () => {
  const answer = await world.post(EVENT, '{}');
  expect(answer.status).toBe(400);
  world.run('run1');
  const body = {
    message: TEXT,
    facts: [{ name: TEXT.slice(0, 60), value: TEXT.slice(0, 500) }],
    links: [{ title: 'https://app.harness.io', url: 'https://evil.example/app.harness.io' }],
  };
  const posted = await world.post(EVENT, world.webhook('run1', body));
  expect(posted).toMatchObject({ status: 202 });
  world.reach('run1');
  await world.pass(1_000);
  await world.slack.slashCommand(STAFF.alice, '/approvals', `show ${posted.body.id}`);
  await world.slack.slashCommand(STAFF.alice, '/approvals', `${TEXT.slice(0, 300)}`);
  await world.reject('alice', TEXT);
  await world.pass(5_000);
  for (const long of [
    '<!channel>'.repeat(10_000),
    '\u202e'.repeat(100_000),
    'a'.repeat(100_000),
    '&'.repeat(100_000),
  ]) {
    const { status } = await world.post(EVENT, world.webhook('run2', { message: long }));
    expect([202, 200, 400, 413]).toContain(status);
  }
  await world.pass(5_000);

  const sent = world.slack.calls.filter(({ method }) => /^(chat\.|views\.|response_url)/.test(method));
  expect(sent.length).toBeGreaterThan(8);
  const refused = sent.filter(
    ({ answered }) =>
      typeof answered === 'object' && /invalid_(blocks|arguments)/.test(JSON.stringify(answered)),
  );
  expect(refused).toEqual([]);
  for (const call of sent) {
    const args = read(call.args);
    const texts = [...mrkdwnIn(args), ...(typeof args.text === 'string' ? [args.text] : [])];
    // Only what the bot itself writes: a person whom Slack knows, and a moment.
    for (const text of texts)
      expect(
        text.replace(/<@[UW][A-Z0-9]+>|<!date\^\d+\^\{date_short_pretty\} at \{time\}\|[^<>]*>/g, ''),
      ).not.toMatch(/[<>]/);
    for (const text of stringsIn(args)) expect(text).not.toMatch(INVISIBLE);
  }
  const urls = sent
    .flatMap(({ args }) => stringsIn(read(args)))
    .filter((text) => text.startsWith('https://evil.example'));
  for (const url of urls) expect(url).toBe('https://evil.example/app.harness.io');
  // Its button says where it leads, not what it would like to be.
  expect(world.words('alice')).toContain('evil.example');
  expect(everythingInTeams(world)).not.toMatch(INVISIBLE);
});

test('a log line stays one line, and none can be forged', () => {
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    expect(line.trimEnd()).not.toMatch(/[\r\n\u2028\u001b]/);
    const parsed = JSON.parse(line) as { level: number; msg: string };
    expect(parsed.msg).not.toContain('forged');
    expect(parsed.level).toBeLessThan(60);
  }
});
