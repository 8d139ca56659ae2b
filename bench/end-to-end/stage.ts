import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type HarnessDouble, startHarnessDouble } from '../../src/demo/doubles/harness/harness-double.ts';
import { API_KEY, PLACE, SLACK_TEAM } from '../clicks/surroundings.ts';

export const APPROVERS = ['U0BENCH000', 'U0BENCH001'];
const LATEST_MS = 60_000;

/** What was seen of one request, each moment in ms. */
export interface Story {
  askedAt: number;
  cards: Map<string, Shown>;
  clickedAt: number;
  toldAt: number;
}

/** Whether each approver has a card. */
export const hasCards = ({ cards }: Story) => cards.size >= APPROVERS.length;
/** Whether Harness was told and no card offers Approve any more. */
export const isOver = ({ cards, toldAt }: Story) =>
  !Number.isNaN(toldAt) && [...cards.values()].every(({ decidedAt }) => !Number.isNaN(decidedAt));

/** One card as Slack has it. */
interface Shown {
  channel: string;
  postedAt: number;
  /** Its Approve button, as a press brings it back. */
  button: { block_id: string; action_id: string; value: string };
  /** When it no longer offered Approve; NaN until then. */
  decidedAt: number;
}

/** Who plays on the stage. */
export interface Stage {
  slackUrl: string;
  harnessUrl: string;
  /** What was seen of these runs. */
  storiesOf(runs: readonly string[]): Story[];
  /** How long Slack takes for an answer, ms. */
  slackTakesMs: number;
  /** Messages posted so far. */
  posted(): number;
  /** Votes that Harness took so far. */
  told(): number;
  /** A run comes to its gate; its story begins. */
  begin(run: string): Story;
  /** Lets go of all that was, and of Harness's runs with it: a double that remembers a hundred thousand is slow. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A stand-in of Slack that takes every message and notes when which request's cards came and went, and the double of
 * Harness. A request is known by its run, which must be named in its card as `run-NAME.`.
 */
export async function startStage(): Promise<Stage> {
  let harness = await startHarness();
  const stories = new Map<string, Story>();
  /** ts of each card → its run. */
  const runs = new Map<string, string>();
  let posts = 0;
  let votes = 0;

  function post(channel: string, blocks: string): object {
    posts += 1;
    const ts = `1700000000.${String(posts).padStart(6, '0')}`;
    const run = /run-[a-z0-9]+/.exec(blocks)?.[0];
    const story = run === undefined ? undefined : stories.get(run);
    const button = approveOf(blocks);
    if (story && button) {
      story.cards.set(ts, {
        channel,
        postedAt: performance.now(),
        button,
        decidedAt: Number.NaN,
      });
      runs.set(ts, run!);
    }
    return { ok: true, ts, channel };
  }

  function update(ts: string, blocks: string): object {
    const card = stories.get(runs.get(ts) ?? '')?.cards.get(ts);
    const button = approveOf(blocks);
    if (card && button) card.button = button;
    else if (card && Number.isNaN(card.decidedAt)) card.decidedAt = performance.now();
    return { ok: true, ts };
  }

  function answer(method: string, body: URLSearchParams): object {
    if (method === 'auth.test')
      return { ok: true, team_id: SLACK_TEAM, user_id: 'U0BOT', bot_id: 'B0BOT', bot_user_id: 'U0BOT' };
    if (method === 'conversations.open')
      return { ok: true, channel: { id: body.get('users')!.replace('U', 'D') } };
    // The bot asks again who somebody is after ten minutes.
    if (method === 'users.info') return { ok: true, user: { id: body.get('user'), team_id: SLACK_TEAM } };
    if (method === 'chat.postMessage') return post(body.get('channel') ?? '', body.get('blocks') ?? '');
    if (method === 'chat.update') return update(body.get('ts') ?? '', body.get('blocks') ?? '');
    return { ok: true };
  }

  const server = createServer((request, response) => {
    void readAll(request).then(async (body) => {
      if (stage.slackTakesMs > 0) await pause(stage.slackTakesMs);
      const method = request.url?.split('/').at(-1) ?? '';
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer(method, new URLSearchParams(body))));
    });
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const gates = new Map<string, Story>();
  const listen = () =>
    harness.onChange(({ kind, id }) => {
      if (kind !== 'activity') return;
      votes += 1;
      const told = gates.get(id);
      if (told) told.toldAt = performance.now();
    });
  listen();

  const stage: Stage = {
    slackUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    harnessUrl: harness.url,
    storiesOf: (of) => of.flatMap((run) => stories.get(run) ?? []),
    slackTakesMs: 0,
    posted: () => posts,
    told: () => votes,
    begin(run) {
      const triggeredBy = { uuid: 'cron', identifier: 'cron', triggerType: 'SCHEDULER_CRON' };
      const approvers = { userGroups: [], serviceAccounts: ['account.bot'], minimumCount: 1 };
      const of = { ...PLACE, pipelineName: 'Deploy', runSequence: 1, triggeredBy };
      harness.startExecution({ planExecutionId: run, ...of });
      const at = { callbackId: `${run}-gate`, approvalMessage: `Release ${run}`, approvers };
      const gate = harness.reachApproval(run, at);
      const story: Story = {
        askedAt: Number.NaN,
        cards: new Map(),
        clickedAt: Number.NaN,
        toldAt: Number.NaN,
      };
      stories.set(run, story);
      gates.set(gate.id, story);
      return story;
    },
    async renew() {
      for (const kept of [stories, gates, runs]) kept.clear();
      const port = Number(new URL(harness.url).port);
      await harness.close();
      harness = await startHarness(port);
      listen();
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await harness.close();
    },
  };
  return stage;
}

async function startHarness(port = 0): Promise<HarnessDouble> {
  const harness = await startHarnessDouble({ accountId: 'acme', port });
  const email = 'bot@service.harness.io';
  harness.addPrincipal({ apiKey: API_KEY, kind: 'SERVICE_ACCOUNT', identifier: 'bot', name: 'Bot', email });
  return harness;
}

function approveOf(blocks: string): Shown['button'] | null {
  const parsed = JSON.parse(blocks || '[]') as { block_id?: string; elements?: Record<string, string>[] }[];
  for (const { block_id = 'actions', elements = [] } of parsed)
    for (const { action_id, value } of elements)
      if (action_id === 'approve' && value) return { block_id, action_id, value };
  return null;
}

async function readAll(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const part of request.setEncoding('utf8')) body += part;
  return body;
}

/** Looks every few ms until it is so. Throws when that takes a minute. */
export async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + LATEST_MS;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`${isSo} is not so after ${LATEST_MS} ms`);
    await pause(5);
  }
}
