import type { Execution } from '../../approval/request.ts';
import type { EventPipeline } from '../../store/event-pipelines.ts';

/** Whether an event's list names the execution's pipeline; '' in a part of the list means any (R1). */
export function listsPipeline(pipelines: readonly EventPipeline[], execution: Execution): boolean {
  const fits = (listed: string, actual: string) => listed === '' || listed === actual;
  return pipelines.some(
    (listed) =>
      fits(listed.account, execution.account) &&
      fits(listed.org, execution.org) &&
      fits(listed.project, execution.project) &&
      fits(listed.pipeline, execution.pipeline),
  );
}
