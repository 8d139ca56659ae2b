import type { DatabaseConnection, Dialect, Driver, TransactionSettings } from 'kysely';

/** What the bot does to the world, one at a time: a statement in its database, or a call of one of its platforms. */
export interface Steps {
  /** How many there were since `freezeBefore`. */
  readonly count: number;
  readonly isFrozen: boolean;
  /** Resolves once the bot has been stopped. */
  readonly frozen: Promise<void>;
  /** Counts from here; before the n-th step everything stops. Infinity = nothing stops. */
  freezeBefore(n: number): void;
  /** A bot that was stopped is thrown away; the one that follows goes on for good. */
  thaw(): void;
  /** Counts a call that reaches a platform: true = it never got there. */
  stopsCall(): boolean;
  /** A dialect whose statements wait for ever once everything stopped. */
  around(dialect: Dialect): Dialect;
}

export function createSteps(): Steps {
  let count = 0;
  let stopAt = Number.POSITIVE_INFINITY;
  /** Bots that are thrown away stay stopped while their successor works. */
  let life = { isFrozen: false, ...Promise.withResolvers<void>() };

  function step(of: typeof life): boolean {
    if (of.isFrozen) return true;
    count += 1;
    if (count < stopAt) return false;
    of.isFrozen = true;
    of.resolve();
    return true;
  }

  const steps: Steps = {
    get count() {
      return count;
    },
    get isFrozen() {
      return life.isFrozen;
    },
    get frozen() {
      return life.promise;
    },
    freezeBefore(n) {
      count = 0;
      stopAt = n;
    },
    thaw() {
      stopAt = Number.POSITIVE_INFINITY;
      life = { isFrozen: false, ...Promise.withResolvers<void>() };
    },
    stopsCall: () => step(life),
    around(dialect) {
      const own = life;
      const before = async (): Promise<void> => {
        // A promise of its own: one for all would keep every bot that was ever stopped in memory.
        if (step(own)) await new Promise<never>(() => {});
      };
      return {
        createAdapter: () => dialect.createAdapter(),
        createIntrospector: (db) => dialect.createIntrospector(db),
        createQueryCompiler: () => dialect.createQueryCompiler(),
        createDriver: () => new SteppingDriver(dialect.createDriver(), before, () => own.isFrozen),
      };
    },
  };
  return steps;
}

class SteppingConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection;
  readonly #before: () => Promise<void>;

  constructor(inner: DatabaseConnection, before: () => Promise<void>) {
    this.inner = inner;
    this.#before = before;
  }

  async executeQuery<R>(...args: Parameters<DatabaseConnection['executeQuery']>) {
    await this.#before();
    return this.inner.executeQuery<R>(...args);
  }

  async *streamQuery<R>(...args: Parameters<DatabaseConnection['streamQuery']>) {
    await this.#before();
    yield* this.inner.streamQuery<R>(...args);
  }
}

class SteppingDriver implements Driver {
  readonly #inner: Driver;
  readonly #before: () => Promise<void>;
  readonly #isFrozen: () => boolean;

  constructor(inner: Driver, before: () => Promise<void>, isFrozen: () => boolean) {
    this.#inner = inner;
    this.#before = before;
    this.#isFrozen = isFrozen;
  }

  init = () => this.#inner.init();

  /** Nobody waits for what a bot that was stopped still holds. */
  async destroy(): Promise<void> {
    const destroyed = this.#inner.destroy();
    if (!this.#isFrozen()) return destroyed;
    destroyed.catch(() => {});
  }

  async acquireConnection() {
    return new SteppingConnection(await this.#inner.acquireConnection(), this.#before);
  }
  releaseConnection = (connection: DatabaseConnection) =>
    this.#inner.releaseConnection(innermost(connection));

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings) {
    await this.#before();
    return this.#inner.beginTransaction(innermost(connection), settings);
  }

  async commitTransaction(connection: DatabaseConnection) {
    await this.#before();
    return this.#inner.commitTransaction(innermost(connection));
  }

  async rollbackTransaction(connection: DatabaseConnection) {
    await this.#before();
    return this.#inner.rollbackTransaction(innermost(connection));
  }
}

function innermost(connection: DatabaseConnection): DatabaseConnection {
  return connection instanceof SteppingConnection ? connection.inner : connection;
}
