import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chainHead } from '../../src/store/audit-lines.ts';
import { verifyAudit } from '../../src/usecases/auditing/verify-audit.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

const DAY = 86_400_000;
const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const EVENT = 'deploy-to-production';

let world: World;
beforeEach(async () => {
  world = await startWorld({ env: { RETENTION_DAYS: '30', WEBHOOK_SECRET: SECRET } });
  await world.load(ACME);
});
afterEach(() => world.close());

const hangingOn = async (request: string) => {
  const { rows } = await sql<{ n: number }>`select
    (select count(*) from approval_requests where id = ${request}) + (select count(*) from slots where request_id = ${request})
    + (select count(*) from votes where request_id = ${request}) + (select count(*) from cards where request_id = ${request})
    + (select count(*) from request_versions where request_id = ${request})
    + (select count(*) from submissions where request_id = ${request})
    + (select count(*) from card_replies where card_id not in (select id from cards))
    + (select count(*) from outbox where subject_id = ${request}) as n`.execute(world.app.context.db);
  return rows[0]!.n;
};

/** Kept totals of lists and days, and what counting says. */
async function totals() {
  const { rows: kept } = await sql<{ what: string; total: number }>`
    select list || ' ' || bucket as what, total from list_totals
      where list in ('approval_requests', 'slots') and total <> 0
    union all select list || ' day ' || day, total from day_totals
      where list like 'approval_requests%' and total <> 0`.execute(world.app.context.db);
  const { rows: counted } = await sql<{ what: string; total: number }>`
    select 'approval_requests ' as what, count(*) as total from approval_requests having count(*) > 0
    union all select 'approval_requests status=' || status, count(*) from approval_requests group by status
    union all select 'approval_requests event_status=' || event_id || ':' || status, count(*)
      from approval_requests group by event_id, status
    union all select 'slots ', count(*) from slots having count(*) > 0
    union all select 'slots approval_workflow_id=' || approval_workflow_id, count(*) from slots group by approval_workflow_id
    union all select 'slots state=' || state, count(*) from slots group by state
    union all select 'approval_requests day ' || (created_at / 86400000), count(*) from approval_requests group by created_at / 86400000
    union all select 'approval_requests:' || status || ' day ' || (created_at / 86400000), count(*)
      from approval_requests group by status, created_at / 86400000`.execute(world.app.context.db);
  const lines = (rows: typeof kept) => rows.map(({ what, total }) => `${what} ${total}`).sort();
  return { kept: lines(kept), counted: lines(counted) };
}

async function hasTrueTotals(): Promise<void> {
  const { kept, counted } = await totals();
  expect(kept).toEqual(counted);
}

test('what ended long ago goes with all that hangs on it; what is open, owed or young stays, and totals stay true', async () => {
  const done = await world.ask(EVENT, 'run1');
  await world.press('alice', 'approve');
  await world.settle();
  const refused = await world.ask('database-migration', 'run2');
  await world.reject('bob', 'not today');
  await world.settle();
  const open = await world.ask(EVENT, 'run3');
  await hasTrueTotals();

  await world.pass(20 * DAY);
  const young = await world.ask(EVENT, 'run4');
  await world.press('bob', 'approve');
  await world.settle();
  const before = await chainHead(world.app.context.db, world.app.organizationId);
  const told = world.harness.effects.length;
  await world.pass(11 * DAY);
  await world.pass(5_000);

  for (const id of [done, refused]) expect([id, await hangingOn(id)]).toEqual([id, 0]);
  for (const id of [open, young]) expect(await hangingOn(id)).toBeGreaterThan(3);
  await hasTrueTotals();
  expect((await sql`pragma foreign_key_check`.execute(world.app.context.db)).rows).toEqual([]);

  const found = await verifyAudit(world.app.context.db, world.app.organizationId);
  expect(found.problems).toEqual([]);
  expect(found.lines).toBeGreaterThanOrEqual(before!.seq + 2);
  const removed = await world.app.context.db
    .selectFrom('audit_events')
    .select(['subject_id', 'detail'])
    .where('action', '=', 'removed')
    .orderBy('id')
    .execute();
  expect(removed.map(({ subject_id }) => subject_id)).toEqual([done, refused]);
  expect(removed[1]!.detail).toMatch(/"status":"REJECTED"/);
  expect(world.harness.effects).toHaveLength(told);
});

test('a decision that Harness never took is kept while it is owed', async () => {
  const id = await world.ask(EVENT, 'run1');
  await world.press('alice', 'approve');
  await sql`update submissions set state = 'queued'`.execute(world.app.context.db);
  await sql`update outbox set state = 'due', run_at = ${world.clock.now() + 90 * DAY}, paused_until = 0, leased_until = 0
    where kind = 'submit_approval'`.execute(world.app.context.db);
  await world.pass(40 * DAY);
  expect(await hangingOn(id)).toBeGreaterThan(3);
});

test('R26: a webhook-id opens nothing again, also when its request is gone', async () => {
  const text = JSON.stringify(world.webhook('run1'));
  const post = () => {
    const at = new Date(world.clock.now());
    return world.post(EVENT, text, {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(SECRET).sign('msg_1', at, text),
    });
  };
  world.run('run1');
  const id = (await post()).body.id as string;
  world.reach('run1');
  await world.pass(1_000);
  await world.press('alice', 'approve');
  await world.settle();
  await world.pass(31 * DAY);
  await world.pass(5_000);
  expect(await hangingOn(id)).toBe(0);
  const again = await post();
  expect(again.status).toBe(409);
  expect(JSON.stringify(again.body)).toContain(
    `webhook-id msg_1 opened ${id}, which ended and was removed since`,
  );
});
