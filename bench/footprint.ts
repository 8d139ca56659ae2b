import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startTeamsDouble } from '../src/demo/doubles/teams/teams-double.ts';
import { BUILT, botEnvironment, seed, startBot } from './bot.ts';
import { createSender } from './clicks/load.ts';
import { TEAMS_APP } from './clicks/surroundings.ts';
import { ask, press } from './end-to-end/acts.ts';
import { hasCards, isOver, type Stage, startStage, until } from './end-to-end/stage.ts';
import { type BenchOptions, inTurn, median, profiling, type Section } from './results.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const READY_GOAL_MS = 1000;
const IDLE_GOAL_MB = 120;
/** What may come and go with the collection of garbage. */
const GROWTH_GOAL = 1.1;
/** After it was ready. */
const SETTLE_MS = { short: 500, full: 3000 };
/** Why it is slow or large. */
const LOADED =
  'Built, it is one file of 3.8 MB: our own code, undici, Kysely, Fastify, Bolt with Express. Node alone takes 45 MB.';
const CHUNK = 500;
const AT_ONCE = 16;

type Environment = Record<string, string>;

/** How soon the bot is ready, what memory it takes, idle and after many requests, and what it brings onto the disk. */
export async function footprint(options: BenchOptions): Promise<Section> {
  const folder = mkdtempSync(join(options.folder, 'countersign-footprint-'));
  execFileSync('npm', ['run', 'build'], { cwd: ROOT });
  const stage = await startStage();
  const teams = await startTeamsDouble(TEAMS_APP);
  try {
    const slackOnly = {
      ...botEnvironment({ slackUrl: stage.slackUrl, harnessUrl: stage.harnessUrl }),
      DATABASE_URL: `sqlite:${join(folder, 'bot.db')}`,
    };
    const both = {
      ...slackOnly,
      MicrosoftAppId: TEAMS_APP.appId,
      MicrosoftAppTenantId: TEAMS_APP.tenantId,
      MicrosoftAppPassword: TEAMS_APP.appPassword,
      TEAMS_SERVICE_URL: teams.serviceUrl,
      TEAMS_OPENID_METADATA_URL: teams.openIdUrl,
      TEAMS_LOGIN_URL: teams.loginUrl,
      TEAMS_GRAPH_URL: teams.graphUrl,
    };
    await seed(folder, slackOnly);
    // Their code is compiled and kept.
    for (const environment of [slackOnly, both]) await startOnce(folder, environment, 0);
    const settleMs = options.isShort ? SETTLE_MS.short : SETTLE_MS.full;
    const [slack, twofold] = await inTurn(options.isShort ? 1 : 7, [
      () => startOnce(folder, slackOnly, settleMs),
      () => startOnce(folder, both, settleMs),
    ]);
    const grown = await growthOf(stage, folder, slackOnly, options);
    return report(slack!, twofold!, grown, sizes());
  } finally {
    await teams.close();
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Started {
  readyMs: number;
  rssMb: number;
}

async function startOnce(folder: string, environment: Environment, settleMs: number): Promise<Started> {
  const bot = await startBot(folder, environment, [], BUILT);
  try {
    await pause(settleMs);
    return { readyMs: bot.readyMs, rssMb: (await bot.used()).rssMb };
  } finally {
    await bot.stop();
  }
}

interface Sample {
  requests: number;
  rssMb: number;
}

/**
 * Requests from webhook to the last card, as many at once as there are connections; what memory is held now and then. Of
 * the source: what was built cannot have its limits taken away.
 */
async function growthOf(
  stage: Stage,
  folder: string,
  environment: Environment,
  { isShort, isLong, profileFolder }: BenchOptions,
): Promise<Sample[]> {
  const total = isShort ? 60 : isLong ? 100_000 : 20_000;
  const chunk = Math.min(CHUNK, total / 3);
  const bot = await startBot(folder, environment, [
    ...['--import', './bench/without-limits.ts'],
    ...profiling(profileFolder),
  ]);
  const sender = createSender(bot.url, AT_ONCE);
  const samples: Sample[] = [];
  try {
    for (let done = 0; done < total; done += chunk) {
      await stage.renew();
      const runs = Array.from({ length: chunk }, (_, nth) => `run-${String(done + nth).padStart(6, '0')}`);
      await answered(sender.stream(runs.map((run) => ask(stage, run))));
      await until(() => stage.storiesOf(runs).every(hasCards));
      await answered(sender.stream(stage.storiesOf(runs).map(press)));
      await until(() => stage.storiesOf(runs).every(isOver));
      samples.push({ requests: done + chunk, rssMb: (await bot.used()).rssMb });
    }
    return samples;
  } finally {
    sender.close();
    await bot.stop();
  }
}

async function answered(sent: Promise<readonly { status: number; body: string }[]>): Promise<void> {
  const wrong = (await sent).find(({ status }) => status >= 300);
  if (wrong) throw new Error(`the bot answered ${wrong.status}: ${wrong.body}`);
}

interface Installed {
  name: string;
  mb: number;
}

/** What of package-lock.json a production install holds, as it lies in node_modules here; largest first. */
function sizes(): Installed[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  const paths = Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && !dev && existsSync(join(ROOT, path)))
    .map(([path]) => path);
  const kilobytes = new Map<string, number>();
  // One call for all, each with what lies below it: nested packages are counted with the outer one alone.
  const outer = paths.filter((path) => path.lastIndexOf('node_modules/') === 0);
  const out = execFileSync('du', ['-sk', ...outer], { cwd: ROOT, encoding: 'utf8' });
  for (const line of out.trim().split('\n')) {
    const [kb = '0', path = ''] = line.split('\t');
    const name = path.slice('node_modules/'.length);
    kilobytes.set(name, Number(kb));
  }
  return [...kilobytes].map(([name, kb]) => ({ name, mb: kb / 1024 })).sort((a, b) => b.mb - a.mb);
}

function report(
  slack: readonly Started[],
  both: readonly Started[],
  grown: readonly Sample[],
  installed: readonly Installed[],
): Section {
  const ready = median(slack.map(({ readyMs }) => readyMs));
  const readyBoth = median(both.map(({ readyMs }) => readyMs));
  const idle = median(slack.map(({ rssMb }) => rssMb));
  const idleBoth = median(both.map(({ rssMb }) => rssMb));
  const third = Math.ceil(grown.length / 3);
  const meanMb = (some: readonly Sample[]) =>
    some.reduce((sum, { rssMb }) => sum + rssMb, 0) / Math.max(1, some.length);
  const [middle, last] = [meanMb(grown.slice(third, 2 * third)), meanMb(grown.slice(-third))];
  const marks = grown.filter((_, nth) => nth % Math.max(1, Math.floor(grown.length / 8)) === 0);
  const total = grown.at(-1)?.requests ?? 0;
  const all = installed.reduce((sum, { mb }) => sum + mb, 0);
  const row = (name: string, value: number, unit: string) => [name, `${value.toFixed(0)} ${unit}`];
  return {
    title: 'Footprint',
    goal: `From the start of the process until /readyz says 200, built as production runs it, with compiled code kept from an earlier start; memory ${SETTLE_MS.full / 1000} s later; memory of the source, without its limits, after requests that were each decided; what a production install holds.`,
    columns: ['', ''],
    rows: [
      row('ready, Slack only', ready, 'ms'),
      row('ready, Slack and Teams', readyBoth, 'ms'),
      row('idle, Slack only', idle, 'MB'),
      row('idle, Slack and Teams', idleBoth, 'MB'),
      ...marks.map(({ requests, rssMb }) => row(`source, after ${requests} requests`, rssMb, 'MB')),
      row('production dependencies', all, 'MB'),
      ...installed.slice(0, 8).map(({ name, mb }) => row(`– ${name}`, mb, 'MB')),
    ],
    verdicts: [
      {
        goal: `ready in ≤ ${READY_GOAL_MS} ms with Slack only`,
        reached: `${ready.toFixed(0)} ms`,
        isMet: ready <= READY_GOAL_MS,
        ...(ready > READY_GOAL_MS && { cause: LOADED }),
      },
      {
        goal: `≤ ${IDLE_GOAL_MB} MB when idle with Slack only`,
        reached: `${idle.toFixed(0)} MB`,
        isMet: idle <= IDLE_GOAL_MB,
        ...(idle > IDLE_GOAL_MB && { cause: LOADED }),
      },
      {
        goal: `no growth over ${total} requests: the last third ≤ ${GROWTH_GOAL} × the one before`,
        reached: `${(last / middle).toFixed(2)} × (${middle.toFixed(0)} → ${last.toFixed(0)} MB)`,
        isMet: last / middle <= GROWTH_GOAL,
      },
    ],
  };
}
