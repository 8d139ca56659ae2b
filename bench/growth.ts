import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type App, createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { personById } from '../src/store/people.ts';
import { buildHome } from '../src/usecases/homes/home.ts';
import type { Principal } from '../src/usecases/managing/managing.ts';
import { listHistory } from '../src/usecases/requests/list-history.ts';
import { listPending } from '../src/usecases/requests/list-pending.ts';
import { SLACK_TEAM } from './clicks/surroundings.ts';
import { BUSY_APPROVER, fill } from './fill.ts';
import { API_TOKEN, LISTS, tokensOf } from './growth-lists.ts';
import { type BenchOptions, inTurn, median, quantile, type Section } from './results.ts';
import { WEBHOOK_TOKEN } from './webhook.ts';

const GOAL = 0.1;
const ROUNDS = 25;
/** The share of runs that nothing else on the machine made longer: more of it, and other work would count as growth. */
const UNDISTURBED = 0.1;
const PAGE = 30;
const APPROVER = 9;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

interface Query {
  name: string;
  /** Runs it once; how many rows it shows. */
  run(): Promise<number>;
}

interface Point {
  requests: number;
  /** Rows it shows. */
  shown: number;
  ms: number;
}

interface Curve {
  name: string;
  /** By size. */
  ms: number[];
  /** null: at no two sizes it shows as much as at the largest. */
  slope: number | null;
}

