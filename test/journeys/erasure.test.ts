import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readChain } from '../../src/store/audit-reading.ts';
import { dropErasedBytes } from '../../src/store/erased-bytes.ts';
import { personByEmail } from '../../src/store/people.ts';
import { verifyAudit } from '../../src/usecases/auditing/verify-audit.ts';
import { cancelRequest } from '../../src/usecases/deciding/repair-request.ts';
import type { Principal } from '../../src/usecases/managing/managing.ts';
import { erasePerson } from '../../src/usecases/people/erase-person.ts';
import { ACME, email, STAFF, startWorld, type World } from '../helpers/world.ts';

const EVENT = 'deploy-to-production';
/** Whatever names her or is hers: none of it may be left in any byte of the database. */
const SENTINELS = [
  'Zoë Quartermain',
  'Quartermain',
  email('alice'),
  STAFF.alice,
  'the ferns are blue',
  'UFORMER',
];

let world: World;
let operator: Principal;
beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME.replace('name: Alice', 'name: Zoë Quartermain'));
  const { organizationId } = world.app;
  operator = { organizationId, role: 'admin', personId: null, tokenId: 'bootstrap', via: 'cli' };
});
afterEach(() => world.close());

const idOf = async (name: 'alice' | 'ada' | 'dana') =>
  (await personByEmail(world.app.context.db, world.app.organizationId, email(name)))!.id;
const verified = () => verifyAudit(world.app.context.db, world.app.organizationId);

/** Sentinels that stand in the database's file or its log. */
function left(): string[] {
  const path = world.config.databaseUrl.slice('sqlite:'.length);
  const bytes = [path, `${path}-wal`]
    .map((file) => readFileSync(file))
    .map((file) => file.toString('latin1'));
  return SENTINELS.filter((text) => {
    const wanted = Buffer.from(text, 'utf8').toString('latin1');
    return bytes.some((file) => file.includes(wanted));
  });
}

test('nothing that names her is left in any byte, and the audit verifies; a second erasure and a forged one show', async () => {
  await world.ask(EVENT, 'run1');
  await world.reject('alice', 'because the ferns are blue');
  await world.settle();
  const alice = await idOf('alice');
  expect(left().length).toBeGreaterThan(3);

  const erased = await erasePerson(world.app.context, operator, alice);
  expect(erased).toMatchObject({ ok: true, value: { pseudonym: `Erased person ${alice}` } });
  await world.settle();
  expect(await dropErasedBytes(world.app.context.db)).toBe(true);
  expect(left()).toEqual([]);

  const found = await verified();
  expect(found.problems).toEqual([]);
  expect(found.erased).toBeGreaterThan(0);
  const { rows } = await sql<{ name: string }>`select name from people where id = ${alice}`.execute(
    world.app.context.db,
  );
  expect(rows).toEqual([{ name: `Erased person ${alice}` }]);
  expect((await sql`pragma foreign_key_check`.execute(world.app.context.db)).rows).toEqual([]);

  expect(await erasePerson(world.app.context, operator, alice)).toMatchObject({ ok: true });
  expect((await verified()).problems).toEqual([]);
  const lines = [];
  for await (const line of readChain(world.app.context.db, world.app.organizationId)) lines.push(line);
  const erasedLine = lines.find(({ detail }) => detail.includes('Erased person'))!;
  await sql`update audit_events set detail = '{}', salt = '' where id in (${erasedLine.id}, ${lines[0]!.id})`.execute(
    world.app.context.db,
  );
  const names = [...new Set([lines[0]!, erasedLine])].map(
    ({ seq, id }) => `line ${seq} (row ${id}): content differs`,
  );
  expect((await verified()).problems).toEqual(names);
});

