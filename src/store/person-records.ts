import { sql } from 'kysely';
import type { Reader } from './database.ts';
import { contained, integer, isOneOf, type ListShape } from './list-query.ts';
import { splitName } from './person-columns.ts';

/** A person as the management API shows them. */
export interface PersonRecord {
  id: number;
  organizationId: number;
  kind: 'human' | 'machine';
  name: string;
  firstName: string;
  lastName: string;
  email: string | null;
  title: string | null;
  role: 'member' | 'admin';
  status: 'active' | 'deactivated';
  managerId: number | null;
  ownerId: number | null;
  archivedAt: number | null;
  createdAt: number;
  updatedAt: number;
  slackUserId: string | null;
  teamsUserId: string | null;
  /** Accounts that wait to be confirmed from there before they count (R16). */
  pendingSlackUserId: string | null;
  pendingTeamsUserId: string | null;
}

export const PEOPLE: ListShape = {
  table: 'people',
  filters: {
    id: { kind: 'integer', sql: sql`id` },
    name: { kind: 'text', sql: sql`name` },
    first_name: { kind: 'text', sql: sql`first_name` },
    last_name: { kind: 'text', sql: sql`last_name` },
    email: { kind: 'text', sql: sql`email` },
    manager_id: { kind: 'integer', sql: sql`manager_id` },
    status: {
      kind: 'integer',
      sql: sql`(case when status = 'active' and archived_at is null then 1 else 2 end)`,
      choices: ['1', '2'],
    },
    role: { kind: 'text', sql: sql`role`, choices: ['member', 'admin'] },
    kind: { kind: 'text', sql: sql`kind`, choices: ['human', 'machine'] },
    approval_policy_id: {
      kind: 'search',
      matches: (values, organizationId) => sql`id in (select target_id from approval_policy_assignments
        where organization_id = ${organizationId} and target_type = 'person' and ${isOneOf(sql`approval_policy_id`, values.map(integer))})`,
    },
    approval_workflow_id: {
      kind: 'search',
      matches: (values) => sql`id in (select person_id from approval_workflow_people
        where ${isOneOf(sql`approval_workflow_id`, values.map(integer))})`,
    },
    query: {
      kind: 'search',
      matches: (values) =>
        sql`(${sql.join(
          values.map((words) => sql`${contained(sql`name`, words)} or ${contained(sql`email`, words)}`),
          sql` or `,
        )})`,
    },
  },
  sorts: {
    id: sql`id`,
    name: sql`lower(name)`,
    first_name: sql`lower(first_name)`,
    last_name: sql`lower(last_name)`,
    email: sql`lower(email)`,
  },
  lacking: ['email'],
  kept: ['status', 'role', 'manager_id'],
};

/** People of one organization by id, the deactivated and archived too; others are left out. */
export async function peopleRecords(
  db: Reader,
  organizationId: number,
  ids: Iterable<number>,
): Promise<Map<number, PersonRecord>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const rows = await db
    .selectFrom('people')
    .selectAll()
    .where('id', 'in', wanted)
    .where('organization_id', '=', organizationId)
    .execute();
  const accounts = await db
    .selectFrom('identities')
    .select(['person_id', 'platform', 'external_id'])
    .where('person_id', 'in', wanted)
    .execute();
  const pending = await db
    .selectFrom('identity_changes')
    .select(['person_id', 'platform', 'external_id'])
    .where('person_id', 'in', wanted)
    .where('state', '=', sql.lit('pending' as const))
    .execute();
  type Account = { person_id: number; platform: string; external_id: string };
  const accountOf = (list: readonly Account[], personId: number, platform: string) =>
    list.find((one) => one.person_id === personId && one.platform === platform)?.external_id ?? null;
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        organizationId: row.organization_id,
        kind: row.kind,
        name: row.name,
        firstName: row.first_name || splitName(row.name).first_name,
        lastName: row.last_name,
        email: row.email,
        title: row.title,
        role: row.role,
        status: row.status,
        managerId: row.manager_id,
        ownerId: row.owner_id,
        archivedAt: row.archived_at,
        createdAt: row.created_at,
        updatedAt: row.updated_at,
        slackUserId: accountOf(accounts, row.id, 'slack'),
        teamsUserId: accountOf(accounts, row.id, 'teams'),
        pendingSlackUserId: accountOf(pending, row.id, 'slack'),
        pendingTeamsUserId: accountOf(pending, row.id, 'teams'),
      },
    ]),
  );
}

/** How many admins can act besides this person. */
export async function otherAdmins(db: Reader, organizationId: number, personId: number): Promise<number> {
  const row = await db
    .selectFrom('people')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('organization_id', '=', organizationId)
    .where('role', '=', 'admin')
    .where('status', '=', 'active')
    .where('archived_at', 'is', null)
    .where('kind', '=', 'human')
    .where('id', '!=', personId)
    // An account that is a guest or gone bites wherever it is.
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('identities')
            .select('external_id')
            .whereRef('identities.person_id', '=', 'people.id')
            .where('identities.standing', '!=', 'member'),
        ),
      ),
    )
    .executeTakeFirst();
  return Number(row?.total ?? 0);
}
