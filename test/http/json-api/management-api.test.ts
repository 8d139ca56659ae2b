import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { managementApi } from '../../../src/http/management-api.ts';
import { createServer } from '../../../src/http/server.ts';
import type { Principal } from '../../../src/usecases/managing/managing.ts';
import { ACME, startWorld, type World } from '../../helpers/world.ts';
import schema from './jsonapi-schema-1.0.json' with { type: 'json' };

const JSON_API = 'application/vnd.api+json';
const ajv = new Ajv2020({ strict: false, validateFormats: false });
const isJsonApi = ajv.compile(schema);

let world: World;
let server: ReturnType<typeof createServer>;
let principal: Principal;

// biome-ignore lint/suspicious/noExplicitAny: a test looks into documents of many shapes.
type Asked = { status: number; body: any; headers: Record<string, unknown> };

async function ask(method: string, url: string, attributes?: object, type?: string): Promise<Asked> {
  const body = attributes && { data: { type: type ?? url.split('/')[1]!.split('?')[0], attributes } };
  const answer = await server.inject({
    method: method as 'GET',
    url: `/api/v2${url}`,
    ...(body && { headers: { 'content-type': JSON_API }, payload: JSON.stringify(body) }),
  });
  if (answer.body === '') return { status: answer.statusCode, body: undefined, headers: answer.headers };
  const document = answer.json() as Record<string, unknown>;
  expect(answer.headers['content-type']).toBe(JSON_API);
  if (!('errors' in document) && !isJsonApi(document))
    throw new Error(`${method} ${url}: ${ajv.errorsText(isJsonApi.errors)}`);
  return { status: answer.statusCode, body: document, headers: answer.headers };
}

beforeAll(async () => {
  world = await startWorld();
  await world.load(ACME);
  server = createServer(world.app.context.log);
  const { organizationId, context } = world.app;
  principal = { organizationId, role: 'admin', personId: 1, tokenId: '1', via: 'api' };
  managementApi(server, {
    context,
    authenticate: async () => ({ ok: true, principal }),
    publicUrl: 'https://approvals.acme.io',
    version: '1.2.3',
  });
});
afterAll(async () => {
  await server.close();
  await world.close();
});

test('the OpenAPI document is valid and names every address of the issue', async () => {
  const document = (await server.inject({ url: '/api/openapi.json' })).json() as {
    paths: Record<string, Record<string, unknown>>;
  };
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  expect([valid, errors]).toEqual([true, undefined]);
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      '/approval_workflows/{id}/relationships/approvers',
      '/approval_workflows/{id}/relationships/subscribers',
      '/approval_policies/{id}/archive',
      '/events/{id}/restore',
      '/people/{id}/deactivate',
      '/approval_requests/{id}/reassign',
      '/approval_statuses/{id}/approve',
      '/audit_events',
      '/api_tokens',
    ]),
  );
});

test('every list answers with every include it offers', async () => {
  const includes = {
    approval_workflows: 'organization,event,approval_policy,approvers.manager,subscribers,fallback_approvers',
    approval_policies: 'organization',
    approval_policy_assignments: 'organization,person.manager,approval_policy',
    events: 'organization',
    people: 'organization,manager,owner,approval_policy_assignment.approval_policy',
    approval_requests:
      'organization,event,approval_policy,workflow.approvers,requester.manager,approval_statuses.approver,decisions.person',
    approval_statuses: 'approver,actual_approver,approval_workflow,event,approval_request',
    audit_events: 'organization,person',
    api_tokens: 'organization,person',
  };
  await world.ask('deploy-to-production', 'run-1');
  for (const [type, include] of Object.entries(includes)) {
    const { status, body } = await ask('GET', `/${type}?include=${include}&sort=-id`);
    expect([type, status]).toEqual([type, 200]);
    const linked = new Set(
      [...JSON.stringify(body).matchAll(/\{"type":"(\w+)","id":"([^"]+)"\}/g)].map(
        ([, one, id]) => `${one} ${id}`,
      ),
    );
    for (const one of body.included) expect(linked).toContain(`${one.type} ${one.id}`);
  }
});

describe('a workflow’s life', () => {
  test('made, read, changed, deleted', async () => {
    const event = await ask('POST', '/events', { name: 'Open the vault' });
    expect(event.body.data.attributes).toMatchObject({ name: 'Open the vault', slug: 'open-the-vault' });
    const made = await ask('POST', '/approval_workflows?include=approvers', {
      event_id: event.body.data.id,
      approval_policy_id: '1',
      approval_requirement_id: 2,
      approver_ids: [3, '4', 3],
      dynamic_approvers_ids: ['1'],
      disallow_requester: true,
      subscriber_channels: [{ platform: 'slack', channel_id: 'C0VAULT' }],
    });
    expect(made.status).toBe(201);
    const { id, attributes, relationships } = made.body.data;
    expect(made.headers.location).toBe(`https://approvals.acme.io/api/v2/approval_workflows/${id}`);
    expect(attributes).toEqual({
      approval_requirement_id: 2,
      target_type_id: 1,
      dynamic_approver_ids: [1],
      dynamic_subscriber_ids: [],
      disallow_requester: true,
      subscriber_channels: [{ platform: 'slack', channel_id: 'C0VAULT' }],
    });
    expect(relationships.approvers.data).toHaveLength(2);
    const somewhere = [{ platform: 'teams', channel_id: '19:vault@thread.tacv2', tenant: 'aad-tenant' }];
    for (const subscriber_channels of [somewhere, somewhere.map(({ tenant: _, ...channel }) => channel)]) {
      const moved = await ask('PATCH', `/approval_workflows/${id}`, { subscriber_channels });
      expect(moved.body.data.attributes.subscriber_channels).toEqual(somewhere);
    }
    const again = await ask('POST', '/approval_workflows', {
      event_id: event.body.data.id,
      approval_policy_id: 1,
      approval_requirement_id: 1,
    });
    expect(again.status).toBe(422);
    const listed = await ask('GET', `/approval_workflows?filter[event_id]=${event.body.data.id}`);
    expect(listed.body.meta.total_count).toBe(1);
    const wrong = await ask('PATCH', `/approval_workflows/${id}`, { approver_ids: [999], event_id: 999 });
    expect([wrong.status, wrong.body.errors.length]).toEqual([422, 2]);
    expect((await ask('DELETE', `/events/${event.body.data.id}`)).status).toBe(409);
    expect((await ask('DELETE', `/approval_workflows/${id}`)).status).toBe(204);
    expect((await ask('GET', `/approval_workflows/${id}`)).status).toBe(404);
    expect((await ask('DELETE', `/events/${event.body.data.id}`)).status).toBe(204);
  });
});

