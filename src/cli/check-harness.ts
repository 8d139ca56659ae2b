import type { Config } from '../config.ts';
import { createApprovalApi } from '../harness/approval-api.ts';
import { createLog } from '../log.ts';
import { listRequests, type StoredRequest } from '../store/approval-requests.ts';
import type { Database } from '../store/database.ts';
import { defaultOrganization } from '../store/organizations.ts';
import type { ApprovalApi, HarnessTrouble } from '../usecases/ports.ts';
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
    if (health.kind !== 'ok') return [troubleOf(health, `${config.baseUrl} is not usable`)];
    return [
      ok(SUBJECT, `${config.baseUrl} answers, and takes the token for account ${config.accountId}.`),
      ...(await authorization(api, requests)),
    ];
  } finally {
    await api.close();
  }
}

async function authorization(api: ApprovalApi, requests: readonly StoredRequest[]): Promise<Finding[]> {
  const waiting = requests.find(
    ({ status, harness }) =>
      status === 'WAITING' && harness.instanceId !== null && (harness.status ?? 'WAITING') === 'WAITING',
  );
  if (!waiting)
    return [
      warning(
        'Authorization',
        'no gate is waiting, so whether the token may decide one is not known',
        'Run this again while a pipeline waits.',
      ),
    ];
  const where = `the gate of ${waiting.id} (${waiting.content.execution.pipeline})`;
  const answer = await api.checkAuthorization(waiting.harness.instanceId!);
  if (answer.kind !== 'ok') return [troubleOf(answer, `${where} cannot be looked at`)];
  if (answer.value.authorized) return [ok('Authorization', `the token may decide ${where}.`)];
  return [
    problem(
      'Authorization',
      `the token may not decide ${where}: ${answer.value.reason || 'Harness does not say why'}`,
      'Name the bot’s service account under approvers.serviceAccounts of the pipeline’s approval step.',
    ),
  ];
}

function troubleOf(trouble: HarnessTrouble, what: string): Finding {
  if (trouble.kind === 'permanent') return problem(SUBJECT, `${what}: ${trouble.message}`);
  const said = trouble.kind === 'throttled' ? 'Harness asks for fewer calls' : trouble.detail;
  return problem(SUBJECT, `${what}: ${said}`, 'Then run this again.');
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
