import { sql } from 'kysely';
import { UNCONFIRMED } from '../src/approval/request.ts';
import { POLICIES } from '../src/store/approval-policies.ts';
import { ASSIGNMENTS } from '../src/store/approval-policy-assignments.ts';
import { WORKFLOWS } from '../src/store/approval-workflows.ts';
import type { CounterName } from '../src/store/counters.ts';
import { type Database, inTransaction, type Trx } from '../src/store/database.ts';
import { DATED } from '../src/store/day-totals.ts';
import { EVENTS } from '../src/store/events.ts';
import { recountTotals } from '../src/store/list-totals.ts';
import { PEOPLE } from '../src/store/person-records.ts';
import type { NewRow, Tables } from '../src/store/schema.ts';

/** How much there is to be of each; the rest follows from it. */
export interface Size {
  requests: number;
  workflows: number;
}

export const POLICY_COUNT = 10;
/** Holds a place in every fifth request, however many there are: the worst case for lists by person. */
export const BUSY_APPROVER = 2;
const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

/** The n-th request: 5 in 100 wait, 10 were rejected, 5 expired, 80 approved, in no pattern that an index could like. */
function statusOf(n: number): 'WAITING' | 'APPROVED' | 'REJECTED' | 'EXPIRED' {
  const dice = (n * 7919 + Math.floor(n / 100) * 37) % 100;
  if (dice < 5) return 'WAITING';
  if (dice < 15) return 'REJECTED';
  return dice < 20 ? 'EXPIRED' : 'APPROVED';
}

/** Fills up to a size: what is there already stays. Totals and counters are as the store would have kept them. */
export async function fill(db: Database, organizationId: number, size: Size): Promise<void> {
  const people = Math.max(20, size.workflows / 5);
  const events = size.workflows / POLICY_COUNT;
  await inTransaction(db, async (trx) => {
    await addPeople(trx, organizationId, people);
    await addEvents(trx, organizationId, events);
    await addPolicies(trx, organizationId);
    await addWorkflows(trx, organizationId, size.workflows, people);
  });
  const before = await count(db, 'approval_requests');
  for (let from = before + 1; from <= size.requests; from += 5_000) {
    const to = Math.min(size.requests, from + 4_999);
    await inTransaction(db, (trx) => addRequests(trx, organizationId, { from, to, people, events }));
  }
  await inTransaction(db, async (trx) => {
    for (const shape of [PEOPLE, EVENTS, POLICIES, ASSIGNMENTS, WORKFLOWS]) await recountTotals(trx, shape);
    await recount(
      trx,
      'approval_requests',
      ['status', `event_id || ':' || status`],
      ['status', 'event_status'],
    );
    await recount(trx, 'slots', ['state', 'approval_workflow_id'], ['state', 'approval_workflow_id']);
    await recount(trx, 'audit_events', ['action', 'via'], ['action', 'via']);
    await recountDays(trx);
    await keepCounters(trx);
  });
}

async function addPeople(trx: Trx, organization_id: number, most: number): Promise<void> {
  const rows: NewRow<'people'>[] = [];
  const assigned: NewRow<'approval_policy_assignments'>[] = [];
  for (let id = (await count(trx, 'people')) + 1; id <= most; id += 1) {
    const name = { name: `Person ${id}`, first_name: 'Person', last_name: String(id), title: null };
    const manager_id = id > 20 ? (id % 10) + 2 : null;
    rows.push({
      ...{ id, organization_id, kind: 'human', ...name, email: `person${id}@acme.io`, manager_id },
      ...{ role: 'member', status: id % 20 === 0 ? 'deactivated' : 'active', owner_id: null },
      ...{ archived_at: null, created_at: START, updated_at: START },
    });
    if (id % 3 === 0)
      assigned.push({
        ...{ id, organization_id, target_id: id, approval_policy_id: 1 + (id % POLICY_COUNT) },
        created_at: START,
      });
  }
  await insert(trx, 'people', rows);
  await afterPolicies(trx, organization_id);
  await insert(trx, 'approval_policy_assignments', assigned);
}

/** Assignments point to policies. */
async function afterPolicies(trx: Trx, organizationId: number): Promise<void> {
  if ((await count(trx, 'approval_policies')) === 0) await addPolicies(trx, organizationId);
}

async function addPolicies(trx: Trx, organization_id: number): Promise<void> {
  if ((await count(trx, 'approval_policies')) > 0) return;
  const rows: NewRow<'approval_policies'>[] = [];
  for (let id = 1; id <= POLICY_COUNT; id += 1)
    rows.push({
      ...{ id, organization_id, name: `Policy ${id}`, slug: `policy-${id}`, description: null },
      ...{ is_default: id === 1 ? 1 : 0, archived_at: null, created_at: START, updated_at: START },
    });
  await insert(trx, 'approval_policies', rows);
}

async function addEvents(trx: Trx, organization_id: number, most: number): Promise<void> {
  const rows: NewRow<'events'>[] = [];
  for (let id = (await count(trx, 'events')) + 1; id <= most; id += 1)
    rows.push({
      ...{ id, organization_id, name: `Event ${id}`, slug: `event-${id}`, description: null },
      ...{ archived_at: id % 10 === 0 ? START : null, created_at: START, updated_at: START },
    });
  await insert(trx, 'events', rows);
}

