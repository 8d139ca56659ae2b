import {
  type ColumnDefinitionNode,
  CompiledQuery,
  type DataTypeNode,
  type Dialect,
  PostgresAdapter,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  PostgresQueryCompiler,
} from 'kysely';
import pg from 'pg';
import type { Engine } from './engine.ts';
import { createTurns } from './turns.ts';

const OLDEST_VERSION = 15;
const MOST_CONNECTIONS = 10;
const MOST_WAITING = 1_000;
/** One for the whole database: whoever holds it writes. Any number will do, as long as it never changes. */
const WRITER_LOCK = 7_303_147_001;

/** int8 and numeric (sum, count) come as text unless told: ours are ids, counts and epoch ms, all below 2^53. */
const NUMBERS: ReadonlySet<number> = new Set([pg.types.builtins.INT8, pg.types.builtins.NUMERIC]);
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    NUMBERS.has(oid) ? Number : (pg.types.getTypeParser(oid, format as 'text') as unknown),
};

/** The dialect of a PostgreSQL server; nothing connects until the first query. Throws for an address that is none. */
export function postgresDialect(databaseUrl: string): Dialect {
  const pool = new pg.Pool({
    connectionString: asLibpq(databaseUrl),
    types,
    application_name: 'countersign',
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    statement_timeout: 30_000,
    // A network that swallows everything.
    query_timeout: 35_000,
    // Whoever waits for the writer's lock behind one that hangs.
    lock_timeout: 10_000,
    // One that froze while it held the writer's lock.
    idle_in_transaction_session_timeout: 10_000,
  });
  // An idle connection that dies is replaced when the next is needed; unheard, it would end the process.
  pool.on('error', () => {});
  // So does one in use whose server goes away between two statements: the next of them says so.
  pool.on('connect', (client) => client.on('error', () => {}));
  return new SharedDialect({ pool });
}

/** `sslmode` means what it means to every other client of PostgreSQL. */
function asLibpq(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl))
    throw new Error(
      'DATABASE_URL is not an address. Example: postgres://user:password@host:5432/countersign',
    );
  const url = new URL(databaseUrl);
  if (url.searchParams.has('sslmode')) url.searchParams.set('uselibpqcompat', 'true');
  return url.href;
}

type Connection = Parameters<PostgresDriver['releaseConnection']>[0];

class OneWriterDriver extends PostgresDriver {
  override async init(): Promise<void> {
    await super.init();
    const connection = (await this.acquireConnection()) as Connection;
    try {
      await refuseOtherServers(connection);
    } finally {
      await this.releaseConnection(connection);
    }
  }
  /**
   * A transaction begins by taking the writer's lock: so each sees what the one before it committed, as on SQLite.
   * Whatever the database's own defaults are, a statement must see what was committed before it.
   */
  override async beginTransaction(connection: Connection): Promise<void> {
    try {
      await connection.executeQuery(
        CompiledQuery.raw(
          `begin isolation level read committed; select pg_advisory_xact_lock(${WRITER_LOCK})`,
        ),
      );
    } catch (error) {
      await this.rollbackTransaction(connection).catch(() => {});
      throw error;
    }
  }
}

async function refuseOtherServers(connection: Connection): Promise<void> {
  const { rows } = await connection.executeQuery<{ version: string; encoding: string }>(
    CompiledQuery.raw(
      `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding`,
    ),
  );
  const version = Math.floor(Number(rows[0]?.version) / 10_000);
  if (!(version >= OLDEST_VERSION))
    throw new Error(
      `The PostgreSQL server of DATABASE_URL is version ${version}. Countersign needs ${OLDEST_VERSION} or newer.`,
    );
  if (rows[0]?.encoding !== 'UTF8')
    throw new Error(
      `The database of DATABASE_URL keeps text as ${rows[0]?.encoding}. Make one with: create database … encoding 'UTF8' template template0`,
    );
}

class SharedAdapter extends PostgresAdapter implements Engine {
  readonly engine = 'postgres';
  readonly #turns = createTurns(MOST_WAITING);
  queue<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.run(work);
  }
}

/** Text is compared byte by byte, as SQLite does it, whatever the database's locale. */
class BinaryTextCompiler extends PostgresQueryCompiler {
  protected override visitColumnDefinition(node: ColumnDefinitionNode): void {
    const dataType = node.dataType as DataTypeNode;
    const binary: DataTypeNode = { ...dataType, dataType: 'text collate "C"' as 'text' };
    super.visitColumnDefinition(dataType.dataType === 'text' ? { ...node, dataType: binary } : node);
  }
}

class SharedDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;
  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }
  override createDriver(): PostgresDriver {
    return new OneWriterDriver(this.#config);
  }
  override createAdapter(): SharedAdapter {
    return new SharedAdapter();
  }
  override createQueryCompiler(): BinaryTextCompiler {
    return new BinaryTextCompiler();
  }
}
