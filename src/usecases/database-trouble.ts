import { MaybeCommitted } from '../store/database.ts';
import { TooBusy } from '../store/turns.ts';

/**
 * Codes of PostgreSQL (Appendix A of its manual): the connection, its end, no room, the server in another state, a wait
 * that took too long, a read-only server.
 */
const STATES = /^(?:08...|53...|57P0.|58...|57014|55P03|25P03|25006|40001|40P01)$/;
/** Node's, of the way there. */
const WAYS = /^(?:ECONN[A-Z]+|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH)$/;
/** What pg says without a code. */
const WORDS =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered)/;

/**
 * Whether what was thrown is the database's trouble and no mistake of ours: `gone` = nothing was recorded; `unsure` = the
 * connection broke while it was, so it may be. The same may be asked for again, as every use case does no harm twice.
 */
export function databaseTrouble(error: unknown): 'gone' | 'unsure' | null {
  if (error instanceof MaybeCommitted) return 'unsure';
  if (error instanceof TooBusy) return 'gone';
  if (!(error instanceof Error)) return null;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return code.startsWith('SQLITE_') || STATES.test(code) || WAYS.test(code) || WORDS.test(error.message)
    ? 'gone'
    : null;
}

/** For whoever pressed or typed something in that moment; null = it was no trouble of the database. */
export function notRecordedSentence(error: unknown): string | null {
  return databaseTrouble(error) === 'gone'
    ? 'Countersign cannot reach its database just now, so this was not recorded. Please try again in a minute.'
    : null;
}