async function addWorkflows(trx: Trx, organization_id: number, most: number, people: number): Promise<void> {
  const workflows: NewRow<'approval_workflows'>[] = [];
  const parts: NewRow<'approval_workflow_people'>[] = [];
  for (let id = (await count(trx, 'approval_workflows')) + 1; id <= most; id += 1) {
    workflows.push({
      ...{ id, organization_id, approval_policy_id: 1 + (id % POLICY_COUNT) },
      ...{ event_id: Math.ceil(id / POLICY_COUNT), approval_requirement_id: 2 },
      ...{ created_at: START, updated_at: START },
    });
    for (const [position, part] of (['approver', 'approver', 'subscriber'] as const).entries())
      parts.push({
        ...{ organization_id, approval_workflow_id: id, part, position },
        person_id: 1 + ((id + position) % people),
      });
  }
  await insert(trx, 'approval_workflows', workflows);
  await insert(trx, 'approval_workflow_people', parts);
}

interface Span {
  from: number;
  to: number;
  people: number;
  events: number;
}

async function addRequests(
  trx: Trx,
  organization_id: number,
  { from, to, people, events }: Span,
): Promise<void> {
  const requests: NewRow<'approval_requests'>[] = [];
  const slots: NewRow<'slots'>[] = [];
  const cards: NewRow<'cards'>[] = [];
  const votes: NewRow<'votes'>[] = [];
  const submissions: NewRow<'submissions'>[] = [];
  const audit: NewRow<'audit_events'>[] = [];
  let auditId = await count(trx, 'audit_events');
  for (let n = from; n <= to; n += 1) {
    const id = `apr_bench${n}`;
    const at = START + n * MINUTE;
    const status = statusOf(n);
    const event_id = 1 + (n % events);
    const workflow = (event_id - 1) * POLICY_COUNT + 1;
    const requester = 3 + ((n * 31) % (people - 3));
    const approvers = [n % 5 === 0 ? BUSY_APPROVER : 3 + (n % (people - 3)), 3 + ((n + 7) % (people - 3))];
    const actions = { APPROVED: 'APPROVE', REJECTED: 'REJECT' } as const;
    const action = status === 'APPROVED' || status === 'REJECTED' ? actions[status] : null;
    requests.push(
      requestRow({ n, id, organization_id, at, status, event_id, workflow, requester, action, approvers }),
    );
    for (const [k, person_id] of approvers.entries()) {
      const voted = k === 0 && action !== null;
      const closed = status === 'WAITING' ? 'pending' : 'closed';
      slots.push({
        ...{ id: n * 2 - 1 + k, organization_id, request_id: id, group_key: 'any', person_id },
        ...{ origins: '["explicit"]', vacant_because: null, request_number: n, request_status: status },
        approval_workflow_id: workflow,
        state: voted ? (action === 'APPROVE' ? 'approved' : 'rejected') : closed,
      });
    }
    for (const [k, person_id] of [...new Set([...approvers, requester])].entries())
      cards.push({
        ...{
          id: `crd_bench${n}_${k}`,
          organization_id,
          request_id: id,
          request_number: n,
          platform: 'slack',
        },
        ...{
          target_kind: 'person',
          target_id: `U${person_id}`,
          person_id,
          part: k < 2 ? 'approver' : 'requester',
        },
        ...{ state: 'posted', channel: `D${person_id}`, message: `${n}.${k}`, posting_since: null },
        ...{ detail: null, created_at: at },
      });
    if (action) {
      votes.push({
        ...{ id: n, organization_id, request_id: id, content_version: 1, person_id: approvers[0]!, action },
        ...{ inputs: '{}', comment: '', via: 'slack', created_at: at, void_because: null },
      });
      submissions.push({
        ...{ request_id: id, organization_id, action, inputs: '{}', comments: '', state: 'delivered' },
        ...{ detail: null, created_at: at, updated_at: at },
      });
    }
    for (const [verb, via, person_id] of [
      ['opened', 'webhook', null],
      ['resolved', 'timer', null],
      ...(action ? ([['voted', 'slack', approvers[0]!]] as const) : []),
    ] as const) {
      auditId += 1;
      audit.push({
        ...{ id: auditId, organization_id, at, person_id, via, action: verb },
        ...{ subject_type: 'approval_request', subject_id: id, detail: '{}' },
      });
    }
  }
  await insert(trx, 'approval_requests', requests);
  await insert(trx, 'slots', slots);
  await insert(trx, 'cards', cards);
  await insert(trx, 'votes', votes);
  await insert(trx, 'submissions', submissions);
  await insert(trx, 'audit_events', audit);
}

