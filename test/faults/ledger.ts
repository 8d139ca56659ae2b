import { type Database, openDatabase } from '../../src/store/database.ts';

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
  state: string;
  channel: string | null;
  message: string | null;
}

/** Reads the bot's database from outside, as an auditor would. */
export interface Ledger {
  requests(): Promise<RequestRow[]>;
  cards(): Promise<CardRow[]>;
  /** What is told below cards. */
  replies(): Promise<{ id: number; card_id: string; state: string; message: string | null }[]>;
  /** Rows that are owed, and when. */
  due(): Promise<
    { kind: string; subject_id: string; run_at: number; attempts: number; last_error: string | null }[]
  >;
  dead(): Promise<{ kind: string; subject_id: string; last_error: string | null }[]>;
  /** What a person did or was refused on a request, since a moment. */
  audited(requestId: string, email: string, since: number): Promise<string[]>;
  votes(): Promise<{ request_id: string; person_id: number; content_version: number; holds_slot: boolean }[]>;
  /**
   * Requests that nothing will ever move again: not final, or decided and not told, without a due row that sees
   * to it. Must be empty at every instant, since what is owed is committed with what owes it.
   */
  forgotten(): Promise<string[]>;
  close(): Promise<void>;
}

const SEES_TO_IT = ['resolve_approvers', 'check_harness', 'submit_approval'] as const;

export function openLedger(databaseUrl: string): Ledger {
  const db = openDatabase(databaseUrl);
  const requests = () => readRequests(db);
  const ofState = (state: 'due' | 'dead') =>
    db
      .selectFrom('outbox')
      .select(['kind', 'subject_id', 'run_at', 'attempts', 'last_error'])
      .where('state', '=', state)
      .orderBy('run_at')
      .execute();
  return {
    requests,
    cards: () =>
      db
        .selectFrom('cards')
        .select(['id', 'request_id', 'platform', 'target_id', 'state', 'channel', 'message'])
        .execute(),
    replies: () =>
      db.selectFrom('card_replies').select(['id', 'card_id', 'state', 'message']).orderBy('id').execute(),
    due: () => ofState('due'),
    dead: () => ofState('dead'),
    async audited(requestId, email, since) {
      const rows = await db
        .selectFrom('audit_events')
        .innerJoin('people', 'people.id', 'audit_events.person_id')
        .select('action')
        .where('subject_id', '=', requestId)
        .where('people.email', '=', email)
        .where('at', '>=', since)
        .where('action', 'in', ['voted', 'refused'])
        .execute();
      return rows.map(({ action }) => action);
    },
    async votes() {
      const rows = await db
        .selectFrom('votes')
        .leftJoin('slots', (join) =>
          join
            .onRef('slots.request_id', '=', 'votes.request_id')
            .onRef('slots.person_id', '=', 'votes.person_id'),
        )
        .select(['votes.id', 'votes.request_id', 'votes.person_id', 'content_version', 'slots.id as slot'])
        .execute();
      const each = new Map(rows.map((row) => [row.id, row]));
      return [...each.values()].map(({ slot, ...row }) => ({ ...row, holds_slot: slot !== null }));
    },
    async forgotten() {
      // Two looks are no one moment: what changed in between is not taken for forgotten.
      const all = await requests();
      const due = await ofState('due');
      const isSeenTo = (id: string, kinds: readonly string[]) =>
        due.some((row) => row.subject_id === id && kinds.includes(row.kind));
      const suspects = all.filter(
        (one) =>
          ((one.harnessStatus ?? 'WAITING') === 'WAITING' && !isSeenTo(one.id, SEES_TO_IT)) ||
          (['queued', 'sending', 'partial'].includes(one.submission ?? '') &&
            !isSeenTo(one.id, ['submit_approval'])),
      );
      if (suspects.length === 0) return [];
      const unchanged = new Set((await requests()).map((one) => JSON.stringify(one)));
      return suspects
        .filter((one) => unchanged.has(JSON.stringify(one)))
        .map(({ id, status, submission, detail }) => `${id} ${status} ${submission ?? '-'} ${detail ?? ''}`);
    },
    close: () => db.destroy(),
  };
}

async function readRequests(db: Database): Promise<RequestRow[]> {
  const rows = await db
    .selectFrom('approval_requests')
    .leftJoin('submissions', 'submissions.request_id', 'approval_requests.id')
    .select(['approval_requests.id', 'execution_id', 'approval_requests.status', 'decision', 'harness'])
    .select(['submissions.state', 'submissions.detail'])
    .orderBy('number')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    executionId: row.execution_id,
    status: row.status,
    action: (JSON.parse(row.decision ?? '{}') as { action?: 'APPROVE' | 'REJECT' }).action ?? null,
    harnessStatus: (JSON.parse(row.harness) as { status?: string | null }).status ?? null,
    submission: row.state,
    detail: row.detail,
  }));
}
