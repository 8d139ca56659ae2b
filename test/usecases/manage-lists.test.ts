import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { POLICIES } from '../../src/store/approval-policies.ts';
import { ASSIGNMENTS } from '../../src/store/approval-policy-assignments.ts';
import { WORKFLOWS } from '../../src/store/approval-workflows.ts';
import { inTransaction } from '../../src/store/database.ts';
import { EVENTS } from '../../src/store/events.ts';
import {
  countStatement,
  type FilterShape,
  type ListShape,
  pageStatement,
  vocabularyOf,
} from '../../src/store/list-query.ts';
import { recountTotals } from '../../src/store/list-totals.ts';
import { PEOPLE } from '../../src/store/person-records.ts';
import type { Tables } from '../../src/store/schema.ts';
import type { Context } from '../../src/usecases/context.ts';
import type { Filter, ListQuery, Managed, Page, Principal } from '../../src/usecases/managing/managing.ts';
import {
  createPerson,
  deactivatePerson,
  listPeople,
  updatePerson,
} from '../../src/usecases/people/manage-people.ts';
import {
  createAssignment,
  deleteAssignment,
  listAssignments,
} from '../../src/usecases/workflows/manage-assignments.ts';
import {
  archiveEvent,
  createEvent,
  deleteEvent,
  listEvents,
} from '../../src/usecases/workflows/manage-events.ts';
import { archivePolicy, createPolicy, listPolicies } from '../../src/usecases/workflows/manage-policies.ts';
import {
  createWorkflow,
  deleteWorkflow,
  listWorkflows,
  updateWorkflow,
} from '../../src/usecases/workflows/manage-workflows.ts';
import { accepted, adminOf, foreignOrganization } from '../helpers/management.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

const SHAPES: readonly ListShape[] = [WORKFLOWS, POLICIES, ASSIGNMENTS, EVENTS, PEOPLE];
const page = (more: Partial<ListQuery> = {}): ListQuery => ({
  filters: [],
  sort: [],
  page: { number: 1, size: 30 },
  ...more,
});
const by = (field: string, ...values: string[]): Partial<ListQuery> => ({
  filters: [{ field, op: 'eq', values }],
});

let world: World;
let context: Context;
let admin: Principal;

beforeAll(async () => {
  world = await startWorld();
  await world.load(ACME);
  context = world.app.context;
  admin = adminOf(world);
});
afterAll(() => world.close());

function plan(sql: string, parameters: readonly unknown[]): Promise<string[]> {
  return context.db
    .executeQuery<{ detail: string }>(CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]))
    .then(({ rows }) => rows.map((row) => row.detail));
}

const sample = (filter: FilterShape): string =>
  filter.choices?.[0] ?? { integer: '1', flag: 'true', text: 'a', search: '1' }[filter.kind];

