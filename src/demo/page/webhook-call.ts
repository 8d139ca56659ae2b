import type { Execution } from '../doubles/harness/types.ts';
import { REQUESTER } from './cast.ts';
import type { Scenario } from './scenarios.ts';

/** Where the bot takes webhooks, and what opens its door. */
export interface BotDoor {
  publicUrl: string;
  webhookToken: string;
  /** The token of the machine that runs the smoke tests. */
  checkToken: string;
}

/** Where Harness's notification rule points. */
export const NOTIFICATIONS_PATH = '/hooks/harness/notifications';

export function callbackIdOf(planExecutionId: string): string {
  return `${planExecutionId}-prod_gate`;
}

/** The body of the pipeline's HTTP step: ids, what the gate will ask for, and the author's words for the card. */
export function webhookBody(execution: Execution, scenario: Scenario, message: string): object {
  return {
    accountIdentifier: execution.accountId,
    orgIdentifier: execution.orgIdentifier,
    projectIdentifier: execution.projectIdentifier,
    pipelineIdentifier: execution.pipelineIdentifier,
    planExecutionId: execution.planExecutionId,
    callbackId: callbackIdOf(execution.planExecutionId),
    executionUrl: execution.executionUrl,
    triggeredByEmail: REQUESTER.email,
    message,
    approverInputs: scenario.inputs,
    facts: scenario.facts,
    links: scenario.links,
  };
}

export function webhookPath(scenario: Scenario): string {
  return `/hooks/harness/${scenario.event}`;
}

/** The same POST for a terminal. */
export function curlLine(door: BotDoor, scenario: Scenario, body: object): string {
  return [
    `curl -sS -X POST ${door.publicUrl}${webhookPath(scenario)}`,
    `-H 'Authorization: Bearer ${door.webhookToken}'`,
    `-H 'Content-Type: application/json'`,
    `-d ${shellQuoted(JSON.stringify(body))}`,
  ].join(' \\\n  ');
}

/** The text as one word of a shell. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What came of one POST: an HTTP status, or why there was none. */
export type PostOutcome = { status: number; body: string } | { status: null; body: string };

/** POSTs the webhook as the pipeline's HTTP step does. */
export function postWebhook(door: BotDoor, scenario: Scenario, body: object): Promise<PostOutcome> {
  return callBot(`${door.publicUrl}${webhookPath(scenario)}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${door.webhookToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** One call of the bot; never throws. */
export async function callBot(url: string, request: RequestInit): Promise<PostOutcome> {
  try {
    const answer = await fetch(url, { ...request, signal: AbortSignal.timeout(30_000) });
    return { status: answer.status, body: await answer.text() };
  } catch (error) {
    return { status: null, body: error instanceof Error ? error.message : String(error) };
  }
}
