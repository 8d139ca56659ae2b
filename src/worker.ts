import type { OutboxKind } from './store/bookkeeping-tables.ts';
import { isShared } from './store/engine.ts';
import { kindsDue, leaseDue, nextDueAt } from './store/outbox-due.ts';
import { followClockBack, SET_BACK_MS } from './store/set-back-clock.ts';
import { pauseSuspects } from './store/suspects.ts';
import type { Context } from './usecases/context.ts';
import { payDebt } from './usecases/pay-debt.ts';

/**
 * What is owed waits in lanes, each with so many at once: a decision is told to Harness however many Homes, cards and
 * open requests are due, and however long Slack is silent. `patient`: waits a moment while somebody waits for an answer.
 */
const LANES: readonly { kinds: readonly OutboxKind[]; atOnce: number; patient: boolean }[] = [
  { kinds: ['submit_approval', 'expire_request'], atOnce: 8, patient: false },
  {
    kinds: [
      'resolve_approvers',
      'sync_card',
      'sync_thread',
      'post_notice',
      'remove_copy',
      'check_connection',
    ],
    atOnce: 6,
    patient: true,
  },
  { kinds: ['follow_execution'], atOnce: 2, patient: true },
  { kinds: ['check_harness'], atOnce: 2, patient: true },
  { kinds: ['sync_home'], atOnce: 1, patient: true },
  { kinds: ['remove_finished'], atOnce: 1, patient: true },
];
/** A patient lane waits no longer than this for people to be answered, and looks so often whether they are. */
const PATIENCE_MS = 500;
const PATIENT_LOOK_MS = 10;
/**
 * How long a claim lasts; one that is still being worked on is held, so that slow calls do not lose it. A process
 * that is alone frees all claims when it starts; where others take over from one that died, they need not wait long.
 */
const ALONE_LEASE_MS = 60_000;
const SHARED_LEASE_MS = 20_000;
/** So often what was claimed when workers died is looked through. */
const SUSPECTS_EVERY_MS = 1_000;
/** Another process (the admin command line) may owe something without telling us. */
const LOOK_EVERY_MS = 1_000;

export interface Worker {
  start(): void;
  /** Looks for due rows soon. Cheap; call it after every commit. */
  wake(): void;
  /** Pays everything due now and all that becomes due by it, then returns: for tests. */
  settle(): Promise<void>;
  /** Takes nothing new; resolves when what was taken is finished, or after `graceMs`. */
  stop(graceMs: number): Promise<void>;
  /** When it last looked at the outbox, epoch ms; for /readyz. */
  lastLookAt(): number;
}

/**
 * Pays what the outbox owes: claims due rows, hands each to its use case, so many at once in each lane. While `isBusy`
 * says that somebody waits for an answer, what merely shows something holds back a moment.
 */
