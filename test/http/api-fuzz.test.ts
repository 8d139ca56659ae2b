import { connect } from 'node:net';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { token } from '../helpers/principals.ts';
import { ACME, email, type World } from '../helpers/world.ts';
import { API_TOKEN, JSON_API, requireJsonApi, startApiWorld } from '../journeys/api-client.ts';
import { type Shot, shots } from './api-chaos.ts';

const BATCH = 1_000;
/** Whatever a refused write could leave behind. Audit lines of refusals are meant to be left. */
const WATCHED: Readonly<Record<string, string>> = {
  ...{ organizations: '*', people: '*', identities: '*', identity_changes: '*', events: '*' },
  ...{ event_pipelines: '*', approval_policies: '*', approval_policy_assignments: '*' },
  ...{ approval_workflows: '*', approval_workflow_people: '*', slots: '*', votes: '*', submissions: '*' },
  tokens: 'id, hash, name, person_id, role, scope, revoked_at',
  approval_requests: 'id, status, content_hash, content_version, decision, closed_reason, reassigned',
};

let world: World;
let secrets: string[];
let known: string[];
const tally = new Map<number, number>();

beforeAll(async () => {
  world = await startApiWorld();
  await world.load(ACME);
  known = [await world.ask('deploy-to-production', 'run1'), await world.ask('database-migration', 'run2')];
  const made = [
    await token(world, { email: email('ada') }, 'admin'),
    await token(world, { email: email('alice') }, 'member'),
    await token(world, { machine: 'ci', ownerEmail: email('carol') }, 'pipeline', {}),
  ];
  secrets = [API_TOKEN, API_TOKEN, API_TOKEN, ...made.map(({ secret }) => secret)];
});
afterAll(() => world.close());

/** Everybody is back with their tokens, so that what follows is not refused at the door. */
async function heal(): Promise<void> {
  const { db } = world.app.context;
  await db.updateTable('people').set({ status: 'active', archived_at: null }).execute();
  await db.updateTable('tokens').set({ revoked_at: null }).execute();
  seen = { writes: -1, watched: '' };
}

/** One line per table: how many rows, and all of what is in them. */
async function watched(): Promise<string> {
  const lines: string[] = [];
  for (const [table, columns] of Object.entries(WATCHED)) {
    const { rows } = await sql`select ${sql.raw(columns)} from ${sql.table(table)}`.execute(
      world.app.context.db,
    );
    lines.push(`${table} ${rows.length} ${JSON.stringify(rows)}`);
  }
  return lines.join('\n');
}

/** Counts every row the one connection ever wrote, undone or not. */
async function writes(): Promise<number> {
  const { rows } = await sql<{ n: number }>`select total_changes() as n`.execute(world.app.context.db);
  return rows[0]!.n;
}

let seen = { writes: -1, watched: '' };

/** Fires, and holds the answer and the database to what is promised. */
async function judge(
  shot: Shot,
  fire: (shot: Shot) => Promise<{ status: number; type: string; text: string }>,
) {
  world.clock.advance(1_000);
  const { status, type, text } = await fire(shot);
  tally.set(status, (tally.get(status) ?? 0) + 1);
  expect(status).toBeLessThan(500);
  const now = await writes();
  if (now !== seen.writes) {
    const after = await watched();
    if (status >= 300 && seen.writes >= 0) expect(after).toBe(seen.watched);
    seen = { writes: now, watched: after };
  }
  if (status === 401) await heal();
  if (status === 204 || shot.method === 'HEAD') return;
  expect(type).toBe(JSON_API);
  const document = JSON.parse(text) as { errors?: { status: string; detail: string }[] };
  requireJsonApi(document);
  if (status < 400) return;
  expect(document.errors!.length).toBeGreaterThan(0);
  for (const error of document.errors!) {
    expect(error.status).toMatch(/^4\d\d$/);
    expect(error.detail).not.toMatch(/SQLITE|node_modules/);
  }
}

async function inject({ method, path, headers, body }: Shot) {
  const answer = await world.app.server.inject({
    ...{ method: method as 'GET', url: path, headers },
    ...(body !== null && { payload: body }),
  });
  return { status: answer.statusCode, type: String(answer.headers['content-type']), text: answer.body };
}

/** Byte for byte over a socket of its own: nothing in between mends the request. */
function send({ method, path, headers, body }: Shot) {
  const bytes = Buffer.from(body ?? '');
  const lines = Object.entries(headers).map(([name, text]) => `${name}: ${text}\r\n`);
  const length = body === null ? '' : `content-length: ${bytes.length}\r\n`;
  const head = `${method} ${path} HTTP/1.1\r\nhost: bot\r\nconnection: close\r\n${length}${lines.join('')}\r\n`;
  return new Promise<{ status: number; type: string; text: string }>((done, failed) => {
    const { hostname, port } = new URL(world.url);
    const socket = connect(Number(port), hostname, () =>
      socket.write(Buffer.concat([Buffer.from(head), bytes])),
    );
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', failed);
    socket.on('close', () => {
      const [top = '', ...rest] = Buffer.concat(chunks).toString().split('\r\n\r\n');
      const type = /^content-type: (.*)$/im.exec(top)?.[1] ?? '';
      done({ status: Number(top.split(' ')[1]), type: type.trim(), text: rest.join('\r\n\r\n') });
    });
  });
}

const fuzz = (fire: typeof inject) =>
  fc.assert(
    fc.asyncProperty(shots(secrets, known), (shot) => judge(shot, fire)),
    { numRuns: BATCH },
  );

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])(
  '1,000 shots, batch %i: refused ones leave nothing behind',
  async () => {
    await heal();
    seen = { writes: -1, watched: '' };
    await fuzz(inject);
  },
  60_000,
);

test('1,000 shots over real sockets', async () => {
  await heal();
  await world.settle();
  await fuzz(send);
}, 60_000);

test('the shots hit: much was written, much refused for what it was', () => {
  const times = (status: number) => tally.get(status) ?? 0;
  expect(times(200)).toBeGreaterThan(300);
  expect(times(201)).toBeGreaterThan(50);
  for (const status of [204, 400, 401, 403, 404, 405, 406, 415, 422])
    expect([status, times(status) > 10]).toEqual([status, true]);
  expect([...tally.values()].reduce((a, b) => a + b, 0)).toBeGreaterThanOrEqual(10_000);
});

test('after all that the database holds together', async () => {
  const { db } = world.app.context;
  expect((await sql`pragma foreign_key_check`.execute(db)).rows).toEqual([]);
  expect((await sql`pragma integrity_check`.execute(db)).rows).toEqual([{ integrity_check: 'ok' }]);
  for (const list of [
    'people',
    'events',
    'approval_policies',
    'approval_workflows',
    'slots',
    'audit_events',
  ] as const) {
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(list)}`.execute(db);
    const kept = await db
      .selectFrom('list_totals')
      .select('total')
      .where('list', '=', list)
      .where('bucket', '=', '')
      .executeTakeFirst();
    expect([list, kept?.total]).toEqual([list, rows[0]!.n]);
  }
  const { rows: cards } = await sql`select c.id from cards c join approval_requests r on r.id = c.request_id
    where c.request_status <> r.status or c.request_number <> r.number`.execute(db);
  expect(cards).toEqual([]);
  const { rows: days } =
    await sql`select day, total from day_totals where list = 'audit_events' order by day`.execute(db);
  const { rows: counted } = await sql`select at / 86400000 as day, count(*) as total from audit_events
    group by 1 order by 1`.execute(db);
  expect(days).toEqual(counted);
});
