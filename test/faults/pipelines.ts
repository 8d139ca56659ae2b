import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from './chance.ts';
import type { Moments } from './moments.ts';
import type { Surroundings } from './surroundings.ts';

const EVENTS = [
  'deploy-to-production',
  'deploy-to-production',
  'database-migration',
  'database-migration',
  'rollback',
] as const;
/** A step of the pipeline gives up some day; a test that gets there has failed. */
const PATIENCE_MS = 60_000;

export interface PipelineRun {
  executionId: string;
  event: string;
  /** Ids of every 2xx answer: all must be one. */
  accepted: string[];
  duplicates: number;
}

export interface Pipelines {
  readonly runs: readonly PipelineRun[];
  /** Starts one more run: it posts until it is heard, now and then twice, and comes to its gate. */
  start(): Promise<void>;
}

/** Harness pipelines that ask for approval, as stubborn as a real step with a retry strategy. */
export function createPipelines(
  world: Surroundings,
  chance: Chance,
  moments: Moments,
  { inputs = true }: { inputs?: boolean } = {},
): Pipelines {
  const runs: PipelineRun[] = [];

  async function post(run: PipelineRun): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
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
        if (status < 500) throw new Error(`${run.executionId}: ${status} ${JSON.stringify(body)}`);
      } catch (error) {
        // fetch says TypeError for a dead bot; anything else is a refusal that nobody expects.
        if (!(error instanceof TypeError)) throw error;
      }
      await pause(20 + chance.upTo(60));
    }
    throw new Error(`${run.executionId}: nobody took the webhook`);
  }

  return {
    runs,
    async start() {
      const executionId = `run${runs.length + 1}`;
      const run: PipelineRun = { executionId, event: chance.pick(EVENTS), accepted: [], duplicates: 0 };
      runs.push(run);
      world.run(executionId);
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
      if (!twice || together) return;
      await pause(chance.upTo(2_000));
      await post(run);
    },
  };
}
