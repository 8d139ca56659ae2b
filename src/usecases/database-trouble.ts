import { MaybeCommitted } from '../store/database.ts';
import { TooBusy } from '../store/turns.ts';

/** SQLite's words for a database that takes nothing: full, read-only, locked by somebody else, gone. */
const REFUSED_WHOLE = /^SQLITE_(FULL|READONLY|BUSY|LOCKED|CANTOPEN)/;
const SQLITE_TROUBLE = /^SQLITE_(FULL|READONLY|BUSY|LOCKED|CANTOPEN|IOERR|CORRUPT|NOTADB|PROTOCOL|NOMEM)/;
/** PostgreSQL: no connection, no resources, shutting down, read-only, no lock in time, and what sockets say. */
const SERVER_TROUBLE =
  /^(08...|53...|57P0.|57014|25006|25P0.|55P03|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)$/;

/** What the driver says of a connection without any code. */
const CONNECTION_LOST =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered)/;

/** Whether the database itself is in trouble: what was asked of it may work later. */
export function isDatabaseTrouble(error: unknown): boolean {
  return error instanceof MaybeCommitted || SQLITE_TROUBLE.test(codeOf(error)) || isServerTrouble(error);
}

/**
 * Whether the database took nothing at all, for certain: nobody's decision was recorded. A server that was lost while it
 * committed is MaybeCommitted; before that, nothing was.
 */
export function tookNothing(error: unknown): boolean {
  if (error instanceof MaybeCommitted) return false;
  return REFUSED_WHOLE.test(codeOf(error)) || isServerTrouble(error);
}

function isServerTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof TooBusy || CONNECTION_LOST.test(error.message)) return true;
  return isOfServer(error) && SERVER_TROUBLE.test(codeOf(error));
}

/** What somebody is told whose act the database did not take. */
export const NOT_RECORDED =
  'The database of Countersign cannot be written to just now, so nothing was recorded. Please try again in a few minutes.';

/** What the one who acted is told of a failure: for certain that nothing was recorded, where that is certain. */
export function sentenceOf(error: unknown, otherwise: string): string {
  return tookNothing(error) ? NOT_RECORDED : otherwise;
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** The driver's errors name their severity; a socket's name no host that we called, other than the server's. */
function isOfServer(error: unknown): boolean {
  return error instanceof Error && ('severity' in error || 'syscall' in error);
}
