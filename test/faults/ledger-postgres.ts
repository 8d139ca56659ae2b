import pg from 'pg';
import { type CardRow, type Ledger, PRESSED, type RequestRow, type VoteRow } from './ledger.ts';

/** Reads the bot's database on PostgreSQL from outside: each look is of one moment. */
export interface PostgresLedger {
  /** What stands there now; reads nothing more. */
  look(): Promise<Omit<Ledger, 'close'>>;
  /** How many rows of the outbox are due, how many dead. */
  owed(): Promise<{ due: number; dead: number }>;
  /** Requests that nothing will ever move again. Must be empty at every instant. */
  forgotten(): Promise<string[]>;
  close(): Promise<void>;
}

interface AuditRow {
  subject_id: string;
  email: string | null;
  at: number;
  action: string;
}

const REQUESTS = `
  select r.id, r.execution_id as "executionId", r.status, r.decision::json ->> 'action' as action,
    r.harness::json ->> 'status' as "harnessStatus", s.state as submission, s.detail
  from approval_requests r left join submissions s on s.request_id = r.id order by r.number`;
const DUE = `select kind, subject_id, run_at, attempts, last_error from outbox where state = 'due' order by run_at`;
const FORGOTTEN = `
  select r.id || ' ' || r.status || ' ' || coalesce(s.state, '-') || ' ' || coalesce(s.detail, '') as words
  from approval_requests r left join submissions s on s.request_id = r.id
  where coalesce(r.harness::json ->> 'status', 'WAITING') = 'WAITING'
    and not exists (
      select 1 from outbox o where o.subject_id = r.id and o.state = 'due'
        and o.kind in ('resolve_approvers', 'check_harness', 'submit_approval'))
  union all
  select r.id || ' owes Harness ' || s.state
  from approval_requests r join submissions s on s.request_id = r.id
  where s.state in ('queued', 'sending', 'partial')
    and not exists (
      select 1 from outbox o where o.subject_id = r.id and o.state = 'due' and o.kind = 'submit_approval')
  union all
  select 'nobody looks at run ' || f.execution_id
  from followed_executions f
  where f.why = 'waiting'
    and not exists (select 1 from approval_requests r where r.execution_id = f.execution_id)
    and not exists (
    select 1 from outbox o where o.subject_id = f.id and o.state = 'due' and o.kind = 'follow_execution')`;

export function openPostgresLedger(url: string): PostgresLedger {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => {});
  const all = async <T extends object>(sql: string) => (await pool.query<T>(sql)).rows;
  return {
    async look() {
      const requests = await all<RequestRow>(REQUESTS);
      const cards = await all<CardRow>(
        'select id, request_id, platform, target_id, part, state, channel, message from cards',
      );
      const replies = await all<{ id: string; card_id: string; state: string; message: string | null }>(
        'select id, card_id, state, message from card_replies order by id',
      );
      const due = await all<{ run_at: string } & ReturnType<Ledger['due']>[number]>(DUE);
      const dead = await all<ReturnType<Ledger['dead']>[number]>(
        `select kind, subject_id, last_error from outbox where state = 'dead'`,
      );
      const audited = await all<AuditRow>(
        `select a.subject_id, p.email, a.at::float8 as at, a.action
         from audit_events a left join people p on p.id = a.person_id where a.subject_type = 'approval_request'`,
      );
      const questions = await all<ReturnType<Ledger['questions']>[number]>(
        'select request_id, text, answer from questions order by id',
      );
      const people = await all<{ email: string; id: number }>('select email, id::int from people');
      const votes = await all<VoteRow>(`
        select v.request_id, v.person_id::int, v.content_version::int,
          case when v.void_because is null then 1 else 0 end as stands,
          case when exists (select 1 from slots s where s.request_id = v.request_id and s.person_id = v.person_id)
            then 1 else 0 end as holds_slot
        from votes v`);
      const forgotten = await this.forgotten();
      return {
        requests: () => requests,
        cards: () => cards,
        replies: () => replies.map((one) => ({ ...one, id: Number(one.id) })),
        due: () => due.map((one) => ({ ...one, run_at: Number(one.run_at) })),
        dead: () => dead,
        audited: (requestId, email, since, actions = PRESSED) =>
          audited
            .filter((row) => row.subject_id === requestId && row.email === email && row.at >= since)
            .flatMap(({ action }) => (actions.includes(action) ? [action] : [])),
        questions: () => questions,
        people: () => new Map(people.map((row) => [row.email, row.id])),
        votes: () => votes,
        forgotten: () => forgotten,
      };
    },
    async owed() {
      const [row] = await all<{ due: number; dead: number }>(
        `select count(*) filter (where state = 'due')::int as due,
          count(*) filter (where state = 'dead')::int as dead from outbox`,
      );
      return row!;
    },
    forgotten: async () => (await all<{ words: string }>(FORGOTTEN)).map(({ words }) => words),
    close: () => pool.end(),
  };
}
