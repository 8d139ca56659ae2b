import { sql } from 'kysely';
import type { Execution, HarnessView } from '../approval/request.ts';
import { type StoredRequest, toRequest } from './approval-requests.ts';
import { queryOnce } from './compiled-queries.ts';
import type { Reader } from './database.ts';
import { fromJson } from './json.ts';
import { keptTotal } from './list-totals.ts';

/** Ids of the requests of this workflow that still wait, or whose approval nobody began to send. */
export async function waitingRequestsOfWorkflow(db: Reader, workflowId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('approval_requests')
    .select('id')
    .where('approval_workflow_id', '=', workflowId)
    .where((eb) =>
      eb.or([
        eb('status', '=', 'WAITING'),
        eb.and([
          eb('status', '=', 'APPROVED'),
          eb('id', 'in', eb.selectFrom('submissions').select('request_id').where('posts', '=', 0)),
        ]),
      ]),
    )
    .execute();
  return rows.map((row) => row.id);
}

/** How many requests of an organization wait. */
export function countWaiting(db: Reader, organizationId: number): Promise<number> {
  return keptTotal(db, organizationId, 'approval_requests', { field: 'status', values: ['WAITING'] });
}

/** How many of them this token opened; reads each of them, so that it is asked where there are many alone. */
export async function countWaitingOfToken(db: Reader, organizationId: number, name: string): Promise<number> {
  const row = await db
    .selectFrom('approval_requests')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('organization_id', '=', organizationId)
    .where('status', '=', 'WAITING')
    .where('opened_by', '=', name)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Ids of the undecided requests in which this person holds a slot. */
export async function waitingRequestsOfPerson(db: Reader, personId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('slots')
    .innerJoin('approval_requests', 'approval_requests.id', 'slots.request_id')
    .select('approval_requests.id')
    .distinct()
    .where('slots.person_id', '=', personId)
    .where('approval_requests.status', '=', 'WAITING')
    .execute();
  return rows.map((row) => row.id);
}

/** Gates that other requests of the same run are bound to. */
export async function gatesHeldByOthers(db: Reader, request: StoredRequest): Promise<Set<string>> {
  const { account, org, project, planExecutionId } = request.content.execution;
  const rows = await othersOfRun.all(db, {
    ...{ account, org, project, planExecutionId },
    organizationId: request.organizationId,
    id: request.id,
  });
  const ids = rows.map((row) => fromJson<HarnessView>(row.harness).instanceId);
  return new Set(ids.filter((id) => id !== null));
}

const MOST_OF_A_RUN = 500;

type Run = Pick<Execution, 'account' | 'org' | 'project' | 'planExecutionId'>;

const othersOfRun = queryOnce((db, run: Run & { organizationId: number; id: string }) =>
  db
    .selectFrom('approval_requests')
    .select('harness')
    .where('organization_id', '=', run.organizationId)
    .where('account', '=', run.account)
    .where('org', '=', run.org)
    .where('project', '=', run.project)
    .where('execution_id', '=', run.planExecutionId)
    .where('id', '!=', run.id)
    .limit(sql.lit(MOST_OF_A_RUN)),
);

/** Every request of one run, whatever its callback id, the oldest first. */
export async function requestsOfRun(db: Reader, organizationId: number, run: Run): Promise<StoredRequest[]> {
  const rows = await db
    .selectFrom('approval_requests')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('account', '=', run.account)
    .where('org', '=', run.org)
    .where('project', '=', run.project)
    .where('execution_id', '=', run.planExecutionId)
    .orderBy('number')
    .limit(MOST_OF_A_RUN)
    .execute();
  return rows.map(toRequest);
}
