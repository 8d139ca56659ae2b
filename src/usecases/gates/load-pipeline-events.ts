import type { Actor } from '../../store/audit.ts';
import type { Trx } from '../../store/database.ts';
import {
  addPipelineEvent,
  changePipelineEvent,
  type PipelineKey,
  pipelineEventByKey,
} from '../../store/pipeline-events.ts';
import { auditRecordChange, changedMembers } from '../managing/change-audit.ts';
import { mappingProblems } from './manage-pipeline-events.ts';

/** A pipeline and the event, named by its slug, that its gates are. */
export type WantedPipelineEvent = PipelineKey & { event: string };

/** Maps pipelines as a file says it; what is wrong with them, in sentences. Loading the same again changes nothing. */
export async function loadPipelineEvents(
  trx: Trx,
  by: { organizationId: number; actor: Actor },
  wanted: readonly WantedPipelineEvent[],
  events: ReadonlyMap<string, number>,
  now: number,
): Promise<string[]> {
  const { organizationId } = by;
  const problems: string[] = [];
  for (const { event, ...key } of wanted) {
    const where = `pipeline_events (${key.org}/${key.project}/${key.pipeline})`;
    const eventId = events.get(event) ?? null;
    if (eventId === null) problems.push(`${where}: there is no event ${event}. Add it under events.`);
    if (eventId === null) continue;
    const before = await pipelineEventByKey(trx, organizationId, key);
    const found = await mappingProblems(trx, organizationId, before, { ...key, eventId });
    problems.push(...found.map(({ field, detail }) => `${where}: ${field} ${detail}.`));
    if (found.length > 0) continue;
    const change = before && changedMembers(before, { eventId });
    if (before && change) await changePipelineEvent(trx, before, change, now);
    const id = before?.id ?? (await addPipelineEvent(trx, organizationId, { ...key, eventId }, now));
    await auditRecordChange(trx, by, {
      at: now,
      action: before ? 'changed' : 'created',
      subjectType: 'pipeline_event',
      subjectId: id,
      before,
      after: await pipelineEventByKey(trx, organizationId, key),
    });
  }
  return problems;
}
