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
import type { Engine } from './engine.ts';
import { openPool } from './postgres-connections.ts';
import { createTurns } from './turns.ts';

const OLDEST_VERSION = 15;
/** How many transactions of one process may wait for their turn, and for how long. */
const QUEUE = { most: 1_000, waitMs: 10_000 };
/** One for the whole database: whoever holds it writes. Any number will do, as long as it never changes. */
const WRITER_LOCK = 7_303_147_001;

/** The dialect of a PostgreSQL server; nothing connects until the first query. Throws for an address that is none. */
export function postgresDialect(databaseUrl: string): Dialect {
  return new SharedDialect({ pool: openPool(databaseUrl) });
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
      await this.rollbackTransaction(connection);
      throw error;
    }
  }

  /** Never throws: what went wrong before is what matters. A connection that cannot even do this is not used again. */
  override async rollbackTransaction(connection: Connection): Promise<void> {
    await super.rollbackTransaction(connection).catch(() => {});
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
  readonly instance = crypto.randomUUID();
  readonly #turns = createTurns(QUEUE);
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
