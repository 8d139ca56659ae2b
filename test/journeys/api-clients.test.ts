import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { World } from '../helpers/world.ts';
import { startApiWorld } from './api-client.ts';
import { devourOf, kitsuOf, type Seen } from './npm-clients.ts';

let world: World;
beforeEach(async () => {
  world = await startApiWorld();
});
afterEach(() => world.close());

const statusesOf = (seen: readonly Seen[]) => seen.map(({ status }) => status);
const idsOf = (list: readonly { id: string }[]) => list.map(({ id }) => id);

describe('kitsu', () => {
  test('a workflow’s whole life: attributes, filters repeated, include, linkage, delete with a body', async () => {
    const { api, seen } = kitsuOf(world);
    const { data: event } = await api.create('events', { name: 'Deploy to production' });
    const { data: other } = await api.create('events', { name: 'Database migration' });
    const { data: policy } = await api.create('approval_policies', { name: 'Standard', default: true });
    const { data: maria } = await api.create('people', { first_name: 'Maria', email: 'maria@acme.io' });
    const { data: alice } = await api.create('people', {
      ...{ first_name: 'Alice', last_name: 'Archer', email: 'alice@acme.io' },
      manager: { data: { type: 'people', id: maria.id } },
    });
    const { data: bob } = await api.create('people', { first_name: 'Bob', email: 'bob@acme.io' });

    const { data: made, headers } = await api.create(
      'approval_workflows',
      {
        ...{ event_id: event.id, approval_policy_id: policy.id, approval_requirement_id: 2 },
        ...{ approver_ids: [Number(alice.id), bob.id], dynamic_approver_ids: [1] },
      },
      { params: { include: 'approvers.manager,event' } },
    );
    expect(headers.location).toBe(`https://approvals.acme.io/api/v2/approval_workflows/${made.id}`);
    expect(made).toMatchObject({ type: 'approval_workflows', approval_requirement_id: 2 });
    expect(made.event.data).toMatchObject({ name: 'Deploy to production', slug: 'deploy-to-production' });
    expect(made.approvers.data[0]).toMatchObject({ first_name: 'Alice', last_name: 'Archer' });
    expect(made.approvers.data[0].manager.data).toMatchObject({ first_name: 'Maria' });

    const { data: second } = await api.create('approval_workflows', {
      ...{ event_id: other.id, approval_policy_id: policy.id, approval_requirement_id: 1 },
    });
    // Arrays are repeated: filter[event_id]=1&filter[event_id]=2.
    const listed = await api.get('approval_workflows', {
      params: {
        filter: { event_id: [event.id, other.id], approval_policy_id: [policy.id] },
        ...{ include: 'approvers.manager,organization', sort: '-id', page: { size: 1, number: 2 } },
      },
    });
    expect(listed.meta).toMatchObject({ total_count: 2, total_pages: 2, current_page: 2 });
    expect(listed.links.next).toBeUndefined();
    expect(listed.data).toMatchObject([{ id: made.id }]);
    expect(listed.data[0].organization.data).toMatchObject({ name: 'Default' });

    const { data: changed } = await api.update('approval_workflows', {
      id: made.id,
      ...{ approval_requirement_id: 3, disallow_requester: true },
    });
    expect(changed).toMatchObject({ approval_requirement_id: 3, disallow_requester: true });
    // What was read, sent back whole, says nothing new.
    const { data: read } = await api.get(`approval_workflows/${made.id}`);
    expect((await api.update('approval_workflows', read)).data).toEqual(read);

    const url = `approval_workflows/${made.id}/relationships/approvers`;
    const link = { type: 'people', url };
    const linked = await api.request({ ...link, method: 'PATCH', body: [{ id: bob.id }] });
    expect(idsOf(linked.data)).toEqual([bob.id]);
    const added = await api.request({ ...link, method: 'POST', body: [{ id: alice.id }, { id: bob.id }] });
    expect(idsOf(added.data)).toEqual([bob.id, alice.id]);
    const data = { data: [{ type: 'people', id: bob.id }] };
    const left = await api.request({ ...link, method: 'DELETE', axiosOptions: { data } });
    expect(idsOf(left.data)).toEqual([alice.id]);
    expect(idsOf((await api.get(url)).data)).toEqual([alice.id]);

    // Kitsu sends a document with DELETE.
    expect((await api.remove('approval_workflows', made.id)).status).toBe(204);
    expect((await api.remove('approval_workflows', second.id)).status).toBe(204);
    await expect(api.get(`approval_workflows/${made.id}`)).rejects.toMatchObject({
      errors: [{ status: '404' }],
    });
    expect((await api.remove('events', event.id)).status).toBe(204);
    expect(statusesOf(seen).filter((status) => status >= 400)).toEqual([404]);
  });

  test('what is wrong comes as errors it can show', async () => {
    const { api, seen } = kitsuOf(world);
    const { data: policy } = await api.create('approval_policies', { name: 'Standard' });
    const wrong = { event_id: null, approval_policy_id: policy.id, approval_requirement_id: 3 };
    await expect(api.create('approval_workflows', wrong)).rejects.toMatchObject({
      errors: [
        { title: 'Invalid Attribute', source: { pointer: 'data/attributes/event' } },
        { title: 'Invalid Attribute', source: { pointer: 'data/attributes/approver_ids' } },
      ],
    });
    await expect(api.create('events', { name: 'A', colour: 'red' })).rejects.toMatchObject({
      errors: [{ status: '422', meta: { pointer: '/data/attributes/colour' } }],
    });
    await expect(api.get('events', { params: { filter: { colour: 'red' } } })).rejects.toMatchObject({
      errors: [{ title: 'Unsupported Filter' }],
    });
    expect(statusesOf(seen)).toEqual([201, 422, 422, 400]);
  });
});

