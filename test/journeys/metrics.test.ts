import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { faultPresets } from '../../src/demo/doubles/harness/fault-presets.ts';
import { teamsPress } from '../helpers/in-teams.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

const METRICS_TOKEN = 'prometheus-token-for-tests-001';
const EVENT = 'deploy-to-production';

let world: World;
afterEach(() => world.close());

const get = (token: string | null) =>
  fetch(`${world.url}/metrics`, token === null ? {} : { headers: { authorization: `Bearer ${token}` } });

/** Every sample by its name and labels; throws where a line is none of the text format's. */
async function scrape(): Promise<Map<string, number>> {
  const answer = await get(METRICS_TOKEN);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return samplesOf(await answer.text());
}

const HELP = /^# HELP ([a-z_][a-z0-9_]*) \S.*$/;
const TYPE = /^# TYPE ([a-z_][a-z0-9_]*) (counter|gauge|histogram|summary)$/;
const SAMPLE = /^([a-z_][a-z0-9_]*)(\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)*\})? (-?[0-9.e+-]+|NaN|[+-]Inf)$/i;

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
function samplesOf(text: string): Map<string, number> {
  expect(text.endsWith('\n')).toBe(true);
  const samples = new Map<string, number>();
  const helped = new Set<string>();
  const typed = new Map<string, string>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const help = HELP.exec(line)?.[1];
    const type = TYPE.exec(line);
    const sample = SAMPLE.exec(line);
    if (help) helped.add(help);
    else if (type) typed.set(type[1]!, type[2]!);
    else if (!sample) throw new Error(`no line of the text format: ${line}`);
    else {
      const [, name = '', labels = '', value] = sample;
      const family = typed.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
      expect(helped.has(family) && typed.has(family), line).toBe(true);
      if (typed.get(family) === 'counter' && family.startsWith('countersign_'))
        expect(name).toMatch(/_total$/);
      expect(samples.has(name + labels), line).toBe(false);
      samples.set(name + labels, Number(value));
    }
  }
  return samples;
}

/** What a journey moved, of our own: zero is left out, and so are sums and buckets, which depend on the machine. */
function moved(before: Map<string, number>, after: Map<string, number>): Record<string, number> {
  const steps = [...after].map(([key, value]) => [key, value - (before.get(key) ?? 0)] as const);
  const ours = steps.filter(([key, step]) => key.startsWith('countersign_') && step !== 0);
  return Object.fromEntries(ours.filter(([key]) => !/_sum|_bucket/.test(key)));
}

describe('who may read them', () => {
  test('nobody where no METRICS_TOKEN is set', async () => {
    world = await startWorld();
    expect((await get(null)).status).toBe(404);
    expect((await get(METRICS_TOKEN)).status).toBe(404);
  });

  test('whoever brings it, and guesses are slowed down', async () => {
    world = await startWorld({ env: { METRICS_TOKEN } });
    expect((await get(null)).status).toBe(401);
    const tries = [];
    for (let nth = 0; nth < 11; nth += 1) tries.push((await get(`guess-number-${nth}-of-a-thief`)).status);
    expect(tries.at(-1)).toBe(429);
    expect((await get(METRICS_TOKEN)).status).toBe(200);
  });
});

