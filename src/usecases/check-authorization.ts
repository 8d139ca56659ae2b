import type { StoredRequest } from '../store/approval-requests.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import type { ApprovalApi, HarnessTrouble } from './ports.ts';

const HARNESS = 'Harness';

/** Where one of these requests' gates waits, whether our token may decide it. */
export async function checkAuthorization(
  api: ApprovalApi,
  requests: readonly StoredRequest[],
): Promise<Finding[]> {
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
  if (answer.kind !== 'ok') return [harnessTrouble(answer, `${where} cannot be looked at`)];
  if (answer.value.authorized) return [ok('Authorization', `the token may decide ${where}.`)];
  return [
    problem(
      'Authorization',
      `the token may not decide ${where}: ${answer.value.reason || 'Harness does not say why'}`,
      'Name the bot’s service account under approvers.serviceAccounts of the pipeline’s approval step.',
    ),
  ];
}

/** Trouble with a call to Harness as a finding. */
export function harnessTrouble(trouble: HarnessTrouble, what: string): Finding {
  if (trouble.kind === 'permanent') return problem(HARNESS, `${what}: ${trouble.message}`);
  const said = trouble.kind === 'throttled' ? 'Harness asks for fewer calls' : trouble.detail;
  return problem(HARNESS, `${what}: ${said}`, 'Then run this again.');
}
