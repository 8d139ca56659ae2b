import { isPostgresUrl } from '../../src/store/database.ts';
import { openLedger } from './ledger.ts';
import { openPostgresLedger, type PostgresLedger } from './ledger-postgres.ts';

/** Reads the bot's database from outside, whichever its engine. */
export type Auditor = PostgresLedger;

export function openAuditor(databaseUrl: string): Auditor {
  if (isPostgresUrl(databaseUrl)) return openPostgresLedger(databaseUrl);
  const ledger = openLedger(databaseUrl.slice('sqlite:'.length));
  return {
    look: async () => ledger,
    owed: async () => ({ due: ledger.due().length, dead: ledger.dead().length }),
    forgotten: async () => ledger.forgotten(),
    close: async () => ledger.close(),
  };
}
