/**
 * The order in which rows were made, for the few of one request: SQLite takes 14 µs to set up a sort of its own, where
 * reading them takes 2.
 */
export function byId(one: { id: number }, other: { id: number }): number {
  return one.id - other.id;
}
