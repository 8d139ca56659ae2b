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
import { type BenchOptions, median, type Section } from './results.ts';

const GOAL = 0.1;
const PAGE = 30;
const APPROVER = 9;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

interface Query {
  name: string;
  /** How many rows it shows at most. */
  shows: number;
  /** Runs it once; how many rows there are in all. */
  run(): Promise<number>;
}

interface Point {
  requests: number;
  /** It showed as many rows as it may: else more rows cost more, and nothing else is seen. */
  isFull: boolean;
  ms: number;
}

interface Curve {
  name: string;
  /** Median ms by size. */
  ms: number[];
  slope: number;
}

/** Every list, filter, Home, pending and history while the requests grow: log-log slope of each. */
export async function growth({ isShort, isLong, folder: parent }: BenchOptions): Promise<Section> {
  const upTo100k = [1_000, 10_000, 100_000];
  const sizes = isShort ? [1_000, 4_000] : isLong ? [...upTo100k, 1_000_000] : upTo100k;
  const folder = mkdtempSync(join(parent, 'countersign-growth-'));
  const app = await createApp(
    readConfig({
      DATABASE_URL: `sqlite:${join(folder, 'bench.db')}`,
      LOG_LEVEL: 'silent',
      PUBLIC_URL: 'https://approvals.acme.io',
      API_TOKEN,
      API_RATE_LIMIT: '999999/1',
      SLACK_BOT_TOKEN: 'xoxb-bench',
      SLACK_SIGNING_SECRET: 'bench',
      HARNESS_API_KEY: 'sat.acme.bench.bench',
      WEBHOOK_TOKEN: 'pipeline-token-of-the-bench',
      ADMIN_EMAILS: 'ada@acme.io',
    }),
    silent,
  );
  try {
    const curves = new Map<string, Point[]>();
    let queries: Query[] | null = null;
    for (const requests of sizes) {
      await fill(app.context.db, app.organizationId, { requests, workflows: 1_000 });
      if (!queries) {
        queries = await allQueries(app);
        // What is timed first would pay for compiling what all of them run.
        for (const { run } of queries) await timed(run, isShort ? 7 : 21);
      }
      for (const { name, shows, run } of queries) {
        const isFull = (await run()) >= shows;
        const point = { requests, isFull, ms: await timed(run, isShort ? 7 : 21) };
        curves.set(name, [...(curves.get(name) ?? []), point]);
      }
    }
    return report(
      sizes,
      [...curves].map(([name, points]) => ({ name, ms: points.map(({ ms }) => ms), slope: slopeOf(points) })),
    );
  } finally {
    await app.server.close();
    await app.context.db.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function timed(run: () => Promise<number>, rounds: number): Promise<number> {
  for (let nth = 0; nth < 3; nth += 1) await run();
  const times: number[] = [];
  for (let nth = 0; nth < rounds; nth += 1) {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  }
  return median(times);
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
      return total;
    };
    const middle = () => list(token, query, Math.max(1, Math.floor(total / PAGE / 2)));
    return [
      { name: `${who}: ${query}`, shows: PAGE, run: first },
      { name: `${who}: ${query}, the middle page`, shows: PAGE, run: middle },
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
        shows: 1,
        run: async () => (await buildHome(context, home)).page.sections.length,
      },
      {
        name: `${who}: pending`,
        shows: page.size,
        run: async () => totalOf(await listPending(context, principal, 'slack', personId, page)),
      },
      {
        name: `${who}: history`,
        shows: page.size,
        run: async () => totalOf(await listHistory(context, principal, 'slack', all)),
      },
      {
        name: `${who}: history of rejections`,
        shows: page.size,
        run: async () =>
          totalOf(await listHistory(context, principal, 'slack', { ...all, statuses: ['REJECTED'] })),
      },
    );
  }
  return queries;
}

function totalOf(found: { ok: true; value: { total: number } } | { ok: false; refusal: unknown }): number {
  if (!found.ok) throw new Error(JSON.stringify(found.refusal));
  return found.value.total;
}

/**
 * Least squares of log ms over log size, from the size on at which a page is full: 0 = the same at every size, 1 = ten
 * times as long for ten times as many.
 */
function slopeOf(points: readonly Point[]): number {
  const full = points.filter(({ isFull }) => isFull);
  const judged = full.length >= 2 ? full : points;
  const xs = judged.map(({ requests }) => Math.log10(requests));
  const ys = judged.map(({ ms }) => Math.log10(ms));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(xs), mean(ys)];
  const covariance = xs.reduce((sum, one, nth) => sum + (one - x) * (ys[nth]! - y), 0);
  return covariance / xs.reduce((sum, one) => sum + (one - x) ** 2, 0);
}

function report(sizes: readonly number[], curves: readonly Curve[]): Section {
  const steepest = curves.toSorted((a, b) => b.slope - a.slope);
  const over = steepest.filter(({ slope }) => slope > GOAL);
  const slopes = curves.map(({ slope }) => slope);
  return {
    title: 'Growth',
    goal: `Median ms of ${curves.length} queries while the requests grow, steepest first; a slope of 0.1 is 1.26 × for ten times as many, taken from the size on at which a page is full.`,
    columns: ['', ...sizes.map((size) => size.toLocaleString('en')), 'slope'],
    rows: steepest.map(({ name, ms, slope }) => [
      name,
      ...ms.map((one) => one.toFixed(2)),
      slope.toFixed(3) + (slope > GOAL ? ' !' : ''),
    ]),
    verdicts: [
      {
        goal: `slope ≤ ${GOAL} of every list, filter, Home, pending and history`,
        reached: `median ${median(slopes).toFixed(3)}, steepest ${steepest[0]!.slope.toFixed(3)}; ${over.length} of ${curves.length} over it`,
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
