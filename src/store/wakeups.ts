import { sql } from 'kysely';
import pg from 'pg';
import { type Database, isPostgresUrl, type Reader } from './database.ts';
import { engineOf } from './engine.ts';
import { connectionOf } from './postgres-connections.ts';

const CHANNEL = 'countersign_owed';
const LONGEST_PAUSE_MS = 30_000;
/** Notices of so long are one wake-up. */
const GATHER_MS = 20;

/** What a statement of PostgreSQL returns so that, once it is committed, workers of other instances hear of it. */
export function tellOthers(db: Reader) {
  return sql<null>`pg_notify(${CHANNEL}, ${engineOf(db).instance})`.as('told');
}

/**
 * Calls `wake` soon after another instance owed something, and whenever that may have been missed; for good measure
 * workers also look now and then. Does nothing on SQLite, which one process uses. Returns what ends it.
 */
export function hearOthers(databaseUrl: string, db: Database, wake: () => void): () => Promise<void> {
  if (!isPostgresUrl(databaseUrl)) return async () => {};
  let client: pg.Client | null = null;
  let ended = false;
  let failures = 0;
  let pause: NodeJS.Timeout | undefined;
  let gathering: NodeJS.Timeout | undefined;

  function soon(): void {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      wake();
    }, GATHER_MS).unref();
  }

  async function connect(): Promise<void> {
    const one = new pg.Client(connectionOf(databaseUrl));
    client = one;
    let lost = false;
    const again = () => {
      if (lost) return;
      lost = true;
      one.end().catch(() => {});
      if (ended) return;
      const longest = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures);
      failures += 1;
      pause = setTimeout(connect, longest * (0.5 + Math.random() / 2)).unref();
    };
    one.on('error', again);
    one.on('end', again);
    one.on('notification', ({ payload }) => {
      if (payload !== engineOf(db).instance) soon();
    });
    try {
      await one.connect();
      await one.query(`listen ${CHANNEL}`);
      failures = 0;
      soon();
    } catch {
      again();
    }
  }

  void connect();
  return async () => {
    ended = true;
    clearTimeout(pause);
    clearTimeout(gathering);
    await client?.end().catch(() => {});
  };
}
