import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type StoredRequest, toRequest } from './approval-requests.ts';
import type { Reader } from './database.ts';

interface PipelineKey {
  account: string;
  org: string;
  project: string;
  pipeline: string;
}

interface NewestRequest extends PipelineKey {
  number: number;
}

/** The statement that finds the newest request of the last pipeline before `before`, in the order of the index. */
export function lastPipelineBefore(
  organizationId: number,
  eventId: number,
  before: PipelineKey | null,
): RawBuilder<NewestRequest> {
  const earlier = before
    ? sql<SqlBool>`and (account, org, project, pipeline)
        < (${before.account}, ${before.org}, ${before.project}, ${before.pipeline})`
    : sql``;
  return sql`select account, org, project, pipeline, number from approval_requests
    where organization_id = ${organizationId} and event_id = ${eventId} ${earlier}
    order by account desc, org desc, project desc, pipeline desc, number desc limit 1`;
}

/**
 * The newest request of every pipeline that ever asked for this event, one seek in an index each; at most `limit`
 * pipelines. In no particular order.
 */
export async function newestOfEachPipeline(
  db: Reader,
  organizationId: number,
  eventId: number,
  limit: number,
): Promise<StoredRequest[]> {
  const found: NewestRequest[] = [];
  while (found.length < limit) {
    const statement = lastPipelineBefore(organizationId, eventId, found.at(-1) ?? null);
    const { rows } = await statement.execute(db);
    if (rows.length === 0) break;
    found.push(...rows);
  }
  const numbers = found.map((one) => one.number);
  if (numbers.length === 0) return [];
  const rows = await db.selectFrom('approval_requests').selectAll().where('number', 'in', numbers).execute();
  return rows.map(toRequest);
}
