import type { Config } from '../config.ts';
import { reachOf } from '../config-reach.ts';
import { createEncryption } from '../encryption.ts';
import { type ApprovalApiOptions, createApprovalApi } from '../harness/approval-api.ts';
import { createLog } from '../log.ts';
import { listRequests, type StoredRequest } from '../store/approval-requests.ts';
import type { Database } from '../store/database.ts';
import { placeOf } from '../store/encrypted-values.ts';
import { allConnections, KEY_COLUMN, type StoredConnection } from '../store/harness-connections.ts';
import { defaultOrganization, organizationById } from '../store/organizations.ts';
import {
  checkAuthorization,
  gatesOpenToOthers,
  harnessTrouble,
} from '../usecases/connections/check-authorization.ts';
import { inOwnWords } from '../usecases/connections/connection-words.ts';
import { toConnection } from '../usecases/connections/harness-connections.ts';
import { type InUse, lookAtConnection, readInUse } from '../usecases/connections/look-at-connection.ts';
import type { OpenedApi } from '../usecases/harness-ports.ts';
import { type Finding, ok, problem } from './check.ts';

const SUBJECT = 'Harness';
const RECENT = 50;
const MOST_CONNECTIONS = 100;

/** Whether Harness is there and takes the token; and, where a gate waits, whether the token may decide it. */
export async function checkHarness(
  config: Config['harness'],
  version: string,
  requests: readonly StoredRequest[],
): Promise<Finding[]> {
  let api: OpenedApi;
  try {
    api = openApi(config, version);
  } catch (error) {
    return [problem(SUBJECT, error instanceof Error ? error.message : String(error))];
  }
  try {
    const health = await api.checkHealth();
    if (health.kind !== 'ok') return [harnessTrouble(health, `${config.baseUrl} is not usable`)];
    const own = requests.filter(({ content }) => content.execution.account === config.accountId);
    return [
      ok(SUBJECT, `${config.baseUrl} answers, and takes the token for account ${config.accountId}.`),
      ...(await checkAuthorization(api, own)),
    ];
  } finally {
    await api.close();
  }
}

/** The connections that admins added, of every organization, each as the bot would use it. */
export async function checkStoredConnections(
  db: Database,
  config: Config,
  version: string,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const stored of await allConnections(db, MOST_CONNECTIONS)) {
    if (stored.source !== 'stored') continue;
    const organization = await organizationById(db, stored.organizationId);
    const subject = `Harness “${stored.name}” of ${organization?.name ?? stored.organizationId}`;
    findings.push(...(await checkStored(db, stored, config, version, subject)));
  }
  return findings;
}

async function checkStored(
  db: Database,
  stored: StoredConnection,
  config: Config,
  version: string,
  subject: string,
): Promise<Finding[]> {
  let api: OpenedApi;
  try {
    const place = placeOf(KEY_COLUMN, String(stored.id));
    const apiKey = createEncryption(config.encryptionKeys).decrypt(stored.apiKey ?? '', place);
    const { baseUrl, pathPrefix, account: accountId } = stored;
    api = openApi({ baseUrl, pathPrefix, accountId, apiKey, reach: reachOf(config, stored) }, version);
  } catch (error) {
    return [problem(subject, error instanceof Error ? error.message : String(error))];
  }
  try {
    const use: InUse = await readInUse(db, stored);
    const { findings } = await lookAtConnection(api, toConnection(stored), use, subject);
    return findings.map((finding) => ({ ...finding, text: inOwnWords(stored, finding.text) }));
  } finally {
    await api.close();
  }
}

function openApi(
  config: Pick<ApprovalApiOptions, 'baseUrl' | 'pathPrefix' | 'accountId' | 'apiKey' | 'reach'>,
  version: string,
): OpenedApi {
  const clock = { now: () => Date.now() };
  return createApprovalApi({ ...config, clock, log: createLog('silent'), version });
}

/** R23: whether the gates seen lately could also be decided past the bot, in Harness itself. */
export function checkOthers(requests: readonly StoredRequest[]): Finding[] {
  const seen = requests.filter(({ harness }) => harness.instanceId !== null);
  if (seen.length === 0) return [];
  const open = gatesOpenToOthers(requests);
  if (open.length > 0) return open;
  return [ok('Gates', `nobody but the bot could decide the last ${seen.length} in Harness itself.`)];
}

/** The newest requests of the default organization. */
export async function recentRequests(db: Database): Promise<StoredRequest[]> {
  const organization = await defaultOrganization(db);
  return organization ? listRequests(db, organization.id, { limit: RECENT }) : [];
}
