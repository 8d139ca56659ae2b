import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BotProcess } from '../src/demo/page/bot-process.ts';
import { freePort } from '../src/demo/page/free-port.ts';
import { type MeasuredProcess, startMeasured } from './clicks/measured-process.ts';
import { addAccounts } from './clicks/requests.ts';
import { environmentBeside, slackEnvironment } from './environment.ts';

const WORKFLOWS = `
organization: { name: Acme, domains: [acme.io] }
people:
  - { email: approver0@acme.io, name: Approver 0 }
  - { email: approver1@acme.io, name: Approver 1 }
events: [{ slug: deploy-0, name: Deploy }]
policies: [{ slug: standard, name: Standard, default: true }]
workflows:
  - { policy: standard, event: deploy-0, requirement: any, approvers: [approver0@acme.io, approver1@acme.io] }
`;

export interface RunningBot extends MeasuredProcess {
  url: string;
}

/** What the bot is told of its surroundings: two approvers, either of whom decides. */
export function botEnvironment(around: { slackUrl: string; harnessUrl: string }): Record<string, string> {
  return { ...environmentBeside(around.harnessUrl), ...slackEnvironment(around.slackUrl) };
}

/** Puts people, accounts and a workflow into a database by the bot's own command. */
export async function seed(folder: string, environment: Record<string, string>): Promise<void> {
  const file = join(folder, 'acme.yml');
  writeFileSync(file, WORKFLOWS);
  await new BotProcess({ PUBLIC_URL: 'http://127.0.0.1', ...environment }, join(folder, 'seed.log')).seed(
    file,
  );
  const { DATABASE_URL = '' } = environment;
  if (DATABASE_URL.startsWith('sqlite:')) addAccounts(DATABASE_URL.slice('sqlite:'.length));
}

/** What `npm start` tells Node. */
function startFlags(): string[] {
  const file = new URL('../package.json', import.meta.url);
  const { scripts } = JSON.parse(readFileSync(file, 'utf8')) as { scripts: { start: string } };
  return scripts.start.split(' ').slice(1, -1);
}

/** What `npm run build` makes, and production runs. */
export const BUILT = 'dist/main.js';

/** Starts the real bot as `npm start` does, or what was built likewise, and waits until it is ready. */
export async function startBot(
  folder: string,
  environment: Record<string, string>,
  nodeFlags: readonly string[] = [],
  script: 'src/main.ts' | typeof BUILT = 'src/main.ts',
): Promise<RunningBot> {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const bot = await startMeasured({
    script,
    environment: { ...environment, PORT: port, PUBLIC_URL: url },
    logFile: join(folder, 'bot.log'),
    readyUrl: `${url}/readyz`,
    nodeFlags: [...startFlags(), ...nodeFlags],
  });
  return Object.assign(bot, { url });
}
