import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { createDatabase, dropDatabase } from '../test/postgres/databases.ts';
import { startServer } from '../test/postgres/server.ts';
import { botEnvironment, type RunningBot, seed, startBot } from './bot.ts';
import { createSender, type Make } from './clicks/load.ts';
import { slackId } from './clicks/requests.ts';
import { SLACK_TEAM } from './clicks/surroundings.ts';
import { ask, press } from './end-to-end/acts.ts';
import { APPROVERS, hasCards, isOver, type Stage, startStage, until } from './end-to-end/stage.ts';
import type { BenchOptions, Section } from './results.ts';

const SLACK_TAKES_MS = 800;
const GOAL = 1.5;
/** Why two may be no faster than one. */
const TURNS =
  'Transactions of all instances take turns (one advisory lock), some twelve for a request and a click: where a round trip to the server takes long, as on busy cores, they are the limit and not the workers.';
const CONNECTIONS = 16;

interface Result {
  instances: number;
  requestsPerSecond: number;
  clicksPerSecond: number;
  /** Cards posted and votes told beyond the one that each card and each request is owed. */
  twice: number;
  /** Of each instance. */
  cpuSeconds: number[];
}

/**
 * One, two and four instances on one PostgreSQL. Slack takes 800 ms for an answer, so that what limits is how many calls
 * a worker has under way and not how many cores there are; a machine of two cores is enough for two of them.
 */
export async function scaleOut({ isShort, folder: parent }: BenchOptions): Promise<Section> {
  const folder = mkdtempSync(join(parent, 'countersign-scale-out-'));
  const server = await startServer();
  try {
    const results: Result[] = [];
    for (const instances of isShort ? [1, 2] : [1, 2, 4, 1, 2, 4])
      results.push(await measure(server.url, folder, instances, isShort ? 12 : 60));
    return report(results);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(
  adminUrl: string,
  folder: string,
  instances: number,
  requests: number,
): Promise<Result> {
  const database = await createDatabase(adminUrl);
  const stage = await startStage();
  const bots: RunningBot[] = [];
  try {
    const environment = {
      ...botEnvironment({ slackUrl: stage.slackUrl, harnessUrl: stage.harnessUrl }),
      DATABASE_URL: database.url,
    };
    await seed(folder, environment);
    await addAccounts(database.url);
    for (let nth = 0; nth < instances; nth += 1)
      bots.push(await startBot(folder, environment, ['--import', './bench/without-limits.ts']));
    await work(stage, bots, 'warm', Math.ceil(requests / 3));
    stage.slackTakesMs = SLACK_TAKES_MS;
    const before = await usedBy(bots);
    const rates = await work(stage, bots, 'run', requests);
    const after = await usedBy(bots);
    return {
      instances,
      ...rates,
      twice: stage.told() + stage.posted() - (requests + Math.ceil(requests / 3)) * (1 + APPROVERS.length),
      cpuSeconds: after.map((ms, nth) => (ms - before[nth]!) / 1000),
    };
  } finally {
    for (const bot of bots) await bot.stop();
    await stage.close();
    await dropDatabase(adminUrl, database.name);
  }
}

/** Requests come to the instances in turn, and then the clicks. */
async function work(stage: Stage, bots: readonly RunningBot[], name: string, requests: number) {
  const runs = Array.from({ length: requests }, (_, nth) => `run-${name}${nth}`);
  const asked = await timed(
    bots,
    runs.map((run) => ask(stage, run)),
    () => stage.storiesOf(runs).every(hasCards),
  );
  const pressed = await timed(bots, stage.storiesOf(runs).map(press), () =>
    stage.storiesOf(runs).every(isOver),
  );
  return {
    requestsPerSecond: (requests / asked) * 1000,
    clicksPerSecond: (requests / pressed) * 1000,
  };
}

async function timed(
  bots: readonly RunningBot[],
  makes: readonly Make[],
  isSo: () => boolean,
): Promise<number> {
  const began = performance.now();
  await Promise.all(
    bots.map(async ({ url }, which) => {
      const sender = createSender(url, Math.ceil(CONNECTIONS / bots.length));
      const answers = await sender.stream(makes.filter((_, nth) => nth % bots.length === which));
      sender.close();
      const wrong = answers.find(({ status }) => status >= 300);
      if (wrong) throw new Error(`the bot answered ${wrong.status}: ${wrong.body}`);
    }),
  );
  await until(isSo);
  return performance.now() - began;
}

function usedBy(bots: readonly RunningBot[]): Promise<number[]> {
  return Promise.all(bots.map(async (bot) => (await bot.used()).cpuMs));
}

async function addAccounts(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const nth of APPROVERS.keys())
    await client.query(
      `insert into identities (organization_id, platform, tenant, external_id, person_id, standing, checked_at)
       select organization_id, 'slack', $1, $2, id, 'member', $3 from people where email = $4`,
      [SLACK_TEAM, slackId(nth), Date.now(), `approver${nth}@acme.io`],
    );
  await client.end();
}

function report(results: readonly Result[]): Section {
  const best = (instances: number, of: 'requestsPerSecond' | 'clicksPerSecond') =>
    Math.max(...results.filter((one) => one.instances === instances).map((one) => one[of]));
  const times = (instances: number, of: 'requestsPerSecond' | 'clicksPerSecond') =>
    best(instances, of) / best(1, of);
  const twice = results.reduce((sum, one) => sum + Math.abs(one.twice), 0);
  const goal = (name: string, of: 'requestsPerSecond' | 'clicksPerSecond') => ({
    goal: `${name}: two instances ≥ ${GOAL} × one`,
    reached: `${times(2, of).toFixed(2)} ×`,
    isMet: times(2, of) >= GOAL,
    ...(times(2, of) < GOAL && { cause: TURNS }),
  });
  return {
    title: 'Scale out',
    goal: `Instances on one PostgreSQL, Slack takes ${SLACK_TAKES_MS} ms: requests a second until all cards are there, clicks a second until all cards show it. The better of the runs of each.`,
    columns: ['instances', 'requests/s', '', 'clicks/s', '', 'CPU s of each', 'done twice'],
    rows: results.map((one) => [
      one.instances,
      one.requestsPerSecond.toFixed(1),
      `${(one.requestsPerSecond / best(1, 'requestsPerSecond')).toFixed(2)} ×`,
      one.clicksPerSecond.toFixed(1),
      `${(one.clicksPerSecond / best(1, 'clicksPerSecond')).toFixed(2)} ×`,
      one.cpuSeconds.map((seconds) => seconds.toFixed(1)).join(', '),
      one.twice,
    ]),
    verdicts: [
      goal('requests', 'requestsPerSecond'),
      goal('clicks', 'clicksPerSecond'),
      { goal: 'no card posted twice, no vote told twice', reached: `${twice}`, isMet: twice === 0 },
    ],
  };
}
