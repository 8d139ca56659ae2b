import type { ExpressionBuilder } from 'kysely';
import type { Execution } from '../approval/request.ts';
import type { Reader, Trx } from './database.ts';
import { oweAfresh } from './outbox.ts';
import type { Row, Tables } from './schema.ts';

type RunKey = Pick<Execution, 'account' | 'org' | 'project' | 'planExecutionId'>;

/** A run that Harness told us to look at. Nothing here is believed beyond that. */
export interface FollowedExecution extends RunKey {
  id: string;
  organizationId: number;
  /** As the notification said: Harness's own summary decides. */
  pipeline: string;
  /** On the configured Harness host, else null (R25). */
  url: string | null;
  /** The token that it came with; it stands behind what is opened (R1). */
  token: string;
  /** The event named by the webhook's address; null = the pipeline's mapping says it. */
  eventId: number | null;
  why: 'waiting' | 'ended';
  /** When Harness told last, epoch ms. */
  at: number;
  /** Why a gate of it was opened for nobody, as last audited. */
  refused: string | null;
}

/** Harness ends a run after 35 days at the latest. */
const KEPT_MS = 60 * 24 * 60 * 60_000;
const FORGOTTEN_AT_ONCE = 100;

/** Runs that Harness last told of before then are over. */
async function forget(trx: Trx, before: number): Promise<void> {
  await trx
    .deleteFrom('followed_executions')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('followed_executions')
        .select('id')
        .where('at', '<', before)
        .orderBy('at')
        .limit(FORGOTTEN_AT_ONCE),
    )
    .execute();
}

function toFollowed(row: Row<'followed_executions'>): FollowedExecution {
  const { id, account, org, project, pipeline, url, token, why, at, refused } = row;
  return {
    ...{ id, account, org, project, pipeline, url, token, why, at, refused },
    planExecutionId: row.execution_id,
    organizationId: row.organization_id,
    eventId: row.event_id,
  };
}

/**
 * Notes that a run is to be looked at and owes the look: one row per run and token, however often Harness tells, since
 * what came with one token takes no place of another's. Its id. That something ended does not take the place of a gate
 * that is still to be looked for.
 */
export async function followExecutionSoon(
  trx: Trx,
  told: Omit<FollowedExecution, 'refused'>,
): Promise<string> {
  const { organizationId, token, why, at, eventId, url } = told;
  await forget(trx, at - KEPT_MS);
  const { id } = await trx
    .insertInto('followed_executions')
    .values({
      id: told.id,
      organization_id: organizationId,
      account: told.account,
      org: told.org,
      project: told.project,
      execution_id: told.planExecutionId,
      pipeline: told.pipeline,
      ...{ url, token, why, at },
      event_id: eventId,
      refused: null,
      created_at: at,
    })
    .onConflict((oc) =>
      oc
        .columns(['organization_id', 'account', 'org', 'project', 'execution_id', 'token'])
        .doUpdateSet((eb) => ({
          why: why === 'waiting' ? why : unlessLookedFor(eb, why),
          at,
          url: eb.fn.coalesce(eb.val(url), 'followed_executions.url'),
          ...(why === 'waiting' && { event_id: eventId }),
        })),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  await oweAfresh(trx, { kind: 'follow_execution', subjectId: id, organizationId }, at);
  return id;
}

/** What the end of something makes of it; nothing while the look for a gate is owed. */
function unlessLookedFor(
  eb: ExpressionBuilder<Tables, 'followed_executions'>,
  why: FollowedExecution['why'],
) {
  const isLookedFor = eb.and([
    eb('followed_executions.why', '=', 'waiting'),
    eb.exists(
      eb
        .selectFrom('outbox')
        .select('outbox.subject_id')
        .where('outbox.kind', '=', 'follow_execution')
        .whereRef('outbox.subject_id', '=', 'followed_executions.id')
        .where('outbox.state', '=', 'due'),
    ),
  ]);
  return eb.case().when(isLookedFor).then(eb.ref('followed_executions.why')).else(why).end();
}

export async function followedById(db: Reader, id: string): Promise<FollowedExecution | null> {
  const row = await db.selectFrom('followed_executions').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toFollowed(row) : null;
}

/** Looks at a run again, where it is followed: something that held its gates back is settled. */
export async function followAgain(trx: Trx, organizationId: number, run: RunKey, now: number): Promise<void> {
  const rows = await trx
    .updateTable('followed_executions')
    .set({ why: 'waiting' })
    .where('organization_id', '=', organizationId)
    .where('account', '=', run.account)
    .where('org', '=', run.org)
    .where('project', '=', run.project)
    .where('execution_id', '=', run.planExecutionId)
    .returning('id')
    .execute();
  for (const { id } of rows)
    await oweAfresh(trx, { kind: 'follow_execution', subjectId: id, organizationId }, now);
}

/** Keeps why nothing was opened, so that it is audited once. */
export async function noteRefused(trx: Trx, id: string, refused: string | null): Promise<void> {
  await trx.updateTable('followed_executions').set({ refused }).where('id', '=', id).execute();
}
