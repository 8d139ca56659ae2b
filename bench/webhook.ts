import type { HarnessDouble } from '../src/demo/doubles/harness/harness-double.ts';
import type { Make } from './clicks/load.ts';
import { PLACE, reachGate } from './clicks/surroundings.ts';

export const WEBHOOK_TOKEN = 'pipeline-token-of-the-bench';

/** A webhook by which a run at its gate asks for approval; `more`: what else it says. */
export function webhook(run: string, event: string, more: Record<string, string> = {}): Make {
  const body = JSON.stringify({
    accountIdentifier: 'acme',
    ...PLACE,
    planExecutionId: run,
    callbackId: `${run}-gate`,
    ...more,
  });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${WEBHOOK_TOKEN}` };
  return () => ({ path: `/hooks/harness/${event}`, headers, body });
}

/** A run comes to its gate and asks, at the bot that is there. Throws when that does not take it. */
export async function ask(origin: string, harness: HarnessDouble, run: string, event: string): Promise<void> {
  reachGate(harness, run);
  const { path, headers, body } = webhook(run, event)();
  const answer = await fetch(origin + path, { method: 'POST', headers, body });
  if (answer.status !== 202) throw new Error(`the webhook answered ${answer.status}: ${await answer.text()}`);
}
