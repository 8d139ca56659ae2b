import type { Config } from '../config.ts';
import { createApprovalApi } from '../harness/approval-api.ts';
import { createLog } from '../log.ts';
import { listRequests, type StoredRequest } from '../store/approval-requests.ts';
import type { Database } from '../store/database.ts';
import { defaultOrganization } from '../store/organizations.ts';
import { checkAuthorization, harnessTrouble } from '../usecases/check-authorization.ts';
import { type Finding, ok, problem, warning } from './check.ts';

const SUBJECT = 'Harness';
const RECENT = 50;

/** Whether Harness is there and takes the token; and, where a gate waits, whether the token may decide it. */
export async function checkHarness(
  config: Config['harness'],
  version: string,
  requests: readonly StoredRequest[],
): Promise<Finding[]> {
  const clock = { now: () => Date.now() };
  let api: ReturnType<typeof createApprovalApi>;
  try {
    api = createApprovalApi({ ...config, clock, log: createLog('silent'), version });
  } catch (error) {
    return [problem(SUBJECT, error instanceof Error ? error.message : String(error))];
  }
  try {
    const health = await api.checkHealth();
    if (health.kind !== 'ok') return [harnessTrouble(health, `${config.baseUrl} is not usable`)];
    return [
      ok(SUBJECT, `${config.baseUrl} answers, and takes the token for account ${config.accountId}.`),
      ...(await checkAuthorization(api, requests)),
    ];
  } finally {
    await api.close();
  }
}

/** R23: whether the gates seen lately could also be decided past the bot, in Harness itself. */
export function checkOthers(requests: readonly StoredRequest[]): Finding[] {
  const seen = requests.filter(({ harness }) => harness.instanceId !== null);
  if (seen.length === 0) return [];
  const open = seen.filter(({ harness }) => harness.othersMayDecide !== null);
  if (open.length === 0)
    return [ok('Gates', `nobody but the bot could decide the last ${seen.length} in Harness itself.`)];
  const pipelines = new Map(
    open.map(({ content, harness }) => [content.execution.pipeline, harness.othersMayDecide!]),
  );
  return [...pipelines].map(([pipeline, others]) =>
    warning(
      'Gates',
      `those of the pipeline ${pipeline} can also be decided in Harness itself, by ${others}`,
      'Leave only the bot’s service account under approvers of its approval step.',
    ),
  );
}

/** The newest requests of the default organization. */
export async function recentRequests(db: Database): Promise<StoredRequest[]> {
  const organization = await defaultOrganization(db);
  return organization ? listRequests(db, organization.id, { limit: RECENT }) : [];
}
