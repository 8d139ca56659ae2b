import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type App, createApp } from '../src/app.ts';
import { parseSeedFile } from '../src/cli/seed-file.ts';
import { readConfig } from '../src/config.ts';
import { type HarnessDouble, startHarnessDouble } from '../src/demo/doubles/harness/harness-double.ts';
import type { SlackDouble } from '../src/demo/doubles/slack/handle.ts';
import { DOCUMENTED_RATE_LIMITS } from '../src/demo/doubles/slack/rate-limits.ts';
import { startSlackDouble } from '../src/demo/doubles/slack/slack-double.ts';
import { nextDueAt } from '../src/store/outbox-due.ts';
import { loadConfiguration } from '../src/usecases/workflows/load-configuration.ts';
import { botEnvironment } from './bot.ts';
import { SIGNING_SECRET } from './clicks/acts.ts';
import { addAccounts, slackId } from './clicks/requests.ts';
import { API_KEY, SLACK_TEAM } from './clicks/surroundings.ts';
import type { BenchOptions, Section } from './results.ts';
import { ask } from './webhook.ts';

const CARDS_EACH = 4;
const GOAL = 1.1;
const MINUTE = 60_000;
/** No step of simulated time is longer. */
const LONGEST_STEP_MS = 30_000;
const GIVE_UP_MS = 4 * 60 * MINUTE;
const HARNESS_PER_SECOND = 5;
/** Each decision is one look and one post. */
const HARNESS_CALLS = 2;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