describe('every filter finds its page by an index', () => {
  const cases = SHAPES.flatMap((shape) => [
    ...Object.keys(shape.filters).flatMap((field) => [
      ...vocabularyOf(shape).filters[field]!.operators.map((op) => ({ shape, field, op, sort: [] })),
    ]),
    ...Object.keys(shape.sorts).flatMap((field) =>
      [false, true].map((descending) => ({ shape, field: null, op: null, sort: [{ field, descending }] })),
    ),
  ]);
  test.each(cases)('$shape.table $field $op $sort', async ({ shape, field, op, sort }) => {
    const filters = field && op ? [{ field, op, values: [sample(shape.filters[field]!)] }] : [];
    const query = page({ filters, sort });
    for (const statement of [pageStatement(shape, 1, query), countStatement(shape, 1, query)]) {
      const { sql, parameters } = statement.compile(context.db);
      const steps = await plan(sql, parameters);
      expect(steps.filter((step) => step.startsWith('SCAN'))).toEqual([]);
      expect(steps.filter((step) => step.includes('TEMP B-TREE') && op === 'eq')).toEqual([]);
      if (sort.length > 0) expect(steps.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
    }
  });
});

/** The kept totals against the rows. */
async function totalsAgree(): Promise<void> {
  type List = (c: Context, p: Principal, query: ListQuery) => Promise<Managed<Page<unknown>>>;
  const lists: readonly (readonly [List, string, ListShape])[] = [
    [listWorkflows, 'approval_workflows', WORKFLOWS],
    [listPolicies, 'approval_policies', POLICIES],
    [listEvents, 'events', EVENTS],
    [listAssignments, 'approval_policy_assignments', ASSIGNMENTS],
    [listPeople, 'people', PEOPLE],
  ];
  for (const [list, table, shape] of lists) {
    const small = { page: { number: 1, size: 1 } };
    const all = accepted(await list(context, admin, page(small)));
    const { rows } = await countStatement(shape, 1, page()).execute(context.db);
    expect([table, all.total]).toEqual([table, Number(rows[0]!.total)]);
    for (const field of shape.kept)
      for (const value of ['1', '2', '3', 'admin', 'member']) {
        if (shape.filters[field]!.kind === 'integer' && Number.isNaN(Number(value))) continue;
        const query = page({ ...by(field, value), ...small });
        const counted = (await countStatement(shape, 1, query).execute(context.db)).rows[0]!.total;
        const kept = accepted(await list(context, admin, query)).total;
        expect([table, field, value, kept]).toEqual([table, field, value, Number(counted)]);
      }
  }
}

test('kept totals follow every kind of write, the seed file’s too', async () => {
  await totalsAgree();
  const event = accepted(await createEvent(context, admin, { name: 'One' }));
  const policy = accepted(await createPolicy(context, admin, { name: 'Two' }));
  const person = accepted(
    await createPerson(context, admin, { firstName: 'Eva', managerId: 1, role: 'admin' }),
  );
  const workflow = accepted(
    await createWorkflow(context, admin, {
      eventId: event.id,
      approvalPolicyId: policy.id,
      approvalRequirementId: 1,
    }),
  );
  const assignment = accepted(
    await createAssignment(context, admin, { personId: person.id, approvalPolicyId: policy.id }),
  );
  await totalsAgree();
  accepted(await updateWorkflow(context, admin, workflow.id, { approvalPolicyId: 1 }));
  accepted(await updatePerson(context, admin, person.id, { managerId: 2, role: 'member' }));
  accepted(await deactivatePerson(context, admin, person.id));
  accepted(await deleteAssignment(context, admin, assignment.id));
  accepted(await archivePolicy(context, admin, policy.id));
  accepted(await archiveEvent(context, admin, event.id));
  await totalsAgree();
  accepted(await deleteWorkflow(context, admin, workflow.id));
  accepted(await deleteEvent(context, admin, event.id));
  await world.load(ACME);
  await world.load(
    'people: [{ email: zoe@acme.io, deactivated: true, manager: zed@acme.io }, { email: zed@acme.io }]',
  );
  await totalsAgree();
});

describe('filters', () => {
  const names = async (query: Partial<ListQuery>) =>
    accepted(await listPeople(context, admin, page(query))).rows.map((person) => person.firstName);
  const filter = (field: string, op: Filter['op'], ...values: string[]): Partial<ListQuery> => ({
    filters: [{ field, op, values }],
  });

  test('of people', async () => {
    expect(await names(filter('email', 'eq', 'ALICE@acme.io', 'bob@acme.io'))).toEqual(['Alice', 'Bob']);
    expect(await names(filter('first_name', 'contains', 'ARO'))).toEqual(['Carol']);
    expect(await names(filter('query', 'eq', 'maria@'))).toEqual(['Maria']);
    expect(await names(filter('query', 'eq', '%'))).toEqual([]);
    expect(await names(filter('role', 'eq', 'admin'))).toEqual(['ada@acme.io']);
    expect(await names(filter('approval_workflow_id', 'eq', '1'))).toEqual(['Alice', 'Bob', 'Sam']);
    expect(await names(filter('id', 'lt_eq', '3'))).toHaveLength(3);
    expect(await names(filter('id', 'eq', '99999999999999999999'))).toEqual([]);
    expect(await names(filter('id', 'gt', '99999999999999999999'))).toEqual([]);
    expect(await names(filter('id', 'eq', ''))).toEqual([]);
    expect(await names(filter('status', 'eq', '2'))).toEqual(['Eva', 'zoe@acme.io']);
    expect(await names({ filters: [{ field: 'status', op: 'eq', values: ['1', '2'] }] })).toHaveLength(10);
  });

  test('a manager that is not there does not hide people from not_eq', async () => {
    const query = filter('manager_id', 'not_eq', '424242');
    expect(accepted(await listPeople(context, admin, page(query))).total).toBe(10);
  });

  test('of people by assigned policy', async () => {
    const [sam] = accepted(await listPeople(context, admin, page(by('email', 'sam@acme.io')))).rows;
    const made = accepted(await createAssignment(context, admin, { personId: sam!.id, approvalPolicyId: 1 }));
    expect(await names(filter('approval_policy_id', 'eq', '1', '77'))).toEqual(['Sam']);
    accepted(await deleteAssignment(context, admin, made.id));
  });

  test('of events and workflows', async () => {
    const events = accepted(await listEvents(context, admin, page(by('limited', 'false'))));
    expect(events.rows.map((event) => event.slug)).toEqual([
      'deploy-to-production',
      'database-migration',
      'rollback',
    ]);
    const both = page({
      filters: [
        { field: 'event_id', op: 'eq', values: ['1', '2'] },
        { field: 'id', op: 'not_eq', values: ['1'] },
      ],
    });
    expect(accepted(await listWorkflows(context, admin, both))).toMatchObject({
      rows: [{ id: 2 }],
      total: 1,
    });
  });

  test('what a list does not have is the caller’s mistake', async () => {
    for (const query of [
      by('toString', '1'),
      filter('id', 'contains', '1'),
      { sort: [{ field: 'x', descending: true }] },
    ])
      await expect(listPeople(context, admin, page(query))).rejects.toThrow(RangeError);
  });
});

test('sorted, in pages that never overlap', async () => {
  const names: string[] = [];
  for (let number = 1; number <= 5; number += 1) {
    const { rows, total } = accepted(
      await listPeople(context, admin, {
        filters: [],
        sort: [{ field: 'name', descending: true }],
        page: { number, size: 3 },
      }),
    );
    expect(total).toBe(10);
    names.push(...rows.map((person) => person.name.toLowerCase()));
  }
  expect(names).toHaveLength(10);
  expect(names).toEqual([...names].sort().reverse());
});

test('at 10,000 workflows and people a page costs no more than at a few', { timeout: 120_000 }, async () => {
  const cost = async () => {
    const at = performance.now();
    for (let i = 0; i < 20; i += 1) {
      accepted(await listWorkflows(context, admin, page(by('event_id', '1'))));
      accepted(await listPeople(context, admin, page(by('email', 'alice@acme.io'))));
      accepted(await listPeople(context, admin, page(by('status', '1'))));
    }
    return performance.now() - at;
  };
  await cost();
  const few = await cost();
  await fill(10_000);
  await cost();
  const many = await cost();
  expect(many).toBeLessThan(few * 4 + 40);
  await totalsAgree();
  const last = page({ page: { number: 300, size: 30 } });
  expect(accepted(await listPeople(context, admin, last)).rows).toHaveLength(30);
  const foreign = await foreignOrganization(world);
  expect(accepted(await listPeople(context, foreign, page())).total).toBe(0);
});

/** Rows straight into the tables, counted afresh. */
async function fill(count: number): Promise<void> {
  const base = { organization_id: 1, created_at: 0, updated_at: 0, archived_at: null };
  const ids = Array.from({ length: count }, (_, i) => 100_000 + i);
  const insert = async <T extends keyof Tables>(table: T, rows: readonly object[]) => {
    for (let i = 0; i < rows.length; i += 500)
      await context.db
        .insertInto(table)
        .values(rows.slice(i, i + 500) as never)
        .execute();
  };
  const person = { kind: 'human', role: 'member', status: 'active', manager_id: null, owner_id: null };
  await insert(
    'people',
    ids.map((id) => ({ ...base, ...person, id, name: `P ${id}`, email: `p${id}@acme.io` })),
  );
  await insert(
    'approval_policies',
    ids.map((id) => ({ ...base, id, name: `Policy ${id}`, slug: `policy-${id}`, description: null })),
  );
  const workflow = { organization_id: 1, approval_requirement_id: 1, created_at: 0, updated_at: 0 };
  await insert(
    'approval_workflows',
    ids.map((id) => ({ ...workflow, id, event_id: 2, approval_policy_id: id })),
  );
  await inTransaction(context.db, async (trx) => {
    for (const shape of SHAPES) await recountTotals(trx, shape);
  });
}
