import type { Execution } from '../doubles/harness/types.ts';
import { CHECK } from './cast.ts';
import type { CheckResult, CheckState } from './pipeline-run.ts';
import { type BotDoor, callBot, callbackIdOf, type PostOutcome, shellQuoted } from './webhook-call.ts';

/** Which run the check is of. */
type RunPlace = Pick<Execution, 'accountId' | 'orgIdentifier' | 'projectIdentifier' | 'planExecutionId'>;

const VOTES = {
  passed: { action: 'APPROVE', comments: '214 passed, 0 failed' },
  failed: { action: 'REJECT', comments: '2 of 214 failed: checkout, refunds' },
} as const satisfies Record<CheckResult, object>;

/** Harness's own approval API, as the bot answers it. */
export function checkPath({ orgIdentifier, projectIdentifier, planExecutionId }: RunPlace): string {
  const place = `orgs/${orgIdentifier}/projects/${projectIdentifier}`;
  return `/gateway/pipeline/api/v1/${place}/approvals/execution/${planExecutionId}`;
}

function checkUrl(door: BotDoor, execution: RunPlace): string {
  return `${door.publicUrl}${checkPath(execution)}?callback_id=${callbackIdOf(execution.planExecutionId)}`;
}

function headersOf(door: BotDoor, { accountId }: RunPlace): Record<string, string> {
  return {
    'Content-Type': 'application/json',
    'Harness-Account': accountId,
    'x-api-key': door.checkToken,
  };
}

function bodyOf(result: CheckResult): string {
  return JSON.stringify({ ...VOTES[result], link: CHECK.link });
}

/** The command of Harness's documentation with host and key replaced, for a terminal. */
export function checkCurlLine(door: BotDoor, execution: RunPlace, result: CheckResult): string {
  return [
    'curl -i -X POST',
    shellQuoted(checkUrl(door, execution)),
    ...Object.entries(headersOf(door, execution)).map(
      ([name, value]) => `-H ${shellQuoted(`${name}: ${value}`)}`,
    ),
    `-d ${shellQuoted(bodyOf(result))}`,
  ].join(' \\\n  ');
}

/** Sends that very call. */
export function postCheck(door: BotDoor, execution: RunPlace, result: CheckResult): Promise<PostOutcome> {
  return callBot(checkUrl(door, execution), {
    method: 'POST',
    headers: headersOf(door, execution),
    body: bodyOf(result),
  });
}

/** What the bot knows of the check, asked with the machine's own token; null when it does not say. */
export async function askForCheck(door: BotDoor, execution: RunPlace): Promise<CheckState | null> {
  const { status, body } = await callBot(checkUrl(door, execution), { headers: headersOf(door, execution) });
  if (status !== 200) return null;
  const approvals = JSON.parse(body) as { details: { approvalActivities: CheckActivity[] } }[];
  if (approvals.length === 0) return 'to come';
  const mine = approvals
    .flatMap(({ details }) => details.approvalActivities)
    .findLast(({ user }) => user.name === CHECK.name);
  if (!mine) return 'awaited';
  return mine.action === 'APPROVE' ? 'passed' : 'failed';
}

interface CheckActivity {
  user: { name: string };
  action: 'APPROVE' | 'REJECT';
}
