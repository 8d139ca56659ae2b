import type { StoredRequest } from '../../store/approval-requests.ts';
import type { ApprovalApi, Authorization, HarnessTrouble } from '../harness-ports.ts';
import { type Finding, ok, problem, warning } from '../managing/finding.ts';

const MOST_GATES = 3;

/** Where some of these requests' gates wait: whether our token may decide them, and whether it is enough. */
export async function checkAuthorization(
  api: ApprovalApi,
  requests: readonly StoredRequest[],
): Promise<Finding[]> {
  const waiting = requests.filter(
    ({ status, harness }) =>
      status === 'WAITING' && harness.instanceId !== null && (harness.status ?? 'WAITING') === 'WAITING',
  );
  if (waiting.length === 0)
    return [
      warning(
        'Authorization',
        'no gate is waiting, so whether the token may decide one is not known',
        'Run this again while a pipeline waits.',
      ),
    ];
  const findings: Finding[] = [];
  for (const request of onePerPipeline(waiting).slice(0, MOST_GATES))
    findings.push(...(await checkGate(api, request)));
  return findings;
}

/** The newest of each pipeline: its other gates are asked the same. */
function onePerPipeline(requests: readonly StoredRequest[]): StoredRequest[] {
  const seen = new Map<string, StoredRequest>();
  for (const request of requests) {
    const { org, project, pipeline } = request.content.execution;
    const key = [org, project, pipeline].join('/');
    if (!seen.has(key)) seen.set(key, request);
  }
  return [...seen.values()];
}

async function checkGate(api: ApprovalApi, request: StoredRequest): Promise<Finding[]> {
  const { instanceId } = request.harness;
  const where = `the gate of ${request.id} (${request.content.execution.pipeline})`;
  const answer = await api.checkAuthorization(instanceId!);
  if (answer.kind !== 'ok') return [harnessTrouble(answer, `${where} cannot be looked at`)];
  const said = authorizationFinding(answer.value, where);
  const listed = await api.listInstances(request.content.execution);
  const gate = listed.kind === 'ok' ? listed.value.find(({ id }) => id === instanceId) : undefined;
  if (!gate || gate.minimumCount < 2) return [said];
  return [
    said,
    warning(
      'Gate',
      `${where} wants ${gate.minimumCount} approvals in Harness, and the bot is one`,
      'Set minimumCount to 1 in the pipeline’s approval step.',
    ),
  ];
}

function authorizationFinding(
  { authorized, decided, reason, remedy }: Authorization,
  where: string,
): Finding {
  if (authorized) return ok('Authorization', `the token may decide ${where}.`);
  if (decided) return ok('Authorization', `the token has decided ${where} already.`);
  return problem(
    'Authorization',
    `the token may not decide ${where}: ${reason || 'Harness does not say why'}`,
    remedy ||
      'Name the bot’s service account under approvers.serviceAccounts of the pipeline’s approval step.',
  );
}

/** R23: those of the gates seen lately that could also be decided past the bot, in Harness itself; by pipeline. */
export function gatesOpenToOthers(requests: readonly StoredRequest[]): Finding[] {
  const open = requests.filter(
    ({ harness }) => harness.instanceId !== null && harness.othersMayDecide !== null,
  );
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

/** Trouble with a call to Harness as a finding. */
export function harnessTrouble(trouble: HarnessTrouble, what: string, subject = 'Harness'): Finding {
  if (trouble.kind === 'permanent') return problem(subject, `${what}: ${trouble.message}`);
  const said = trouble.kind === 'throttled' ? 'Harness asks for fewer calls' : trouble.detail;
  return problem(subject, `${what}: ${said}`, 'Then run this again.');
}
