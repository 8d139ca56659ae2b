import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  cancelRequestAs,
  reassignAs,
  retrySubmissionAs,
} from '../../src/usecases/deciding/act-on-request.ts';
import { decideStatus } from '../../src/usecases/deciding/decide-status.ts';
import type { Principal } from '../../src/usecases/managing/managing.ts';
import { getRequest, listRequests, loadRequests } from '../../src/usecases/requests/list-requests.ts';
import { seeded } from '../faults/chance.ts';
import { as, ok, operator, personId, query, token } from '../helpers/principals.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

const EVENT = 'deploy-to-production';
const ALL = 'database-migration';
let world: World;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

const list = async (principal: Principal, ...asked: Parameters<typeof query>) =>
  ok(await listRequests(world.app.context, principal, query(...asked)));
const idsOf = async (principal: Principal, ...asked: Parameters<typeof query>) => {
  const page = await list(principal, ...asked);
  if (page.total <= 30) expect(page.rows).toHaveLength(page.total);
  return page.rows.map((row) => row.id);
};

describe('one request', () => {
  test('with its places, votes, workflow, requester, hash, submission and cards', async () => {
    const id = await world.ask(EVENT, 'run1');
    await world.press('alice', 'approve');
    await world.settle();
    const record = ok(await getRequest(world.app.context, operator(world), id));
    expect(record).toMatchObject({
      id,
      openedBy: 'bootstrap',
      request: {
        status: 'APPROVED',
        contentVersion: 1,
        contentHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        content: {
          workflow: { requirement: 'any' },
          requester: { email: 'dana@acme.io', personId: await personId(world, 'dana') },
        },
      },
      statuses: [{ status: 'approved' }, { status: 'closed' }],
      decisions: [{ action: 'APPROVE', via: 'slack', contentVersion: 1, voidBecause: null }],
      submission: { action: 'APPROVE', state: 'delivered', attempts: 1 },
    });
    expect(record.cards.map((card) => [card.part, card.state])).toEqual(
      expect.arrayContaining([
        ['approver', 'posted'],
        ['subscriber', 'posted'],
      ]),
    );
  });

  test('that is not there, or another organization’s, is not found', async () => {
    const id = await world.ask(EVENT, 'run1');
    const other = { ...operator(world), organizationId: 99 };
    for (const [principal, wanted] of [
      [operator(world), 'apr_nothing'],
      [other, id],
    ] as const)
      expect(await getRequest(world.app.context, principal, wanted)).toEqual({
        ok: false,
        refusal: { kind: 'not_found' },
      });
  });
});

describe('a list of requests', () => {
  test('newest first, narrowed by each filter', async () => {
    const first = await world.ask(EVENT, 'run1');
    const between = new Date(world.clock.now()).toISOString();
    await world.pass(5_000);
    const second = await world.ask(ALL, 'run2', { by: 'carol', body: { triggeredByEmail: 'carol@acme.io' } });
    await world.pass(5_000);
    await world.post('rollback', world.webhook('run3'));
    const third = (await idsOf(operator(world)))[0]!;
    const admin = operator(world);
    const [alice, dana, maria] = await Promise.all(
      (['alice', 'dana', 'maria'] as const).map(async (name) => String(await personId(world, name))),
    );
    expect(await idsOf(admin)).toEqual([third, second, first]);
    expect(await idsOf(admin, {}, {}, [{ field: 'id', descending: false }])).toEqual([first, second, third]);
    expect(await idsOf(admin, { id: [first, second] })).toEqual([second, first]);
    expect(await idsOf(admin, { 'id not_eq': first })).toEqual([third, second]);
    expect(await idsOf(admin, { status: 'waiting' })).toEqual([third, second, first]);
    expect(await idsOf(admin, { 'status not_eq': 'WAITING' })).toEqual([]);
    expect(await idsOf(admin, { event_id: '1' })).toEqual([first]);
    expect(await idsOf(admin, { event_id: ['1', '2'], status: 'WAITING' })).toEqual([second, first]);
    expect(await idsOf(admin, { 'event_id not_eq': '1' })).toEqual([third, second]);
    expect(await idsOf(admin, { approver_id: alice! })).toEqual([second, first]);
    expect(await idsOf(admin, { approver_id: alice!, status: 'WAITING' })).toEqual([second, first]);
    expect(await idsOf(admin, { approver_id: alice!, status: 'APPROVED' })).toEqual([]);
    expect(await idsOf(admin, { approver_id: alice!, event_id: '2' })).toEqual([second]);
    expect(await idsOf(admin, { approver_id: [alice!, maria!] })).toEqual([second, first]);
    expect(await idsOf(admin, { approver_id: '999' })).toEqual([]);
    expect(await idsOf(admin, { requester_id: dana! })).toEqual([first]);
    expect(await idsOf(admin, { execution_id: 'run2' })).toEqual([second]);
    expect(await idsOf(admin, { 'created_at gt': between })).toEqual([third, second]);
    expect(await idsOf(admin, { 'created_at lt_eq': between, status: 'WAITING' })).toEqual([first]);
  });

  test('pages do not overlap and leave nothing out, from either end', async () => {
    for (let i = 1; i <= 11; i += 1) await world.post(EVENT, world.webhook(`run${i}`));
    const all = await idsOf(operator(world));
    expect(all).toHaveLength(11);
    const narrowed: Record<string, string>[] = [
      {},
      { status: 'WAITING' },
      { event_id: '1' },
      { 'created_at gt': '2001-01-01' },
    ];
    for (const filters of narrowed) {
      const seen: string[] = [];
      for (let number = 1; number <= 6; number += 1) {
        const page = await list(operator(world), filters, { number, size: 2 });
        expect(page.total).toBe(11);
        seen.push(...page.rows.map((row) => row.id));
      }
      expect(seen).toEqual(all);
      expect((await list(operator(world), filters, { number: 7, size: 2 })).rows).toEqual([]);
    }
  });
});