export function createWorker(
  context: Context,
  {
    isBusy,
    patienceMs = PATIENCE_MS,
    leaseMs = isShared(context.db) ? SHARED_LEASE_MS : ALONE_LEASE_MS,
  }: { isBusy: () => boolean; patienceMs?: number; leaseMs?: number },
): Worker {
  const { db, clock, log } = context;
  const going = LANES.map((lane) => ({ ...lane, work: new Set<Promise<void>>() }));
  type Lane = (typeof going)[number];
  let running = false;
  let looking: Promise<void> | null = null;
  let again = false;
  let waking = false;
  let timer: NodeJS.Timeout | undefined;
  let lastLook = 0;
  let suspectsAt = 0;
  /** What the clock said last. */
  let latest = Number.NEGATIVE_INFINITY;
  /** The outbox could not be read, and somebody was told. */
  let blind = false;
  /** Since when patient lanes have held back, on the machine's own clock; null = they do not. */
  let holdingSince: number | null = null;

  /** A clock that was set back would make everything wait as long as it was wrong. */
  async function noticeClock(): Promise<void> {
    const now = clock.now();
    const byMs = latest - now;
    if (byMs >= SET_BACK_MS) {
      log.warn({ byMs }, 'the clock was set back');
      await followClockBack(db, byMs, now);
    }
    latest = now;
  }

  async function take(lanes: readonly Lane[] = going): Promise<number> {
    await noticeClock();
    if (Math.abs(clock.now() - suspectsAt) >= SUSPECTS_EVERY_MS) {
      suspectsAt = clock.now();
      await pauseSuspects(db, suspectsAt, context.random);
    }
    const free = lanes.filter(({ atOnce, work }) => work.size < atOnce);
    if (free.length === 0) return 0;
    const due = await kindsDue(
      db,
      clock.now(),
      free.flatMap(({ kinds }) => kinds),
    );
    let taken = 0;
    for (const lane of free) {
      const kinds = lane.kinds.filter((kind) => due.has(kind));
      if (kinds.length > 0) taken += await takeFrom(lane, kinds);
    }
    return taken;
  }

  /** Whether those who wait for an answer come first just now. */
  function holdsBack(): boolean {
    holdingSince ??= performance.now();
    if (isBusy() && performance.now() - holdingSince < patienceMs) return true;
    holdingSince = null;
    return false;
  }

  async function takeFrom({ atOnce, work: paying }: Lane, kinds: readonly OutboxKind[]): Promise<number> {
    const free = atOnce - paying.size;
    if (free <= 0) return 0;
    const rows = await leaseDue(db, clock.now(), free, leaseMs, kinds, (row) =>
      log.error(
        { kind: row.kind, subject: row.subjectId },
        'given up: the process died each time it was tried',
      ),
    );
    for (const row of rows) {
      const work = payDebt(context, row, leaseMs).finally(() => {
        paying.delete(work);
        wake();
      });
      paying.add(work);
    }
    return rows.length;
  }

  const allGoing = () => going.flatMap(({ work }) => [...work]);

  async function takeWhatIsDue(): Promise<void> {
    try {
      do {
        again = false;
        await take(holdsBack() ? going.filter(({ patient }) => !patient) : going);
        lastLook = clock.now();
        if (blind) log.info({}, 'the outbox can be read again');
        blind = false;
      } while (again && running);
    } catch (error) {
      if (!blind) log.error({ err: error }, 'cannot read the outbox');
      blind = true;
    } finally {
      looking = null;
    }
  }

  async function look(): Promise<void> {
    if (!running) return;
    if (looking) {
      again = true;
      return;
    }
    clearTimeout(timer);
    looking = takeWhatIsDue();
    await looking;
    if (!running) return;
    timer = setTimeout(() => void look(), await pause());
    timer.unref();
  }

  async function pause(): Promise<number> {
    if (holdingSince !== null) return PATIENT_LOOK_MS;
    try {
      // A lane that is full looks again when it has room.
      const kinds = going.flatMap((lane) => (lane.work.size < lane.atOnce ? lane.kinds : []));
      const at = kinds.length > 0 ? await nextDueAt(db, kinds) : null;
      if (at === null) return LOOK_EVERY_MS;
      return Math.min(LOOK_EVERY_MS, Math.max(10, at - clock.now()));
    } catch {
      return LOOK_EVERY_MS;
    }
  }

  /** Many commits of one moment are one look. */
  function wake(): void {
    if (!running || waking) return;
    waking = true;
    setImmediate(() => {
      waking = false;
      void look();
    });
  }

  return {
    start() {
      running = true;
      wake();
    },
    wake,
    async settle() {
      do {
        while ((await take()) > 0);
        await Promise.all(allGoing());
      } while (((await nextDueAt(db)) ?? Number.POSITIVE_INFINITY) <= clock.now());
    },
    async stop(graceMs) {
      running = false;
      clearTimeout(timer);
      // Rows that were being claimed just now are finished, too.
      const finished = Promise.resolve(looking).then(() => Promise.allSettled(allGoing()));
      await Promise.race([finished, new Promise((done) => setTimeout(done, graceMs).unref())]);
    },
    lastLookAt: () => lastLook,
  };
}
