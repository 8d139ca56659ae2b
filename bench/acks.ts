import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type HarnessDouble, startHarnessDouble } from '../src/demo/doubles/harness/harness-double.ts';
import { startSlackDouble } from '../src/demo/doubles/slack/slack-double.ts';
import type { InteractionResult, SlackDouble, StoredMessage } from '../src/demo/doubles/slack/types.ts';
import { BotProcess, freePort } from '../src/demo/page/bot-process.ts';

const AT_ONCE = 40;
/** Requests that wait at the same time, each for as many of the approvers. */
const REQUESTS = 10;
const ROUNDS = 15;
const GOAL_P99_MS = 100;
const SLACK_GIVES_UP_MS = 3_000;
const API_KEY = 'sat.acme.bench.bench';
const WEBHOOK_TOKEN = 'pipeline-token-of-the-bench';

const APPROVERS = Array.from({ length: AT_ONCE }, (_, index) => ({
  id: `U0BENCH${String(index).padStart(2, '0')}`,
  email: `approver${index}@acme.io`,
}));

const WORKFLOWS = `
organization: { name: Acme, domains: [acme.io] }
people:
${APPROVERS.map(({ email }) => `  - { email: ${email}, name: ${email.split('@')[0]} }`).join('\n')}
events: [${Array.from({ length: REQUESTS }, (_, nth) => `{ slug: deploy-${nth}, name: Deploy ${nth} }`).join(', ')}]
policies: [{ slug: standard, name: Standard, default: true }]
workflows:
${Array.from({ length: REQUESTS }, (_, nth) => {
  const asked = APPROVERS.filter((_one, index) => index % REQUESTS === nth).map(({ email }) => email);
  return `  - { policy: standard, event: deploy-${nth}, requirement: all, approvers: [${asked.join(', ')}] }`;
}).join('\n')}
`;

/** One thing all approvers do at the same time. */
type Act = (slack: SlackDouble, userId: string, card: StoredMessage) => Promise<InteractionResult>;

const ACTS: Readonly<Record<string, Act>> = {
  'Approve pressed': (slack, userId, { channel, ts }) =>
    slack.click(userId, { channel, ts, actionId: 'approve' }),
  'Reject pressed (opens a form)': (slack, userId, { channel, ts }) =>
    slack.click(userId, { channel, ts, actionId: 'reject' }),
  '/approvals pending': (slack, userId) => slack.slashCommand(userId, '/approvals', 'pending'),
  'Home opened': (slack, userId) => slack.openHome(userId),
};

