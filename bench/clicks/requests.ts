import { setTimeout as pause } from 'node:timers/promises';
import SqliteDatabase from 'better-sqlite3';
import { webhook } from '../webhook.ts';
import { createSender } from './load.ts';
import { SLACK_TEAM, TEAMS_APP } from './surroundings.ts';

export const PEOPLE = 20;
export const slackId = (nth: number) => `U0BENCH${String(nth).padStart(3, '0')}`;
export const entraId = (nth: number) => `a0000000-0000-4000-8000-000000000${String(nth).padStart(3, '0')}`;
export const chatOf = (nth: number) => `a:bench-${nth}`;
/** Far above what is counted otherwise. */
const FIRST_COPY = 100_000_000;
const email = (nth: number) => `approver${nth}@acme.io`;
const range = (length: number) => Array.from({ length }, (_, nth) => nth);

const WORDS = { title: 'Deploy to production', message: 'Approve in chat' };

/** One event per approver, so that each of them gets as many requests as they have to click. */
export const WORKFLOWS = `
organization: { name: Acme, domains: [acme.io] }
people:
${range(PEOPLE)
  .map((nth) => `  - { email: ${email(nth)}, name: Approver ${nth} }`)
  .join('\n')}
events: [${range(PEOPLE)
  .map((nth) => `{ slug: deploy-${nth}, name: Deploy ${nth} }`)
  .join(', ')}]
policies: [{ slug: standard, name: Standard, default: true }]
workflows:
${range(PEOPLE)
  .map(
    (nth) => `  - { policy: standard, event: deploy-${nth}, requirement: any, approvers: [${email(nth)}] }`,
  )
  .join('\n')}
`;

/** A card that somebody may press. */
export interface OpenCard {
  id: string;
  nth: number;
  channel: string;
  message: string;
}

/** Lets everybody be known in chat, as a directory would have it. */
export function addAccounts(file: string): void {
  const db = new SqliteDatabase(file);
  const people = db.prepare('select id, email, organization_id from people').all() as {
    id: number;
    email: string;
    organization_id: number;
  }[];
  const account = db.prepare(
    `insert or replace into identities (organization_id, platform, tenant, external_id, person_id, standing, checked_at)
     values (?, ?, ?, ?, ?, 'member', ?)`,
  );
  const chat = db.prepare(
    `insert or replace into teams_conversations
       (organization_id, tenant, external_id, scope, conversation_id, service_url, mri, state, updated_at)
     values (?, ?, ?, 'personal', ?, '', ?, 'active', ?)`,
  );
  const now = Date.now();
  for (const { id, email: address, organization_id } of people) {
    const nth = Number(/^approver(\d+)@/.exec(address)?.[1] ?? Number.NaN);
    if (Number.isNaN(nth)) continue;
    account.run(organization_id, 'slack', SLACK_TEAM, slackId(nth), id, now);
    account.run(organization_id, 'teams', TEAMS_APP.tenantId, entraId(nth), id, now);
    chat.run(organization_id, TEAMS_APP.tenantId, entraId(nth), chatOf(nth), `29:${entraId(nth)}`, now);
  }
  db.close();
}

/** Opens requests by webhook, in turn for each approver, and waits until their approvers are found. */
export async function openRequests(origin: string, file: string, runs: readonly string[]): Promise<void> {
  const sender = createSender(origin, 8);
  const answers = await sender.stream(runs.map((run, nth) => webhook(run, `deploy-${nth % PEOPLE}`, WORDS)));
  sender.close();
  const wrong = answers.find(({ status }) => status !== 202);
  if (wrong) throw new Error(`the webhook answered ${wrong.status}: ${wrong.body}`);
  while (count(file, `outbox where state = 'due' and kind = 'resolve_approvers'`) > 0) await pause(100);
}

export function count(file: string, what: string): number {
  const db = new SqliteDatabase(file, { readonly: true });
  try {
    return (db.prepare(`select count(*) as n from ${what}`).get() as { n: number }).n;
  } finally {
    db.close();
  }
}

/**
 * With the bot at rest: as many open requests as there are runs, each a copy of one that was opened by webhook, and each
 * with a card as if Slack or Teams had it (which would let 300 a minute be posted). Nothing is owed then.
 */
export function copyRequests(file: string, platform: 'slack' | 'teams', runs: readonly string[]): OpenCard[] {
  const db = new SqliteDatabase(file);
  const opened = db
    .prepare(
      `select cards.request_id as requestId, people.email from cards join people on people.id = cards.person_id
       where cards.platform = ? and cards.part = 'approver' order by cards.request_number limit ?`,
    )
    .all(platform, PEOPLE) as { requestId: string; email: string }[];
  const { before } = db
    .prepare(`select count(*) as before from approval_requests where number >= ?`)
    .get(FIRST_COPY) as { before: number };
  const inserts = new Map<string, SqliteDatabase.Statement>();
  const copy = (table: string, where: string, of: string, changed: Record<string, unknown>) => {
    const row = db.prepare(`select * from ${table} where ${where} = ?`).get(of) as Record<string, unknown>;
    const values = { ...row, ...changed };
    const names = Object.keys(values);
    const sql = `insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`;
    if (!inserts.has(table)) inserts.set(table, db.prepare(sql));
    inserts.get(table)!.run(Object.values(values));
  };
  db.exec(`update outbox set state = 'done', leased_until = 0`);
  const tenant = platform === 'slack' ? SLACK_TEAM : TEAMS_APP.tenantId;
  const cards = db.transaction(() =>
    runs.map((run, index): OpenCard => {
      const { requestId, email: address } = opened[index % opened.length]!;
      const place = before + index;
      const nth = Number(/\d+/.exec(address)![0]);
      const ids = { id: `apr_copy${place}`, number: FIRST_COPY + place };
      copy('approval_requests', 'id', requestId, { ...ids, execution_id: run, callback_id: `${run}-gate` });
      copy('request_versions', 'request_id', requestId, { request_id: ids.id });
      copy('slots', 'request_id', requestId, {
        id: ids.number,
        request_id: ids.id,
        request_number: ids.number,
      });
      const channel = platform === 'slack' ? `D0BENCH${nth}` : chatOf(nth);
      const message = `1700000000.${String(place).padStart(6, '0')}`;
      const card = { id: `crd_copy${place}`, request_id: ids.id, request_number: ids.number };
      copy('cards', 'request_id', requestId, { ...card, tenant, state: 'posted', channel, message });
      return { id: card.id, nth, channel, message };
    }),
  )();
  db.close();
  return cards;
}
