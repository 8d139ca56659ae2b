import { CompiledQuery, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { executionRequests, requestsOfExecution } from '../../src/store/execution-requests.ts';
import { lastPipelineBefore, newestOfEachPipeline } from '../../src/store/gates.ts';
import { isInvolved } from '../../src/store/list-requests.ts';
import { pendingPlaces } from '../../src/store/pending-requests.ts';
import { requestIdsBeginningWith } from '../../src/store/request-ids.ts';
import { request } from '../approval/samples.ts';
import { onPostgres, openFresh } from '../helpers/databases.ts';

/** Plans are SQLite's own words. */
const onSqlite = test.skipIf(onPostgres());

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openFresh());
  for (const id of [1, 2])
    await db
      .insertInto('organizations')
      .values({ id, name: `Org ${id}`, domains: '[]', created_at: 0 })
      .execute();
  let number = 0;
  const add = async (organizationId: number, eventId: number, project: string, pipeline: string) => {
    number += 1;
    const sample = request();
    await db
      .insertInto('approval_requests')
      .values({
        ...{ id: `apr_${number}`, number, organization_id: organizationId, opened_by: 'ci', account: 'acme' },
        ...{
          org: 'default',
          project,
          pipeline,
          execution_id: `run${number}`,
          callback_id: '',
          generation: 1,
        },
        ...{ event_id: eventId, approval_policy_id: 1, approval_workflow_id: 1, requester_id: null },
        ...{ status: 'APPROVED', problem: null, problem_detail: null, posted: '{}', posted_hash: '' },
        ...{
          content: JSON.stringify(sample.content),
          content_version: 1,
          content_hash: 'h',
          amended_at: null,
        },
        ...{
          late_change_at: null,
          disallow_requester: 0,
          excluded_emails: '[]',
          expires_at: null,
          decision: null,
        },
        ...{
          closed_reason: null,
          harness: JSON.stringify(sample.harness),
          created_at: number,
          updated_at: number,
        },
      })
      .execute();
  };
  for (let round = 0; round < 3; round += 1)
    for (const [project, pipeline] of [
      ['a', 'x'],
      ['a', 'y'],
      ['b', 'x'],
      ['', ''],
      ['b', 'é'],
    ] as const)
      await add(1, 7, project, pipeline);
  await add(1, 8, 'a', 'other-event');
  await add(2, 7, 'a', 'other-organization');
});
afterAll(() => close());

async function plan(statement: { sql: string; parameters: readonly unknown[] }): Promise<string[]> {
  const { rows } = await db.executeQuery<{ detail: string }>(
    CompiledQuery.raw(`explain query plan ${statement.sql}`, [...statement.parameters]),
  );
  return rows.map((row) => row.detail);
}

describe('the newest request of each pipeline', () => {
  test('each once, of one event and organization; at most as many as wanted', async () => {
    const found = await newestOfEachPipeline(db, 1, 7, 100);
    expect(found.map((one) => one.number).toSorted((a, b) => a - b)).toEqual([11, 12, 13, 14, 15]);
    expect(await newestOfEachPipeline(db, 1, 7, 2)).toHaveLength(2);
    expect(await newestOfEachPipeline(db, 1, 99, 2)).toEqual([]);
    expect((await newestOfEachPipeline(db, 2, 7, 9)).map((one) => one.number)).toEqual([17]);
  });

  onSqlite('one seek in the index each: nothing is scanned or sorted', async () => {
    const key = { account: 'acme', org: 'default', project: 'a', pipeline: 'x' };
    for (const before of [null, key]) {
      const steps = await plan(lastPipelineBefore(1, 7, before).compile(db));
      expect(steps.join()).toMatch(
        /USING COVERING INDEX approval_requests_gate \(organization_id=\? AND event_id=\?/,
      );
      if (before) expect(steps.join()).toContain('(account,org,project,pipeline)<(?,?,?,?)');
      expect(steps.filter((step) => /SCAN|TEMP B-TREE/.test(step))).toEqual([]);
    }
  });
});

onSqlite('what waits for a person is read from an index in its order', async () => {
  const steps = await plan(pendingPlaces(db, 1, 10).compile());
  expect(steps).toEqual([
    expect.stringContaining('INDEX slots_person_status (person_id=? AND request_status=?)'),
  ]);
});

onSqlite('the requests of a run are found by an index, whatever else narrows them', async () => {
  const run = { org: 'default', project: 'a', planExecutionId: 'run1' };
  for (const [account, callbackId, status] of [
    [null, null, null],
    ['acme', 'gate', 'WAITING'],
  ] as const) {
    const narrowed = { status, limit: 2 };
    const statement = executionRequests(db, 1, { ...run, account, callbackId }, narrowed).compile();
    const steps = (await plan(statement)).join();
    expect(steps).toMatch(/INDEX approval_requests_\w+ \(organization_id=\? AND .*execution_id=\?/);
    expect(steps).not.toContain('SCAN');
  }
});

test('the requests of a run, whatever the gate', async () => {
  const run = { org: 'default', project: 'a', planExecutionId: 'run1' };
  const found = await requestsOfExecution(
    db,
    1,
    { ...run, account: null, callbackId: null },
    { status: null, limit: 9 },
  );
  expect(found.map(({ id }) => id)).toEqual(['apr_1']);
});

onSqlite('who is involved is found by indexes', async () => {
  const statement = sql`select number from approval_requests
    where organization_id = 1 and ${isInvolved(1)} order by number desc limit 10`.compile(db);
  const steps = await plan(statement);
  expect(steps.filter((step) => step.startsWith('SCAN') && !/subquery/i.test(step))).toEqual([]);
  expect(steps.join()).toContain('slots_person_number');
  expect(steps.join()).toContain('approval_requests_requester');
});

test('ids by their beginning: newest first, of one organization, no wildcard', async () => {
  expect(await requestIdsBeginningWith(db, 1, 'apr_1', 3)).toEqual(['apr_16', 'apr_15', 'apr_14']);
  expect(await requestIdsBeginningWith(db, 2, 'apr_1', 3)).toEqual(['apr_17']);
  expect(await requestIdsBeginningWith(db, 1, 'apr_%', 3)).toEqual([]);
});

onSqlite('no plan depends on a value: SQLite would prepare the statement anew at each run', async () => {
  const due = db.selectFrom('outbox').select('run_at').where('run_at', '<=', 1).limit(1);
  expect(await plan(due.where('state', '=', 'due').compile())).toEqual(['SCAN outbox']);
  expect(await plan(due.where('state', '=', sql.lit('due')).compile())).toEqual([
    'SEARCH outbox USING COVERING INDEX outbox_due (run_at<?)',
  ]);
});

onSqlite('one person’s places by state stand in the index of the organization', async () => {
  const places = db.selectFrom('slots').select('id').where('organization_id', '=', 1);
  const pending = places.where('person_id', 'in', [2]).where('state', 'in', ['pending']);
  expect(await plan(pending.orderBy('id', 'desc').limit(30).compile())).toEqual([
    'SEARCH slots USING COVERING INDEX slots_approver_state (organization_id=? AND person_id=? AND state=?)',
  ]);
});
