import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type HarnessDouble, startHarnessDouble } from '../src/demo/doubles/harness/harness-double.ts';
import { BotProcess } from '../src/demo/page/bot-process.ts';
import { freePort } from '../src/demo/page/free-port.ts';
import { type Approver, type Chat, slackChat, teamsChat } from './acks-chats.ts';
import { ask, WEBHOOK_TOKEN } from './webhook.ts';

const AT_ONCE = 40;
/** Requests that wait at the same time, each for as many of the approvers. */
const REQUESTS = 10;
const ROUNDS = Number(process.argv.find((one) => one.startsWith('--rounds='))?.slice(9) ?? 15);
const API_KEY = 'sat.acme.bench.bench';

const APPROVERS: readonly Approver[] = Array.from({ length: AT_ONCE }, (_, index) => ({
  slackId: `U0BENCH${String(index).padStart(2, '0')}`,
  aadObjectId: `bench-${index}`,
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

/** The real bot as a process, between doubles of Slack and Harness in this one. */
async function main(): Promise<void> {
  const inTeams = process.argv.includes('--teams');
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const chat = await (inTeams ? teamsChat : slackChat)(APPROVERS);
  const harness = await startHarnessDouble({ accountId: 'acme' });
  const email = 'bot@service.harness.io';
  harness.addPrincipal({ apiKey: API_KEY, kind: 'SERVICE_ACCOUNT', identifier: 'bot', name: 'Bot', email });
  const seed = join(folder, 'acme.yml');
  writeFileSync(seed, WORKFLOWS);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  chat.listenAt(url);
  const bot = new BotProcess(
    {
      HOST: '127.0.0.1',
      PORT: String(port),
      PUBLIC_URL: url,
      DATABASE_URL: `sqlite:${join(folder, 'bench.db')}`,
      LOG_LEVEL: 'warn',
      ...chat.environment,
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
    for (let round = 0; round < ROUNDS; round += 1) await measureRound(round, { url, chat, harness }, acks);
    report(acks, inTeams ? 'Teams' : 'Slack', chat.goalP99Ms);
  } catch (error) {
    print(await bot.lastLog());
    throw error;
  } finally {
    await bot.stop();
    await chat.close();
    await harness.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Surroundings {
  url: string;
  chat: Chat;
  harness: HarnessDouble;
}

/** Pipelines ask all approvers; when each has the card, they all act at once, one kind of act after another. */
async function measureRound(
  round: number,
  { url, chat, harness }: Surroundings,
  acks: Map<string, number[]>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: REQUESTS }, (_, nth) => ask(url, harness, `run${round}x${nth}`, `deploy-${nth}`)),
  );
  while (!chat.allHave(APPROVERS, round)) await pause(50);
  for (const [name, act] of Object.entries(chat.acts)) {
    const results = await Promise.all(APPROVERS.map(act));
    const times = results.map(({ ms, wrong }) => {
      if (wrong !== null) throw new Error(`${name}: ${wrong}`);
      return ms;
    });
    acks.set(name, [...(acks.get(name) ?? []), ...times]);
  }
  await chat.tidy(APPROVERS);
}

function report(acks: ReadonlyMap<string, readonly number[]>, platform: string, goalP99Ms: number): void {
  print(
    `${AT_ONCE} at once on ${REQUESTS} requests, ${ROUNDS} rounds, with ${platform}'s rate limits; ms until the answer`,
  );
  print(`${''.padEnd(32)}${['p50', 'p95', 'p99', 'most'].map((word) => word.padStart(8)).join('')}`);
  for (const [name, times] of acks) {
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
    const figures = [at(0.5), at(0.95), at(0.99), sorted.at(-1)!];
    const mark = at(0.99) > goalP99Ms ? ' !' : '';
    print(`${name.padEnd(32)}${figures.map((ms) => ms.toFixed(1).padStart(8)).join('')}${mark}`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main();
