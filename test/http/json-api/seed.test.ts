import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { managementApi } from '../../../src/http/management-api.ts';
import { createServer } from '../../../src/http/server.ts';
import { nextId } from '../../../src/store/counters.ts';
import { inTransaction } from '../../../src/store/database.ts';
import { keepTotals } from '../../../src/store/list-totals.ts';
import { startWorld, type World } from '../../helpers/world.ts';
import exchanges from './seed-exchanges.json' with { type: 'json' };

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

/** What there must have been before each exchange: the organization's id, and workflows as id → target type. */
const BEFORE: Readonly<Record<string, { organization: number; workflows: Record<number, number> }>> = {
  'GET /api/v2/approval_workflows': { organization: 5, workflows: { 1: 1, 2: 3, 3: 2, 4: 1 } },
  'GET /api/v2/approval_workflows/9': { organization: 7, workflows: { 9: 1 } },
  'POST /api/v2/approval_workflows': { organization: 8, workflows: {} },
  'PATCH /api/v2/approval_workflows/13': { organization: 10, workflows: { 13: 1 } },
  'PATCH /api/v2/approval_workflows/14': { organization: 10, workflows: { 14: 1 } },
  'DELETE /api/v2/approval_workflows/15': { organization: 10, workflows: { 15: 1 } },
};

describe('every exchange of the seed, literally', () => {
  test.each(exchanges)('$method $url → $status', async ({ method, url, headers, body, status, answer }) => {
    const { organization, workflows } = BEFORE[`${method} ${url}`]!;
    await fill(organization, workflows);
    const server = createServer(world.app.context.log);
    managementApi(server, {
      context: world.app.context,
      authenticate: async () => ({
        ok: true,
        principal: {
          organizationId: organization,
          role: 'admin',
          personId: null,
          tokenId: 'bootstrap',
          via: 'api',
        },
      }),
      publicUrl: 'http://api-test.productive.io',
      version: '0',
    });
    const got = await server.inject({
      method: method as 'GET',
      url,
      headers,
      ...(body && { payload: JSON.stringify(body) }),
    });
    await server.close();
    expect(got.statusCode).toBe(status);
    if (answer === undefined) {
      expect(got.body).toBe('');
      return;
    }
    expect(got.headers['content-type']).toBe('application/vnd.api+json');
    const document = got.json() as { errors?: { meta?: unknown }[] };
    // Contract §1.10 #11: the correct pointer comes with the seed's own.
    for (const error of document.errors ?? []) delete error.meta;
    expect(document).toEqual(answer);
    expect(JSON.stringify(document)).toBe(JSON.stringify(answer));
  });
});

/** Rows written past the rules: the seed's 422 needs a workflow that already lacks approvers (contract #12). */
async function fill(organization: number, workflows: Readonly<Record<number, number>>): Promise<void> {
  const { db } = world.app.context;
  const stamp = { organization_id: organization, created_at: 0, updated_at: 0 };
  await db.insertInto('organizations').values({ id: organization, name: 'Seed', created_at: 0 }).execute();
  const rows = Object.entries(workflows);
  const events = rows.length === 0 ? [11] : rows.map(([id]) => 100 + Number(id));
  for (const id of events)
    await db
      .insertInto('events')
      .values({ ...stamp, id, name: `Event ${id}`, slug: `event-${id}` })
      .execute();
  await db
    .insertInto('approval_policies')
    .values({ ...stamp, id: 11, name: 'Standard', slug: 'standard' })
    .execute();
  await db
    .insertInto('people')
    .values({ ...stamp, id: 48, kind: 'human', name: 'Ann', role: 'member', status: 'active' })
    .execute();
  for (const [id, target] of rows)
    await db
      .insertInto('approval_workflows')
      .values({
        ...stamp,
        id: Number(id),
        approval_policy_id: 11,
        event_id: target === 1 ? 100 + Number(id) : null,
        target_type_id: target,
        approval_requirement_id: 3,
        dynamic_approver_ids: '[]',
        dynamic_subscriber_ids: '[]',
        subscriber_channels: '[]',
      })
      .execute();
  await inTransaction(db, async (trx) => {
    for (const _ of rows) await keepTotals(trx, organization, 'approval_workflows', null, {});
    for (let nth = 0; nth < 10; nth += 1) await nextId(trx, 'approval_workflows');
  });
}