/** Every list, filter, Home, pending and history while the requests grow: log-log slope of each. */
export async function growth({ isShort, isLong, folder: parent }: BenchOptions): Promise<Section> {
  const upTo100k = [1_000, 10_000, 100_000];
  const sizes = isShort ? [1_000, 4_000] : isLong ? [...upTo100k, 1_000_000] : upTo100k;
  const folder = mkdtempSync(join(parent, 'countersign-growth-'));
  const apps: App[] = [];
  try {
    const queries: Query[][] = [];
    for (const requests of sizes) {
      const app = await startApp(join(folder, `${requests}.db`));
      apps.push(app);
      await fill(app.context.db, app.organizationId, { requests, workflows: 1_000 });
      queries.push(await allQueries(app));
    }
    const runs = queries[0]!.map((_, nth) => queries.map((ofSize) => ofSize[nth]!.run));
    const shown: number[][] = [];
    for (const ofQuery of runs) {
      const ofSizes: number[] = [];
      for (const run of ofQuery) ofSizes.push(await run());
      shown.push(ofSizes);
      // What is new to the compiler is not counted.
      await inTurn(5, ofQuery);
    }
    // One query after the other in each round, so that what else the machine does for a moment falls on all of them.
    const rounds = await inTurn(isShort ? 7 : ROUNDS, [
      async () => {
        const round: number[][] = [];
        for (const ofQuery of runs) round.push((await inTurn(1, ofQuery.map(timed))).map(([ms]) => ms!));
        return round;
      },
    ]);
    const curves = queries[0]!.map(({ name }, nth): Curve => {
      const ms = sizes.map((_, size) =>
        quantile(
          rounds[0]!.map((round) => round[nth]![size]!),
          UNDISTURBED,
        ),
      );
      const points = sizes.map((requests, size) => ({
        requests,
        shown: shown[nth]![size]!,
        ms: ms[size]!,
      }));
      return { name, ms, slope: slopeOf(points) };
    });
    return report(sizes, curves);
  } finally {
    for (const app of apps) {
      await app.server.close();
      await app.context.db.destroy();
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

function startApp(file: string): Promise<App> {
  return createApp(
    readConfig({
      DATABASE_URL: `sqlite:${file}`,
      LOG_LEVEL: 'silent',
      PUBLIC_URL: 'https://approvals.acme.io',
      API_TOKEN,
      API_RATE_LIMIT: '999999/1',
      SLACK_BOT_TOKEN: 'xoxb-bench',
      SLACK_SIGNING_SECRET: 'bench',
      HARNESS_API_KEY: 'sat.acme.bench.bench',
      WEBHOOK_TOKEN,
      ADMIN_EMAILS: 'ada@acme.io',
    }),
    silent,
  );
}

/** How long a run takes that finds what it reads in memory, in ms: the other queries have put it out meanwhile. */
function timed(run: () => Promise<unknown>): () => Promise<number> {
  return async () => {
    await run();
    const began = performance.now();
    await run();
    return performance.now() - began;
  };
}

/** Lists by the API, first page and middle one, whole requests without a socket; what chat shows by its use cases. */
async function allQueries(app: App): Promise<Query[]> {
  const tokens = await tokensOf(app);
  const list = async (token: string, query: string, page: number) => {
    const url = `/api/v2/${query}${query.includes('?') ? '&' : '?'}page[number]=${page}&page[size]=${PAGE}`;
    const answer = await app.server.inject({ url, headers: { 'x-auth-token': token } });
    if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
    return (answer.json() as { meta: { total_count: number } }).meta.total_count;
  };
  const lists = LISTS.flatMap(([who, query]): Query[] => {
    const token = tokens[who];
    let total = 0;
    const first = async () => {
      total = await list(token, query, 1);
      return Math.min(total, PAGE);
    };
    const middle = async () => {
      await list(token, query, Math.max(1, Math.floor(total / PAGE / 2)));
      return Math.min(total, PAGE);
    };
    return [
      { name: `${who}: ${query}`, run: first },
      { name: `${who}: ${query}, the middle page`, run: middle },
    ];
  });
  return [...lists, ...(await chatQueries(app))];
}

async function chatQueries({ context, organizationId }: App): Promise<Query[]> {
  const { db } = context;
  const page = { number: 1, size: 10 };
  const queries: Query[] = [];
  for (const [who, personId] of [
    ['approver', APPROVER],
    ['busy approver', BUSY_APPROVER],
  ] as const) {
    if (!(await personById(db, personId))) throw new Error(`no person ${personId}`);
    const externalId = `U0GROWTH${personId}`;
    const account = { organization_id: organizationId, platform: 'slack', tenant: SLACK_TEAM } as const;
    await db
      .insertInto('identities')
      .values({
        ...account,
        external_id: externalId,
        person_id: personId,
        standing: 'member',
        checked_at: Date.now(),
      })
      .execute();
    const principal: Principal = { organizationId, role: 'member', personId, tokenId: '', via: 'slack' };
    const home = {
      ...{ id: 'hom_growth', organizationId, platform: 'slack', tenant: SLACK_TEAM, externalId, personId },
      turned: {},
    } as Parameters<typeof buildHome>[1];
    const all = { mine: true, statuses: [], eventIds: [], personIds: [], since: null, page };
    queries.push(
      {
        name: `${who}: Home`,
        run: async () => {
          const { sections } = (await buildHome(context, home)).page;
          return sections.reduce((items, section) => items + section.items.length, 0);
        },
      },
      {
        name: `${who}: pending`,
        run: async () => shownOf(await listPending(context, principal, 'slack', personId, page)),
      },
      {
        name: `${who}: history`,
        run: async () => shownOf(await listHistory(context, principal, 'slack', all)),
      },
      {
        name: `${who}: history of rejections`,
        run: async () =>
          shownOf(await listHistory(context, principal, 'slack', { ...all, statuses: ['REJECTED'] })),
      },
    );
  }
  return queries;
}

function shownOf(
  found: { ok: true; value: { rows: readonly unknown[] } } | { ok: false; refusal: unknown },
): number {
  if (!found.ok) throw new Error(JSON.stringify(found.refusal));
  return found.value.rows.length;
}

/**
 * Least squares of log ms over log size, of the sizes that show as many rows as the largest (more rows cost more, and
 * nothing else would be seen): 0 = the same at every size, 1 = ten times as long for ten times as many.
 */
function slopeOf(points: readonly Point[]): number | null {
  const judged = points.filter(({ shown }) => shown === points.at(-1)!.shown);
  if (judged.length < 2) return null;
  const xs = judged.map(({ requests }) => Math.log10(requests));
  const ys = judged.map(({ ms }) => Math.log10(ms));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(xs), mean(ys)];
  const covariance = xs.reduce((sum, one, nth) => sum + (one - x) * (ys[nth]! - y), 0);
  return covariance / xs.reduce((sum, one) => sum + (one - x) ** 2, 0);
}

function report(sizes: readonly number[], curves: readonly Curve[]): Section {
  const steepest = curves.toSorted((a, b) => (b.slope ?? -1) - (a.slope ?? -1));
  const judged = steepest.flatMap(({ name, slope }) => (slope === null ? [] : [{ name, slope }]));
  const over = judged.filter(({ slope }) => slope > GOAL);
  const slopes = judged.map(({ slope }) => slope);
  return {
    title: 'Growth',
    goal: `Ms of ${curves.length} queries, each ${ROUNDS} times in turn in a database of each size (their fastest tenth), steepest first; a slope of 0.1 is 1.26 × for ten times as many, of the sizes at which as much is shown as at the largest (–: at no other).`,
    columns: ['', ...sizes.map((size) => size.toLocaleString('en')), 'slope'],
    rows: steepest.map(({ name, ms, slope }) => [
      name,
      ...ms.map((one) => one.toFixed(2)),
      slope === null ? '–' : slope.toFixed(3) + (slope > GOAL ? ' !' : ''),
    ]),
    verdicts: [
      {
        goal: `slope ≤ ${GOAL} of every list, filter, Home, pending and history`,
        reached: `median ${median(slopes).toFixed(3)}, steepest ${judged[0]!.slope.toFixed(3)}; ${over.length} of ${judged.length} over it`,
        isMet: over.length === 0,
        ...(over.length > 0 && {
          cause: `steepest: ${over
            .slice(0, 5)
            .map(({ name, slope }) => `${name} (${slope.toFixed(2)})`)
            .join(
              '; ',
            )}. What no total is kept of is counted: rows of one requester, approver, opener or kind of audit line.`,
        }),
      },
    ],
  };
}
