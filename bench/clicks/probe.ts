import SqliteDatabase from 'better-sqlite3';

/** What a process under measure has used so far. */
export interface Used {
  cpuMs: number;
  statements: number;
  rssMb: number;
}

/*
 * Loaded into the bot before anything else (`node --import`): counts the SQL statements that it runs, and answers each
 * message of its parent with what it has used so far.
 */
let statements = 0;
const statement = new SqliteDatabase(':memory:').prepare('select 1');
const prototype = Object.getPrototypeOf(statement) as Record<'run' | 'all' | 'get', () => unknown>;
for (const name of ['run', 'all', 'get'] as const) {
  const original = prototype[name];
  prototype[name] = function counted(this: unknown, ...given: []) {
    statements += 1;
    return original.apply(this, given);
  };
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const used: Used = {
    cpuMs: (user + system) / 1000,
    statements,
    rssMb: process.memoryUsage.rss() / 2 ** 20,
  };
  process.send?.(used);
});
// The parent alone keeps nobody alive.
process.channel?.unref();
