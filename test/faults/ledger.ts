import SqliteDatabase from 'better-sqlite3';

export interface RequestRow {
  id: string;
  executionId: string;
  status: string;
  action: 'APPROVE' | 'REJECT' | null;
  harnessStatus: string | null;
  submission: string | null;
  /** Why it is not delivered. */
  detail: string | null;
}

export interface CardRow {
  id: string;
  request_id: string;
  platform: string;
  target_id: string;
  part: string;
  state: string;
  channel: string | null;
  message: string | null;
}

export interface VoteRow {
  request_id: string;
  person_id: number;
  content_version: number;
  stands: number;
  holds_slot: number;
}

/** Reads the bot's database from outside, as an auditor would. */
export interface Ledger {
  requests(): RequestRow[];
  cards(): CardRow[];
  /** What is told below cards. */
  replies(): { id: number; card_id: string; state: string; message: string | null }[];
  /** Rows that are owed, and when. */
  due(): { kind: string; subject_id: string; run_at: number; attempts: number; last_error: string | null }[];
  dead(): { kind: string; subject_id: string; last_error: string | null }[];
  /** What a person did or was refused on a request, since a moment; null = whoever held the API's own token. */
  audited(requestId: string, email: string | null, since: number, actions?: readonly string[]): string[];
  questions(): { request_id: string; text: string; answer: string | null }[];
  /** Ids by e-mail address. */
  people(): ReadonlyMap<string, number>;
  /** `stands`: it is not void. */
  votes(): VoteRow[];
  /**
   * Requests that nothing will ever move again: not final, or decided and not told, without a due row that sees
   * to it. Must be empty at every instant, since what is owed is committed with what owes it.
   */
  forgotten(): string[];
  close(): void;
}

/** A press decides, or is refused. */
export const PRESSED: readonly string[] = ['voted', 'refused'];

const FORGOTTEN = `
  select r.id || ' ' || r.status || ' ' || coalesce(s.state, '-') || ' ' || coalesce(s.detail, '') as words
  from approval_requests r left join submissions s on s.request_id = r.id
  where coalesce(json_extract(r.harness, '$.status'), 'WAITING') = 'WAITING'
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

export function openLedger(databaseFile: string): Ledger {
  const db = new SqliteDatabase(databaseFile, { readonly: true });
  const all = <T>(sql: string, ...values: unknown[]) => db.prepare(sql).all(...values) as T[];
  return {
    requests: () =>
      all<RequestRow>(`
        select r.id, r.execution_id as executionId, r.status, json_extract(r.decision, '$.action') as action,
          json_extract(r.harness, '$.status') as harnessStatus, s.state as submission, s.detail
        from approval_requests r left join submissions s on s.request_id = r.id order by r.number`),
    cards: () =>
      all<CardRow>('select id, request_id, platform, target_id, part, state, channel, message from cards'),
    replies: () => all('select id, card_id, state, message from card_replies order by id'),
    due: () =>
      all(
        `select kind, subject_id, run_at, attempts, last_error from outbox where state = 'due' order by run_at`,
      ),
    dead: () => all(`select kind, subject_id, last_error from outbox where state = 'dead'`),
    audited: (requestId, email, since, actions = PRESSED) =>
      all<{ action: string }>(
        `select a.action from audit_events a left join people p on p.id = a.person_id
         where a.subject_id = ? and p.email is ? and a.at >= ?`,
        ...[requestId, email, since],
      ).flatMap(({ action }) => (actions.includes(action) ? [action] : [])),
    questions: () => all('select request_id, text, answer from questions order by id'),
    people: () =>
      new Map(
        all<{ email: string; id: number }>('select email, id from people').map((row) => [row.email, row.id]),
      ),
    votes: () =>
      all(`
        select v.request_id, v.person_id, v.content_version, v.void_because is null as stands,
          exists (select 1 from slots s where s.request_id = v.request_id and s.person_id = v.person_id) as holds_slot
        from votes v`),
    forgotten: () => all<{ words: string }>(FORGOTTEN).map((row) => row.words),
    close: () => db.close(),
  };
}
