/**
 * The database cannot be asked just now: it is away, too busy, or takes no writes. Nothing is wrong with what was asked
 * of it, and it may be asked again; whether a transaction that was being committed stands is not known.
 */
export class DatabaseUnavailable extends Error {
  readonly code = 'DATABASE_UNAVAILABLE';
}
