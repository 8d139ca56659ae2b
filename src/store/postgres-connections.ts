import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { remedyOf } from './postgres-remedies.ts';
import { DatabaseUnavailable } from './unavailable.ts';

const MOST_CONNECTIONS = 10;
/** A server that has not answered by then is lost: a network may swallow everything without a word. */
const ANSWER_WITHIN_MS = 35_000;
/** Lifts and restores the limits of one connection, ours and the server's. */
export const LIFT_LIMITS = 'set statement_timeout = 0; set lock_timeout = 0';
export const RESTORE_LIMITS = 'reset statement_timeout; reset lock_timeout';

/** int8 and numeric (sum, count) come as text unless told: ours are ids, counts and epoch ms, all below 2^53. */
const NUMBERS: ReadonlySet<number> = new Set([pg.types.builtins.INT8, pg.types.builtins.NUMERIC]);
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    NUMBERS.has(oid) ? Number : (pg.types.getTypeParser(oid, format as 'text') as unknown),
};

/** How any connection to the server of DATABASE_URL is made. Throws for what is no address. */
export function connectionOf(databaseUrl: string): pg.ClientConfig {
  if (!URL.canParse(databaseUrl))
    throw new Error(
      'DATABASE_URL is not an address. Example: postgres://user:password@host:5432/countersign',
    );
  const url = new URL(databaseUrl);
  // So that it means what it means to every other client of PostgreSQL.
  if (url.searchParams.has('sslmode')) url.searchParams.set('uselibpqcompat', 'true');
  return {
    connectionString: url.href,
    types,
    application_name: 'countersign',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  };
}

/**
 * Connections, made when they are needed and no more than ten. Whatever befalls one of them is the error of who used
 * it, as DatabaseUnavailable, and it is not used again; it never ends the process.
 */
export function openPool(databaseUrl: string): PostgresPool {
  const pool = new pg.Pool({
    ...connectionOf(databaseUrl),
    max: MOST_CONNECTIONS,
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
    // Whoever waits for the writer's lock behind one that hangs.
    lock_timeout: 10_000,
    // One that froze while it held the writer's lock.
    idle_in_transaction_session_timeout: 10_000,
  });
  // One that dies unused is replaced when the next is needed; unheard, either would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const known = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    options: pool.options,
    async connect() {
      const client = await pool.connect().catch((error: unknown) => {
        throw unavailable(error);
      });
      const guarded = known.get(client) ?? guard(client);
      known.set(client, guarded);
      return guarded;
    },
    end: () => pool.end(),
  };
}

function guard(client: pg.PoolClient): PostgresPoolClient {
  let lost: DatabaseUnavailable | null = null;
  let limit: number | undefined = ANSWER_WITHIN_MS;
  const query = async (text: string, parameters: readonly unknown[]) => {
    if (lost) throw lost;
    if (text === LIFT_LIMITS) limit = undefined;
    if (text === RESTORE_LIMITS) limit = ANSWER_WITHIN_MS;
    const config = { text, values: parameters.map(storable), ...(limit && { query_timeout: limit }) };
    try {
      return await client.query(config);
    } catch (error) {
      const trouble = told(error);
      if (trouble instanceof DatabaseUnavailable && !answersStill(error)) lost = trouble;
      throw trouble;
    }
  };
  return {
    ...('processID' in client && { processID: client.processID as number }),
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy || lost !== null),
  };
}

/** PostgreSQL keeps no NUL in text; what holds one is kept with the sign for “no such character” in its place. */
function storable(parameter: unknown): unknown {
  return typeof parameter === 'string' ? parameter.replaceAll('\0', '\uFFFD') : parameter;
}

/**
 * Classes of errors (SQLSTATE) that are nobody's fault who asked: connection, transaction taken back, no authorization,
 * resources, an operator's act, the system; then a standby, a lock, a limit of time.
 */
const UNAVAILABLE = /^(08|28|3D|40|53|57|58|XX)|^(25006|55P03)$/;

/** The server said so itself: this connection is good for more. */
function answersStill(error: unknown): boolean {
  return error instanceof pg.DatabaseError && !/^(08|57P)/.test(error.code ?? '');
}

/** The same trouble in our words. What the server adds about the rows concerned is not for logs. */
function told(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError) || UNAVAILABLE.test(error.code ?? '')) return unavailable(error);
  error.detail = undefined;
  error.where = undefined;
  error.internalQuery = undefined;
  return error;
}

function unavailable(error: unknown): DatabaseUnavailable {
  const said = error instanceof Error && error.message ? ` (${error.message})` : '';
  const remedy = remedyOf(error);
  return new DatabaseUnavailable(
    `The PostgreSQL server of DATABASE_URL cannot be asked now${said}.${remedy ? ` ${remedy}` : ''}`,
  );
}
