import { type Kysely, sql } from 'kysely';

const DAY_MS = 86_400_000;
const AT_ONCE = 500;

/** People's Homes in chat, notices to single accounts, and what the statistics picture is drawn from. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('homes')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('platform', 'text', (c) => c.notNull())
    .addColumn('tenant', 'text', (c) => c.notNull())
    .addColumn('external_id', 'text', (c) => c.notNull())
    .addColumn('person_id', 'bigint', (c) => c.references('people.id'))
    .addColumn('turned', 'text', (c) => c.notNull().defaultTo('{}'))
    .addColumn('opened_at', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('homes_account', ['platform', 'tenant', 'external_id'])
    .execute();
  await db.schema.createIndex('homes_person').on('homes').columns(['person_id', 'opened_at']).execute();

  await db.schema
    .createTable('notices')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('about', 'text', (c) => c.notNull())
    .addColumn('platform', 'text', (c) => c.notNull())
    .addColumn('tenant', 'text', (c) => c.notNull())
    .addColumn('external_id', 'text', (c) => c.notNull())
    .addColumn('page', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) =>
      c.notNull().check(sql`state in ('pending', 'posting', 'posted', 'unreachable')`),
    )
    .addColumn('posting_since', 'bigint')
    .addColumn('detail', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('notices_one_per_thing', [
      'organization_id',
      'about',
      'platform',
      'tenant',
      'external_id',
    ])
    .execute();

  await db.schema.alterTable('organizations').addColumn('chart_key', 'text').execute();
  await db.schema
    .createIndex('organizations_chart_key')
    .unique()
    .on('organizations')
    .column('chart_key')
    .where('chart_key', 'is not', null)
    .execute();

  await listsOfHome(db);
  await outcomes(db);
}

/** An index for each list that a Home shows and nothing else asked for. */
async function listsOfHome(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('submissions_state')
    .on('submissions')
    .columns(['organization_id', 'state', 'request_id'])
    .execute();
  await db.schema
    .createIndex('approval_requests_problem')
    .on('approval_requests')
    .columns(['organization_id', 'status', 'number'])
    .where(sql.ref('problem'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('cards_unreachable')
    .on('cards')
    .columns(['organization_id', 'request_status', 'request_number'])
    .where(sql.ref('state'), '=', sql.lit('unreachable'))
    .execute();
}

/** Requests per day and outcome, and when votes decided them. */
async function outcomes(db: Kysely<unknown>): Promise<void> {
  const day = sql`created_at / ${sql.lit(DAY_MS)}`;
  await sql`insert into day_totals (organization_id, list, day, total)
    select organization_id, 'approval_requests:' || status, ${day}, count(*)
    from approval_requests group by organization_id, status, ${day}`.execute(db);

  await db.schema.alterTable('approval_requests').addColumn('decided_at', 'bigint').execute();
  let after = 0;
  for (;;) {
    const { rows } = await sql<{ number: number; decision: string | null }>`
      select number, decision from approval_requests where number > ${after} order by number limit ${AT_ONCE}`.execute(
      db,
    );
    for (const row of rows) {
      const decision = row.decision === null ? null : (JSON.parse(row.decision) as Decision);
      if (decision?.how === 'vote')
        await sql`update approval_requests set decided_at = ${decision.at} where number = ${row.number}`.execute(
          db,
        );
    }
    const last = rows.at(-1);
    if (!last) break;
    after = Number(last.number);
  }
  await db.schema
    .createIndex('approval_requests_decided')
    .on('approval_requests')
    .columns(['organization_id', 'decided_at', 'created_at'])
    .where('decided_at', 'is not', null)
    .execute();
}

interface Decision {
  how: string;
  at: number;
}