describe('who sees which (R26)', () => {
  test('members what concerns them; pipelines what their token opened; admins all', async () => {
    const { secret, principal } = await token(
      world,
      { machine: 'ci', ownerEmail: 'ada@acme.io' },
      'pipeline',
      {},
    );
    const mine = await world.ask(EVENT, 'run1');
    world.run('run2');
    const opened = await world.post(ALL, world.webhook('run2'), { authorization: `Bearer ${secret}` });
    world.reach('run2');
    await world.pass(1_000);
    const theirs = opened.body.id as string;
    expect(await idsOf(operator(world))).toEqual([theirs, mine]);
    expect(await idsOf(await as(world, 'alice'))).toEqual([theirs, mine]);
    expect(await idsOf(await as(world, 'dana'))).toEqual([theirs, mine]);
    expect(await idsOf(await as(world, 'sam'))).toEqual([theirs, mine]);
    expect(await idsOf(await as(world, 'maria'))).toEqual([theirs]);
    expect(await idsOf(await as(world, 'carol'))).toEqual([]);
    expect(await idsOf(principal)).toEqual([theirs]);
    expect(await idsOf(principal, { id: mine })).toEqual([]);
    expect((await getRequest(world.app.context, principal, mine)).ok).toBe(false);
    const loaded = await loadRequests(world.app.context, await as(world, 'maria'), [mine, theirs]);
    expect([...loaded.keys()]).toEqual([theirs]);
    const maria = await as(world, 'maria');
    expect(await idsOf(maria, { approver_id: String(maria.personId) })).toEqual([theirs]);
    expect(await idsOf(maria, { approver_id: String(await personId(world, 'alice')) })).toEqual([theirs]);
  });
});

describe('acts on a request', () => {
  test('cancel: by who asked, or an admin; nobody else', async () => {
    const id = await world.ask(EVENT, 'run1');
    const { context } = world.app;
    expect(await cancelRequestAs(context, await as(world, 'carol'), id, '')).toEqual({
      ok: false,
      refusal: { kind: 'not_found' },
    });
    for (const principal of [
      await as(world, 'alice'),
      operator(world),
      { ...(await as(world, 'ada', 'admin')), role: 'pipeline' as const },
    ])
      expect((await cancelRequestAs(context, principal, id, '')).ok).toBe(false);
    const record = ok(await cancelRequestAs(context, await as(world, 'dana'), id, 'wrong branch'));
    expect(record.request).toMatchObject({ status: 'ABORTED', closedReason: 'by Dana, wrong branch' });
    expect(await cancelRequestAs(context, await as(world, 'dana'), id, '')).toMatchObject({
      ok: false,
      refusal: { kind: 'conflict' },
    });
  });

  test('reassign: an admin gives a place to somebody else, never their own request’s', async () => {
    const id = await world.ask(EVENT, 'run1');
    const { context } = world.app;
    const [alice, carol] = [await personId(world, 'alice'), await personId(world, 'carol')];
    const ada = await as(world, 'ada', 'admin');
    const places = { fromPersonId: alice, toPersonId: carol };
    expect(await reassignAs(context, await as(world, 'bob'), id, places)).toMatchObject({
      ok: false,
      refusal: { kind: 'forbidden' },
    });
    expect(
      await reassignAs(context, ada, id, { fromPersonId: alice, toPersonId: ada.personId! }),
    ).toMatchObject({
      ok: false,
      refusal: { kind: 'forbidden' },
    });
    expect(await reassignAs(context, ada, id, { fromPersonId: alice, toPersonId: 999 })).toMatchObject({
      ok: false,
      refusal: { kind: 'conflict' },
    });
    const record = ok(await reassignAs(context, ada, id, places));
    expect(record.statuses.map((one) => one.approverId)).toContain(carol);
    expect(record.statuses.map((one) => one.approverId)).not.toContain(alice);
  });

  test('retry: what is not stopped is a conflict', async () => {
    const id = await world.ask(EVENT, 'run1');
    expect(await retrySubmissionAs(world.app.context, await as(world, 'ada', 'admin'), id)).toMatchObject({
      ok: false,
      refusal: { kind: 'conflict', why: expect.stringContaining('not decided') as string },
    });
  });
});

