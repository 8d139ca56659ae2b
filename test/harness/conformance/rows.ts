import { test } from 'vitest';

/** The rows of harness.md §1.5: each is tested on the client alone and on the whole bot. */
const ERROR_ROWS = Array.from({ length: 22 }, (_, index) => `E${index + 1}`);

/** The rows of harness.md §5's outcome table, and what it says besides. */
const OUTCOME_ROWS = [
  '§5 200 decided',
  '§5 200 WAITING',
  '§5 not yet',
  '§5 reconcile, decided by us',
  '§5 reconcile, decided alike by others',
  '§5 reconcile, decided otherwise by others',
  '§5 reconcile, expired or aborted or failed',
  '§5 reconcile, waiting with our vote',
  '§5 reconcile, waiting without our vote',
  '§5 reconcile, no instance',
  '§5 retry',
  '§5 inputs',
  '§5 ambiguous',
  '§5 permanent',
  '§5 expired',
  '§5 bug',
  '§5 strange answers',
  '§5 giving up',
  '§5 the key',
  '§5 payload',
  '§5 requirement',
  '§5 poll',
] as const;

/** What an older server does otherwise (harness.md §1.5, §2.1, §2.2, §6). */
const OLDER_SERVER_ROWS = [
  'older: GET ignores callback_id',
  'older: service accounts are refused',
  'older: one text for every refusal',
  'older: no word on the caller’s own vote',
  'older: inputs are checked by name only',
] as const;

export type Row = `client E${number}` | `bot E${number}` | Outcome | OlderServer;
type Outcome = (typeof OUTCOME_ROWS)[number];
type OlderServer = (typeof OLDER_SERVER_ROWS)[number];

const ALL = [
  ...ERROR_ROWS.flatMap((row) => [`client ${row}`, `bot ${row}`]),
  ...OUTCOME_ROWS,
  ...OLDER_SERVER_ROWS,
];

const covered = new Set<string>();

/** One test of one row; its name carries the row's id. */
export function row(id: Row, says: string, body: () => Promise<void>, timeoutMs?: number): void {
  if (!ALL.includes(id)) throw new Error(`there is no row ${id}`);
  covered.add(id);
  test(`${id}: ${says}`, body, timeoutMs);
}

export function rowsWithoutTest(): string[] {
  return ALL.filter((id) => !covered.has(id));
}
