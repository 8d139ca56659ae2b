import { setTimeout as pause } from 'node:timers/promises';
import { slackApprove, slackReject, teamsApprove } from './clicks/acts.ts';
import { type Answer, createSender, type Make } from './clicks/load.ts';
import type { OpenCard } from './clicks/requests.ts';
import { type Platform, type Stage, setUpBot, startLimit, startStage, type Target } from './clicks/stage.ts';
import { type BenchOptions, quantile, type Section, type Verdict } from './results.ts';

const GOALS = { timesLimit: 3, floor: 4, p99: 50, growth: 1.2 };
/** Clicks before any is measured: what a bot that has run for a while has compiled. */
const WARM_AT_ONCE = 40;

interface Plan {
  warm: number;
  /** Clicks one after the other, in so many turns with the limit. */
  alone: { turns: number; clicks: number };
  bursts: readonly { atOnce: number; rounds: number }[];
  /** Requests in the database. */
  rows: readonly number[];
  platforms: readonly Platform[];
}
const FULL: Plan = {
  warm: 400,
  alone: { turns: 8, clicks: 25 },
  bursts: [
    { atOnce: 40, rounds: 10 },
    { atOnce: 200, rounds: 2 },
  ],
  rows: [0, 100_000],
  platforms: ['slack', 'teams'],
};
const SHORT: Plan = {
  warm: 120,
  alone: { turns: 2, clicks: 20 },
  bursts: [{ atOnce: 40, rounds: 2 }],
  rows: [0],
  platforms: ['slack'],
};

interface Act {
  name: string;
  make: (card: OpenCard) => Make;
  isRight: (answer: Answer) => boolean;
}

/** What one series of clicks took. */
interface Measured {
  name: string;
  rows: number | null;
  atOnce: number;
  p50: number;
  p99: number;
  perSecond: number;
  cpuMs: number;
  statements: number;
  /** p50 beside that of the limit, in the same turns. */
  timesLimit: number;
}

/**
 * How long a person waits for the answer to a click, alone and with others in the same moment, beside the limit of the
 * machine (clicks/limit.ts); then the same in databases of many requests.
 */
export async function clicks(options: BenchOptions): Promise<Section> {
  const long = { ...FULL, rows: [...FULL.rows, 1_000_000] };
  const plan = options.isShort ? SHORT : options.isLong ? long : FULL;
  const stage = await startStage(options.folder);
  try {
    const limit = await startLimit(stage.folder);
    const found: Measured[] = [];
    for (const platform of plan.platforms)
      for await (const measured of clicksOf(stage, limit, platform, plan, options)) found.push(measured);
    await limit.process.stop();
    return report(found, plan);
  } finally {
    await stage.close();
  }
}

async function* clicksOf(
  stage: Stage,
  limit: Target,
  platform: Platform,
  plan: Plan,
  options: BenchOptions,
): AsyncGenerator<Measured> {
  const bot = await setUpBot(stage, platform, options);
  for (const rows of plan.rows) {
    const acts = rows === 0 ? await actsOf(stage, platform) : (await actsOf(stage, platform)).slice(0, 1);
    const bursts = rows === 0 ? plan.bursts : plan.bursts.slice(0, 1);
    const perAct =
      plan.warm + plan.alone.turns * plan.alone.clicks + sum(bursts.map((one) => one.atOnce * one.rounds));
    const { target, cards } = await bot.start(rows, perAct * acts.length);
    try {
      for (const act of acts)
        yield* clicksOfAct({ act, rows, target, limit, plan, bursts, cards: cards.splice(0, perAct) });
    } finally {
      await target.process.stop();
    }
  }
}

async function actsOf({ around, urls }: Stage, platform: Platform): Promise<Act[]> {
  if (platform === 'slack')
    return [
      { name: 'Slack: Approve', make: slackApprove, isRight: ({ status }) => status === 200 },
      {
        name: 'Slack: form submitted',
        make: slackReject,
        isRight: ({ status, body }) => status === 200 && body === '',
      },
    ];
  const token = await around.ask<string>({ token: true });
  return [
    {
      name: 'Teams: Approve',
      make: (card) => teamsApprove(card, token, `${urls.standInUrl}/teams/`),
      isRight: ({ status, body }) => status === 200 && body.includes('card.adaptive'),
    },
  ];
}

interface Given {
  act: Act;
  rows: number;
  target: Target;
  limit: Target;
  plan: Plan;
  bursts: Plan['bursts'];
  cards: OpenCard[];
}

async function* clicksOfAct({
  act,
  rows,
  target,
  limit,
  plan,
  bursts,
  cards,
}: Given): AsyncGenerator<Measured> {
  const ours = new Clicker(target, cards.map(act.make), act.isRight);
  const someCard = { id: 'card', nth: 1, channel: 'D1', message: '1.1' };
  const theirs = new Clicker(
    limit,
    cards.map(() => slackApprove(someCard)),
    ({ status }) => status === 200,
  );
  for (let done = 0; done < plan.warm; done += WARM_AT_ONCE) {
    await ours.burst(WARM_AT_ONCE);
    await theirs.burst(WARM_AT_ONCE);
  }
  const series = [
    { atOnce: 1, turns: plan.alone.turns, rounds: plan.alone.clicks },
    ...bursts.map((burst) => ({ atOnce: burst.atOnce, turns: burst.rounds, rounds: 1 })),
  ];
  for (const { atOnce, turns, rounds } of series) {
    ours.begin();
    theirs.begin();
    for (let turn = 0; turn < turns; turn += 1)
      for (const clicker of [theirs, ours]) await clicker.turn(atOnce, rounds);
    yield {
      ...{ name: act.name, rows, atOnce, ...ours.found() },
      timesLimit: ours.found().p50 / theirs.found().p50,
    };
    if (rows === 0) yield { name: 'Limit', rows: null, atOnce, ...theirs.found(), timesLimit: 1 };
  }
  ours.close();
  theirs.close();
}

