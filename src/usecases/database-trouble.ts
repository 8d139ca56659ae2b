/** SQLite's words for a database that takes nothing: full, read-only, locked by somebody else, gone. */
const REFUSED_WHOLE = /^SQLITE_(FULL|READONLY|BUSY|LOCKED|CANTOPEN)/;
const SQLITE_TROUBLE = /^SQLITE_(FULL|READONLY|BUSY|LOCKED|CANTOPEN|IOERR|CORRUPT|NOTADB|PROTOCOL|NOMEM)/;
/** PostgreSQL: no connection, no resources, shutting down, read-only, no lock in time, and what sockets say. */
const SERVER_TROUBLE =
  /^(08...|53...|57P0.|57014|25006|25P0.|55P03|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)$/;

/** Whether the database itself is in trouble: what was asked of it may work later. */
export function isDatabaseTrouble(error: unknown): boolean {
  const code = codeOf(error);
  if (code === 'DATABASE_UNAVAILABLE') return true;
  return SQLITE_TROUBLE.test(code) || (isOfServer(error) && SERVER_TROUBLE.test(code));
}

/** Whether the database took nothing at all, for certain: nobody's decision was recorded. */
export function tookNothing(error: unknown): boolean {
  return REFUSED_WHOLE.test(codeOf(error));
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
