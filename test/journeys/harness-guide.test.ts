import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { machine } from '../helpers/inbound.ts';
import { ACME, type World } from '../helpers/world.ts';
import { API_TOKEN, apiOf, startApiWorld } from './api-client.ts';

const run = promisify(execFile);
const guide = readFileSync(new URL('../../docs/harness.md', import.meta.url), 'utf8');
let world: World;

beforeAll(async () => {
  world = await startApiWorld();
  await world.load(ACME);
});
afterAll(() => world.close());

/** As a reader's shell runs it, the placeholders filled in. */
async function shell(command: string, filled: Record<string, string>): Promise<string> {
  const line = Object.entries(filled).reduce((text, [from, to]) => text.replaceAll(from, to), command);
  const env = { PATH: '/usr/bin:/bin:/usr/local/bin', NO_PROXY: '127.0.0.1', TOKEN: API_TOKEN };
  return (await run('sh', ['-c', line], { env })).stdout;
}

/** In the order in which they stand there. */
function commands(): string[] {
  const found = [...guide.matchAll(/```sh\n(curl .*?)```/gs)].map(([, command]) => command!);
  expect(found).toHaveLength(2);
  return found;
}

test('docs/harness.md: its curl maps the pipeline that its YAML is', async () => {
  await shell(commands()[0]!, { 'https://approvals.example.com': world.url });
  const { list } = await apiOf(world).get('pipeline_events');
  expect(list.map(({ attributes }) => attributes)).toMatchObject([
    {
      org_identifier: 'default',
      project_identifier: 'payments',
      pipeline_identifier: 'Deploy_with_chat_approval',
    },
  ]);
  expect(guide).toContain('identifier: Deploy_with_chat_approval');
});

test('docs/harness.md: the check’s workflow loads, its curl approves, and people are asked after it', async () => {
  const { secret } = await machine(world, 'Smoke tests', 'maria');
  const [, added] = /```yaml\n(machines:.*?)```/s.exec(guide)!;
  await world.load(stringify({ ...parse(ACME), ...parse(added!) }));
  await world.ask('deploy-to-production', 'run1');
  expect(world.cards('alice')).toEqual([]);
  const answer = await shell(commands()[1]!, {
    'https://approvals.example.com': world.url,
    '<orgIdentifier>': 'default',
    '<projectIdentifier>': 'payments',
    '<executionId>': 'run1',
    '<callback_id>': 'run1-gate',
    '<accountIdentifier>': 'acme',
    '<token>': secret,
  });
  expect(answer).toMatch(/^HTTP\/1.1 200/);
  await world.pass(1_000);
  expect(world.words('alice')).toContain('412 passed, 0 failed');
  expect(world.words('alice')).toContain('ci.example.com');
  await world.press('alice', 'approve');
  await world.settle();
  expect(world.harness.effects).toHaveLength(1);
});
