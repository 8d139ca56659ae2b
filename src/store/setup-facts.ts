import { sql } from 'kysely';
import type { Reader } from './database.ts';

/** How far an organization has come on its way to the first approval. */
export interface SetupFacts {
  anEvent: boolean;
  aWorkflow: boolean;
  /** Some workflow names an active person, or the requester's manager. */
  somebodyToAsk: boolean;
  aRequest: boolean;
}

/** Whether Harness ever confirmed an approval of ours. */
export async function everDelivered(db: Reader, organizationId: number): Promise<boolean> {
  const row = await db
    .selectFrom('submissions')
    .select('request_id')
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'delivered')
    .where('action', '=', 'APPROVE')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function setupFacts(db: Reader, organizationId: number): Promise<SetupFacts> {
  const own = sql`organization_id = ${organizationId}`;
  const { rows } = await sql<Record<keyof SetupFacts, number>>`select
    case when exists (select 1 from events where ${own} and archived_at is null) then 1 else 0 end as "anEvent",
    case when exists (select 1 from approval_workflows where ${own}) then 1 else 0 end as "aWorkflow",
    case when exists (select 1 from approval_workflow_people w join people p on p.id = w.person_id
        where w.organization_id = ${organizationId} and w.part in ('approver', 'fallback')
          and p.status = 'active' and p.archived_at is null)
      or exists (select 1 from approval_workflows where ${own} and dynamic_approver_ids <> '[]')
      then 1 else 0 end as "somebodyToAsk",
    case when exists (select 1 from approval_requests where ${own}) then 1 else 0 end as "aRequest"`.execute(
    db,
  );
  const facts = rows[0]!;
  return {
    anEvent: facts.anEvent === 1,
    aWorkflow: facts.aWorkflow === 1,
    somebodyToAsk: facts.somebodyToAsk === 1,
    aRequest: facts.aRequest === 1,
  };
}