test('policies, assignments and people', async () => {
  const policy = await ask('POST', '/approval_policies', { name: 'Vacation policy' });
  expect(policy.body.data.attributes).toMatchObject({
    archived_at: null,
    custom: false,
    default: false,
    description: null,
    name: 'Vacation policy',
    type_id: 1,
  });
  const given = { approval_policy_id: policy.body.data.id, target_type: 'Person', person_id: 2 };
  const assigned = await ask('POST', '/approval_policy_assignments', given);
  expect(assigned.body.data.attributes).toEqual({ target_type: 'person' });
  expect((await ask('POST', '/approval_policy_assignments', given)).status).toBe(422);
  const person = await ask('GET', '/people/2?include=approval_policy_assignment');
  expect(person.body.data.relationships.approval_policy_assignment.data.id).toBe(assigned.body.data.id);
  expect((await ask('DELETE', `/approval_policy_assignments/${assigned.body.data.id}`)).status).toBe(204);
  const archived = await ask('PATCH', `/approval_policies/${policy.body.data.id}/archive`);
  expect(archived.body.data.attributes.archived_at).toMatch(/^\d{4}-/);
  const made = await ask('POST', '/people', { first_name: 'Zoe', email: 'zoe@acme.io', manager_id: 2 });
  expect(made.status).toBe(201);
  const { id } = made.body.data;
  expect((await ask('PATCH', `/people/${id}/deactivate`)).body.data.attributes.status).toBe('deactivated');
  expect((await ask('PATCH', `/people/${id}/activate`)).body.data.attributes.status).toBe('active');
  const found = await ask(
    'GET',
    '/people?filter[email]=zoe@acme.io,dana@acme.io&sort=-email&fields[people]=email',
  );
  expect(found.body.data.map((one: { attributes: unknown }) => one.attributes)).toEqual([
    { email: 'zoe@acme.io' },
    { email: 'dana@acme.io' },
  ]);
});

test('a request is read and decided by the approver’s own token', async () => {
  const id = await world.ask('deploy-to-production', 'run-2');
  const read = await ask('GET', `/approval_requests/${id}?include=approval_statuses.approver`);
  expect(read.body.data.attributes).toMatchObject({ status: 'WAITING', content_version: 1 });
  const slots: { id: string; relationships: { approver: { data: { id: string } } } }[] =
    read.body.included.filter((one: { type: string }) => one.type === 'approval_statuses');
  const admin = principal;
  try {
    const slot = slots[0]!;
    const approver = Number(slot.relationships.approver.data.id);
    const refused = await ask('PATCH', `/approval_statuses/${slot.id}/approve`, { content_version: 1 });
    expect(refused.status).toBe(403);
    const nobody = await ask('PATCH', `/approval_requests/${id}/reassign`);
    expect([nobody.status, nobody.body.errors[0].detail]).toEqual([422, "can't be blank"]);
    principal = { ...admin, role: 'member', personId: approver };
    expect((await ask('PATCH', `/approval_statuses/${slot.id}/reject`)).status).toBe(422);
    expect((await ask('PATCH', `/approval_statuses/${slot.id}/approve`, { content_version: 9 })).status).toBe(
      409,
    );
    const decided = await ask('PATCH', `/approval_statuses/${slot.id}/approve?include=actual_approver`, {
      note: 'fine',
      content_version: 1,
    });
    expect(decided.status).toBe(200);
    expect(decided.body.data.attributes).toMatchObject({ status: 'approved', note: 'fine' });
    expect(decided.body.included[0].id).toBe(String(approver));
    expect((await ask('GET', '/audit_events')).status).toBe(403);
  } finally {
    principal = admin;
  }
  const after = await ask('GET', `/approval_requests/${id}?include=decisions`);
  expect(after.body.data.attributes.status).toBe('APPROVED');
  expect(after.body.included[0].attributes).toMatchObject({ action: 'APPROVE', via: 'api' });
  const waiting = await ask(
    'GET',
    '/approval_requests?filter[status]=APPROVED&filter[created_at][gt]=2020-01-01',
  );
  expect(waiting.body.meta.total_count).toBe(1);
});

test('a token is made, shown once, listed and revoked', async () => {
  const made = await ask('POST', '/api_tokens', { role: 'member', person_id: 1, name: 'laptop' });
  expect(made.status).toBe(201);
  expect(made.body.data.attributes.secret).toMatch(/^cs_/);
  const { id } = made.body.data;
  expect((await ask('GET', `/api_tokens/${id}`)).body.data.attributes).not.toHaveProperty('secret');
  expect((await ask('PATCH', `/api_tokens/${id}/revoke`)).body.data.attributes.revoked_at).toMatch(/^\d{4}/);
  expect((await ask('POST', '/api_tokens', { role: 'member' })).status).toBe(422);
});
