import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from '../store/database.ts';
import { type OperatingFigures, readFigures } from '../store/operating-figures.ts';
import type { Clock } from '../usecases/ports.ts';

const ONE_INSTANCE = 'Counted by this instance alone: add the instances up.';
const DATABASE = 'Of the whole database: every instance tells the same, so take the largest.';

const SECOND = 1;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What is read from the database is kept so long for whoever asks next. */
const KEEP_MS = 5_000;

export type Metrics = ReturnType<typeof createMetrics>;

/** Everything that /metrics tells, in a registry of its own. Labels have few values and hold no ids. */
export function createMetrics({ version }: { version: string }) {
  const registry = new Registry();
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name: `countersign_${name}`, help, labelNames, registers });
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `countersign_${name}`, help: `${help} ${ONE_INSTANCE}`, labelNames, registers });
  const histogram = <L extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly L[] = [],
  ) =>
    new Histogram({
      ...{ name: `countersign_${name}`, help: `${help} ${ONE_INSTANCE}` },
      ...{ buckets, labelNames, registers },
    });

  gauge('build_info', 'Always 1; the labels say what runs.', ['version', 'node']).set(
    { version, node: process.versions.node },
    1,
  );
  const gauges = {
    up: gauge('database_up', '1 while the database answers this instance, else 0.'),
    requests: gauge('requests', `Approval requests by status. ${DATABASE}`, ['status']),
    held: gauge('requests_held', `Waiting requests that a problem holds up. ${DATABASE}`, ['problem']),
    due: gauge('outbox_due', `Work that is due now, 10,000 counted at most. ${DATABASE}`, ['kind']),
    oldest: gauge(
      'outbox_oldest_due_seconds',
      `How late the latest piece of due work of this kind is; 0 = none is. ${DATABASE}`,
      ['kind'],
    ),
    dead: gauge('outbox_dead', `Work that was given up, 10,000 counted at most. ${DATABASE}`, ['kind']),
    unsettled: gauge(
      'submissions_unsettled',
      `Decisions that Harness has not recorded, 10,000 counted at most. ${DATABASE}`,
      ['state'],
    ),
    oldestUnsettled: gauge(
      'submissions_oldest_unsettled_seconds',
      `Age of the oldest decision in this state that Harness has not recorded; 0 = there is none. ${DATABASE}`,
      ['state'],
    ),
    resting: gauge('harness_connections_paused', `Connections to Harness that are paused. ${DATABASE}`),
  };
  return {
    registry,
    gauges,
    firstCard: histogram(
      'request_first_card_seconds',
      'From the webhook to the first card of its request.',
      [0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 300, 1800],
    ),
    decisions: histogram(
      'request_decision_seconds',
      'From the webhook to the decision.',
      [10, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY],
      ['action', 'how'],
    ),
    submissions: counter('submissions_total', 'What telling Harness a decision came to.', ['outcome']),
    webhooks: counter('webhooks_total', 'Webhooks answered, by HTTP status.', ['code']),
    calls: counter(
      'platform_calls_total',
      'Calls made to Slack, Microsoft and Harness; 429 is rate_limited.',
      [...(['platform', 'method', 'outcome'] as const)],
    ),
    callDuration: histogram(
      'platform_call_duration_seconds',
      'How long those calls took.',
      [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      ['platform'],
    ),
    acks: histogram(
      'ack_duration_seconds',
      'From receiving something to answering it; Slack waits 3 s, Teams some 15 s.',
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 15],
      ['kind'],
    ),
  };
}

/** The page in Prometheus's text format: counts as they are, the database's figures a few seconds old at most. */
export function createMetricsPage(metrics: Metrics, { db, clock }: { db: Database; clock: Clock }) {
  const { registry, gauges } = metrics;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;
  let watched = false;

  async function refresh(): Promise<void> {
    const now = clock.now();
    if (now >= readAt && now - readAt < KEEP_MS) return;
    const figures = await readFigures(db, now).catch(() => null);
    gauges.up.set(figures ? 1 : 0);
    if (figures) show(gauges, figures);
    readAt = now;
  }

  return {
    contentType: registry.contentType,
    async text(): Promise<string> {
      // Node's own figures cost something: nobody pays who is never asked.
      if (!watched) collectDefaultMetrics({ register: registry });
      watched = true;
      reading ??= refresh().finally(() => {
        reading = null;
      });
      await reading;
      return registry.metrics();
    },
  };
}

function show(gauges: Metrics['gauges'], figures: OperatingFigures): void {
  for (const one of [gauges.held, gauges.due, gauges.oldest, gauges.dead]) one.reset();
  for (const one of [gauges.requests, gauges.unsettled, gauges.oldestUnsettled]) one.reset();
  for (const { status, total } of figures.requests) gauges.requests.set({ status }, total);
  for (const { problem, total } of figures.held) gauges.held.set({ problem }, total);
  for (const { kind, due, lateMs, dead } of figures.outbox) {
    gauges.due.set({ kind }, due);
    gauges.oldest.set({ kind }, lateMs / 1000);
    gauges.dead.set({ kind }, dead);
  }
  for (const { state, total, ageMs } of figures.unsettled) {
    gauges.unsettled.set({ state }, total);
    gauges.oldestUnsettled.set({ state }, ageMs / 1000);
  }
  gauges.resting.set(figures.resting);
}
