import { version } from '../app.ts';
import type { Config } from '../config.ts';
import { TEAMS_NAMES } from '../config-teams.ts';
import type { Database } from '../store/database.ts';
import { type Finding, findingLine, ok, problem, warning } from './check.ts';
import { checkDatabase } from './check-database.ts';
import { checkHarness, checkOthers, checkStoredConnections, recentRequests } from './check-harness.ts';
import { checkReadiness } from './check-readiness.ts';
import { checkSlack, managerFieldOf } from './check-slack.ts';
import { type SalvagedConfig, salvageConfig } from './salvaged-config.ts';
import type { CliCommand, Terminal } from './terminal.ts';

const SLACK_NAMES = [
  'SLACK_BOT_TOKEN',
  'SLACK_API_URL',
  'SLACK_CLIENT_ID',
  'SLACK_CLIENT_SECRET',
  'SLACK_STATE_SECRET',
  'ENCRYPTION_KEY',
];

/** `npm run doctor`: one line per thing looked at, with the remedy. Changes nothing; may run beside the bot. */
export const doctor: CliCommand = { run };

async function run({ env, print, fail }: Terminal): Promise<void> {
  const salvaged = salvageConfig(env);
  let broken = false;
  const say = (findings: readonly Finding[]) => {
    for (const finding of findings) {
      if (finding.level === 'problem') broken = true;
      print(findingLine(finding));
    }
  };
  say(configuration(salvaged));
  if (salvaged.config) await lookAround(salvaged, salvaged.config, say);
  if (broken) fail();
}

async function lookAround(
  { sound }: SalvagedConfig,
  config: NonNullable<SalvagedConfig['config']>,
  say: (findings: readonly Finding[]) => void,
): Promise<void> {
  const { db, findings } = sound('DATABASE_URL')
    ? await checkDatabase(config.databaseUrl)
    : { db: null, findings: [notLooked('Database', 'DATABASE_URL')] };
  say(findings);
  try {
    const recent = db ? await recentRequests(db) : [];
    if (db) say(await checkReadiness(db, await namesManagers(config, db)));
    if (!sound(...SLACK_NAMES)) say([notLooked('Slack', 'the SLACK_… variables and ENCRYPTION_KEY')]);
    else if (config.slack) say(await checkSlack(config.slack, config.encryptionKeys, db));
    if (!sound(...TEAMS_NAMES)) say([notLooked('Teams', 'the MicrosoftApp… and TEAMS_… variables')]);
    else if (config.teams) {
      const { checkTeams } = await import('./check-teams.ts');
      say(await checkTeams(config.teams, db));
    }
    if (sound('HARNESS_BASE_URL', 'HARNESS_PATH_PREFIX', 'HARNESS_ACCOUNT_ID', 'HARNESS_API_KEY'))
      say(await checkHarness(config.harness, version(), recent));
    else say([notLooked('Harness', 'the HARNESS_… variables')]);
    if (db && sound('ENCRYPTION_KEY')) say(await checkStoredConnections(db, config, version()));
    say(checkOthers(recent));
  } finally {
    await db?.destroy();
  }
}

/** Teams' directory always knows, where the bot may read it. */
async function namesManagers(config: Config, db: Database): Promise<boolean> {
  if (config.teams && config.teams.credential.kind !== 'off') return true;
  return config.slack !== null && (await managerFieldOf(config.slack, db)) !== null;
}

function configuration({ problems, config, sound }: SalvagedConfig): Finding[] {
  if (problems.length > 0) return problems.map((text) => problem('Configuration', text));
  const { hostname } = new URL(config!.publicUrl);
  const callers = [config!.slack && !config!.slack.appToken && 'Slack', config!.teams && 'Teams'].filter(
    Boolean,
  );
  const isLocal = /^(localhost|127\..*|\[::1\])$/.test(hostname);
  return [
    ok('Configuration', 'complete.'),
    ...(isLocal && sound('PUBLIC_URL')
      ? [
          warning(
            'Configuration',
            `PUBLIC_URL is ${config!.publicUrl}, which ${callers.length === 0 ? 'no pipeline' : `neither ${callers.join(' nor ')} nor a pipeline`} elsewhere can reach`,
            'Set it to the https address that leads to this bot.',
          ),
        ]
      : []),
  ];
}

function notLooked(subject: string, variable: string): Finding {
  return warning(subject, `not looked at: put ${variable} right first.`);
}
