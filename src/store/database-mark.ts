import { existsSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { fileOf } from './one-bot.ts';

/**
 * The mark of a SQLite file, kept beside it, too: where the two differ, somebody put another file in its place. Databases
 * on a server and in memory have none.
 */
export interface MarkBeside {
  /** The marks that the database may have; null = nothing is known of it here. */
  read(): readonly string[] | null;
  /** Keeps the mark that the database is about to get, and the one it still has if that fails. */
  write(next: string, present: string | null): Promise<void>;
}

export function markBeside(databaseUrl: string): MarkBeside | null {
  if (!databaseUrl.startsWith('sqlite:') || databaseUrl === 'sqlite::memory:') return null;
  const path = `${fileOf(databaseUrl)}.mark`;
  return {
    read: () => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : null),
    async write(next, present) {
      const file = await open(`${path}.new`, 'w');
      try {
        await file.writeFile(`${[next, ...(present === null ? [] : [present])].join('\n')}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path}.new`, path);
    },
  };
}
