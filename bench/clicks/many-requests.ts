import SqliteDatabase from 'better-sqlite3';

/** Tables that grow with each request, without which a database of many would cost nothing. */
const TABLES = [
  ...['approval_requests', 'request_versions', 'slots', 'cards'],
  ...['votes', 'submissions', 'audit_events', 'outbox'],
];
const KINDS = 20;
/** 5 in 100 wait, 10 were rejected, 5 expired, the others were approved. */
const DICE = `(n / ${KINDS}) % 20`;
const STATUS = `case when ${DICE} = 0 then 'WAITING' when ${DICE} < 3 then 'REJECTED' when ${DICE} = 3 then 'EXPIRED' else 'APPROVED' end`;
const ACTION = `case when ${DICE} < 3 then 'REJECT' else 'APPROVE' end`;
const IS_DECIDED = `${DICE} not in (0, 3)`;
const STATE = `case when ${DICE} = 0 then 'pending' when ${DICE} < 3 then 'rejected' when ${DICE} = 3 then 'closed' else 'approved' end`;
const ID = `'apr_many' || n`;
const COUNTED = ['approval_requests', 'slots', 'votes', 'audit_events'];

/**
 * With the bot at rest: requests number `from` to `to` with their slots, cards, votes, submissions, audit lines and debts,
 * each a copy of one that was opened by webhook, and most of them finished. Written within the database, and indexes made
 * anew afterwards: a million take a minute or two.
 */
export function addRequests(file: string, from: number, to: number): void {
  const db = new SqliteDatabase(file);
  // Without a journal: one of a million requests would be as large as they are.
  for (const pragma of [
    'journal_mode = DELETE',
    'journal_mode = OFF',
    'synchronous = OFF',
    'foreign_keys = OFF',
  ])
    db.pragma(pragma);
  for (const pragma of ['temp_store = MEMORY', 'cache_size = -400000']) db.pragma(pragma);
  const indexes = db
    .prepare(
      `select name, sql from sqlite_master where type = 'index' and sql is not null and tbl_name in (${TABLES.map(() => '?').join()})`,
    )
    .all(TABLES) as { name: string; sql: string }[];
  const last = db.prepare('select max(created_at) as at from approval_requests').get() as { at: number };
  db.exec(`create temp table model as select row_number() over (order by number) - 1 as nth, id
             from approval_requests where id like 'apr_%' and id not like 'apr_many%' and id not like 'apr_copy%'
             limit ${KINDS}`);
  const copy = (table: string, key: string, changed: Record<string, string>) => {
    db.exec(
      `create temp table of_${table} as select model.nth as nth_, ${table}.* from ${table} join model on model.id = ${table}.${key}`,
    );
    const names = (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
    db.exec(`insert into ${table} (${names.join(', ')})
      select ${names.map((name) => changed[name] ?? `of.${name}`).join(', ')}
      from series join temp.of_${table} as of on of.nth_ = n % ${KINDS}`);
  };
  const at = `${last.at} - (${to} - n) * 1000`;
  db.exec(`create temp table series as with recursive s(n) as
             (select ${from} union all select n + 1 from s where n < ${to}) select n from s`);
  db.exec('begin');
  for (const { name } of indexes) db.exec(`drop index "${name}"`);
  // Above what the bot itself counted so far, and below what `copyRequests` adds.
  const { first } = db
    .prepare(`select max(value) + 1 as first from counters where name in (${COUNTED.map(() => '?').join()})`)
    .get(COUNTED) as { first: number };
  const number = `n - ${from} + ${first}`;
  copy('approval_requests', 'id', {
    ...{ id: ID, number, status: STATUS, execution_id: `'many' || n`, callback_id: `'gate' || n` },
    ...{ created_at: at, updated_at: at, decided_at: `case when ${IS_DECIDED} then ${at} end` },
    decision: `case when ${IS_DECIDED} then json_object('action', ${ACTION}, 'personId', 1, 'how', 'vote', 'at', ${at}) end`,
  });
  copy('request_versions', 'request_id', { request_id: ID });
  const ofRequest = { request_id: ID, request_number: number, request_status: STATUS };
  copy('slots', 'request_id', { ...ofRequest, id: number, state: STATE });
  copy('cards', 'request_id', {
    ...{ ...ofRequest, id: `'crd_many' || n`, state: `'posted'` },
    ...{ channel: `'D' || (n % ${KINDS})`, message: `'many.' || n`, created_at: at },
  });
  db.exec(`insert into votes (id, organization_id, request_id, content_version, person_id, action, inputs, comment, via, created_at)
             select ${number}, 1, ${ID}, 1, 1 + n % ${KINDS}, ${ACTION}, '{}', '', 'slack', ${at} from series where ${IS_DECIDED}`);
  db.exec(`insert into submissions (request_id, organization_id, action, inputs, comments, state, posts, created_at, updated_at)
             select ${ID}, 1, ${ACTION}, '{}', '', 'delivered', 1, ${at}, ${at} from series where ${IS_DECIDED}`);
  for (const [nth, [action, via]] of [
    ['opened', 'webhook'],
    ['resolved', 'timer'],
    ['voted', 'slack'],
  ].entries())
    db.exec(`insert into audit_events (id, organization_id, at, person_id, via, action, subject_type, subject_id, detail)
               select 3 * (${number}) + ${nth}, 1, ${at}, 1 + n % ${KINDS}, '${via}', '${action}', 'approval_request', ${ID}, '{}' from series`);
  for (const [kind, subject] of [
    ['resolve_approvers', ID],
    ['submit_approval', ID],
    ['sync_card', `'crd_many' || n`],
  ])
    db.exec(`insert into outbox (kind, subject_id, organization_id, state, run_at, first_due_at)
               select '${kind}', ${subject}, 1, 'done', ${at}, ${at} from series`);
  for (const name of COUNTED)
    db.exec(`insert into counters (name, value) values ('${name}', ${3 * (first + to - from + 1)})
               on conflict (name) do update set value = max(value, excluded.value)`);
  for (const { sql } of indexes) db.exec(sql);
  db.exec('commit');
  db.pragma('journal_mode = WAL');
  db.close();
}
