import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { botEnvironment, seed } from './bot.ts';
import type { MeasuredProcess } from './clicks/measured-process.ts';
import { bot, type Contender, limit, type Running } from './intake/contenders.ts';
import { type Answered, openLines } from './intake/load.ts';
import { type BenchOptions, inTurn, median, profiling, quantile, type Section } from './results.ts';

/** Fewer than 5,000 webhooks in a run: so many requests of one token may wait. */
interface Amounts {
  rounds: number;
  warm: number;
  alone: number;
  sixteen: number;
  paced: number;
}

const FULL: Amounts = { rounds: 3, warm: 500, alone: 300, sixteen: 2000, paced: 1000 };
const SHORT: Amounts = { rounds: 1, warm: 300, alone: 100, sixteen: 800, paced: 200 };
const PER_SECOND = 200;

/** What one run of one contender showed. */
interface Run {
  alone: { perSecond: number; p50: number };
  sixteen: { perSecond: number; cpuMs: number; statements: number };
  paced: { p50: number; p99: number };
}

/**
 * Webhooks in: how many are answered, each once what it leads to is on disk, beside what only checks a signature and
 * commits one row. Harness is silent meanwhile, so that what workers do afterwards is no part of it.
 */
export async function intake(options: BenchOptions): Promise<Section> {
  const amounts = options.isShort ? SHORT : FULL;
  const folder = mkdtempSync(join(options.folder, 'countersign-intake-'));
  const around = await startAround();
  const url = `http://127.0.0.1:${(around.address() as AddressInfo).port}`;
  const environment = botEnvironment({ slackUrl: `${url}/api/`, harnessUrl: url });
  const seeded = join(folder, 'seeded.db');
  try {
    await seed(folder, { ...environment, DATABASE_URL: `sqlite:${seeded}` });
    const given = { seeded, environment, nodeFlags: profiling(options.profileFolder) };
    const on = (parent: string, isOnDisk: boolean): Contender[] => [
      limit('Limit', parent, isOnDisk, false),
      limit('Limit-GC', parent, isOnDisk, true),
      bot('the bot', parent, isOnDisk, { ...given, isSigned: false }),
    ];
    const signed = bot('the bot, signed webhooks', options.folder, false, { ...given, isSigned: true });
    const contenders = [
      ...on(options.folder, false),
      ...(options.isShort ? [] : [signed, ...on(options.diskFolder, true)]),
    ];
    const runs = await inTurn(
      amounts.rounds,
      contenders.map((contender) => () => measured(contender, amounts)),
    );
    return sectionOf(contenders, runs, amounts);
  } finally {
    around.closeAllConnections();
    around.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Slack says yes to everything; Harness takes each call and says nothing. */
async function startAround(): Promise<Server> {
  const server = createServer((request, response) => {
    if (!request.url?.startsWith('/api/')) return;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ ok: true, team_id: 'T0BENCH', user_id: 'U0BOT', bot_id: 'B0BOT' }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function measured(contender: Contender, amounts: Amounts): Promise<Run> {
  const running = await contender.start();
  try {
    await answered(running, 16, amounts.warm);
    const alone = await answered(running, 1, amounts.alone);
    const before = await running.used();
    const sixteen = await answered(running, 16, amounts.sixteen);
    const used = await usedSince(running, before, amounts.sixteen);
    const paced = await answered(running, 64, amounts.paced, PER_SECOND);
    return {
      alone: { perSecond: alone.perSecond, p50: quantile(alone.times, 0.5) },
      sixteen: { perSecond: sixteen.perSecond, ...used },
      paced: { p50: quantile(paced.times, 0.5), p99: quantile(paced.times, 0.99) },
    };
  } finally {
    await running.end();
  }
}

async function answered(
  { url, make, right }: Running,
  connections: number,
  howMany: number,
  perSecond: number | null = null,
): Promise<{ perSecond: number; times: number[] }> {
  const lines = await openLines(url, connections);
  const makes = Array.from({ length: howMany }, () => make);
  const began = performance.now();
  let answers: Answered[];
  try {
    answers = await (perSecond === null ? lines.stream(makes) : lines.pace(makes, perSecond));
  } finally {
    lines.close();
  }
  const seconds = (performance.now() - began) / 1000;
  const wrong = answers.find(({ status }) => status !== right);
  if (wrong) throw new Error(`a webhook was answered ${wrong.status}`);
  return { perSecond: howMany / seconds, times: answers.map(({ ms }) => ms) };
}

async function usedSince(
  running: MeasuredProcess,
  before: { cpuMs: number; statements: number },
  requests: number,
): Promise<{ cpuMs: number; statements: number }> {
  const after = await running.used();
  return {
    cpuMs: (after.cpuMs - before.cpuMs) / requests,
    statements: (after.statements - before.statements) / requests,
  };
}

function sectionOf(
  contenders: readonly Contender[],
  runs: readonly (readonly Run[])[],
  amounts: Amounts,
): Section {
  const of = (name: string, isOnDisk: boolean) =>
    runs[contenders.findIndex((one) => one.name === name && one.isOnDisk === isOnDisk)];
  const middle = (all: readonly Run[], figure: (run: Run) => number) => median(all.map(figure));
  const atSixteen = ({ sixteen }: Run) => sixteen.perSecond;
  /** Of the runs of one round each, since the machine changes from one to the next. */
  const times = (all: readonly Run[], beside: readonly Run[] | undefined) =>
    beside ? median(all.map((run, nth) => atSixteen(run) / atSixteen(beside[nth]!))) : Number.NaN;

  const rows = contenders.map(({ name, isOnDisk }, nth) => {
    const all = runs[nth]!;
    return [
      `${name}, ${isOnDisk ? 'disk' : 'memory'}`,
      middle(all, ({ alone }) => alone.p50).toFixed(2),
      middle(all, ({ alone }) => alone.perSecond).toFixed(0),
      middle(all, atSixteen).toFixed(0),
      times(all, of('Limit', isOnDisk)).toFixed(2),
      times(all, of('Limit-GC', isOnDisk)).toFixed(2),
      middle(all, ({ sixteen }) => sixteen.cpuMs).toFixed(3),
      middle(all, ({ sixteen }) => sixteen.statements).toFixed(1),
      middle(all, ({ paced }) => paced.p50).toFixed(1),
      middle(all, ({ paced }) => paced.p99).toFixed(1),
    ];
  });
  const ours = of('the bot', false)!;
  const onDisk = of('the bot', true);
  const besideGroups = times(ours, of('Limit-GC', false));
  const p99 = middle(ours, ({ paced }) => paced.p99);
  const besideLeast = (figure: (run: Run) => number, digits: number) =>
    `${middle(ours, figure).toFixed(digits)} beside ${middle(of('Limit', false)!, figure).toFixed(digits)}`;
  const cause = `CPU ms a webhook ${besideLeast(({ sixteen }) => sixteen.cpuMs, 2)}, SQL statements ${besideLeast(({ sixteen }) => sixteen.statements, 0)}: event, policy, workflow and people are looked up, and the request, its version, what is owed, a line of the audit’s chain and kept totals are written before the answer, so that what is wrong is refused in it`;
  const besideLimit = onDisk && times(onDisk, of('Limit', true));
  return {
    title: 'Webhooks in',
    goal: `A pipeline's webhook until its 202: proven, checked, known from a repeat, request and debts on disk; from 1 and 16 connections, and ${PER_SECOND} a second from the moment each was due. Limit: node:http, an HMAC, one durable commit a request; Limit-GC: one for all of a turn of the event loop. Medians of ${amounts.rounds}, ratios round by round at 16 connections.`,
    columns: [
      '',
      'ms alone',
      '/s alone',
      '/s at 16',
      '× Limit',
      '× Limit-GC',
      'CPU ms',
      'SQL',
      `p50 at ${PER_SECOND}/s`,
      'p99',
    ],
    rows,
    verdicts: [
      {
        goal: '≥ 0.8 × Limit-GC at 16 connections, in memory',
        floor: { least: '0.5', isMet: besideGroups >= 0.5 },
        reached: besideGroups.toFixed(2),
        isMet: besideGroups >= 0.8,
        ...(besideGroups < 0.8 && { cause }),
      },
      ...(besideLimit === undefined
        ? []
        : [
            {
              goal: '≥ 1.5 × Limit at 16 connections, on disk',
              floor: { least: '1.0', isMet: besideLimit >= 1 },
              reached: besideLimit.toFixed(2),
              isMet: besideLimit >= 1.5,
              ...(besideLimit < 1.5 && { cause: 'the same CPU; the Limit waits for the disk' }),
            },
          ]),
      {
        goal: `p99 ≤ 25 ms at ${PER_SECOND} a second`,
        reached: `${p99.toFixed(1)} ms`,
        isMet: p99 <= 25,
      },
    ],
  };
}
