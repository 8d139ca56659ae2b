import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BotProcess } from './bot-process.ts';
import { ACCOUNT_ID, ADMIN, APP_ID, CHECK, TENANT_ID } from './cast.ts';
import { type Doubles, startDoubles } from './doubles.ts';
import { FaultSwitches } from './fault-switches.ts';
import { freePort } from './free-port.ts';
import { PageServer } from './page-server.ts';
import { Pipelines } from './pipelines.ts';
import { type BotDoor, NOTIFICATIONS_PATH } from './webhook-call.ts';

export interface DemoOptions {
  pagePort: number;
  logLevel: string;
  /** What a child process needs from its parent, such as PATH. */
  surroundings: Record<string, string>;
  /** The bot ended although nobody asked it to. */
  onBotDeath: (lastLog: string) => void;
}

export interface Demo {
  pageUrl: string;
  botUrl: string;
  logFile: string;
  stop(): Promise<void>;
}

/** Starts the doubles, the page and the real bot. What was started is stopped again if something fails. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return { ...(await start(options, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(options: DemoOptions, undo: (() => Promise<void>)[]): Promise<Omit<Demo, 'stop'>> {
  const secrets = {
    botToken: `xoxb-demo-${secret()}`,
    signingSecret: randomBytes(16).toString('hex'),
    teamsPassword: secret(),
    harnessApiKey: `sat.${ACCOUNT_ID}.${secret()}`,
  };
  const folder = await mkdtemp(join(tmpdir(), 'countersign-demo-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const doubles = await startDoubles(secrets);
  undo.push(async () => {
    await Promise.all([doubles.slack.close(), doubles.teams.close(), doubles.harness.close()]);
  });
  const port = await freePort();
  const door = { publicUrl: `http://127.0.0.1:${port}`, webhookToken: `demo_${secret()}` };
  doubles.slack.requestUrl = `${door.publicUrl}/slack/events`;
  doubles.teams.requestUrl = `${door.publicUrl}/api/messages`;
  const bot = new BotProcess(
    {
      ...options.surroundings,
      HOST: '127.0.0.1',
      PORT: String(port),
      PUBLIC_URL: door.publicUrl,
      DATABASE_URL: `sqlite:${join(folder, 'countersign.db')}`,
      LOG_LEVEL: options.logLevel,
      SLACK_BOT_TOKEN: secrets.botToken,
      SLACK_SIGNING_SECRET: secrets.signingSecret,
      SLACK_API_URL: doubles.slack.url,
      MicrosoftAppId: APP_ID,
      MicrosoftAppPassword: secrets.teamsPassword,
      MicrosoftAppTenantId: TENANT_ID,
      TEAMS_SERVICE_URL: doubles.teams.serviceUrl,
      TEAMS_OPENID_METADATA_URL: doubles.teams.openIdUrl,
      TEAMS_LOGIN_URL: doubles.teams.loginUrl,
      TEAMS_GRAPH_URL: doubles.teams.graphUrl,
      HARNESS_BASE_URL: doubles.harness.url,
      HARNESS_PATH_PREFIX: '/gateway',
      HARNESS_ACCOUNT_ID: ACCOUNT_ID,
      HARNESS_API_KEY: secrets.harnessApiKey,
      WEBHOOK_TOKEN: door.webhookToken,
      ADMIN_EMAILS: ADMIN.email,
      ENRICHMENT_WAIT_SECONDS: '4',
      // Harness's notifications bring the news; a look of its own is only the net below them.
      HARNESS_CHECK_SECONDS: '600',
    },
    join(folder, 'bot.log'),
  );
  undo.push(() => bot.stop());
  await bot.seed('src/demo/example.yml');
  const checkToken = await bot.tokenFor(CHECK.name);
  await bot.start(door.publicUrl, () => {
    bot.lastLog().then(options.onBotDeath, options.onBotDeath);
  });
  doubles.harness.addNotificationRule({
    url: `${door.publicUrl}${NOTIFICATIONS_PATH}`,
    headers: { authorization: `Bearer ${door.webhookToken}` },
    events: ['WaitingForUserAction', 'PipelineEnd'],
  });
  const pageUrl = await openPage(doubles, { ...door, checkToken }, options.pagePort, undo);
  return { pageUrl, botUrl: door.publicUrl, logFile: bot.logFile };
}

/** The page alone: also useful with a bot that was started by hand. */
export async function openPage(
  doubles: Doubles,
  door: BotDoor,
  port: number,
  undo: (() => Promise<void>)[],
): Promise<string> {
  const switches = new FaultSwitches(doubles);
  const changed = () => page.changed();
  const pipelines = new Pipelines({ harness: doubles.harness, switches, door, changed });
  const page: PageServer = new PageServer({ doubles, pipelines, switches });
  const chatted = () => {
    changed();
    void pipelines.lookForChecks();
  };
  doubles.slack.onChange(chatted);
  doubles.teams.onChange(chatted);
  doubles.harness.onChange(changed);
  undo.push(async () => {
    pipelines.close();
    await page.close();
  });
  return page.listen(port);
}

function secret(): string {
  return randomBytes(24).toString('base64url');
}
