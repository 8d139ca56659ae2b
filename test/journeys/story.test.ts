import { afterEach, beforeEach, expect, test } from 'vitest';
import { faultPresets } from '../../src/demo/doubles/harness/fault-presets.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

const EVENT = 'deploy-to-production';
const LEVELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' };

interface Line {
  level: number;
  msg: string;
  request?: string;
  execution?: string;
  [fact: string]: unknown;
}

let world: World;
let lines: Line[];
beforeEach(async () => {
  lines = [];
  world = await startWorld({ hear: (line) => lines.push(JSON.parse(line)) });
  await world.load(ACME);
  lines = [];
});
afterEach(() => world.close());

/** What happened, as somebody reads it: `level message`, with which ids each line names. */
function story(): string[] {
  return lines
    .filter(({ level }) => level >= 30)
    .map(({ level, msg, request, execution }) => {
      const ids = [request && 'request', execution && 'execution'].filter(Boolean).join('+');
      return `${LEVELS[level]} ${msg} (${ids})`;
    });
}

const BOTH = '(request+execution)';

test('a request that is asked for, approved and told reads as a story, each line with both ids', async () => {
  const id = await world.ask(EVENT, 'run1');
  await world.pass(6_000);
  await world.press('alice', 'approve');
  await world.settle();
  await world.pass(6_000);
  expect(story()).toEqual([
    `info request opened ${BOTH}`,
    `info request resolved ${BOTH}`,
    `info card posted ${BOTH}`,
    `info card posted ${BOTH}`,
    `info card posted ${BOTH}`,
    `info request voted ${BOTH}`,
    `info request decided ${BOTH}`,
    `info submission delivered ${BOTH}`,
    `info card posted ${BOTH}`,
  ]);
  const told = lines.filter(({ level }) => level >= 30);
  expect(new Set(told.map(({ request }) => request))).toEqual(new Set([id]));
  expect(new Set(told.map(({ execution }) => execution))).toEqual(new Set(['run1']));
  const debug = lines.filter(({ level, msg }) => level === 20 && msg === 'a platform was called');
  expect(debug.length).toBeGreaterThan(5);
  expect(debug.filter(({ platform }) => platform === 'harness').every((line) => line.request === id)).toBe(
    true,
  );
});

test('while it waits for an hour, nothing is said above debug', async () => {
  await world.ask(EVENT, 'run1');
  await world.pass(6_000);
  lines = [];
  for (let minute = 0; minute < 60; minute += 1) await world.pass(60_000);
  expect(story()).toEqual([]);
});

test('an hour in which Harness is down says so once, and once that it is over', async () => {
  await world.ask(EVENT, 'run1');
  await world.pass(6_000);
  lines = [];
  world.harness.addFault({ ...faultPresets.gatewayDown, match: {}, times: 1_000 });
  await world.press('alice', 'approve');
  for (let minute = 0; minute < 60; minute += 1) await world.pass(60_000);
  world.harness.clearFaults();
  for (let minute = 0; minute < 3; minute += 1) await world.pass(60_000);
  const said = story().filter((line) => line.includes('Harness'));
  expect(said).toEqual([
    `warn Harness is in trouble: calls are tried again until it answers ${BOTH}`,
    `info Harness answers again ${BOTH}`,
  ]);
});

test('who may not is refused, the pipeline is turned away, somebody cannot be reached: each is one line', async () => {
  const id = await world.ask(EVENT, 'run1');
  lines = [];
  const [card] = world.cards('alice');
  await world.slack.click('U0SAM', {
    channel: card!.channel,
    ts: card!.ts,
    actionId: 'approve',
    forge: true,
  });
  await world.post(EVENT, world.webhook('run1'), { authorization: 'Bearer nonsense' });
  world.slack.addFault({ method: 'chat.postMessage', slackError: 'user_disabled' });
  await world.ask(EVENT, 'run2');
  expect(story().filter((line) => !/opened|resolved|posted/.test(line))).toEqual([
    `info request refused ${BOTH}`,
    'warn webhook refused ()',
    `warn request unreachable ${BOTH}`,
  ]);
  expect(lines.find(({ msg }) => msg === 'request refused')).toMatchObject({ request: id, via: 'slack' });
});

test('what was rolled back is not told', async () => {
  const { db } = world.app.context;
  const { commit } = await import('../../src/usecases/context.ts');
  const { writeAudit } = await import('../../src/store/audit.ts');
  const undone = commit({ ...world.app.context, db }, async (trx) => {
    await writeAudit(trx, world.app.organizationId, {
      ...{ at: 1, actor: { personId: null, via: 'timer' }, action: 'opened' },
      ...{ subjectType: 'approval_request', subjectId: 'apr_none', detail: {} },
    });
    throw new Error('rolled back');
  });
  await expect(undone).rejects.toThrow('rolled back');
  expect(story()).toEqual([]);
});