/** The real bot as a process, between doubles of Slack and Harness in this one. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const botToken = `xoxb-bench-${randomBytes(8).toString('hex')}`;
  const slack = await startSlackDouble({ botToken, signingSecret: 'bench', rateLimits: true });
  const harness = await startHarnessDouble({ accountId: 'acme' });
  const email = 'bot@service.harness.io';
  harness.addPrincipal({ apiKey: API_KEY, kind: 'SERVICE_ACCOUNT', identifier: 'bot', name: 'Bot', email });
  for (const { id, email: address } of APPROVERS)
    slack.addUser({ id, name: id.toLowerCase(), realName: id, email: address });
  const seed = join(folder, 'acme.yml');
  writeFileSync(seed, WORKFLOWS);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  slack.requestUrl = `${url}/slack/events`;
  const bot = new BotProcess(
    {
      HOST: '127.0.0.1',
      PORT: String(port),
      PUBLIC_URL: url,
      DATABASE_URL: `sqlite:${join(folder, 'bench.db')}`,
      LOG_LEVEL: 'warn',
      SLACK_BOT_TOKEN: botToken,
      SLACK_SIGNING_SECRET: 'bench',
      SLACK_API_URL: slack.url,
      HARNESS_BASE_URL: harness.url,
      HARNESS_ACCOUNT_ID: 'acme',
      HARNESS_API_KEY: API_KEY,
      WEBHOOK_TOKEN,
      ADMIN_EMAILS: APPROVERS[0]!.email,
    },
    join(folder, 'bot.log'),
  );
  try {
    await bot.seed(seed);
    await bot.start(url, () => {});
    const acks = new Map<string, number[]>();
    for (let round = 0; round < ROUNDS; round += 1) await measureRound(round, { url, slack, harness }, acks);
    report(acks);
  } catch (error) {
    print(await bot.lastLog());
    throw error;
  } finally {
    await bot.stop();
    await slack.close();
    await harness.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Surroundings {
  url: string;
  slack: SlackDouble;
  harness: HarnessDouble;
}

/** Pipelines ask all approvers; when each has the card, they all act at once, one kind of act after another. */
async function measureRound(
  round: number,
  { url, slack, harness }: Surroundings,
  acks: Map<string, number[]>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: REQUESTS }, (_, nth) => ask(url, harness, `deploy-${nth}`, `run${round}x${nth}`)),
  );
  const cards = await cardsOfAll(slack, round);
  for (const [name, act] of Object.entries(ACTS)) {
    const results = await Promise.all(APPROVERS.map(({ id }, index) => act(slack, id, cards[index]!)));
    const times = results.map(({ ackMs, ackStatus, warning }) => {
      if (ackStatus !== 200 || warning !== undefined) throw new Error(`${name}: ${ackStatus} ${warning}`);
      return ackMs ?? SLACK_GIVES_UP_MS;
    });
    acks.set(name, [...(acks.get(name) ?? []), ...times]);
  }
  for (const { id } of APPROVERS)
    for (const view of slack.viewsOf(id).toReversed()) await slack.closeView(id, view.id);
}

/** A run comes to its gate and posts its webhook. */
async function ask(url: string, harness: HarnessDouble, event: string, run: string): Promise<void> {
  const place = { orgIdentifier: 'default', projectIdentifier: 'bench', pipelineIdentifier: 'deploy' };
  harness.startExecution({
    planExecutionId: run,
    ...place,
    pipelineName: 'Deploy',
    runSequence: 1,
    triggeredBy: { uuid: 'cron', identifier: 'cron', triggerType: 'SCHEDULER_CRON' },
  });
  harness.reachApproval(run, {
    callbackId: `${run}-gate`,
    approvalMessage: 'Approve in chat',
    approvers: { userGroups: [], serviceAccounts: ['account.bot'], minimumCount: 1 },
  });
  const answer = await fetch(`${url}/hooks/harness/${event}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${WEBHOOK_TOKEN}` },
    body: JSON.stringify({
      accountIdentifier: 'acme',
      ...place,
      planExecutionId: run,
      callbackId: `${run}-gate`,
    }),
  });
  if (answer.status !== 202) throw new Error(`the webhook answered ${answer.status}: ${await answer.text()}`);
}

async function cardsOfAll(slack: SlackDouble, round: number): Promise<StoredMessage[]> {
  for (;;) {
    const cards = APPROVERS.map(({ id }) =>
      slack.messagesOf(id).filter((message) => message.visibleTo === undefined),
    );
    if (cards.every((own) => own.length > round)) return cards.map((own) => own.at(-1)!);
    await pause(50);
  }
}

function report(acks: ReadonlyMap<string, readonly number[]>): void {
  print(
    `${AT_ONCE} at once on ${REQUESTS} requests, ${ROUNDS} rounds, with Slack's rate limits; ms until the ack`,
  );
  print(`${''.padEnd(32)}${['p50', 'p95', 'p99', 'most'].map((word) => word.padStart(8)).join('')}`);
  for (const [name, times] of acks) {
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
    const figures = [at(0.5), at(0.95), at(0.99), sorted.at(-1)!];
    const mark = at(0.99) > GOAL_P99_MS ? ' !' : '';
    print(`${name.padEnd(32)}${figures.map((ms) => ms.toFixed(1).padStart(8)).join('')}${mark}`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main();
