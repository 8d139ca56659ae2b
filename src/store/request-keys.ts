import { sql } from 'kysely';
import type { Execution } from '../approval/request.ts';
import { type StoredRequest, toRequest } from './approval-requests.ts';
import { queryOnce } from './compiled-queries.ts';
import type { Reader, Trx } from './database.ts';

/** Whether any request of this run was opened, under whatever key. */
export async function isKnownRun(
  db: Reader,
  organizationId: number,
  { account, org, project, planExecutionId }: Execution,
): Promise<boolean> {
  return (await ofRun.first(db, { organizationId, account, org, project, planExecutionId })) !== undefined;
}

const ofRun = queryOnce(
  (
    db,
    run: { organizationId: number } & Pick<Execution, 'account' | 'org' | 'project' | 'planExecutionId'>,
  ) =>
    db
      .selectFrom('approval_requests')
      .select('id')
      .where('organization_id', '=', run.organizationId)
      .where('account', '=', run.account)
      .where('org', '=', run.org)
      .where('project', '=', run.project)
      .where('execution_id', '=', run.planExecutionId)
      .limit(sql.lit(1)),
);

/** The newest generation of the key that webhooks open under (R2). */
export async function latestRequestOf(
  db: Reader,
  organizationId: number,
  execution: Execution,
): Promise<StoredRequest | null> {
  const row = await db
    .selectFrom('approval_requests')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('account', '=', execution.account)
    .where('org', '=', execution.org)
    .where('project', '=', execution.project)
    .where('execution_id', '=', execution.planExecutionId)
    .where('callback_id', '=', execution.callbackId)
    .where('gate', '=', '')
    .orderBy('generation', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? toRequest(row) : null;
}

/** The generation that comes next under the key, whoever opens it. */
export async function nextGeneration(
  db: Reader,
  organizationId: number,
  execution: Execution,
): Promise<number> {
  const row = await db
    .selectFrom('approval_requests')
    .select('generation')
    .where('organization_id', '=', organizationId)
    .where('account', '=', execution.account)
    .where('org', '=', execution.org)
    .where('project', '=', execution.project)
    .where('execution_id', '=', execution.planExecutionId)
    .where('callback_id', '=', execution.callbackId)
    .orderBy('generation', 'desc')
    .limit(1)
    .executeTakeFirst();
  return (row?.generation ?? 0) + 1;
}

/** A request that was opened for one gate becomes the one of the webhook that asks for the same gate. */
export async function takeOverKey(
  trx: Trx,
  { id, organizationId }: StoredRequest,
  execution: Execution,
): Promise<void> {
  const generation = await nextGeneration(trx, organizationId, execution);
  await trx
    .updateTable('approval_requests')
    .set({ gate: '', callback_id: execution.callbackId, generation })
    .where('id', '=', id)
    .execute();
}
