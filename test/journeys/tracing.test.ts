import { afterEach, beforeEach, expect, test } from 'vitest';
import { teamsPress } from '../helpers/in-teams.ts';
import { type Collector, startCollector, type TracedSpan } from '../helpers/otlp-collector.ts';
import { ACME, startWorld, type World, type WorldOptions } from '../helpers/world.ts';

const EVENT = 'deploy-to-production';
const PARENT = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const TRACEPARENT = `00-${PARENT.traceId}-${PARENT.spanId}-01`;

let collector: Collector;
let world: World | null = null;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(async () => {
  await world?.close();
  world = null;
  await collector.close();
});

async function start(options: WorldOptions = {}): Promise<World> {
  world = await startWorld({
    ...options,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-team=approvals%20team',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      ...options.env,
    },
  });
  await world.load(ACME);
  return world;
}

/** What was traced, once the bot has stopped. */
async function spans(): Promise<readonly TracedSpan[]> {
  await world?.close();
  world = null;
  return collector.spans;
}

/** From a span up to where its trace begins: names. */
function chain(all: readonly TracedSpan[], span: TracedSpan): string[] {
  const parent = all.find(({ spanId }) => spanId === span.parentSpanId);
  return parent ? [span.name, ...chain(all, parent)] : [span.name];
}

test('webhook, card, click and Harness are one trace, which goes on from the pipeline’s', async () => {
  const { harness, post, webhook, press, pass, settle, run, reach } = await start({ teams: {} });
  run('run1');
  const opened = await post(EVENT, webhook('run1'), { traceparent: TRACEPARENT });
  reach('run1');
  await pass(1_000);
  await press('alice', 'approve');
  await settle();
  await pass(6_000);
  expect(harness.effects).toHaveLength(1);

  const all = await spans();
  const story = all.filter(({ traceId }) => traceId === PARENT.traceId);
  const one = (name: string) => story.find((span) => span.name === name)!;
  expect(one('POST /hooks/harness/:event')).toMatchObject({
    kind: 'server',
    parentSpanId: PARENT.spanId,
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/hooks/harness/:event',
      'http.response.status_code': 202,
      'countersign.request.id': opened.body.id,
      'cicd.pipeline.run.id': 'run1',
    },
  });
  expect(chain(story, one('slack chat.postMessage'))).toEqual([
    'slack chat.postMessage',
    'process sync_card',
    'POST /hooks/harness/:event',
  ]);
  expect(chain(story, one('harness submit'))).toEqual([
    'harness submit',
    'process submit_approval',
    'press approve',
    'POST /hooks/harness/:event',
  ]);
  expect(one('harness submit')).toMatchObject({ kind: 'client', attributes: { 'peer.service': 'harness' } });
  for (const span of story.filter(({ kind }) => kind !== 'client'))
    expect(span.attributes, span.name).toMatchObject({
      'countersign.request.id': opened.body.id,
      'cicd.pipeline.run.id': 'run1',
    });
  expect(collector.resource).toMatchObject({
    'service.name': 'countersign',
    'deployment.environment.name': 'test',
  });
  expect(collector.headers).toMatchObject({ 'x-team': 'approvals team' });
  expect(JSON.stringify(all)).not.toMatch(/acme\.io|alice|Approve in chat|xoxb|U0ALICE|token/i);
});

test('a click in Teams is in the trace; a look that repeats while a request waits is in none', async () => {
  const { ask, pass, settle } = await start({ teams: {} });
  await ask(EVENT, 'run1');
  for (let minute = 0; minute < 3; minute += 1) await pass(60_000);
  await teamsPress(world!, 'bob', 'Approve');
  await settle();
  const all = await spans();
  expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(1);
  expect(all.find(({ name }) => name === 'harness submit')).toBeDefined();
  expect(all.filter(({ name }) => name.includes('check_harness'))).toEqual([]);
});

test('a traceparent that is none begins a trace of its own', async () => {
  const { post, webhook, run, settle } = await start();
  const bad = [
    'nonsense',
    `00-${'0'.repeat(32)}-${PARENT.spanId}-01`,
    `ff-${PARENT.traceId}-${PARENT.spanId}-01`,
  ];
  for (const [nth, traceparent] of bad.entries()) {
    run(`run${nth}`);
    expect((await post(EVENT, webhook(`run${nth}`), { traceparent })).status).toBe(202);
  }
  await settle();
  const first = (await spans()).filter(({ name }) => name.startsWith('POST /hooks'));
  expect(first.map(({ parentSpanId }) => parentSpanId)).toEqual(['', '', '']);
  expect(new Set(first.map(({ traceId }) => traceId)).size).toBe(3);
});

test('a pipeline that is not sampled is not traced, and log lines name the trace of one that is', async () => {
  const lines: { msg: string; trace?: string }[] = [];
  const { post, webhook, run, settle } = await start({ hear: (line) => lines.push(JSON.parse(line)) });
  run('run1');
  await post(EVENT, webhook('run1'), { traceparent: TRACEPARENT });
  run('run2');
  await post(EVENT, webhook('run2'), { traceparent: TRACEPARENT.replace(/01$/, '00') });
  await settle();
  expect(lines.find(({ msg }) => msg === 'request opened')?.trace).toBe(PARENT.traceId);
  const runs = (await spans()).map(({ attributes }) => attributes['cicd.pipeline.run.id']);
  expect(runs).toContain('run1');
  expect(runs).not.toContain('run2');
});

test('nobody who takes the spans: the bot does its work and stops in time', async () => {
  await collector.close();
  const { ask, press, settle, harness } = await start();
  await ask(EVENT, 'run1');
  await press('alice', 'approve');
  await settle();
  expect(harness.effects).toHaveLength(1);
  expect(await spans()).toEqual([]);
});

test.each<Record<string, string>>([
  { OTEL_SDK_DISABLED: 'true' },
  { OTEL_TRACES_EXPORTER: 'none' },
  { OTEL_TRACES_SAMPLER: 'always_off' },
])('%o: nothing is sent', async (env) => {
  const { ask } = await start({ env });
  await ask(EVENT, 'run1');
  expect(await spans()).toEqual([]);
});
