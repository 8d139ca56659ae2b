import { type Kysely, sql } from 'kysely';

const BATCH = 500;

/** The pipeline beside each request, so that the newest request of each pipeline is found by an index alone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('approval_requests')
    .addColumn('pipeline', 'text', (c) => c.notNull().defaultTo(''))
    .execute();
  for (let after = 0; ; ) {
    const { rows } = await sql<{ number: number; content: string }>`select number, content
      from approval_requests where number > ${after} order by number limit ${BATCH}`.execute(db);
    for (const row of rows) {
      const { execution } = JSON.parse(row.content) as { execution: { pipeline: string } };
      await sql`update approval_requests set pipeline = ${execution.pipeline}
        where number = ${row.number}`.execute(db);
    }
    if (rows.length < BATCH) break;
    after = Number(rows.at(-1)!.number);
  }
  await db.schema
    .createIndex('approval_requests_gate')
    .on('approval_requests')
    .columns(['organization_id', 'event_id', 'account', 'org', 'project', 'pipeline', 'number'])
    .execute();
}