describe('what a journey moves', () => {
  beforeEach(async () => {
    world = await startWorld({ env: { METRICS_TOKEN }, teams: {} });
    await world.load(ACME);
  });

  test('a request that three hear of, one approves, and Harness is told', async () => {
    const before = await scrape();
    await world.ask(EVENT, 'run1');
    await world.pass(6_000);
    const asked = await scrape();
    expect(moved(before, asked)).toMatchObject({
      'countersign_requests{status="WAITING"}': 1,
      'countersign_webhooks_total{code="202"}': 1,
      'countersign_ack_duration_seconds_count{kind="webhook"}': 1,
      countersign_request_first_card_seconds_count: 1,
      'countersign_platform_calls_total{platform="slack",method="chat.postMessage",outcome="ok"}': 3,
      'countersign_platform_calls_total{platform="teams",method="POST conversations/activities",outcome="ok"}': 3,
    });
    expect(asked.get('countersign_request_first_card_seconds_sum')).toBe(1);

    await world.pass(53_000);
    await world.press('alice', 'approve');
    await world.settle();
    await world.pass(6_000);
    const decided = await scrape();
    const byVote = 'action="APPROVE",how="vote"';
    expect(moved(asked, decided)).toMatchObject({
      'countersign_requests{status="WAITING"}': -1,
      'countersign_requests{status="APPROVED"}': 1,
      [`countersign_request_decision_seconds_count{${byVote}}`]: 1,
      'countersign_ack_duration_seconds_count{kind="slack_action"}': 1,
      'countersign_submissions_total{outcome="delivered"}': 1,
      'countersign_platform_calls_total{platform="harness",method="submit",outcome="ok"}': 1,
    });
    expect(decided.get(`countersign_request_decision_seconds_sum{${byVote}}`)).toBe(60);
    expect(decided.get('countersign_submissions_unsettled{state="queued"}')).toBe(0);
  });

  test('a press in Teams, a repeated webhook, one that is refused', async () => {
    await world.ask(EVENT, 'run1');
    const before = await scrape();
    await teamsPress(world, 'bob', 'Approve');
    await world.post(EVENT, world.webhook('run1'));
    await world.post(EVENT, '{');
    await world.post(EVENT, world.webhook('run1'), { authorization: 'Bearer nonsense' });
    await world.settle();
    expect(moved(before, await scrape())).toMatchObject({
      'countersign_ack_duration_seconds_count{kind="teams_invoke"}': 1,
      'countersign_webhooks_total{code="200"}': 1,
      'countersign_webhooks_total{code="400"}': 1,
      'countersign_webhooks_total{code="401"}': 1,
    });
  });

  test('429s, and a decision that Harness does not take: how many, since when, and what is late', async () => {
    await world.ask(EVENT, 'run1');
    world.slack.addFault({ method: 'chat.update', status: 429, retryAfter: 30 });
    world.harness.addFault({ ...faultPresets.gatewayDown, times: 20 });
    const before = await scrape();
    await world.press('alice', 'approve');
    await world.pass(6_000);
    world.clock.advance(120_000);
    const after = await scrape();
    expect(after.get('countersign_submissions_unsettled{state="sending"}')).toBe(1);
    expect(after.get('countersign_submissions_oldest_unsettled_seconds{state="sending"}')).toBe(126);
    expect(after.get('countersign_outbox_due{kind="submit_approval"}')).toBe(1);
    expect(after.get('countersign_outbox_oldest_due_seconds{kind="submit_approval"}')).toBeGreaterThan(100);
    const limited =
      'countersign_platform_calls_total{platform="slack",method="chat.update",outcome="rate_limited"}';
    expect(moved(before, after)[limited]).toBeGreaterThan(0);
  });

  test('a request on hold is counted by what holds it', async () => {
    await world.ask(EVENT, 'run1', { by: 'bob' });
    await world.pass(6_000);
    const held = [...(await scrape())].filter(([key]) => key.startsWith('countersign_requests_held'));
    expect(held).toEqual([['countersign_requests_held{problem="requester_differs"}', 1]]);
  });

  test('labels hold no id, name or address, whatever happened', async () => {
    await world.ask(EVENT, 'run1');
    await world.press('alice', 'approve');
    await world.settle();
    const text = await (await get(METRICS_TOKEN)).text();
    expect(text).not.toMatch(/apr_|crd_|run1|acme|alice|U0|127\.0\.0\.1|[0-9a-f]{8}-/i);
  });

  test('without its database the page still comes, and says so', async () => {
    await scrape();
    await world.app.context.db.destroy();
    world.clock.advance(10_000);
    const samples = await scrape();
    expect(samples.get('countersign_database_up')).toBe(0);
  });
});
