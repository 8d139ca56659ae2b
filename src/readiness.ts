import type { DatabaseWatch } from './database-watch.ts';
import type { ReadinessCheck } from './http/health.ts';
import type { Database } from './store/database.ts';
import { countResting } from './store/harness-connections.ts';
import { isMigrated } from './store/migrate.ts';
import { oldestDueAt } from './store/operating-figures.ts';
import type { Clock } from './usecases/ports.ts';
import type { Worker } from './worker.ts';

/** A worker that has not looked for so long is stuck. */
const WORKER_SILENT_MS = 30_000;
/** Work that waits so long for a worker is late. */
const LATE_MS = 60_000;

/** What the bot must have to do its work, and what is worth knowing beside it: for /readyz. */
export function readinessChecks(parts: {
  db: Database;
  worker: Worker;
  clock: Clock;
  watch: DatabaseWatch;
}): ReadinessCheck[] {
  const { db, worker, clock, watch } = parts;
  return [
    {
      name: 'database',
      check: async () => {
        await db.selectFrom('organizations').select('id').limit(1).execute();
        return watch.look();
      },
    },
    {
      name: 'migrations',
      check: async () => ((await isMigrated(db)) ? null : 'a migration is missing: restart'),
    },
    {
      name: 'worker',
      check: async () =>
        clock.now() - worker.lastLookAt() < WORKER_SILENT_MS ? null : 'the worker has not looked at its work',
    },
    harnessCheck(db),
    backlogCheck(db, clock),
  ];
}

/** A paused connection to Harness keeps nobody from asking here. */
function harnessCheck(db: Database): ReadinessCheck {
  return {
    name: 'harness',
    advisory: true,
    check: async () => {
      const count = await countResting(db);
      if (count === 0) return null;
      const many = count === 1 ? '1 connection to Harness is' : `${count} connections to Harness are`;
      return `${many} paused: decisions wait`;
    },
  };
}

/** Too much to do is no reason to send people elsewhere: every instance does the same work. */
function backlogCheck(db: Database, clock: Clock): ReadinessCheck {
  return {
    name: 'backlog',
    advisory: true,
    check: async () => {
      const late = clock.now() - (await oldestDueAt(db, clock.now()));
      return late > LATE_MS ? `work is ${Math.round(late / 1000)} s late` : null;
    },
  };
}
