import { z } from 'zod';
import type { ExecutionSummary } from '../usecases/harness-ports.ts';
import { FINAL_EXECUTION_STATUSES } from './contract.ts';

const Summary = z.object({
  data: z.object({
    pipelineExecutionSummary: z.object({
      pipelineIdentifier: z.string(),
      name: z.string().nullish().catch(null),
      status: z.string(),
      runSequence: z.number().nullish().catch(null),
      executionTriggerInfo: z
        .object({
          triggerType: z.string().nullish().catch(null),
          triggeredBy: z
            .object({
              identifier: z.string().nullish().catch(null),
              extraInfo: z
                .object({ email: z.string().nullish().catch(null) })
                .nullish()
                .catch(null),
            })
            .nullish()
            .catch(null),
        })
        .nullish()
        .catch(null),
    }),
  }),
});

/**
 * Reads harness.md §2.3; null when the body is something else. The e-mail is lower-cased, and null when Harness
 * names none, as for cron and artifact triggers. A Git webhook's e-mail is the Git sender's: see `triggerType`.
 */
export function readExecutionSummary(json: unknown): ExecutionSummary | null {
  const parsed = Summary.safeParse(json);
  if (!parsed.success) return null;
  const run = parsed.data.data.pipelineExecutionSummary;
  const trigger = run.executionTriggerInfo;
  const email = trigger?.triggeredBy?.extraInfo?.email?.trim().toLowerCase();
  return {
    pipelineIdentifier: run.pipelineIdentifier,
    pipelineName: run.name || run.pipelineIdentifier,
    status: run.status,
    final: FINAL_EXECUTION_STATUSES.has(run.status),
    runSequence: run.runSequence ?? null,
    triggeredBy: {
      name: trigger?.triggeredBy?.identifier ?? '',
      email: email?.includes('@') ? email : null,
      triggerType: trigger?.triggerType ?? null,
    },
  };
}
