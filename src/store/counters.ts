import { queryOnce } from './compiled-queries.ts';
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
export function nextId(trx: Trx, name: CounterName): Promise<number> {
  return nextIds(trx, name, 1);
}

/** The first of `howMany` ids in a row, all taken in one step. */
export async function nextIds(trx: Trx, name: CounterName, howMany: number): Promise<number> {
  const counter = await raisedCounter.first(trx, { name, value: howMany });
  return Number(counter!.value) - howMany + 1;
}

const raisedCounter = queryOnce((db, step: { name: CounterName; value: number }) =>
  db
    .insertInto('counters')
    .values(step)
    .onConflict((oc) =>
      oc.column('name').doUpdateSet((eb) => ({ value: eb('counters.value', '+', step.value) })),
    )
    .returning('value'),
);
