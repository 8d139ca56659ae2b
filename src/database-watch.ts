import { isDatabaseTrouble } from './usecases/database-trouble.ts';
import type { Log } from './usecases/ports.ts';

/** Knows whether the database is in trouble, from what is logged, and says so once. */
export interface DatabaseWatch {
  /** The log to be used: what follows from the same trouble is told at level debug. */
  log: Log;
  /** null = no trouble. Where there was, tries a write first; says in the log that it is over. */
  look(): Promise<string | null>;
}

/** `write` writes something small for good, and throws what the database throws. */
export function watchDatabase(log: Log, write: () => Promise<void>): DatabaseWatch {
  let trouble: string | null = null;
  let since = 0;

  function told(facts: object): boolean {
    const error = 'err' in facts ? facts.err : null;
    if (!isDatabaseTrouble(error)) return false;
    const isNew = trouble === null;
    trouble = error instanceof Error ? error.message : 'the database cannot be used';
    if (isNew) {
      since = Date.now();
      log.error(
        facts,
        'the database cannot be used: webhooks are answered 503 and nothing is recorded until it can',
      );
    }
    return true;
  }

  return {
    log: {
      debug: (facts, message) => log.debug(facts, message),
      info: (facts, message) => log.info(facts, message),
      warn: (facts, message) => (told(facts) ? log.debug(facts, message) : log.warn(facts, message)),
      error: (facts, message) => (told(facts) ? log.debug(facts, message) : log.error(facts, message)),
    },
    async look() {
      if (trouble === null) return null;
      try {
        await write();
      } catch (error) {
        return error instanceof Error ? error.message : 'the database cannot be used';
      }
      trouble = null;
      log.info({ afterMs: Date.now() - since }, 'the database can be used again');
      return null;
    },
  };
}