describe('kept totals', () => {
  /** What is kept, and what counting says: must be the same. */
  async function bothTotals() {
    const { db } = world.app.context;
    const kept = await sql<{ list: string; bucket: string; total: number }>`
      select list, bucket, total from list_totals
      where list in ('approval_requests', 'slots', 'audit_events') and total <> 0`.execute(db);
    const counted = await sql<{ list: string; bucket: string; total: number }>`
      select 'approval_requests' as list, '' as bucket, count(*) as total from approval_requests having count(*) > 0
      union all select 'approval_requests', 'status=' || status, count(*) from approval_requests group by status
      union all select 'approval_requests', 'event_status=' || event_id || ':' || status, count(*)
        from approval_requests group by event_id, status
      union all select 'slots', '', count(*) from slots having count(*) > 0
      union all select 'slots', 'approval_workflow_id=' || approval_workflow_id, count(*)
        from slots group by approval_workflow_id
      union all select 'slots', 'state=' || state, count(*) from slots group by state
      union all select 'audit_events', '', count(*) from audit_events
      union all select 'audit_events', 'action=' || action, count(*) from audit_events group by action
      union all select 'audit_events', 'via=' || via, count(*) from audit_events group by via`.execute(db);
    const lines = (rows: typeof kept.rows) =>
      rows.map(({ list: name, bucket, total }) => `${name} ${bucket} ${total}`).sort();
    return { kept: lines(kept.rows), counted: lines(counted.rows) };
  }

  /** What stands beside a slot, and what its request and votes say. */
  async function bothStates() {
    const { rows } = await sql<{ kept: string; found: string }>`
      select s.state || ' ' || s.request_status || ' ' || s.request_number as kept,
        (case when s.person_id is null then 'vacant'
          else coalesce((select case v.action when 'APPROVE' then 'approved' else 'rejected' end from votes v
            where v.request_id = s.request_id and v.person_id = s.person_id
              and v.content_version = r.content_version and v.void_because is null),
            case r.status when 'WAITING' then 'pending' else 'closed' end) end)
          || ' ' || r.status || ' ' || r.number as found
      from slots s join approval_requests r on r.id = s.request_id`.execute(world.app.context.db);
    return { kept: rows.map((row) => row.kept), found: rows.map((row) => row.found) };
  }

  test.each([1, 2, 3])('always equal count(*), after random journeys (seed %i)', async (seed) => {
    const { next: random, pick } = seeded(seed);
    const names = ['alice', 'bob', 'maria', 'carol'] as const;
    const requests: { id: string; run: string; event: string }[] = [];
    const { context } = world.app;
    const ada = await as(world, 'ada', 'admin');
    for (let step = 0; step < 60; step += 1) {
      const request = requests.length > 0 ? pick(requests) : null;
      const dice = random();
      if (!request || dice < 0.25) {
        const event = pick([EVENT, ALL, 'rollback']);
        const run = `run${step}`;
        requests.push({ event, run, id: await world.ask(event, run) });
      } else if (dice < 0.65) {
        const principal = await as(world, pick(names));
        const { rows } = await list(operator(world), { id: request.id });
        const place = rows[0]?.statuses.find((one) => one.approverId === principal.personId);
        if (place)
          await decideStatus(context, principal, {
            statusId: place.id,
            action: random() < 0.8 ? 'APPROVE' : 'REJECT',
            note: 'because',
            inputs: null,
            contentVersion: rows[0]!.request.contentVersion,
          });
      } else if (dice < 0.72) await cancelRequestAs(context, ada, request.id, 'no');
      else if (dice < 0.8)
        await world.post(request.event, world.webhook(request.run, { message: `again ${step}` }));
      else if (dice < 0.88)
        await reassignAs(context, ada, request.id, {
          fromPersonId: await personId(world, pick(names)),
          toPersonId: await personId(world, pick(names)),
        });
      else if (dice < 0.92)
        await world.load(`people: [{ email: bob@acme.io, deactivated: ${random() < 0.5} }]`);
      else await world.pass(61_000);
      if (step % 10 === 9) {
        const totals = await bothTotals();
        expect(totals.kept).toEqual(totals.counted);
      }
    }
    await world.pass(1_000);
    const totals = await bothTotals();
    expect(totals.kept).toEqual(totals.counted);
    const states = await bothStates();
    expect(states.kept).toEqual(states.found);
    expect(new Set(states.kept.map((line) => line.split(' ')[0])).size).toBeGreaterThan(2);
  });
});