function requestRow(given: {
  n: number;
  id: string;
  organization_id: number;
  at: number;
  status: NewRow<'approval_requests'>['status'];
  event_id: number;
  workflow: number;
  requester: number;
  action: 'APPROVE' | 'REJECT' | null;
  approvers: readonly number[];
}): NewRow<'approval_requests'> {
  const { n, id, organization_id, at, status, event_id, workflow, requester, action, approvers } = given;
  const place = { account: 'acme', org: 'default', project: 'payments' };
  const execution = {
    ...place,
    pipeline: 'deploy',
    planExecutionId: `run${n}`,
    callbackId: 'gate',
    url: null,
  };
  const email = `person${requester}@acme.io`;
  const content = JSON.stringify({
    event: { id: event_id, name: `Event ${event_id}` },
    approvalPolicy: { id: 1, name: 'Policy 1' },
    workflow: {
      ...{ id: workflow, organizationId: organization_id, approvalPolicyId: 1, eventId: event_id },
      ...{ targetTypeId: 1, requirement: 'any', approverIds: approvers, subscriberIds: [] },
      ...{
        fallbackApproverIds: [],
        dynamicApproverIds: [],
        dynamicSubscriberIds: [],
        subscriberChannels: [],
      },
      ...{ disallowRequester: false, expiryAction: 'expire' },
    },
    execution,
    requester: { personId: requester, email, verified: true },
    ...{ message: `Release ${n}`, facts: [], links: [], inputs: [], offered: {} },
  });
  return {
    ...{ id, number: n, organization_id, opened_by: n % 2 === 0 ? 'bootstrap' : 'pipeline-a', ...place },
    ...{ execution_id: `run${n}`, callback_id: 'gate', generation: 1, event_id, approval_policy_id: 1 },
    ...{
      approval_workflow_id: workflow,
      requester_id: requester,
      status,
      problem: null,
      problem_detail: null,
    },
    ...{
      posted: '{}',
      posted_hash: '0',
      content,
      content_version: 1,
      content_hash: String(n).padStart(64, '0'),
    },
    ...{ amended_at: null, late_change_at: null, resolved: 1, disallow_requester: 0, excluded_emails: '[]' },
    ...{ expires_at: null, closed_reason: null, created_at: at, updated_at: at },
    decision: action && JSON.stringify({ action, personId: approvers[0], how: 'vote', at }),
    harness: JSON.stringify({ ...UNCONFIRMED, confirmed: true, status }),
  };
}

/** SQLite takes 32,766 values in one statement. */
async function insert<T extends keyof Tables>(trx: Trx, table: T, rows: readonly NewRow<T>[]): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const most = Math.floor(30_000 / Object.keys(first).length);
  for (let i = 0; i < rows.length; i += most) {
    const columns = Object.keys(first);
    const values = rows
      .slice(i, i + most)
      .map((row) => sql`(${sql.join(Object.values(row).map((value) => sql`${value}`))})`);
    await sql`insert into ${sql.table(table)} (${sql.join(columns.map((name) => sql.ref(name)))})
      values ${sql.join(values)}`.execute(trx);
  }
}

async function count(db: Database | Trx, table: keyof Tables): Promise<number> {
  const { rows } = await sql<{ total: number }>`select count(*) as total from ${sql.table(table)}`.execute(
    db,
  );
  return Number(rows[0]?.total ?? 0);
}

async function recount(
  trx: Trx,
  list: keyof Tables,
  expressions: readonly string[],
  names: readonly string[],
): Promise<void> {
  await trx.deleteFrom('list_totals').where('list', '=', list).execute();
  const table = sql.table(list);
  await sql`insert into list_totals (organization_id, list, bucket, total)
    select organization_id, ${list}, '', count(*) from ${table} group by organization_id`.execute(trx);
  for (const [i, expression] of expressions.entries())
    await sql`insert into list_totals (organization_id, list, bucket, total)
      select organization_id, ${list}, ${`${names[i]}=`} || ${sql.raw(expression)}, count(*)
      from ${table} group by organization_id, ${sql.raw(expression)}`.execute(trx);
}

async function recountDays(trx: Trx): Promise<void> {
  await trx.deleteFrom('day_totals').execute();
  for (const [list, column] of Object.entries(DATED))
    await sql`insert into day_totals (organization_id, list, day, total)
      select organization_id, ${list}, ${sql.ref(column)} / 86400000, count(*)
      from ${sql.table(list)} group by 1, 2, 3`.execute(trx);
  await sql`insert into day_totals (organization_id, list, day, total)
    select organization_id, 'approval_requests:' || status, created_at / 86400000, count(*)
    from approval_requests group by 1, 2, 3`.execute(trx);
}

async function keepCounters(trx: Trx): Promise<void> {
  const columns: Partial<Record<CounterName, string>> = {
    ...{ people: 'id', events: 'id', approval_policies: 'id', approval_policy_assignments: 'id' },
    ...{
      approval_workflows: 'id',
      approval_requests: 'number',
      slots: 'id',
      votes: 'id',
      audit_events: 'id',
    },
  };
  for (const [name, column] of Object.entries(columns)) {
    const { rows } = await sql<{ value: number }>`select coalesce(max(${sql.ref(column)}), 0) as value
      from ${sql.table(name)}`.execute(trx);
    const value = Number(rows[0]!.value);
    await trx
      .insertInto('counters')
      .values({ name, value })
      .onConflict((oc) => oc.column('name').doUpdateSet({ value }))
      .execute();
  }
}
