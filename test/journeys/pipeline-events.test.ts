import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { teamsSay } from '../helpers/in-teams.ts';
import { auditLines } from '../helpers/management.ts';
import { say } from '../helpers/typed.ts';
import { ACME, type World } from '../helpers/world.ts';
import { type Api, apiAs, apiOf, startApiWorld } from './api-client.ts';

const KEY = {
  org_identifier: 'default',
  project_identifier: 'payments',
  pipeline_identifier: 'deploy_payments',
};

let world: World;
let api: Api;
let deploy: string;
let rollback: string;

beforeAll(async () => {
  world = await startApiWorld({ teams: {} });
  await world.load(ACME);
  api = apiOf(world);
  const bySlug = async (slug: string) => (await api.get(`events?filter[slug]=${slug}`)).list[0]!.id;
  deploy = await bySlug('deploy-to-production');
  rollback = await bySlug('rollback');
});
afterAll(() => world.close());

const put = (attributes: object, relationships?: object) =>
  api.ask('PUT', 'pipeline_events', {
    data: { type: 'pipeline_events', attributes, ...(relationships && { relationships }) },
  });
const eventOf = (id: string) => ({ event: { data: { type: 'events', id } } });

describe('by the API', () => {
  test('PUT by the natural key: made, the same again, and moved to another event', async () => {
    const made = await put(KEY, eventOf(deploy));
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toContain(`/pipeline_events/${made.data.id}`);
    expect(made.data.attributes).toMatchObject({ ...KEY, account_identifier: '' });
    const again = await put({ ...KEY, event_id: deploy });
    expect([again.status, again.data.id]).toEqual([200, made.data.id]);
    const moved = await put({ ...KEY, event_id: rollback });
    expect([moved.status, moved.data.id]).toEqual([200, made.data.id]);
    const read = await api.get(`pipeline_events/${made.data.id}?include=event`);
    expect(read.included).toMatchObject([{ type: 'events', id: rollback }]);
    const lines = await auditLines(world, 'pipeline_event');
    expect(lines.map(({ action }) => action)).toEqual(['created', 'changed']);
    expect(lines[1]!.detail).toMatchObject({ before: { eventId: Number(deploy) } });
  });

  test('list, filter, change, delete', async () => {
    const made = await api.create('pipeline_events', {
      ...KEY,
      pipeline_identifier: 'deploy_web',
      event_id: deploy,
    });
    expect(made.status).toBe(201);
    const found = await api.get(`pipeline_events?filter[event_id]=${deploy}&sort=-id`);
    expect(found.list.map(({ id }) => id)).toEqual([made.data.id]);
    expect(found.meta.total_count).toBe(1);
    const { id } = made.data;
    expect((await api.change('pipeline_events', id, { account_identifier: 'acme' })).status).toBe(200);
    expect((await api.remove('pipeline_events', id)).status).toBe(204);
    expect((await api.get(`pipeline_events/${id}`)).status).toBe(404);
  });

  test('a second mapping of the same pipeline: 409', async () => {
    await put({ ...KEY, event_id: rollback });
    expect(await api.create('pipeline_events', { ...KEY, event_id: deploy })).toMatchObject({ status: 409 });
  });

  test('what is wrong is named, field by field', async () => {
    const wrong = await put({ ...KEY, org_identifier: '../x', project_identifier: '', event_id: null });
    expect(wrong.status).toBe(422);
    expect(wrong.errors.map(({ meta, source }) => meta?.pointer ?? source?.pointer)).toEqual([
      '/data/attributes/org_identifier',
      '/data/attributes/project_identifier',
      '/data/attributes/event_id',
    ]);
  });

  test('R1: an event that lists its pipelines, and not this one: 422 that says so', async () => {
    const refused = await put({ ...KEY, pipeline_identifier: 'other', event_id: rollback });
    expect(refused.status).toBe(422);
    expect(refused.errors[0]!.detail).toContain('is not among the pipelines of the event “Rollback”');
  });

  test('whoever is no admin may read, and writes nothing', async () => {
    const alice = await apiAs(world, 'alice');
    expect((await alice.get('pipeline_events')).status).toBe(200);
    const refused = await alice.ask('PUT', 'pipeline_events', {
      data: { type: 'pipeline_events', attributes: { ...KEY, event_id: deploy } },
    });
    expect(refused.status).toBe(403);
  });

  test('it is in the OpenAPI document', async () => {
    const answer = await fetch(`${world.url}/api/openapi.json`);
    const { paths } = (await answer.json()) as { paths: Record<string, Record<string, { summary: string }>> };
    expect(Object.keys(paths['/pipeline_events']!)).toEqual(['get', 'post', 'put']);
    expect(Object.keys(paths['/pipeline_events/{id}']!)).toEqual(['parameters', 'get', 'patch', 'delete']);
  });

  test('an event that is deleted takes its mappings along', async () => {
    const event = await api.create('events', { name: 'Short-lived' });
    await put({ ...KEY, pipeline_identifier: 'short', event_id: event.data.id });
    expect((await api.remove('events', event.data.id)).status).toBe(204);
    expect((await api.get('pipeline_events?filter[pipeline_identifier]=short')).list).toEqual([]);
  });
});

describe('by command', () => {
  const commands = [
    ['Slack', (text: string) => say(world, 'ada', text)],
    ['Teams', (text: string) => teamsSay(world, 'ada', text)],
  ] as const;

  test.each(commands)('in %s: map, list, unmap', async (platform, type) => {
    const pipeline = `default/payments/by_${platform.toLowerCase()}`;
    expect(await type(`pipelines map ${pipeline} deploy`)).toContain(
      'are “Deploy to production” from now on',
    );
    const listed = await type('pipelines');
    expect(listed).toContain(`by_${platform.toLowerCase()}`);
    expect(listed).toContain('Deploy to production (deploy-to-production)');
    expect(await type(`pipelines unmap ${pipeline}`)).toContain('open nothing any more');
    expect(await type(`pipelines unmap ${pipeline}`)).toContain('is mapped to no event');
  });

  test('what is wrong is said', async () => {
    expect(await say(world, 'ada', 'pipelines map payments deploy')).toContain('ORG/PROJECT/PIPELINE');
    expect(await say(world, 'ada', 'pipelines map default/payments/other rollback')).toContain(
      'The pipeline is not among the pipelines of the event “Rollback”',
    );
    expect(await say(world, 'ada', 'pipelines map default/payments/x deplyo')).toContain('Did you mean');
    expect(await say(world, 'ada', 'pipelines 9')).toContain('There is only one page.');
    expect(await say(world, 'alice', 'pipelines')).toContain('Only an admin may use');
  });
});

test('by seed file: the same again changes nothing, an unknown event is said', async () => {
  const file = (event: string) => `${ACME}
pipeline_events:
  - { org: default, project: payments, pipeline: seeded, event: ${event} }
`;
  await world.load(file('database-migration'));
  await world.load(file('database-migration'));
  const found = await api.get('pipeline_events?filter[pipeline_identifier]=seeded');
  expect(found.list).toHaveLength(1);
  await expect(world.load(file('nowhere'))).rejects.toThrow('there is no event nowhere');
});
