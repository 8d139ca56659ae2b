import { MaybeCommitted } from '../store/database.ts';
import { DatabaseUnavailable } from '../store/unavailable.ts';
import type { Context } from './context.ts';

/** SQLite's words for a database that takes nothing: full, read-only, locked by somebody else, gone. */
const REFUSED_WHOLE = /^SQLITE_(FULL|READONLY|BUSY|LOCKED|CANTOPEN)/;
const SQLITE_TROUBLE = /^SQLITE_(IOERR|CORRUPT|NOTADB|PROTOCOL|NOMEM)/;

/**
 * Whether what was thrown is the database's trouble and no mistake of ours: `gone` = nothing was recorded, for certain;
 * `unsure` = it failed while it was recorded, so it may be. The same may be asked for again, as every use case does no
 * harm twice.
 */
export function databaseTrouble(error: unknown): 'gone' | 'unsure' | null {
  if (error instanceof MaybeCommitted) return 'unsure';
  if (error instanceof DatabaseUnavailable) return 'gone';
  const code = codeOf(error);
  if (REFUSED_WHOLE.test(code)) return 'gone';
  return SQLITE_TROUBLE.test(code) ? 'unsure' : null;
}

/** For whoever pressed or typed something in that moment; null = it is not certain that nothing was recorded. */
export function notRecordedSentence(error: unknown): string | null {
  return databaseTrouble(error) === 'gone'
    ? 'The database of Countersign cannot be written to just now, so nothing was recorded. Please try again in a few minutes.'
    : null;
}

/**
 * Runs work that may record something and then read. Should the database go once something was recorded, what is thrown
 * is MaybeCommitted, so that nobody is told that nothing was.
 */
export async function recording<T>(context: Context, work: (context: Context) => Promise<T>): Promise<T> {
  let isRecorded = false;
  const wake = () => {
    isRecorded = true;
    context.wake();
  };
  try {
    return await work({ ...context, wake });
  } catch (error) {
    if (isRecorded && databaseTrouble(error) === 'gone')
      throw new MaybeCommitted('the database went after something was recorded', { cause: error });
    throw error;
  }
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
