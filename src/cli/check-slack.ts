import type { SlackConfig } from '../config-slack.ts';
import { createEncryption } from '../encryption.ts';
import { createLog } from '../log.ts';
import { boltLogger } from '../slack/bolt-log.ts';
import { createSlackCalls, createSlackClient } from '../slack/client.ts';
import { createIdentityKeeper, type Health, type SlackIdentity } from '../slack/identity.ts';
import { createPacing } from '../slack/pacing.ts';
import { socketTrouble } from '../slack/socket-failure.ts';
import type { Database } from '../store/database.ts';
import { placeOf } from '../store/encrypted-values.ts';
import { defaultOrganization } from '../store/organizations.ts';
import { installationsOf, type StoredInstallation } from '../store/slack-installations.ts';
import { CannotDecrypt } from '../usecases/ports.ts';
import { type Finding, ok, problem, warning } from './check.ts';

const LOOKED_AT = 20;

/** The profile field that names managers in the default organization's first workspace; null = none. */
export async function managerFieldOf({ access }: SlackConfig, db: Database): Promise<string | null> {
  if (access.kind === 'token') return access.managerFieldId;
  const organization = await defaultOrganization(db);
  if (!organization) return null;
  const installed = await installationsOf(db, organization.id, LOOKED_AT);
  return installed.find((one) => one.managerFieldId !== null)?.managerFieldId ?? null;
}

/**
 * Asks Slack whose tokens the bot has and what they may do, and whether a socket opens where one is wanted. Renews no
 * token: the running bot does.
 */
export async function checkSlack(
  config: SlackConfig,
  encryptionKeys: readonly string[],
  db: Database | null,
): Promise<Finding[]> {
  return [...(await checkTokens(config, encryptionKeys, db)), ...(await checkSocket(config))];
}

async function checkSocket({ appToken, apiUrl }: SlackConfig): Promise<Finding[]> {
  if (appToken === null) return [];
  const trouble = await socketTrouble({ appToken, apiUrl, logger: boltLogger(createLog('silent')) });
  return trouble === null
    ? [ok('Slack', 'a socket can be opened; Slack needs to reach no address of ours.')]
    : [problem('Slack', trouble)];
}

async function checkTokens(
  config: SlackConfig,
  encryptionKeys: readonly string[],
  db: Database | null,
): Promise<Finding[]> {
  if (config.access.kind === 'token') return [await checkToken(config, config.access.botToken, 'Slack', '')];
  if (db === null) return [warning('Slack', 'no workspace is known without a database.')];
  const installed = await installationsOf(db, null, LOOKED_AT + 1);
  if (installed.length === 0)
    return [warning('Slack', 'no workspace has installed the app yet', 'Make a link: npm run slack -- link')];
  const findings: Finding[] = [];
  for (const one of installed.slice(0, LOOKED_AT))
    findings.push(await checkInstallation(config, encryptionKeys, one));
  if (installed.length > LOOKED_AT)
    findings.push(warning('Slack', `only the first ${LOOKED_AT} workspaces were looked at.`));
  return findings;
}

async function checkInstallation(
  config: SlackConfig,
  encryptionKeys: readonly string[],
  installation: StoredInstallation,
): Promise<Finding> {
  const { teamId, teamName, botToken, tokenExpiresAt, refreshToken, reinstallBecause } = installation;
  const subject = `Slack ${teamName} (${teamId})`;
  const again = 'Install it again: npm run slack -- link';
  if (botToken === null) return warning(subject, 'the app was removed there', again);
  if (reinstallBecause !== null) return problem(subject, reinstallBecause, again);
  let token: string;
  try {
    const place = placeOf({ table: 'slack_installations', column: 'bot_token' }, teamId);
    token = createEncryption(encryptionKeys).decrypt(botToken, place);
  } catch (error) {
    if (error instanceof CannotDecrypt) return problem(subject, error.message);
    throw error;
  }
  if (tokenExpiresAt !== null && tokenExpiresAt <= Date.now())
    return refreshToken === null
      ? problem(subject, 'the token has expired', again)
      : warning(subject, 'the token has expired', 'The running bot renews it: npm start');
  return checkToken(config, token, subject, teamId);
}

async function checkToken(
  { apiUrl }: SlackConfig,
  botToken: string,
  subject: string,
  teamId: string,
): Promise<Finding> {
  const clock = { now: () => Date.now() };
  const client = createSlackClient({ botToken, apiUrl, logger: boltLogger(createLog('silent')) });
  const calls = createSlackCalls(client, createPacing(clock), () => teamId);
  const identity = createIdentityKeeper(() => calls);
  return findingOf(subject, await identity.check(), identity.current());
}

function findingOf(subject: string, health: Health, us: SlackIdentity | null): Finding {
  if (health.ok)
    return ok(
      subject,
      `the bot is ${us?.botUserId} in the workspace ${us?.teamId}, with every scope it needs.`,
    );
  const detail = health.detail.replace(/^Slack: /, '');
  // Slack's own refusals carry their remedy; silence does not.
  const silent = detail.startsWith('no ');
  return problem(subject, detail, silent ? 'Check SLACK_API_URL and the network.' : undefined);
}
