import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BotProcess, freePort } from '../src/demo/page/bot-process.ts';
import { SIGNING_SECRET, slackApprove, slackReject, teamsApprove } from './clicks/acts.ts';
import { type Answer, createSender, type Make, quantile } from './clicks/load.ts';
import { type MeasuredProcess, startMeasured } from './clicks/measured-process.ts';
import {
  addAccounts,
  copyRequests,
  type OpenCard,
  openRequests,
  PEOPLE,
  WEBHOOK_TOKEN,
  WORKFLOWS,
} from './clicks/requests.ts';
import { API_KEY, type Surroundings, TEAMS_APP } from './clicks/surroundings.ts';

/*
 * node bench/clicks.ts [--only=slack|teams] [--disk] [--prof=FOLDER]: how long a person waits for the answer to a click,
 * alone and with 39 or 199 others in the same moment, beside the limit of the machine (bench/clicks/limit.ts).
 */
const flag = (name: string) => process.argv.find((one) => one.startsWith(`--${name}=`))?.split('=')[1];
const FOLDERS = process.argv.includes('--disk') || !existsSync('/dev/shm') ? [tmpdir()] : [folderAsked()];
const PROFILE = flag('prof');
const IS_SHORT = process.argv.includes('--short');
const BURSTS: readonly { atOnce: number; rounds: number }[] = [
  { atOnce: 1, rounds: IS_SHORT ? 50 : 150 },
  { atOnce: 40, rounds: IS_SHORT ? 5 : 10 },
  { atOnce: 200, rounds: IS_SHORT ? 1 : 2 },
];
/** Clicks before any is measured: what a bot that has run for a while has compiled. */
const WARM = 200;
const PER_ACT = WARM + BURSTS.reduce((sum, { atOnce, rounds }) => sum + atOnce * rounds, 0);

function folderAsked(): string {
  // biome-ignore lint/style/noProcessEnv: where the databases are, is for whoever measures to say.
  return process.env.BENCH_DIR ?? '/dev/shm';
}

interface Act {
  name: string;
  platform: 'slack' | 'teams';
  make: (card: OpenCard) => Make;
  isRight: (answer: Answer) => boolean;
}

async function main(): Promise<void> {
  for (const folder of FOLDERS) {
    print(`\ndatabases in ${folder}; ms until the answer`);
    print(
      `${''.padEnd(26)}${['at once', 'p50', 'p99', 'answers/s', 'CPU ms', 'SQL'].map((word) => word.padStart(10)).join('')}`,
    );
    await measureLimit(folder);
    await measureBot(folder);
  }
}

