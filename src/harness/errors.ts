import { type HarnessReply, plainWords } from './answer.ts';
import { HARNESS_TEXTS as says } from './contract.ts';

/** What one kind of refusal is for us (harness.md §1.5, last column). */
export type Meaning =
  | { kind: 'not_waiting' | 'ambiguous' | 'expired' | 'inputs' }
  | { kind: 'reconcile' | 'transient'; detail: string }
  | { kind: 'permanent'; code: string; remedy: string; unhealthy: boolean };

export interface RefusalRow {
  /** The row of harness.md §1.5. */
  row: string;
  status: readonly number[];
  /** A part of Harness's message; null = any. */
  says: string | null;
  /** Set where a JSON body and the edge's HTML page mean different things. */
  json?: boolean;
  means: Meaning;
}

const reconcile = (detail: string): Meaning => ({ kind: 'reconcile', detail });
const permanent = (code: string, remedy: string): Meaning => ({
  kind: 'permanent',
  code,
  remedy,
  unhealthy: false,
});
const broken = (code: string, remedy: string): Meaning => ({
  kind: 'permanent',
  code,
  remedy,
  unhealthy: true,
});

const NOT_LISTED =
  'Harness does not let the owner of Countersign’s key decide this step: list its service account (or a user group of its user) among the step’s approvers.';
const BUG =
  'Harness did not understand the call: a fault in Countersign. Please report it with the log line of this call.';
const BAD_ACCOUNT = 'Harness got no account: set HARNESS_ACCOUNT_ID to the id in Harness’s address bar.';

/** The first row that fits is the answer; E6 stands first because its text repeats what people typed. */
export const REFUSALS: readonly RefusalRow[] = [
  { row: 'E6', status: [400], says: `${says.cannotAdd} : ${says.inputsFailed}`, means: { kind: 'inputs' } },
  { row: 'E1', status: [400], says: says.noneWaiting, means: { kind: 'not_waiting' } },
  { row: 'E2', status: [400], says: says.severalWaiting, means: { kind: 'ambiguous' } },
  {
    row: 'E3',
    status: [400],
    says: `${says.cannotAdd} : ${says.alreadyCompleted}`,
    means: reconcile('Harness says that this approval is already completed.'),
  },
  {
    row: 'E4',
    status: [400],
    says: `${says.cannotAdd} : ${says.alreadyExpired}`,
    means: { kind: 'expired' },
  },
  { row: 'E5', status: [400], says: `${says.cannotAdd} : ${says.invalidInputs}`, means: { kind: 'inputs' } },
  {
    row: 'E7',
    status: [400],
    says: says.cannotAdd,
    means: reconcile('Harness could not record the decision, perhaps because two came at once.'),
  },
  {
    row: 'E8',
    status: [400],
    says: says.alreadyVoted,
    means: reconcile('Harness says that Countersign has already decided this approval.'),
  },
  {
    row: 'E9',
    status: [400],
    says: says.executorRefused,
    means: permanent(
      'not_authorized',
      'The step refuses whoever started the run, and the owner of Countersign’s key did: use the key of a service account that starts no runs.',
    ),
  },
  {
    row: 'E9',
    status: [400],
    says: says.disallowedUser,
    means: permanent(
      'not_authorized',
      'The owner of Countersign’s key is on the step’s disallowedUserEmails: take it off, or use another key.',
    ),
  },
  {
    row: 'E9',
    status: [400],
    says: says.serviceAccountRefused,
    means: permanent('not_authorized', NOT_LISTED),
  },
  { row: 'E9', status: [400], says: says.notAuthorized, means: permanent('not_authorized', NOT_LISTED) },
  {
    row: 'E10',
    status: [400],
    says: says.principalUnsupported,
    means: permanent(
      'principal_unsupported',
      'This Harness does not take approvals from this kind of key: use a personal access token of a user who is in one of the step’s user groups.',
    ),
  },
  ...[says.serviceAccountUnknown, says.userUnknown].map(
    (text): RefusalRow => ({
      row: 'E10',
      status: [400],
      says: text,
      means: permanent(
        'principal_unknown',
        'The owner of Countersign’s key no longer exists in Harness: set HARNESS_API_KEY to the key of one that does.',
      ),
    }),
  ),
  {
    row: 'E11',
    status: [400, 404],
    says: says.foreignExecution,
    means: permanent(
      'execution_not_found',
      'Harness does not know this execution in that account, organization and project: check the ids the pipeline sent and HARNESS_ACCOUNT_ID.',
    ),
  },
  {
    row: 'E12',
    status: [400],
    says: says.executionLookupFailed,
    means: { kind: 'transient', detail: 'Harness could not look up the execution just now.' },
  },
  ...[says.accountRequired, says.accountAbsent].map(
    (text): RefusalRow => ({
      row: 'E13',
      status: [400],
      says: text,
      means: permanent('no_account', BAD_ACCOUNT),
    }),
  ),
  { row: 'E14', status: [400], says: says.actionInvalid, means: permanent('bug', BUG) },
  { row: 'E15', status: [400], says: says.unreadableJson, means: permanent('bug', BUG) },
  ...[says.instanceUnknown, says.wrongStepType].map(
    (text): RefusalRow => ({
      row: '§2.2',
      status: [400, 404],
      says: text,
      means: permanent(
        'instance_not_found',
        'Harness does not know this approval instance: choose the waiting step again.',
      ),
    }),
  ),
  {
    row: 'E16',
    status: [401],
    says: null,
    means: broken(
      'token_invalid',
      'Harness does not accept Countersign’s key: it is wrong, expired or revoked. Set HARNESS_API_KEY to a valid one.',
    ),
  },
  {
    row: 'E17',
    status: [403],
    says: says.missingPermission,
    json: true,
    means: permanent(
      'permission_missing',
      'The owner of Countersign’s key lacks a permission in Harness: give it a role with pipeline view and execute in this project.',
    ),
  },
  {
    row: 'E17',
    status: [403],
    says: null,
    json: true,
    means: broken(
      'access_refused',
      'Harness refuses the owner of Countersign’s key: see in Harness whether it is allowed to use the account.',
    ),
  },
  {
    row: 'E17',
    status: [403],
    says: null,
    json: false,
    means: broken(
      'address_blocked',
      'Harness’s edge refuses Countersign’s network address: put it on the account’s IP allowlist, or have the firewall rule in between lifted.',
    ),
  },
  {
    row: 'E18',
    status: [404],
    says: null,
    means: permanent(
      'wrong_address',
      'There is no approval API at this address: check HARNESS_BASE_URL and HARNESS_PATH_PREFIX.',
    ),
  },
  { row: 'E19', status: [405, 415], says: null, means: permanent('bug', BUG) },
  { row: 'E21', status: [500], says: null, means: reconcile('Harness answered 500: trouble on its side.') },
  {
    row: 'E22',
    status: [502, 503, 504],
    says: null,
    means: reconcile('Harness’s gateway got no answer from Harness (502, 503 or 504).'),
  },
];

