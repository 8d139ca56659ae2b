import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BotProcess } from '../../src/demo/page/bot-process.ts';
import { freePort } from '../../src/demo/page/free-port.ts';
import { environmentBeside, slackEnvironment } from '../environment.ts';
import { type BenchOptions, profiling } from '../results.ts';
import { SIGNING_SECRET } from './acts.ts';
import { addRequests } from './many-requests.ts';
import { type MeasuredProcess, startMeasured } from './measured-process.ts';
import { addAccounts, copyRequests, type OpenCard, openRequests, PEOPLE, WORKFLOWS } from './requests.ts';
import { type Surroundings, TEAMS_APP } from './surroundings.ts';

export type Platform = 'slack' | 'teams';

/** A process that is clicked at, and where. */
export interface Target {
  url: string;
  process: MeasuredProcess;
}

/** Everything around the bot, with a folder for databases. */
export interface Stage {
  folder: string;
  around: MeasuredProcess;
  urls: Surroundings;
  close(): Promise<void>;
}

export async function startStage(parent: string): Promise<Stage> {
  const folder = mkdtempSync(join(parent, 'countersign-clicks-'));
  const around = await startMeasured({
    script: 'bench/clicks/surroundings.ts',
    environment: {},
    logFile: join(folder, 'surroundings.log'),
    readyUrl: null,
  });
  return {
    folder,
    around,
    urls: await around.ask<Surroundings>({ urls: true }),
    async close() {
      await around.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The limit of the machine, on a database of its own. */
export async function startLimit(folder: string): Promise<Target> {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const process = await startMeasured({
    script: 'bench/clicks/limit.ts',
    environment: { PORT: port, DATABASE: join(folder, 'limit.db'), SECRET: SIGNING_SECRET },
    logFile: join(folder, 'limit.log'),
    readyUrl: url,
  });
  return { url, process };
}

/** One bot of one platform and its database, which may be made larger while it rests. */
export interface BotStage {
  /** Starts it with so many requests in the database and so many cards to click at, a run in Harness behind each. */
  start(requests: number, clicks: number): Promise<{ target: Target; cards: OpenCard[] }>;
}

/** Seeds a bot, lets everybody be known, and opens the requests that all others are copies of. */
export async function setUpBot(
  { folder, around, urls }: Stage,
  platform: Platform,
  { profileFolder }: Pick<BenchOptions, 'profileFolder'>,
): Promise<BotStage> {
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
  await around.ask({ runs: openedFirst });
  const opening = await start();
  await openRequests(url, file, openedFirst);
  await opening.stop();
  let filled = 0;
  let runsMade = 0;
  return {
    async start(requests, clicks) {
      if (requests > filled) addRequests(file, filled + 1, requests);
      filled = requests;
      const runs = Array.from({ length: clicks }, (_, nth) => `${platform}${runsMade + nth}`);
      runsMade += clicks;
      await around.ask({ runs });
      const cards = copyRequests(file, platform, runs);
      return { target: { url, process: await start(profiling(profileFolder)) }, cards };
    },
  };
}

function environmentOf(urls: Surroundings, platform: Platform): Record<string, string> {
  return {
    ...environmentBeside(urls.harnessUrl),
    ...(platform === 'slack'
      ? slackEnvironment(`${urls.standInUrl}/api/`)
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