async function measureLimit(parent: string): Promise<void> {
  const folder = mkdtempSync(join(parent, 'countersign-limit-'));
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const limit = await startMeasured({
    script: 'bench/clicks/limit.ts',
    environment: { PORT: port, DATABASE: join(folder, 'limit.db'), SECRET: SIGNING_SECRET },
    logFile: join(folder, 'limit.log'),
    readyUrl: url,
  });
  const card = { id: 'card', nth: 1, channel: 'D1', message: '1.1' };
  const cards = Array.from({ length: PER_ACT }, () => card);
  try {
    await measure('Limit', url, cards.map(slackApprove), ({ status }) => status === 200, limit);
  } finally {
    await limit.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureBot(parent: string): Promise<void> {
  const folder = mkdtempSync(join(parent, 'countersign-clicks-'));
  const around = await startMeasured({
    script: 'bench/clicks/surroundings.ts',
    environment: {},
    logFile: join(folder, 'surroundings.log'),
    readyUrl: null,
  });
  try {
    const urls = await around.ask<Surroundings>({ urls: true });
    const token = await around.ask<string>({ token: true });
    const acts: Act[] = [
      {
        name: 'Slack: Approve',
        platform: 'slack',
        make: slackApprove,
        isRight: ({ status }) => status === 200,
      },
      {
        name: 'Slack: form submitted',
        platform: 'slack',
        make: slackReject,
        isRight: ({ status, body }) => status === 200 && body === '',
      },
      {
        name: 'Teams: Approve',
        platform: 'teams',
        make: (card) => teamsApprove(card, token, `${urls.standInUrl}/teams/`),
        isRight: ({ status, body }) => status === 200 && body.includes('card.adaptive'),
      },
    ];
    for (const platform of ['slack', 'teams'] as const)
      if ((flag('only') ?? platform) === platform)
        await measurePlatform(
          folder,
          around,
          urls,
          platform,
          acts.filter((act) => act.platform === platform),
        );
  } finally {
    await around.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measurePlatform(
  folder: string,
  around: MeasuredProcess,
  urls: Surroundings,
  platform: 'slack' | 'teams',
  acts: readonly Act[],
): Promise<void> {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const file = join(folder, `${platform}.db`);
  const logFile = join(folder, `${platform}.log`);
  const environment = {
    ...environmentOf(urls, platform),
    PORT: port,
    PUBLIC_URL: url,
    DATABASE_URL: `sqlite:${file}`,
  };
  const seed = join(folder, 'acme.yml');
  writeFileSync(seed, WORKFLOWS);
  await new BotProcess(environment, logFile).seed(seed);
  addAccounts(file);
  const start = (nodeFlags: readonly string[] = []) =>
    startMeasured({ script: 'src/main.ts', environment, logFile, readyUrl: `${url}/readyz`, nodeFlags });

  const openedFirst = Array.from({ length: PEOPLE }, (_, nth) => `${platform}-first${nth}`);
  const runs = Array.from({ length: PER_ACT * acts.length }, (_, nth) => `${platform}${nth}`);
  await around.ask({ runs: [...openedFirst, ...runs] });
  const opening = await start();
  await openRequests(url, file, openedFirst);
  await opening.stop();
  const cards = copyRequests(file, platform, runs);

  const bot = await start(PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${PROFILE}`] : []);
  try {
    for (const { name, make, isRight } of acts)
      await measure(name, url, cards.splice(0, PER_ACT).map(make), isRight, bot);
  } finally {
    await bot.stop();
  }
}

function environmentOf(urls: Surroundings, platform: 'slack' | 'teams'): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    HARNESS_BASE_URL: urls.harnessUrl,
    HARNESS_ACCOUNT_ID: 'acme',
    HARNESS_API_KEY: API_KEY,
    ENRICHMENT_WAIT_SECONDS: '0',
    HARNESS_CHECK_SECONDS: '3600',
    WEBHOOK_TOKEN,
    ADMIN_EMAILS: 'approver0@acme.io',
    ...(platform === 'slack'
      ? {
          SLACK_BOT_TOKEN: 'xoxb-bench',
          SLACK_SIGNING_SECRET: SIGNING_SECRET,
          SLACK_API_URL: `${urls.standInUrl}/api/`,
        }
      : {
          MicrosoftAppId: TEAMS_APP.appId,
          MicrosoftAppTenantId: TEAMS_APP.tenantId,
          MicrosoftAppPassword: TEAMS_APP.appPassword,
          TEAMS_SERVICE_URL: `${urls.standInUrl}/teams/`,
          TEAMS_OPENID_METADATA_URL: urls.openIdUrl,
          TEAMS_LOGIN_URL: urls.loginUrl,
          TEAMS_GRAPH_URL: urls.graphUrl,
        }),
  };
}

/** Each burst at the same moment; what it leads to goes on beside the next ones, at the pace that Harness allows. */
async function measure(
  name: string,
  url: string,
  makes: Make[],
  isRight: (answer: Answer) => boolean,
  measured: MeasuredProcess,
): Promise<void> {
  const sender = createSender(url, 200);
  const burst = async (some: Make[]) => {
    const answers = await sender.burst(some);
    const wrong = answers.find((answer) => !isRight(answer));
    if (wrong) throw new Error(`${name}: ${wrong.status} ${wrong.body.slice(0, 500)}`);
    return answers.map(({ ms }) => ms);
  };
  for (let done = 0; done < WARM; done += 40) await burst(makes.splice(0, 40));
  for (const { atOnce, rounds } of BURSTS) {
    const times: number[] = [];
    const sums = { wall: 0, cpu: 0, sql: 0 };
    for (let round = 0; round < rounds; round += 1) {
      if (atOnce > 1) await pause(200);
      const before = await measured.used();
      const began = performance.now();
      times.push(...(await burst(makes.splice(0, atOnce))));
      sums.wall += performance.now() - began;
      const after = await measured.used();
      sums.cpu += after.cpuMs - before.cpuMs;
      sums.sql += after.statements - before.statements;
    }
    const each = (sum: number) => (sum / times.length).toFixed(2).padStart(10);
    const rate = ((times.length / sums.wall) * 1000).toFixed(0).padStart(10);
    const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)].map((ms) => ms.toFixed(1).padStart(10));
    const used = `${each(sums.cpu)}${each(sums.sql)}`;
    print(`${name.padEnd(26)}${String(atOnce).padStart(10)}${p50}${p99}${rate}${used}`);
  }
  sender.close();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main();