describe('devour', () => {
  test('a workflow’s whole life: relationships, filters with [], include, linkage, delete', async () => {
    const { api, seen } = devourOf(world);
    const { data: event } = await api.create('event', { name: 'Deploy to production' });
    const { data: other } = await api.create('event', { name: 'Rollback' });
    const { data: policy } = await api.create('approval_policy', { name: 'Standard' });
    const { data: maria } = await api.create('person', { first_name: 'Maria', email: 'maria@acme.io' });
    const { data: alice } = await api.create('person', {
      ...{ first_name: 'Alice', email: 'alice@acme.io', manager: { id: maria.id } },
    });
    const { data: bob } = await api.create('person', { first_name: 'Bob' });

    const { data: made } = await api.create('approval_workflow', {
      ...{ event: { id: event.id }, approval_policy: { id: policy.id }, approval_requirement_id: 2 },
      ...{ approvers: [{ id: alice.id }, { id: bob.id }], subscribers: [{ id: maria.id }] },
    });
    const { data: second } = await api.create('approval_workflow', {
      ...{ event: { id: other.id }, approval_policy: { id: policy.id }, approval_requirement_id: 1 },
    });
    // Arrays are filter[event_id][]=1&filter[event_id][]=2.
    const listed = await api.findAll('approval_workflow', {
      filter: { event_id: [event.id, other.id], approval_policy_id: [policy.id] },
      ...{ include: 'approvers.manager,event', sort: 'id' },
    });
    expect(idsOf(listed.data)).toEqual([made.id, second.id]);
    expect(listed.meta).toMatchObject({ total_count: 2 });
    expect(listed.data[0].event).toMatchObject({ slug: 'deploy-to-production' });
    expect(listed.data[0].approvers).toMatchObject([
      { first_name: 'Alice', manager: { first_name: 'Maria' } },
      { first_name: 'Bob' },
    ]);

    await api.update('approval_workflow', { id: made.id, approval_requirement_id: 3, approvers: [bob] });
    const found = await api.find('approval_workflow', made.id, { include: 'approvers,subscribers' });
    expect(found.data).toMatchObject({ approval_requirement_id: 3, approvers: [{ id: bob.id }] });
    expect(found.data.subscribers).toMatchObject([{ first_name: 'Maria' }]);

    const approvers = () => api.one('approval_workflow', made.id).relationships('approvers');
    expect(idsOf((await approvers().post([{ id: alice.id }])).data)).toEqual([bob.id, alice.id]);
    await approvers().destroy([{ type: 'people', id: bob.id }]);
    expect(idsOf((await approvers().get()).data)).toEqual([alice.id]);
    expect(idsOf((await approvers().patch([{ id: bob.id }])).data)).toEqual([bob.id]);
    // The last approver of an all workflow stays.
    await expect(approvers().patch([])).rejects.toMatchObject({ approver_ids: { status: '422' } });
    expect(idsOf((await approvers().get()).data)).toEqual([bob.id]);

    await api.destroy('approval_workflow', made.id);
    await api.destroy('approval_workflow', second.id);
    await expect(api.find('approval_workflow', made.id)).rejects.toBeDefined();
    await api.destroy('event', event.id);
    expect(statusesOf(seen).filter((status) => status >= 400)).toEqual([422, 404]);
    expect(statusesOf(seen).filter((status) => status === 204)).toHaveLength(3);
  });
});
