import { sql } from 'kysely';
import type { Person } from '../approval/person.ts';
import type { ApprovalRequirement } from '../approval/workflow.ts';
import { workflowById } from './approval-workflows.ts';
import { type Database, inTransaction, type Reader } from './database.ts';
import { isShared } from './engine.ts';
import { peopleById } from './people.ts';

/** SQLite's synchronous=FULL. */
const FULL = 2;

/** Reads that only the command line needs. */

/** Whether a commit survives loss of power, and by which settings. */
export async function durabilityOf(db: Database): Promise<{ keeps: boolean; settings: string }> {
  if (isShared(db)) {
    const { rows } = await sql<{ version: string; fsync: string; synchronous: string }>`select
      current_setting('server_version') as version, current_setting('fsync') as fsync,
      current_setting('synchronous_commit') as synchronous`.execute(db);
    const { version, fsync, synchronous } = rows[0]!;
    return {
      keeps: fsync === 'on' && synchronous !== 'off',
      settings: `PostgreSQL ${version.split(' ')[0]}, fsync ${fsync}, synchronous_commit ${synchronous}`,
    };
  }
  const journal = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(db);
  const synchronous = await sql<{ synchronous: number }>`pragma synchronous`.execute(db);
  const [mode, level] = [journal.rows[0]!.journal_mode, synchronous.rows[0]!.synchronous];
  const keeps = mode === 'wal' && level === FULL;
  return { keeps, settings: keeps ? 'WAL with full sync' : `journal ${mode}, synchronous ${level}` };
}

class RolledBack extends Error {}

/** Writes something and takes it back; throws what the database throws. */
export async function tryWriting(db: Database): Promise<void> {
  try {
    await inTransaction(db, async (trx) => {
      await trx.insertInto('counters').values({ name: 'doctor', value: 1 }).execute();
      throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
}

export async function countPeople(db: Reader, organizationId: number): Promise<number> {
  const row = await db
    .selectFrom('people')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('organization_id', '=', organizationId)
    .where('archived_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Active people without an account on a platform, by name, and how many there are in all. */
export async function peopleWithoutAccount(
  db: Reader,
  organizationId: number,
  platform: 'slack' | 'teams',
  limit: number,
): Promise<{ total: number; names: string[] }> {
  const query = db
    .selectFrom('people')
    .where('organization_id', '=', organizationId)
    .where('archived_at', 'is', null)
    .where('kind', '=', 'human')
    .where('status', '=', 'active')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('identities')
            .select('identities.person_id')
            .whereRef('identities.person_id', '=', 'people.id')
            .where('identities.platform', '=', platform),
        ),
      ),
    );
  const { count } = await query
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const rows = await query.select(['name']).orderBy('name').orderBy('id').limit(limit).execute();
  return { total: Number(count), names: rows.map(({ name }) => name) };
}

/** One account on a platform whose owner may act; null when there is none. */
export async function someAccount(
  db: Reader,
  organizationId: number,
  platform: 'slack' | 'teams',
): Promise<{ tenant: string; externalId: string } | null> {
  const row = await db
    .selectFrom('identities')
    .select(['tenant', 'external_id'])
    .where('organization_id', '=', organizationId)
    .where('platform', '=', platform)
    .where('standing', '=', 'member')
    .limit(1)
    .executeTakeFirst();
  return row ? { tenant: row.tenant, externalId: row.external_id } : null;
}

/** Whether anybody's manager is on record. */
export async function managersKnown(db: Reader, organizationId: number): Promise<boolean> {
  const row = await db
    .selectFrom('people')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('manager_id', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** One workflow that webhooks can match, with what decides whether anybody can approve by it (R7). */
export interface WorkflowReadiness {
  policy: string;
  event: string;
  requirement: ApprovalRequirement;
  asksManager: boolean;
  listsPipelines: boolean;
  /** Listed approvers who may not be asked, and why. */
  lost: readonly { who: string; why: string }[];
  listed: number;
  /** Fallback approvers who may be asked. */
  fallbacks: number;
}

/** Every workflow of the organization's events and policies that are in use. */
export async function workflowsInUse(
  db: Reader,
  organizationId: number,
  whyNot: (person: Pick<Person, 'email' | 'standing'>) => string | null,
): Promise<WorkflowReadiness[]> {
  const rows = await db
    .selectFrom('approval_workflows')
    .innerJoin('approval_policies', 'approval_policies.id', 'approval_workflows.approval_policy_id')
    .innerJoin('events', 'events.id', 'approval_workflows.event_id')
    .select(['approval_workflows.id', 'approval_policies.name as policy', 'events.name as event'])
    .select((eb) =>
      eb
        .exists(eb.selectFrom('event_pipelines').select('event_id').whereRef('event_id', '=', 'events.id'))
        .as('listed'),
    )
    .where('approval_workflows.organization_id', '=', organizationId)
    .where('approval_workflows.target_type_id', '=', 1)
    .where('approval_policies.archived_at', 'is', null)
    .where('events.archived_at', 'is', null)
    .orderBy('approval_workflows.id')
    .execute();
  const found: WorkflowReadiness[] = [];
  for (const row of rows) {
    const workflow = (await workflowById(db, row.id))!;
    const people = await peopleById(db, [...workflow.approverIds, ...workflow.fallbackApproverIds]);
    const of = (ids: readonly number[]) => ids.flatMap((id) => people.get(id) ?? []);
    found.push({
      policy: row.policy,
      event: row.event,
      requirement: workflow.requirement,
      asksManager: workflow.dynamicApproverIds.length > 0,
      listsPipelines: Boolean(row.listed),
      listed: workflow.approverIds.length,
      lost: of(workflow.approverIds).flatMap((person) => {
        const why = whyNot(person);
        return why === null ? [] : [{ who: person.name, why }];
      }),
      fallbacks: of(workflow.fallbackApproverIds).filter((person) => whyNot(person) === null).length,
    });
  }
  return found;
}
