import type { Kysely } from 'kysely';

/** One person's places by state are found by `slots_approver_state`: nothing asks for them without the organization. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropIndex('slots_person_state').execute();
}