/** Clicks at one process, and keeps what that took since it was told to begin. */
class Clicker {
  readonly #target: Target;
  readonly #makes: Make[];
  readonly #isRight: (answer: Answer) => boolean;
  readonly #sender: ReturnType<typeof createSender>;
  #times: number[] = [];
  #sums = { wall: 0, cpu: 0, statements: 0 };

  constructor(target: Target, makes: Make[], isRight: (answer: Answer) => boolean) {
    this.#target = target;
    this.#makes = makes;
    this.#isRight = isRight;
    this.#sender = createSender(target.url, 200);
  }

  begin(): void {
    this.#times = [];
    this.#sums = { wall: 0, cpu: 0, statements: 0 };
  }

  async burst(atOnce: number): Promise<number[]> {
    const answers = await this.#sender.burst(this.#makes.splice(0, atOnce));
    const wrong = answers.find((answer) => !this.#isRight(answer));
    if (wrong) throw new Error(`${wrong.status} ${wrong.body.slice(0, 500)}`);
    return answers.map(({ ms }) => ms);
  }

  /** What a turn leads to goes on beside the next ones, at the pace that Harness and Slack allow. */
  async turn(atOnce: number, rounds: number): Promise<void> {
    if (atOnce > 1) await pause(200);
    const before = await this.#target.process.used();
    const began = performance.now();
    for (let round = 0; round < rounds; round += 1) this.#times.push(...(await this.burst(atOnce)));
    this.#sums.wall += performance.now() - began;
    const after = await this.#target.process.used();
    this.#sums.cpu += after.cpuMs - before.cpuMs;
    this.#sums.statements += after.statements - before.statements;
  }

  found() {
    const { length } = this.#times;
    return {
      p50: quantile(this.#times, 0.5),
      p99: quantile(this.#times, 0.99),
      perSecond: (length / this.#sums.wall) * 1000,
      cpuMs: this.#sums.cpu / length,
      statements: this.#sums.statements / length,
    };
  }

  close(): void {
    this.#sender.close();
  }
}

function report(found: readonly Measured[], plan: Plan): Section {
  const of = (rows: number, atOnce: number) =>
    found.filter((one) => one.rows === rows && one.atOnce === atOnce);
  const ofOurs = of(0, 1);
  const worst = Math.max(...ofOurs.map((one) => one.timesLimit));
  const slowest = Math.max(...of(0, 40).map((one) => one.p99));
  const most = plan.rows.at(-1)!;
  // By CPU time, since runs at different sizes are not in turn; with others, since alone the work beside it counts more.
  const growth = Math.max(
    ...of(most, 40).map((large) => {
      const small = of(0, 40).find((one) => one.name === large.name)!;
      return large.cpuMs / small.cpuMs;
    }),
  );
  const list = (few: readonly Measured[], figure: (one: Measured) => string) =>
    few.map((one) => `${one.name} ${figure(one)}`).join(', ');
  const verdicts: Verdict[] = [
    {
      goal: `p50 ≤ ${GOALS.timesLimit} × Limit at one connection`,
      floor: { least: `${GOALS.floor} ×`, isMet: worst <= GOALS.floor },
      reached: list(ofOurs, (one) => `${one.timesLimit.toFixed(1)} ×`),
      isMet: worst <= GOALS.timesLimit,
      ...(worst > GOALS.timesLimit && {
        cause: `what the Limit does not do: the platform’s framework around an answer, and a ruling in one transaction of ${list(of(0, 40), (one) => `${one.statements.toFixed(0)} statements`)}, with what follows`,
      }),
    },
    {
      goal: `p99 ≤ ${GOALS.p99} ms at 40 at once`,
      reached: list(of(0, 40), (one) => `${one.p99.toFixed(0)} ms`),
      isMet: slowest <= GOALS.p99,
      ...(slowest > GOALS.p99 && {
        cause: `one thread takes ${(Math.max(...of(0, 40).map((one) => one.cpuMs))).toFixed(1)} ms of CPU a click, so the last of 40 waits forty times that`,
      }),
    },
  ];
  if (most > 0)
    verdicts.push({
      goal: `${most.toLocaleString('en')} requests in the database cost ≤ ${GOALS.growth} × none`,
      reached: `${growth.toFixed(2)} × the CPU time`,
      isMet: growth <= GOALS.growth,
    });
  return {
    title: 'Clicks',
    goal: 'A click until its answer, beside Limit: plain node:http, Slack’s signature and one durable commit per request, in turn. CPU and SQL are those of the process per click, with what goes on beside it.',
    columns: ['', 'requests', 'at once', 'p50 ms', 'p99 ms', '× Limit', 'answers/s', 'CPU ms', 'SQL'],
    rows: found.map((one) => [
      ...[one.name, one.rows?.toLocaleString('en') ?? '', one.atOnce, one.p50.toFixed(1), one.p99.toFixed(1)],
      ...[one.timesLimit.toFixed(1), one.perSecond.toFixed(0), one.cpuMs.toFixed(2)],
      one.statements.toFixed(1),
    ]),
    verdicts,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
