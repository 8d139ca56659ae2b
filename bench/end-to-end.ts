import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../src/demo/page/free-port.ts';
import { botEnvironment, seed, startBot } from './bot.ts';
import { SIGNING_SECRET } from './clicks/acts.ts';
import { createSender, type Make } from './clicks/load.ts';
import { type MeasuredProcess, startMeasured } from './clicks/measured-process.ts';
import { API_KEY } from './clicks/surroundings.ts';
import { ask, press } from './end-to-end/acts.ts';
import { hasCards, isOver, type Stage, type Story, startStage, until } from './end-to-end/stage.ts';
import { type BenchOptions, inTurn, median, profiling, quantile, type Section } from './results.ts';
import { WEBHOOK_TOKEN } from './webhook.ts';

const PER_SECOND = 20;
const AT_ONCE = 16;
const SLOW_SLACK_MS = 100;
const SLOW_PER_SECOND = 20;

/** One who takes webhooks and clicks. */
interface Contender {
  name: string;
  url: string;
  process: MeasuredProcess;
}

/** Times in ms, rates per second. */
interface Figures {
  webhookAck: number[];
  toCards: number[];
  clickAck: number[];
  toHarness: number[];
  toFinal: number[];
  burstCards: number;
  burstClicks: number;
  cpuRequest: number;
  cpuClick: number;
  sqlRequest: number;
  sqlClick: number;
  slowAck: number[];
}