test('words that were told on one line, a token after her, notices to two accounts of hers: all goes', async () => {
  const { db } = world.app.context;
  await world.ask(EVENT, 'run1');
  await world.reject('alice', 'because\nthe ferns\nare blue');
  await world.settle();
  const alice = await idOf('alice');
  const { organizationId } = world.app;
  for (const [id, name] of [
    [900, email('alice')],
    [901, 'Zoë Quartermain'],
  ])
    await sql`insert into tokens (id, organization_id, hash, name, person_id, role, created_at)
      values (${id}, ${organizationId}, ${name}, ${name}, ${alice}, 'member', 0)`.execute(db);
  await sql`update tokens set hash = id`.execute(db);
  await sql`update approval_requests set opened_by = ${email('alice')}`.execute(db);
  await sql`insert into webhook_messages (organization_id, token, webhook_id, body_hash, request_id, created_at)
    values (${organizationId}, ${email('alice')}, 'msg_1', 'h', 'apr_1', 0)`.execute(db);
  await sql`insert into identities (organization_id, platform, tenant, external_id, person_id, standing, checked_at)
    values (${organizationId}, 'slack', 'TOTHER', 'UFORMER', ${alice}, 'member', 0)`.execute(db);
  for (const [id, account] of [
    ['ntc_1', STAFF.alice],
    ['ntc_2', 'UFORMER'],
  ])
    await sql`insert into notices (id, organization_id, about, platform, tenant, external_id, page, state, created_at)
      values (${id}, ${organizationId}, 'identity_change:1:confirmed', 'slack', 'T1', ${account}, '{}', 'posted', 0)`.execute(
      db,
    );
  await sql`insert into homes (id, organization_id, platform, tenant, external_id, opened_at, created_at)
    values ('hom_1', ${organizationId}, 'slack', 'TOTHER', 'UFORMER', 0, 0)`.execute(db);

  expect(await erasePerson(world.app.context, operator, alice)).toMatchObject({ ok: true });
  expect(await dropErasedBytes(db)).toBe(true);
  expect(left()).toEqual([]);
  const { rows } = await sql<{ comments: string }>`select comments from submissions`.execute(db);
  expect(rows).toEqual([
    { comments: expect.stringMatching(/^\[Countersign apr_\S+ \S+\] Rejected .*\n\(erased\)$/) as string },
  ]);
  const { rows: names } = await sql<{
    name: string;
  }>`select name from tokens where id >= 900 and revoked_at is not null order by id`.execute(db);
  expect(names).toEqual([{ name: `erased-${alice}-900` }, { name: `erased-${alice}-901` }]);
  const { rows: by } =
    await sql`select opened_by as name from approval_requests union all select token from webhook_messages`.execute(
      db,
    );
  expect(by).toEqual([{ name: `erased-${alice}-900` }, { name: `erased-${alice}-900` }]);
  const { rows: there } =
    await sql`select 1 from notices union all select 1 from homes where external_id = 'UFORMER'`.execute(db);
  expect(there).toEqual([]);
  expect((await verified()).problems).toEqual([]);
});

test('whoever started a run is needed until its decision is told', async () => {
  const { db } = world.app.context;
  const id = await world.ask(EVENT, 'run1');
  await world.reject('alice', 'no');
  await world.settle();
  await sql`update submissions set state = 'queued'`.execute(db);
  expect(await erasePerson(world.app.context, operator, await idOf('dana'))).toMatchObject({
    ok: false,
    refusal: { kind: 'conflict', why: expect.stringContaining(`${id} still needs them.`) as string },
  });
});

test('why she cancelled goes from the request and the audit', async () => {
  const { db } = world.app.context;
  const id = await world.ask(EVENT, 'run1');
  const alice = await idOf('alice');
  await sql`update people set role = 'admin' where id = ${alice}`.execute(db);
  const actor = { personId: alice, via: 'api' } as const;
  expect(await cancelRequest(world.app.context, id, 'the ferns are blue', actor)).toBeNull();
  await world.settle();
  expect(await erasePerson(world.app.context, operator, alice)).toMatchObject({ ok: true });
  await world.settle();
  expect(await dropErasedBytes(db)).toBe(true);
  expect(left()).toEqual([]);
  expect((await verified()).problems).toEqual([]);
});

test('whoever is called like a word of ours takes none of it with them', async () => {
  const { db } = world.app.context;
  await world.ask(EVENT, 'run1');
  await world.reject('alice', 'no');
  await world.settle();
  const alice = await idOf('alice');
  await sql`update people set name = 'REJECT' where id = ${alice}`.execute(db);
  const before = await sql`select decision, harness from approval_requests`.execute(db);
  expect(await erasePerson(world.app.context, operator, alice)).toMatchObject({ ok: true });
  expect((await sql`select decision, harness from approval_requests`.execute(db)).rows).toEqual(before.rows);
  const { rows } =
    await sql`select 1 from audit_events where action = 'voted' and detail like '%"REJECT"%'`.execute(db);
  expect(rows).toHaveLength(1);
});

test('who is still asked, or asks, or is the last admin, is refused with what to do', async () => {
  const id = await world.ask(EVENT, 'run1');
  const alice = await idOf('alice');
  expect(await erasePerson(world.app.context, operator, alice)).toMatchObject({
    ok: false,
    refusal: { kind: 'conflict', why: expect.stringContaining(`${id} still needs them.`) as string },
  });
  expect(world.words('alice')).toContain('Deploy');
  expect(await erasePerson(world.app.context, operator, await idOf('ada'))).toMatchObject({
    ok: false,
    refusal: { kind: 'conflict', why: expect.stringContaining('last active admin') as string },
  });
  expect(await erasePerson(world.app.context, operator, 4711)).toMatchObject({ ok: false });
  expect(left().length).toBeGreaterThan(2);
});
