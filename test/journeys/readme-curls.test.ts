import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { token } from '../helpers/principals.ts';
import { email, type World } from '../helpers/world.ts';
import { API_TOKEN, type Api, apiOf, requireJsonApi, startApiWorld } from './api-client.ts';

const run = promisify(execFile);
let world: World;
let api: Api;
let mine: string;

beforeAll(async () => {
  world = await startApiWorld();
  api = apiOf(world);
  const maria = await api.create('people', { first_name: 'Maria', email: email('maria') });
  await api.create('people', { first_name: 'Dana', email: email('dana'), manager_id: maria.data.id });
  mine = (await token(world, { email: email('maria') }, 'member')).secret;
});
afterAll(() => world.close());

/** The commands of README's first sh block under "Management API". */
function commands(): string[] {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const section = readme.split(/^## /m).find((part) => part.startsWith('Management API'));
  const block = /```sh\n(.*?)```/s.exec(section ?? '')?.[1] ?? '';
  return block.split(/^(?=curl )/m).map((command) => command.trim());
}

/** As a reader's shell runs it, but for the host and the tokens. */
async function shell(command: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const env = {
    ...{ PATH: '/usr/bin:/bin:/usr/local/bin', NO_PROXY: '127.0.0.1' },
    ...{ API: `${world.url}/api/v2`, TOKEN: API_TOKEN, MY_TOKEN: mine },
  };
  const { stdout } = await run('sh', ['-c', `${command} -w '\\n%{http_code}'`], { env });
  const end = stdout.lastIndexOf('\n');
  const body = JSON.parse(stdout.slice(0, end)) as Record<string, unknown>;
  requireJsonApi(body);
  return { status: Number(stdout.slice(end)), body };
}

test('README’s five curl lines do what they say, in order', async () => {
  const [event, policy, workflow, list, decide, ...more] = commands();
  expect([decide === undefined, more]).toEqual([false, []]);
  expect(await shell(event!)).toMatchObject({
    ...{ status: 201, body: { data: { id: '1', attributes: { slug: 'deploy-to-production' } } } },
  });
  expect(await shell(policy!)).toMatchObject({
    ...{ status: 201, body: { data: { id: '1', attributes: { default: true } } } },
  });
  expect(await shell(workflow!)).toMatchObject({
    ...{ status: 201, body: { data: { id: '1', attributes: { dynamic_approver_ids: [1] } } } },
  });
  const listed = await shell(list!);
  expect(listed).toMatchObject({ status: 200, body: { meta: { total_count: 1 } } });
  expect(listed.body.included).toMatchObject([{ type: 'events' }, { type: 'approval_policies' }]);

  const request = await world.ask('deploy-to-production', 'run1');
  expect(await shell(decide!)).toMatchObject({
    ...{ status: 200, body: { data: { attributes: { status: 'approved', note: 'looks good' } } } },
  });
  await world.settle();
  expect((await api.get(`approval_requests/${request}`)).data.attributes.status).toBe('APPROVED');
  expect(world.harness.effects).toHaveLength(1);
}, 60_000);
