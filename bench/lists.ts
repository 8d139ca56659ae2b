import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type App, createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { createToken, type WantedToken } from '../src/usecases/tokens/manage-tokens.ts';
import { BUSY_APPROVER, fill, type Size } from './fill.ts';

const SIZES: readonly Size[] = [
  { requests: 1_000, workflows: 1_000 },
  { requests: 100_000, workflows: 10_000 },
];
const API_TOKEN = 'the-token-of-the-benchmark';
const RUNS = 41;
const GOAL = 3;
const PAGE = 30;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** member: one approver of many. busy: who holds a place in every fifth request. */
type Who = 'admin' | 'member' | 'busy' | 'pipeline';

/** Every list with the filters people use; each is asked for its first page, one in the middle, and its last. */
const LISTS: readonly (readonly [who: Who, query: string])[] = [
  ['admin', 'approval_requests'],
  ['admin', 'approval_requests?include=approval_statuses.approver,decisions,workflow,requester'],
  ['admin', 'approval_requests?filter[status]=WAITING'],
  ['admin', 'approval_requests?filter[status]=APPROVED'],
  ['admin', 'approval_requests?filter[status][not_eq]=APPROVED'],
  ['admin', 'approval_requests?filter[event_id]=7'],
  ['admin', 'approval_requests?filter[event_id]=7&filter[status]=APPROVED'],
  ['admin', 'approval_requests?filter[approver_id]=9'],
  ['admin', `approval_requests?filter[approver_id]=${BUSY_APPROVER}`],
  ['admin', `approval_requests?filter[approver_id]=${BUSY_APPROVER}&filter[status]=WAITING`],
  ['admin', 'approval_requests?filter[requester_id]=9'],
  ['admin', 'approval_requests?filter[execution_id]=run500'],
  ['admin', 'approval_requests?filter[created_at][lt]=2026-01-01T08:00:00Z'],
  ['admin', 'approval_requests?filter[created_at][gt]=2026-01-01T08:00:00Z'],
  ['member', 'approval_requests?filter[status]=WAITING'],
  ['member', 'approval_requests'],
  ['busy', 'approval_requests?filter[status]=WAITING'],
  ['busy', 'approval_requests'],
  ['pipeline', 'approval_requests'],
  ['admin', 'approval_statuses'],
  ['admin', 'approval_statuses?filter[status]=pending'],
  ['admin', 'approval_statuses?filter[approval_workflow_id]=11'],
  ['admin', `approval_statuses?filter[approver_id]=${BUSY_APPROVER}`],
  ['busy', `approval_statuses?filter[approver_id]=${BUSY_APPROVER}&filter[status]=pending`],
  ['admin', 'approval_workflows'],
  ['admin', 'approval_workflows?include=event,approval_policy,approvers.manager,subscribers'],
  ['admin', 'approval_workflows?filter[event_id]=7'],
  ['admin', 'approval_workflows?filter[approval_policy_id]=3'],
  ['admin', 'approval_workflows?filter[approval_policy_id]=3&filter[event_id]=7'],
  ['admin', 'approval_policies'],
  ['admin', 'approval_policy_assignments'],
  ['admin', 'approval_policy_assignments?filter[approval_policy_id]=4'],
  ['admin', 'events'],
  ['admin', 'events?filter[status]=1&sort=name'],
  ['admin', 'people?include=manager'],
  ['admin', 'people?filter[status]=1&sort=name'],
  ['admin', 'people?filter[manager_id]=5'],
  ['admin', 'people?filter[query]=person 7'],
  ['admin', 'audit_events'],
  ['admin', 'audit_events?filter[action]=voted'],
  ['admin', `audit_events?filter[person_id]=${BUSY_APPROVER}`],
  ['admin', 'audit_events?filter[subject_type]=approval_request&filter[subject_id]=apr_bench500'],
  ['admin', 'audit_events?filter[at][gt]=2026-01-01T08:00:00Z'],
];

