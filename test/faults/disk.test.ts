import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { ACME, startWorld, WEBHOOK_TOKEN, type World } from '../helpers/world.ts';

const DEPLOY = 'deploy-to-production';
const API_TOKEN = 'api-token-of-the-operator-0001';

let folder: string;
let file: string;
let lines: string[];
let world: World;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-disk-'));
  file = join(folder, 'bot.db');
  copyFileSync(inject('migratedDatabase'), file);
  lines = [];
  world = await startWorld({
    database: { url: `sqlite:${file}`, async drop() {} },
    env: { API_TOKEN },
    hear: (line) => lines.push(line),
  });
  await world.load(ACME);
});
afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const db = () => world.app.context.db;
const pragma = (words: string) => sql`${sql.raw(`pragma ${words}`)}`.execute(db());

async function fill(): Promise<void> {
  await sql`create table filler (bytes text)`.execute(db());
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db());
  await pragma(`max_page_count = ${rows[0]!.page_count}`);
}

/** How the database stops taking anything, and how it is mended. */
const FAULTS = {
  'the disk is full': {
    begin: fill,
    async end() {
      await pragma('max_page_count = 1000000');
    },
  },
  'the database is read-only': {
    begin: () => pragma('query_only = 1'),
    end: () => pragma('query_only = 0'),
  },
  'another process holds the write lock': {
    async begin() {
      await pragma('busy_timeout = 20');
      const other = new SqliteDatabase(file);
      other.exec('begin immediate');
      return () => other.close();
    },
    async end() {},
  },
} satisfies Record<string, { begin: () => Promise<unknown>; end: () => Promise<unknown> }>;

const hook = (run: string, message = '') =>
  fetch(`${world.url}/hooks/harness/${DEPLOY}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${WEBHOOK_TOKEN}` },
    body: JSON.stringify(world.webhook(run, { message })),
  });
const status = async (path: string) =>
  (await fetch(world.url + path, { headers: { authorization: `Bearer ${API_TOKEN}` } })).status;
const database = async () => {
  const answer = await fetch(`${world.url}/readyz`);
  const { checks } = (await answer.json()) as { checks: { name: string; ok: boolean }[] };
  return { status: answer.status, ok: checks.find(({ name }) => name === 'database')!.ok };
};
const counts = async () =>
  (
    await sql<object>`select (select count(*) from approval_requests) as requests, (select count(*) from votes) as votes,
      (select count(*) from audit_events) as audit, (select count(*) from webhook_messages) as messages`.execute(
      db(),
    )
  ).rows[0];
const saidAt = (level: number) =>
  lines
    .map((line) => JSON.parse(line) as { level: number; msg: string })
    .filter((line) => line.level >= level);

test.each(Object.keys(FAULTS) as (keyof typeof FAULTS)[])(
  '%s: refused with 503 and in words, nothing half written, and it recovers by itself',
  async (name) => {
    const { begin, end } = FAULTS[name];
    await world.ask(DEPLOY, 'open');
    const before = await counts();
    lines.length = 0;
    const release = await begin();
    // So large that no page has room for it.
    const large = 'x'.repeat(9_000);
    for (const run of ['one', 'two', 'three']) {
      world.run(run);
      const answer = await hook(run, large);
      expect({ status: answer.status, after: answer.headers.get('retry-after') }).toEqual({
        status: 503,
        after: '5',
      });
      expect(await answer.json()).toMatchObject({ code: 'unavailable' });
    }
    if (name !== 'the disk is full') {
      await world.press('alice', 'approve');
      expect(await world.whispered('alice')).toContain('nothing was recorded');
      expect(await database()).toEqual({ status: 503, ok: false });
    }
    expect(await status('/api/v2/approval_requests')).toBe(200);
    expect(await status('/healthz')).toBe(200);
    expect(await counts()).toEqual(before);
    expect(saidAt(50).map(({ msg }) => msg)).toEqual([
      expect.stringContaining('the database cannot be used: webhooks are answered 503'),
    ]);

    await end();
    if (typeof release === 'function') release();
    expect(await database()).toMatchObject({ ok: true });
    expect(lines.filter((line) => line.includes('the database can be used again'))).toHaveLength(1);
    expect((await hook('one', large)).status).toBe(202);
    await world.press('alice', 'approve');
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
  },
);
