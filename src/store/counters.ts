import type { Trx } from './database.ts';

export type CounterName =
  | 'organizations'
  | 'people'
  | 'identity_changes'
  | 'events'
  | 'pipeline_events'
  | 'approval_policies'
  | 'approval_policy_assignments'
  | 'approval_workflows'
  | 'approval_requests'
  | 'slots'
  | 'votes'
  | 'questions'
  | 'card_replies'
  | 'audit_events'
  | 'tokens'
  | 'install_links'
  | 'harness_connections'
  | 'connection_links';

/** The next decimal id of a kind, taken in the same transaction as the row that uses it (R29). */
export async function nextId(trx: Trx, name: CounterName): Promise<number> {
  const { value } = await trx
    .insertInto('counters')
    .values({ name, value: 1 })
    .onConflict((oc) => oc.column('name').doUpdateSet((eb) => ({ value: eb('counters.value', '+', 1) })))
    .returning('value')
    .executeTakeFirstOrThrow();
  return Number(value);
}
