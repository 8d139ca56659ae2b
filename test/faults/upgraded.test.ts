import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { faultPresets } from '../../src/demo/doubles/harness/fault-presets.ts';
import { isMigrated } from '../../src/store/migrate.ts';
import { anotherProcess } from '../helpers/harness-accounts.ts';
import { MAPPED, mapPipeline, notify, requestsOf } from '../helpers/notifications.ts';
import { say } from '../helpers/typed.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
});
afterEach(() => world.close());

/** What the version before wrote: none of these tables and columns, and fewer words of Harness. */
async function downgrade() {
  const { db } = world.app.context;
  for (const table of [
    ...['pipeline_events', 'followed_executions', 'connection_links', 'harness_connections'],
    'rate_budgets',
  ])
    await sql`drop table ${sql.table(table)}`.execute(db);
  for (const index of [
    'approval_requests_held',
    'list_totals_by_list',
    'outbox_dead',
    'submissions_unsettled',
  ])
    await sql`drop index ${sql.ref(index)}`.execute(db);
  await sql`drop index approval_requests_live`.execute(db);
  for (const [table, column] of [
    ['approval_requests', 'gate'],
    ['approval_workflows', 'checks_first'],
    ['votes', 'link'],
    ['approval_requests', 'traceparent'],
    ['approval_requests', 'first_card_at'],
  ] as const)
    await sql`alter table ${sql.table(table)} drop column ${sql.ref(column)}`.execute(db);
  await sql`create unique index approval_requests_live on approval_requests
    (organization_id, account, org, project, execution_id, callback_id) where status = 'WAITING'`.execute(db);
  await sql`delete from kysely_migration where name > '0014-z'`.execute(db);
  const { rows } = await sql<{ id: string; harness: string; content: string }>`
    select id, harness, content from approval_requests`.execute(db);
  for (const { id, harness, content } of rows) {
    const { chosen, gate, alsoWaitsFor, decidedHow, runEnded, lookedAt, candidates, ...old } =
      JSON.parse(harness);
    const ids = candidates.map((one: { id: string }) => one.id);
    const { workflow, ...rest } = JSON.parse(content);
    const { checksFirst: _, ...snapshot } = workflow;
    await sql`update approval_requests set harness = ${JSON.stringify({ ...old, candidates: ids })},
      content = ${JSON.stringify({ ...rest, workflow: snapshot })} where id = ${id}`.execute(db);
  }
}

/** This version starts on that database. */
async function upgrade() {
  const started = await anotherProcess(world);
  expect(await isMigrated(started.context.db)).toBe(true);
  await started.stop(1_000);
}

test('what the version before left open is asked, decided and told to Harness by this one', async () => {
  await world.ask(MAPPED, 'waits');
  world.run('several');
  const posted = await world.post(MAPPED, world.webhook('several', { callbackId: '' }));
  const [, west] = ['east', 'west'].map((callbackId) => world.reach('several', { callbackId }));
  await world.pass(25_000);
  await world.ask(MAPPED, 'untold');
  world.harness.addFault({ ...faultPresets.gatewayDown, times: 2 });
  await world.press('alice', 'approve');
  await world.settle();
  expect(world.harness.effects).toEqual([]);

  await downgrade();
  await upgrade();
  for (let turn = 0; turn < 30; turn += 1) await world.pass(5_000);
  expect(world.harness.effects).toHaveLength(1);

  const [waits] = world.cards('bob');
  await world.slack.click('U0BOB', { channel: waits!.channel, ts: waits!.ts, actionId: 'approve' });
  await world.settle();
  expect(world.harness.effects).toHaveLength(2);

  await say(world, 'ada', `choose ${String(posted.body.id)} ${west}`);
  await world.settle();
  await world.press('alice', 'approve');
  await world.settle();
  expect(world.harness.effects.at(-1)).toMatchObject({ instanceId: west });
});

test('a gate that a webhook of the version before opened is the notification’s, too', async () => {
  await world.ask(MAPPED, 'run1');
  await downgrade();
  await upgrade();
  await mapPipeline(world);
  await notify(world, 'run1');
  for (let turn = 0; turn < 3; turn += 1) await world.pass(5_000);
  expect(await requestsOf(world, 'run1')).toHaveLength(1);
  expect(await world.post(MAPPED, world.webhook('run1'))).toMatchObject({ status: 200 });
});