export interface Classified {
  row: string;
  means: Meaning;
}

/** What a non-2xx answer, or a 2xx one without the body it should have, means. 429 is the caller's. */
export function classify(reply: Pick<HarnessReply, 'status' | 'said' | 'json'>): Classified {
  const found = REFUSALS.find(
    (candidate) =>
      candidate.status.includes(reply.status) &&
      (candidate.says === null || reply.said.includes(candidate.says)) &&
      (candidate.json === undefined || candidate.json === (reply.json !== undefined)),
  );
  if (found) return { row: found.row, means: found.means };
  return { row: 'none', means: reconcile(strangeAnswer(reply)) };
}

function strangeAnswer({ status, said }: Pick<HarnessReply, 'status' | 'said'>): string {
  if (status >= 300 && status < 400)
    return `Harness answered with a redirect (${status}), which is never followed: check HARNESS_BASE_URL.`;
  if (status < 300) return `Harness answered ${status} without the answer expected: check HARNESS_BASE_URL.`;
  return said === '' ? `Harness answered ${status}.` : `Harness answered ${status}: “${said.slice(0, 300)}”`;
}

/**
 * E6's text as name → what Harness says of it. Told apart by the names and values we sent, since a value may itself
 * look like the list's next entry; {} when the text is not of that form.
 */
export function inputProblems(
  said: string,
  sent: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const begin = said.indexOf(`${says.inputsFailed}: {`);
  if (begin < 0) return {};
  const text = said.slice(begin + says.inputsFailed.length + 3).replace(/\}$/, '');
  const starts = Object.entries(sent)
    .map(([name, value]) => ({ name, ...entryOf(text, plainWords(name), plainWords(value)) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at);
  return Object.fromEntries(
    starts.map(({ name, from }, index) => [name, text.slice(from, starts[index + 1]?.at).slice(0, 300)]),
  );
}

/** Where the input's entry begins, and its words in it; at -1 when it has none. */
function entryOf(text: string, name: string, value: string): { at: number; from: number } {
  const expected =
    value === '' ? ['Value was required'] : [value, ...value.split(',').map((part) => part.trim())];
  const entry = `${name}=`;
  for (let at = text.startsWith(entry) ? 0 : text.indexOf(`, ${entry}`); at >= 0; ) {
    const from = at + (at === 0 ? 0 : 2) + entry.length;
    if (expected.some((words) => words !== '' && text.startsWith(words, from))) return { at, from };
    at = text.indexOf(`, ${entry}`, from);
  }
  return { at: -1, from: -1 };
}