interface Measured {
  /** Median ms by page. */
  ms: Readonly<Record<'first' | 'middle' | 'last', number>>;
  total: number;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const app = await createApp(
    readConfig({
      DATABASE_URL: `sqlite:${join(folder, 'bench.db')}`,
      ...{
        LOG_LEVEL: 'silent',
        PUBLIC_URL: 'https://approvals.acme.io',
        API_TOKEN,
        API_RATE_LIMIT: '999999/1',
      },
      ...{
        SLACK_BOT_TOKEN: 'xoxb-bench',
        SLACK_SIGNING_SECRET: 'bench',
        HARNESS_API_KEY: 'sat.acme.bench.bench',
      },
      ...{ WEBHOOK_TOKEN: 'pipeline-token-of-the-bench', ADMIN_EMAILS: 'ada@acme.io' },
    }),
    silent,
  );
  const columns: Measured[][] = [];
  let tokens: Record<Who, string> | null = null;
  for (const size of SIZES) {
    const began = performance.now();
    await fill(app.context.db, app.organizationId, size);
    tokens ??= await tokensOf(app);
    print(`filled to ${size.requests} requests, ${size.workflows} workflows in ${seconds(began)} s`);
    const column: Measured[] = [];
    for (const [i, [who, query]] of LISTS.entries()) {
      const rows = Math.min(PAGE, Math.max(1, columns[0]?.[i]?.total ?? PAGE));
      let measured = await measure(app, tokens[who], query, rows);
      if (columns.length === 0 && measured.total < PAGE)
        measured = await measure(app, tokens[who], query, Math.max(1, measured.total));
      column.push(measured);
    }
    columns.push(column);
  }
  report(columns[0]!, columns[1]!);
  await app.server.close();
  await app.context.db.destroy();
  rmSync(folder, { recursive: true, force: true });
}

async function tokensOf({ context, organizationId }: App): Promise<Record<Who, string>> {
  const operator = {
    organizationId,
    role: 'admin',
    personId: null,
    tokenId: 'bootstrap',
    via: 'cli',
  } as const;
  const make = async (role: 'member' | 'pipeline', holder: WantedToken['holder'], name: string) => {
    const scope = role === 'member' ? null : { events: null, pipelines: null, mayChoosePolicy: false };
    const made = await createToken(context, operator, { holder, role, name, scope });
    if (!made.ok) throw new Error(JSON.stringify(made.refusal));
    return made.value.secret;
  };
  return {
    admin: API_TOKEN,
    member: await make('member', { personId: 9 }, 'nine'),
    busy: await make('member', { personId: BUSY_APPROVER }, 'busy'),
    pipeline: await make('pipeline', { machine: 'pipeline-a', ownerEmail: 'ada@acme.io' }, 'pipeline-a'),
  };
}

/**
 * Whole requests through the server, authentication to JSON, without a socket. `rows` is what a page holds: as many
 * at either size, so that like is compared with like.
 */
async function measure(app: App, token: string, query: string, rows: number): Promise<Measured> {
  const ask = async (page: number) => {
    const url = `/api/v2/${query}${query.includes('?') ? '&' : '?'}page[number]=${page}&page[size]=${rows}`;
    const answer = await app.server.inject({ url, headers: { 'x-auth-token': token } });
    if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
    return (answer.json() as { meta: { total_pages: number; total_count: number } }).meta;
  };
  const meta = await ask(1);
  // The last page that is full.
  const pages = Math.max(1, Math.floor(meta.total_count / rows));
  const timed = async (page: number) => {
    const times: number[] = [];
    for (let run = 0; run < RUNS + 3; run += 1) {
      const began = performance.now();
      await ask(page);
      if (run >= 3) times.push(performance.now() - began);
    }
    return times.sort((a, b) => a - b)[RUNS >> 1]!;
  };
  return {
    total: meta.total_count,
    ms: { first: await timed(1), middle: await timed(Math.ceil(pages / 2)), last: await timed(pages) },
  };
}

function report(small: readonly Measured[], large: readonly Measured[]): void {
  print('median ms per page at each size, and the ratio (! = more than 3)');
  for (const [i, [who, query]] of LISTS.entries()) {
    const [one, other] = [small[i]!, large[i]!];
    const cells = (['first', 'middle', 'last'] as const).map((page) => {
      const ratio = other.ms[page] / one.ms[page];
      const mark = ratio > GOAL ? '!' : ' ';
      return `${page} ${one.ms[page].toFixed(2)} → ${other.ms[page].toFixed(2)} ×${ratio.toFixed(1)}${mark}`;
    });
    print(`${who} ${query}\n    ${one.total} → ${other.total} rows | ${cells.join(' | ')}`);
  }
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main();
