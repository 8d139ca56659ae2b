import { setTimeout as pause } from 'node:timers/promises';
import { WEBHOOK_TOKEN } from '../helpers/world.ts';
import type { Chance } from './chance.ts';
import type { RequestRow } from './ledger.ts';
import type { Moments } from './moments.ts';
import type { Surroundings } from './surroundings.ts';

const EVENTS = [
  'deploy-to-production',
  'deploy-to-production',
  'database-migration',
  'database-migration',
  'rollback',
] as const;
const WAITING = 'WaitingForUserAction';
/** A step of the pipeline gives up some day; a test that gets there has failed. */
const PATIENCE_MS = 60_000;

export interface PipelineRun {
  executionId: string;
  event: string;
  /** Ids of every 2xx answer: all must be one. */
  accepted: string[];
  duplicates: number;
  /** No webhook asked: Harness told that its gate waits. */
  byNotification: boolean;
}

export interface Pipelines {
  readonly runs: readonly PipelineRun[];
  /** Starts one more run: it posts until it is heard, now and then twice, and comes to its gate. */
  start(): Promise<void>;
  /** Those whose gate was approved go on to their end; Harness itself ended the others. */
  finish(requests: readonly RequestRow[]): void;
}

/** Harness pipelines that ask for approval, as stubborn as a real step with a retry strategy. */
export function createPipelines(
  world: Surroundings,
  chance: Chance,
  moments: Moments,
  { inputs = true, notifications = 0 }: { inputs?: boolean; notifications?: number } = {},
): Pipelines {
  const runs: PipelineRun[] = [];
  if (notifications > 0)
    // Harness tells once, and never again.
    world.harness.addNotificationRule({
      ...harnessTells('notifications'),
      events: ['PipelineEnd', 'PipelineFailed', 'PipelineSuccess'],
    });

  function harnessTells(at: string) {
    return { url: `${world.url}/hooks/harness/${at}`, headers: { authorization: `Bearer ${WEBHOOK_TOKEN}` } };
  }

  /** A run of which no webhook tells: Harness's own notification is passed on until it is heard. */
  async function tell(run: PipelineRun): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    while (Date.now() < until) {
      const telling = world.harness.notify(run.executionId, WAITING, harnessTells(run.event));
      moments.tell('webhook sent');
      const { outcome } = await telling;
      moments.tell('webhook answered');
      const status = outcome?.status ?? 0;
      if (status === 202) return;
      if (status > 0 && status < 500) throw new Error(`${run.executionId}: ${JSON.stringify(outcome)}`);
      await pause(20 + chance.upTo(60));
    }
    throw new Error(`${run.executionId}: nobody took the notification`);
  }

  async function post(run: PipelineRun): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    const met: Record<string, number> = {};
    while (Date.now() < until) {
      try {
        const sent = world.post(run.event, world.webhook(run.executionId));
        moments.tell('webhook sent');
        const { status, body } = await sent;
        moments.tell('webhook answered');
        if (status === 202 || status === 200) {
          run.accepted.push(String(body.id));
          return;
        }
        const said = `${status} ${JSON.stringify(body)}`;
        if (status < 500) throw new Error(`${run.executionId}: ${said}`);
        met[said] = (met[said] ?? 0) + 1;
      } catch (error) {
        // fetch says TypeError for a dead bot; anything else is a refusal that nobody expects.
        if (!(error instanceof TypeError)) throw error;
        met[error.message] = (met[error.message] ?? 0) + 1;
      }
      await pause(20 + chance.upTo(60));
    }
    throw new Error(`${run.executionId}: nobody took the webhook: ${JSON.stringify(met)}`);
  }

  const finished = new Set<string>();
  return {
    runs,
    finish(requests) {
      for (const { executionId, harnessStatus } of requests) {
        if (harnessStatus !== 'APPROVED' || finished.has(executionId)) continue;
        finished.add(executionId);
        world.harness.finishExecution(executionId, 'Success');
      }
    },
    async start() {
      const executionId = `run${runs.length + 1}`;
      const byNotification = notifications > 0 && chance.happens(notifications);
      const event = chance.pick(EVENTS);
      const run: PipelineRun = { executionId, event, accepted: [], duplicates: 0, byNotification };
      runs.push(run);
      world.run(executionId);
      if (byNotification) {
        world.reach(executionId, { callbackId: '' });
        return tell(run);
      }
      const twice = chance.happens(0.3);
      const together = chance.happens(0.5);
      if (twice) run.duplicates += 1;
      await Promise.all([post(run), ...(twice && together ? [post(run)] : [])]);
      await pause(chance.upTo(150));
      const withInputs = inputs && run.event !== 'rollback' && chance.happens(0.25);
      world.reach(executionId, {
        ...(withInputs && {
          approverInputs: [{ name: 'rollout', defaultValue: 'canary', selectOneFrom: 'canary,full' }],
        }),
      });
      if (notifications > 0) await world.harness.notify(executionId, WAITING, harnessTells('notifications'));
      if (!twice || together) return;
      await pause(chance.upTo(2_000));
      await post(run);
    },
  };
}