/** Webhook → cards, click → Harness and all cards, beside what a user would write instead, against the same doubles. */
export async function endToEnd({ isShort, folder: parent, profileFolder }: BenchOptions): Promise<Section> {
  const folder = mkdtempSync(join(parent, 'countersign-end-to-end-'));
  const stage = await startStage();
  const contenders: Contender[] = [];
  try {
    contenders.push(await startOurs(stage, folder, profileFolder), await startNaive(stage, folder));
    const sizes = isShort
      ? { rounds: 1, paced: 50, burst: 64, slow: 10, warm: 32 }
      : { rounds: 2, paced: 300, burst: 500, slow: 100, warm: 300 };
    for (const contender of contenders)
      await measure(stage, contender, { ...sizes, paced: 20, burst: sizes.warm, slow: 5 });
    const [ours, naive] = await inTurn(
      sizes.rounds,
      contenders.map((contender) => () => measure(stage, contender, sizes)),
    );
    return report(ours!.map(digest), naive!.map(digest));
  } finally {
    for (const contender of contenders) await contender.process.stop();
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startOurs(stage: Stage, folder: string, profileFolder: string | null): Promise<Contender> {
  const around = { slackUrl: stage.slackUrl, harnessUrl: stage.harnessUrl };
  const environment = { ...botEnvironment(around), DATABASE_URL: `sqlite:${join(folder, 'bot.db')}` };
  await seed(folder, environment);
  const bot = await startBot(folder, environment, [
    ...['--import', './bench/without-limits.ts'],
    ...profiling(profileFolder),
  ]);
  return { name: 'Countersign', url: bot.url, process: bot };
}

async function startNaive(stage: Stage, folder: string): Promise<Contender> {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const naive = await startMeasured({
    script: 'bench/do-it-yourself.ts',
    environment: {
      PORT: port,
      TOKEN: WEBHOOK_TOKEN,
      SLACK_API_URL: stage.slackUrl,
      SIGNING_SECRET,
      HARNESS_URL: stage.harnessUrl,
      HARNESS_KEY: API_KEY,
    },
    logFile: join(folder, 'naive.log'),
    readyUrl: `${url}/readyz`,
  });
  return { name: 'do it yourself', url, process: naive };
}

let runs = 0;

async function measure(
  stage: Stage,
  { url, process: measured }: Contender,
  { paced, burst, slow }: { paced: number; burst: number; slow: number },
): Promise<Figures> {
  const name = (many: number) =>
    Array.from({ length: many }, () => {
      runs += 1;
      return `run-${String(runs).padStart(6, '0')}`;
    });
  /** All of these runs have come so far. */
  const all = (of: readonly string[], so: (story: Story) => boolean) => {
    const found = stage.storiesOf(of);
    return found.length === of.length && found.every(so);
  };
  const sender = createSender(url, AT_ONCE);
  const openSender = createSender(url, 200);
  const send = async (make: Make) => {
    const [answer] = await openSender.burst([make]);
    if (answer!.status >= 300) throw new Error(`${url} answered ${answer!.status}: ${answer!.body}`);
    return answer!.ms;
  };
  /** One after another at a fixed pace, whatever the answers do; returns how long each answer took. */
  const atPace = async (perSecond: number, acts: readonly (() => Make)[]) => {
    const began = performance.now();
    const answers: Promise<number>[] = [];
    for (const [nth, act] of acts.entries()) {
      await pause(Math.max(0, began + (nth * 1000) / perSecond - performance.now()));
      answers.push(send(act()));
    }
    return Promise.all(answers);
  };
  try {
    const steady = name(paced);
    const webhookAck = await atPace(
      PER_SECOND,
      steady.map((run) => () => ask(stage, run)),
    );
    await until(() => all(steady, hasCards));
    const clickAck = await atPace(
      PER_SECOND,
      stage.storiesOf(steady).map((story) => () => press(story)),
    );
    await until(() => all(steady, isOver));

    const many = name(burst);
    const asked = await measured.used();
    const askedAt = performance.now();
    await sender.stream(many.map((run) => ask(stage, run)));
    await until(() => all(many, hasCards));
    const cardsAt = Math.max(...stage.storiesOf(many).map(lastPosted));
    const pressed = await measured.used();
    const pressedAt = performance.now();
    await sender.stream(stage.storiesOf(many).map(press));
    await until(() => all(many, isOver));
    const overAt = Math.max(...stage.storiesOf(many).map(lastDecided));
    const over = await measured.used();

    stage.slackTakesMs = SLOW_SLACK_MS;
    const slowly = name(slow);
    const slowAck = await atPace(
      SLOW_PER_SECOND,
      slowly.map((run) => () => ask(stage, run)),
    );
    await until(() => all(slowly, hasCards));
    stage.slackTakesMs = 0;

    const stories = stage.storiesOf(steady);
    return {
      webhookAck,
      toCards: stories.map((story) => lastPosted(story) - story.askedAt),
      clickAck,
      toHarness: stories.map(({ toldAt, clickedAt }) => toldAt - clickedAt),
      toFinal: stories.map((story) => lastDecided(story) - story.clickedAt),
      burstCards: (burst / (cardsAt - askedAt)) * 1000,
      burstClicks: (burst / (overAt - pressedAt)) * 1000,
      cpuRequest: (pressed.cpuMs - asked.cpuMs) / burst,
      cpuClick: (over.cpuMs - pressed.cpuMs) / burst,
      sqlRequest: (pressed.statements - asked.statements) / burst,
      sqlClick: (over.statements - pressed.statements) / burst,
      slowAck,
    };
  } finally {
    stage.slackTakesMs = 0;
    sender.close();
    openSender.close();
  }
}

const lastPosted = ({ cards }: Story) => Math.max(...[...cards.values()].map(({ postedAt }) => postedAt));
const lastDecided = ({ cards }: Story) => Math.max(...[...cards.values()].map(({ decidedAt }) => decidedAt));

type Digest = Record<keyof Figures, { p50: number; p99: number }>;

function digest(figures: Figures): Digest {
  const entries = Object.entries(figures).map(([name, value]) => [
    name,
    typeof value === 'number'
      ? { p50: value, p99: value }
      : { p50: quantile(value, 0.5), p99: quantile(value, 0.99) },
  ]);
  return Object.fromEntries(entries) as Digest;
}

const TIMES: readonly (readonly [name: string, of: keyof Figures])[] = [
  [`${PER_SECOND}/s: webhook → answer`, 'webhookAck'],
  [`${PER_SECOND}/s: webhook → a card for each approver`, 'toCards'],
  [`${PER_SECOND}/s: click → answer`, 'clickAck'],
  [`${PER_SECOND}/s: click → Harness told`, 'toHarness'],
  [`${PER_SECOND}/s: click → all cards show it`, 'toFinal'],
  [`Slack takes ${SLOW_SLACK_MS} ms: webhook → answer`, 'slowAck'],
];
const RATES: readonly (readonly [name: string, of: keyof Figures])[] = [
  [`${AT_ONCE} connections: requests/s until all have cards`, 'burstCards'],
  [`${AT_ONCE} connections: clicks/s until all cards show it`, 'burstClicks'],
];
const CPU: readonly (readonly [name: string, of: keyof Figures])[] = [
  ['CPU ms a request, from webhook to cards', 'cpuRequest'],
  ['CPU ms a click, to the last card', 'cpuClick'],
];
const SQL: readonly (readonly [name: string, of: keyof Figures])[] = [
  ['SQL statements a request, from webhook to cards', 'sqlRequest'],
  ['SQL statements a click, to the last card', 'sqlClick'],
];

function report(ours: readonly Digest[], naive: readonly Digest[]): Section {
  const of = (from: readonly Digest[], figure: keyof Figures, share: 'p50' | 'p99') =>
    median(from.map((one) => one[figure][share]));
  const p50 = (figure: keyof Figures) => [of(ours, figure, 'p50'), of(naive, figure, 'p50')] as const;
  const rows = [
    ...TIMES.map(([name, figure]) => {
      const [a, b] = p50(figure);
      const tails = [of(ours, figure, 'p99'), of(naive, figure, 'p99')];
      return [name, a, tails[0]!, b, tails[1]!].map(shown).concat(`${signed(a - b)} ms`);
    }),
    ...RATES.map(([name, figure]) => {
      const [a, b] = p50(figure);
      return [name, a.toFixed(0), '', b.toFixed(0), '', `${(a / b).toFixed(2)} ×`];
    }),
    ...CPU.map(([name, figure]) => {
      const [a, b] = p50(figure);
      return [name, a.toFixed(2), '', b.toFixed(2), '', `${(a / b).toFixed(2)} ×`];
    }),
    ...SQL.map(([name, figure]) => {
      const [a, b] = p50(figure);
      return [name, a.toFixed(0), '', b.toFixed(0), '', ''];
    }),
  ];
  const durable = (what: 'Request' | 'Click') => {
    const [ours, theirs] = p50(`cpu${what}`);
    const [statements] = p50(`sql${what}`);
    return `one thread takes ${ours.toFixed(1)} ms of CPU beside ${theirs.toFixed(1)}, for ${statements.toFixed(0)} SQL statements in durable transactions and a look at Harness; the other app keeps nothing and does not look`;
  };
  const later = (goal: string, figure: keyof Figures, what: 'Request' | 'Click') => {
    const [a, b] = p50(figure);
    return {
      goal: `${goal}: p50 ≤ that of the app without a database + 2 ms`,
      floor: { least: '+ 5 ms', isMet: a - b <= 5 },
      reached: `${signed(a - b)} ms (${a.toFixed(1)} beside ${b.toFixed(1)})`,
      isMet: a - b <= 2,
      ...(a - b > 2 && { cause: durable(what) }),
    };
  };
  const faster = (goal: string, figure: keyof Figures, what: 'Request' | 'Click') => {
    const [a, b] = p50(figure);
    return {
      goal: `${goal}: at least as many a second`,
      reached: `${(a / b).toFixed(2)} × (${a.toFixed(0)} beside ${b.toFixed(0)})`,
      isMet: a >= b,
      ...(a < b && { cause: durable(what) }),
    };
  };
  const [slow, naiveSlow] = p50('slowAck');
  return {
    title: 'End to end',
    goal: `One bot process, two approvers a request, no rate limits, Slack and Harness answer at once; beside it bench/do-it-yourself.ts, a Bolt app that keeps nothing. Medians of ${ours.length} rounds in turn, ms.`,
    columns: ['', 'p50', 'p99', 'do it yourself: p50', 'p99', 'difference'],
    rows,
    verdicts: [
      later('webhook → cards', 'toCards', 'Request'),
      later('click → Harness', 'toHarness', 'Click'),
      later('click → all cards', 'toFinal', 'Click'),
      faster('requests in a burst', 'burstCards', 'Request'),
      faster('clicks in a burst', 'burstClicks', 'Click'),
      {
        goal: `Slack takes ${SLOW_SLACK_MS} ms: webhook answered in ≤ 5 ms`,
        reached: `${slow.toFixed(1)} ms (beside ${naiveSlow.toFixed(0)})`,
        isMet: slow <= 5,
      },
    ],
  };
}

function shown(value: number | string): string {
  return typeof value === 'number' ? value.toFixed(1) : value;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'} ${Math.abs(value).toFixed(1)}`;
}