interface Simulation {
  app: App;
  slack: SlackDouble;
  harness: HarnessDouble;
  url: string;
  now(): number;
  /** Lets simulated time go by, and pays what falls due, until it is so. */
  until(isSo: () => boolean | Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

/** Many requests at once under Slack's published limits, in simulated time, beside what the limits alone would take. */
export async function rateLimited({ isShort, folder: parent }: BenchOptions): Promise<Section> {
  const requests = isShort ? 30 : 500;
  const groups = Math.ceil(requests / 50);
  const folder = mkdtempSync(join(parent, 'countersign-limits-'));
  const simulation = await simulate(join(folder, 'bot.db'), groups);
  try {
    return await measure(simulation, requests, groups);
  } finally {
    await simulation.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(simulation: Simulation, requests: number, groups: number): Promise<Section> {
  const { slack, harness, url, now, until } = simulation;
  const began = now();
  for (let nth = 0; nth < requests; nth += 1) await ask(url, harness, `run-${nth}`, `deploy-${nth % groups}`);
  await until(() => cardsOf(slack).size >= requests * CARDS_EACH);
  const posted = now() - began;
  const callsForCards = callsOf(slack, began);

  const decidedAt = now();
  const cards = [...cardsOf(slack)];
  const first = new Map(cards.map(([ts, { requestId, channel }]) => [requestId, { ts, channel }]));
  for (const { ts, channel } of first.values()) await press(simulation, ts, channel);
  await until(() => isToldAll(simulation, requests));
  const told = now() - decidedAt;
  const late = await askLate(simulation, requests);
  await until(async () => (await owedCards(simulation.app)) === 0);
  const lastEdit = Math.max(...editsOf(slack, decidedAt).map(({ at }) => at));
  const final = lastEdit - decidedAt;
  const calls = callsOf(slack, decidedAt);

  const total = requests * CARDS_EACH;
  const bounds = boundsOf(requests, groups);
  const edits = calls.get('chat.update')?.done ?? 0;
  const refused = [...calls, ...callsForCards].reduce((sum, [, { refused: more }]) => sum + more, 0);
  const asMinutes = (ms: number) => `${(ms / MINUTE).toFixed(1)} min`;
  const ratio = (reached: number, bound: number) => `${(reached / bound).toFixed(2)} ×`;
  const timed = (name: string, reached: number, bound: number) => [
    name,
    asMinutes(reached),
    asMinutes(bound),
    ratio(reached, bound),
  ];
  const postCalls = callsForCards.get('chat.postMessage')?.done ?? 0;
  const leastEdits = leastEditsOf(requests);
  return {
    title: 'Under Slack’s rate limits',
    goal: `${requests} requests × ${CARDS_EACH} cards arrive at once in one workspace, then all are decided at once; simulated time. ${arithmetic(requests, groups)}`,
    columns: ['', 'reached', 'at least', ''],
    rows: [
      timed('every approver has every card', posted, bounds.posts),
      timed('every card is final', final, bounds.edits),
      timed('Harness told of every decision', told, bounds.harness),
      ['chat.postMessage', postCalls, total, ratio(postCalls, total)],
      ['chat.update', edits, leastEdits, ratio(edits, leastEdits)],
      ['calls that Slack refused (429)', refused, 0, ''],
      ['asked while edits wait: every approver has the card', `${late.cards} s`, '', ''],
      ['decided while edits wait: Harness told', `${late.told} s`, '', ''],
      ['decided while edits wait: the card that was pressed shows it', `${late.shown} s`, '', ''],
    ],
    verdicts: [
      verdict('cards: ≤ 1.1 × what the limits take', posted, bounds.posts),
      verdict('final: ≤ 1.1 × what the limits take', final, bounds.edits),
      {
        goal: 'each card edited once: ≤ 1.1 edits a card',
        reached: (edits / leastEdits).toFixed(2),
        isMet: edits <= GOAL * leastEdits,
      },
      {
        goal: 'first cards, decisions and the card that was pressed do not wait for edits: ≤ 5 s',
        reached: `${late.cards} s, ${late.told} s, ${late.shown} s`,
        isMet: Math.max(late.cards, late.told, late.shown) <= 5,
      },
    ],
  };
}

/** The bot in this process, with a clock that is moved by hand. */
async function simulate(file: string, groups: number): Promise<Simulation> {
  let at = Date.now();
  const now = () => at;
  const harness = await startHarnessDouble({ accountId: 'acme', now });
  const email = 'bot@service.harness.io';
  harness.addPrincipal({ apiKey: API_KEY, kind: 'SERVICE_ACCOUNT', identifier: 'bot', name: 'Bot', email });
  const slack = await startSlackDouble({
    botToken: 'xoxb-bench',
    signingSecret: SIGNING_SECRET,
    teamId: SLACK_TEAM,
    now,
    rateLimits: true,
  });
  const people = Array.from({ length: groups * CARDS_EACH }, (_, nth) => nth);
  for (const nth of people)
    slack.addUser({
      id: slackId(nth),
      name: `approver${nth}`,
      realName: `Approver ${nth}`,
      email: emailOf(nth),
    });
  const config = readConfig({
    ...botEnvironment({ slackUrl: slack.url, harnessUrl: harness.url }),
    LOG_LEVEL: 'silent',
    PORT: '0',
    PUBLIC_URL: 'https://approvals.acme.io',
    DATABASE_URL: `sqlite:${file}`,
  });
  const app = await createApp(config, silent, { clock: { now }, random: () => 0.5, wait: async () => {} });
  const { context, organizationId } = app;
  const seed = parseSeedFile(seedOf(groups));
  if (!seed.ok) throw new Error(seed.problems.join('\n'));
  await loadConfiguration(context, organizationId, seed.wanted, { personId: null, via: 'cli' });
  addAccounts(file);
  await app.recover();
  const url = await app.server.listen({ host: '127.0.0.1', port: 0 });
  slack.requestUrl = `${url}/slack/events`;
  await app.connect();
  return {
    ...{ app, slack, harness, url, now },
    async until(isSo) {
      const end = at + GIVE_UP_MS;
      await app.worker.settle();
      while (!(await isSo())) {
        if (at > end) throw new Error(`${isSo} is not so after ${GIVE_UP_MS / MINUTE} minutes`);
        const due = (await nextDueAt(context.db)) ?? at + LONGEST_STEP_MS;
        at = Math.min(Math.max(due, at + 1), at + LONGEST_STEP_MS);
        await app.worker.settle();
      }
    },
    async close() {
      await app.stop(1_000);
      await slack.close();
      await harness.close();
    },
  };
}

const emailOf = (nth: number) => `approver${nth}@acme.io`;

function seedOf(groups: number): string {
  const nths = Array.from({ length: groups }, (_, nth) => nth);
  const members = (group: number) =>
    Array.from({ length: CARDS_EACH }, (_, nth) => emailOf(group * CARDS_EACH + nth));
  const people = nths
    .flatMap(members)
    .map((email) => `  - { email: ${email}, name: ${email.split('@')[0]} }`);
  const events = nths.map((nth) => `  - { slug: deploy-${nth}, name: Deploy ${nth} }`);
  const workflows = nths.map(
    (nth) =>
      `  - { policy: standard, event: deploy-${nth}, requirement: any, approvers: [${members(nth).join(', ')}] }`,
  );
  return `
organization: { name: Acme, domains: [acme.io] }
people:
${people.join('\n')}
events:
${events.join('\n')}
policies: [{ slug: standard, name: Standard, default: true }]
workflows:
${workflows.join('\n')}
`;
}

async function press({ slack }: Simulation, ts: string, channel: string): Promise<void> {
  const user = slackId(Number(/(\d+)$/.exec(ownerOf(slack, channel))![1]));
  await slack.click(user, { channel, ts, actionId: 'approve' });
}

function ownerOf(slack: SlackDouble, channel: string): string {
  const opened = slack.calls.find(
    ({ method, answered }) =>
      method === 'conversations.open' && JSON.stringify(answered).includes(`"${channel}"`),
  );
  return String(opened?.args.users);
}

/** One more request while edits wait: how soon it is shown, told and shown as decided, s. */
async function askLate(simulation: Simulation, requests: number) {
  const { slack, now, until } = simulation;
  const known = cardsOf(slack);
  const asked = now();
  await ask(simulation.url, simulation.harness, 'run-late', 'deploy-0');
  const fresh = () => [...cardsOf(slack)].filter(([ts]) => !known.has(ts));
  await until(() => fresh().length >= CARDS_EACH);
  const cards = now() - asked;
  const [[ts, { channel }]] = fresh() as [[string, Posted]];
  const pressed = now();
  await press(simulation, ts, channel);
  const seconds = { cards: Math.round(cards / 1000), told: Number.NaN, shown: Number.NaN };
  const note = (what: 'told' | 'shown', isSo: boolean) => {
    if (isSo && Number.isNaN(seconds[what])) seconds[what] = Math.round((now() - pressed) / 1000);
  };
  await until(() => {
    note('told', isToldAll(simulation, requests + 1));
    note('shown', !JSON.stringify(slack.message(channel, ts)?.blocks).includes('"approve"'));
    return !Number.isNaN(seconds.told + seconds.shown);
  });
  return seconds;
}

interface Posted {
  channel: string;
  requestId: string;
}

/** What Slack shows: ts → where, and of which request. */
function cardsOf(slack: SlackDouble): Map<string, Posted> {
  const cards = new Map<string, Posted>();
  for (const { method, performed, args, answered } of slack.calls) {
    if (method !== 'chat.postMessage' || !performed || typeof answered !== 'object') continue;
    const { ts, channel } = answered.body as { ts: string; channel: string };
    const requestId = /apr_[\w-]+/.exec(JSON.stringify(args))![0];
    cards.set(ts, { channel, requestId });
  }
  return cards;
}

const editsOf = (slack: SlackDouble, since: number) =>
  slack.calls.filter(({ method, performed, at }) => method === 'chat.update' && performed && at >= since);

function callsOf(slack: SlackDouble, since: number): Map<string, { done: number; refused: number }> {
  const calls = new Map<string, { done: number; refused: number }>();
  for (const { method, performed, at } of slack.calls) {
    if (at < since) continue;
    const { done, refused } = calls.get(method) ?? { done: 0, refused: 0 };
    calls.set(method, { done: done + Number(performed), refused: refused + Number(!performed) });
  }
  return calls;
}

function isToldAll({ harness }: Simulation, requests: number): boolean {
  return harness.instances.filter(({ status }) => status === 'APPROVED').length >= requests;
}

async function owedCards({ context }: App): Promise<number> {
  const row = await context.db
    .selectFrom('outbox')
    .select((eb) => eb.fn.countAll<number>().as('owed'))
    .where('state', '=', 'due')
    .where('kind', 'in', ['sync_card', 'submit_approval', 'resolve_approvers'])
    .executeTakeFirstOrThrow();
  return Number(row.owed);
}

/** What the limits alone would take, ms: the first window's calls at once, the others as windows open again. */
function boundsOf(requests: number, groups: number) {
  const total = requests * CARDS_EACH;
  const { postsPerMinute, tier3PerMinute, postsPerChannelBurst, postsPerChannelPerSecond } =
    DOCUMENTED_RATE_LIMITS;
  const windows = (calls: number, perMinute: number) => (Math.ceil(calls / perMinute) - 1) * MINUTE;
  const perChannel = requests / groups;
  const inChannel =
    (Math.ceil(perChannel / postsPerChannelBurst) - 1) *
    ((postsPerChannelBurst * 1000) / postsPerChannelPerSecond);
  return {
    posts: Math.max(windows(total, postsPerMinute), inChannel),
    edits: windows(leastEditsOf(requests), tier3PerMinute),
    harness: ((requests * HARNESS_CALLS - HARNESS_PER_SECOND) / HARNESS_PER_SECOND) * 1000,
  };
}

/** All cards but those that are pressed, and those of one more request, are edited once. */
const leastEditsOf = (requests: number) => (requests + 1) * (CARDS_EACH - 1);

function arithmetic(requests: number, groups: number): string {
  const total = requests * CARDS_EACH;
  const { postsPerMinute, tier3PerMinute } = DOCUMENTED_RATE_LIMITS;
  const { posts, edits } = boundsOf(requests, groups);
  const leastEdits = leastEditsOf(requests);
  return `At least: ${total} posts at ${postsPerMinute} a minute are ${Math.ceil(total / postsPerMinute)} windows, the last begins after ${posts / MINUTE} min; ${leastEdits} edits at ${tier3PerMinute} a minute are ${Math.ceil(leastEdits / tier3PerMinute)}, the last after ${edits / MINUTE} min (one more request comes while edits wait; the card that is pressed can be changed by its press, which Slack does not count).`;
}

function verdict(goal: string, reached: number, bound: number) {
  const ratio = reached / bound;
  return { goal, reached: `${ratio.toFixed(2)} ×`, isMet: ratio <= GOAL };
}
