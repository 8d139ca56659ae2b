import { inTransaction } from '../../src/store/database.ts';
import { followedById } from '../../src/store/followed-executions.ts';
import { requestsOfRun } from '../../src/store/waiting-requests.ts';
import type { World } from './world.ts';

export const MAPPED = 'deploy-to-production';

/** What Harness posts to its webhook channel of a run (harness.md §3.3): loose, and without gate, inputs or message. */
export function eventData(world: World, id: string, eventType: string, more: Record<string, unknown> = {}) {
  return {
    eventData: {
      accountIdentifier: 'acme',
      orgIdentifier: 'default',
      projectIdentifier: 'payments',
      pipelineIdentifier: 'deploy_payments',
      pipelineName: 'Deploy payments',
      planExecutionId: id,
      executionUrl: `${world.harness.url}/ng/account/acme/executions/${id}`,
      eventType,
      nodeStatus: 'running',
      triggeredBy: { triggerType: 'MANUAL', name: 'dana', email: 'dana@acme.io' },
      moduleInfo: {},
      startTime: 'Tue Aug 20 08:14:46 GMT 2024',
      startTs: 1_724_141_686,
      ...more,
    },
  };
}

/** Harness tells of a run. */
export function notify(
  world: World,
  id: string,
  eventType = 'WaitingForUserAction',
  {
    at = 'notifications',
    headers = {},
    ...more
  }: Record<string, unknown> & {
    at?: string;
    headers?: Record<string, string>;
  } = {},
) {
  return world.post(at, eventData(world, id, eventType, more), headers);
}

/** Maps the world's pipeline to an event, as the management API does. */
export async function mapPipeline(world: World, event = MAPPED, pipeline = 'deploy_payments'): Promise<void> {
  const { db, clock } = world.app.context;
  const { addPipelineEvent } = await import('../../src/store/pipeline-events.ts');
  const { eventBySlug } = await import('../../src/store/events.ts');
  const found = await eventBySlug(db, world.app.organizationId, event);
  await inTransaction(db, (trx) =>
    addPipelineEvent(
      trx,
      world.app.organizationId,
      { account: '', org: 'default', project: 'payments', pipeline, eventId: found!.id },
      clock.now(),
    ),
  );
}

/** Every request of a run. */
export function requestsOf(world: World, id: string) {
  return requestsOfRun(world.app.context.db, world.app.organizationId, {
    account: 'acme',
    org: 'default',
    project: 'payments',
    planExecutionId: id,
  });
}

/** The runs that are followed. */
export async function followed(world: World) {
  const { db } = world.app.context;
  const rows = await db.selectFrom('followed_executions').select('id').execute();
  return Promise.all(rows.map(async ({ id }) => (await followedById(db, id))!));
}
