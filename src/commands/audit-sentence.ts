import { type CardLine, type CardSpan, strong, text } from '../approval/card.ts';
import { clip } from '../approval/plain-text.ts';
import type { AuditEvent } from '../usecases/requests/list-audit.ts';
import { viaWords } from './via-words.ts';

type People = ReadonlyMap<number, CardSpan>;
type Detail = Readonly<Record<string, unknown>>;

/** One line of the audit as a sentence: “Alice approved apr_… · Slack · <time>”. `people` draws those it names. */
export function auditSentence(line: AuditEvent, people: People): CardLine {
  const { personId, via, at } = line;
  const tell = Object.hasOwn(TOLD, line.action) ? TOLD[line.action] : undefined;
  const told = tell?.(line, people) ?? otherwise(line, people);
  return [
    personId === null ? strong(NOBODY[via] ?? 'Somebody') : nameOf(personId, people),
    text(' '),
    ...told,
    ...(personId === null && via in NOBODY ? [] : [text(` · ${viaWords(via)}`)]),
    text(' · '),
    { kind: 'time', at },
  ];
}

/** Ids of the people whom a line's sentence names. */
export function peopleOfLine({ personId, subjectType, subjectId, detail }: AuditEvent): number[] {
  const named = [personId, detail.personId, detail.from, detail.to, assignedPerson(detail)];
  if (subjectType === 'person') named.push(Number(subjectId));
  return named.filter((id): id is number => typeof id === 'number' && Number.isInteger(id));
}

/** Who it was when it was nobody in particular. */
const NOBODY: Readonly<Record<string, string>> = {
  api: 'The operator’s API token',
  cli: 'Whoever runs the bot',
  webhook: 'A pipeline',
  harness: 'Harness',
  timer: 'Countersign',
};

type Tell = (line: AuditEvent, people: People) => readonly CardSpan[] | null;

/** A sentence about the line's request: the words before its id, and those after. */
const about =
  (before: string | ((detail: Detail) => string), after?: (detail: Detail) => string): Tell =>
  ({ subjectId, detail }) => {
    const first = typeof before === 'string' ? before : before(detail);
    return [text(`${first} ${subjectId}${after?.(detail) ?? ''}`)];
  };

/** What each action was, by the name the code writes. */
const TOLD: Readonly<Record<string, Tell>> = {
  database_restored: ({ detail }) => [
    text('started on a backup'),
    ...(typeof detail.from === 'number' ? [text(' of '), { kind: 'time', at: detail.from } as const] : []),
    text(`; Harness is looked at first for each open request (${said(detail.openRequests)})`),
  ],
  opened: about('opened', ({ event }) => optional(event, (name) => ` (${name})`)),
  amended: about('changed what', ({ version, held }) =>
    held === true ? ' asks for, too often: it is on hold' : ` asks for: version ${said(version)}`,
  ),
  amendment_refused: about('wanted to change', () => ' after it was decided, and was refused'),
  resolved: about(
    ({ problem }) => (problem === null ? 'settled who decides' : 'put'),
    ({ problem }) => (problem === null ? '' : ` on hold: ${spaced(problem)}`),
  ),
  voted: about(({ action }) => (action === 'APPROVE' ? 'approved' : 'rejected')),
  decided: about(
    ({ action }) => `brought about the ${action === 'APPROVE' ? 'approval' : 'rejection'} of`,
    ({ how }) => DECIDED_HOW[String(how)] ?? '',
  ),
  decision_withdrawn: about('took back what was decided in', () => ': it no longer stands'),
  decided_outside: about(
    'settled',
    ({ status, by, how }) =>
      ` without us: ${optional(how, (words) => words) || `${said(status)}${optional(by, (who) => ` by ${who}`)}`}`,
  ),
  expired: about('closed', () => ': the time to decide ran out'),
  inputs_corrected: about('corrected the inputs of'),
  cancel: about('cancelled', ({ reason }) => optional(reason, (why) => `: ${why}`)),
  retry_submission: about('had Harness told once more about'),
  choose_instance: about('chose the gate of', ({ instanceId }) => `: ${said(instanceId)}`),
  choice_taken_back: about('no longer shows the gate chosen for', () => ': an admin has to choose again'),
  gate_not_opened: ({ subjectId, detail }) => [
    text(`told of the gate ${subjectId}, for which nothing was opened${withReason({ detail: detail.why })}`),
  ],
  unfreeze: about('released', ({ problem }) => ` (${spaced(problem)})`),
  reassign: ({ subjectId, detail }, people) => [
    text('gave '),
    ...(typeof detail.from === 'number'
      ? [nameOf(detail.from, people), text('’s place')]
      : [text('a vacant place')]),
    text(` in ${subjectId} to `),
    ...named(detail.to, people),
  ],
  place_vacated: ({ subjectId, detail }, people) => [
    text(`took the place in ${subjectId} from `),
    ...named(detail.personId, people),
    text(`, who ${said(detail.because)}`),
  ],
  unreachable: ({ subjectId, detail }, people) => [
    text(`could not bring the card of ${subjectId} to `),
    ...(typeof detail.personId === 'number' ? named(detail.personId, people) : [text(said(detail.target))]),
    text(optional(detail.platform, (platform) => ` in ${viaWords(platform)}`)),
    text(`: ${said(detail.why)}`),
  ],
  refused: (line) => [text(refusedWords(line))],
  submission_delivered: about('took the decision on'),
  submission_partial: about('took the approval of', () => ', and wants more of its own'),
  submission_delivered_by_other: about(
    'had the same decision on',
    () => ' already, made there by somebody else',
  ),
  submission_conflict: about(
    'was decided otherwise than',
    () => ' was here: what Harness says is what happened',
  ),
  submission_superseded: about('rejected', () => ' because a newer run was approved'),
  submission_closed: about('was over before it could be told about'),
  submission_needs_input: about('refused the inputs of', withReason),
  submission_ambiguous: about('shows several gates for', () => ': an admin has to choose'),
  submission_dead: about('could not be told about', withReason),
  submission_queued: about('is to be told about'),
  submission_sending: about('is being told about'),
  admin_added: ({ subjectId }, people) => [
    text('made '),
    ...named(Number(subjectId), people),
    text(' an admin, named in ADMIN_EMAILS'),
  ],
  identity_relinked: (line, people) => [text('confirmed another chat account of '), ...subject(line, people)],
  identity_relink_declined: (line, people) => [
    text('declined another chat account for '),
    ...subject(line, people),
  ],
  identity_conflict: (line, people) => [
    text('has an account with the address of '),
    ...subject(line, people),
    text(' that may be somebody else’s: an admin has to link it, or not'),
  ],
  chained: ({ detail }) => [text(`put ${said(detail.lines)} lines from before into the audit’s chain`)],
  removed: about('removed', ({ status }) => `, which ended long ago (${said(status)})`),
  erased: ({ subjectId }) => [text(`erased what was known of person ${subjectId}, on request`)],
  chat_installed: () => [text('installed the bot in their chat')],
  chat_removed: () => [text('removed the bot from their chat')],
  created: changed('made'),
  changed: changed('changed'),
  deleted: changed('deleted'),
  archived: changed('archived'),
  restored: changed('restored'),
  activated: changed('activated'),
  deactivated: changed('deactivated'),
  revoked: changed('revoked'),
  question_asked: about('asked a question about'),
  question_answered: about('answered a question about'),
  paused: changed('paused'),
  resumed: changed('resumed'),
  link_issued: ({ detail }) => [
    text(
      detail.name === ''
        ? 'asked for a link to connect Harness'
        : `asked for a link to give the Harness connection “${said(detail.name)}” a new key`,
    ),
  ],
  became_unhealthy: (line, people) => [
    text('found that Harness refuses the '),
    ...subject(line, people),
    text(optional(line.detail.because, (why) => `: ${why}`)),
  ],
  recovered: (line, people) => [
    text('found that Harness takes the '),
    ...subject(line, people),
    text(' again'),
  ],
  installed: changed('installed the bot in'),
  install_refused: changed('was refused to install the bot in'),
  reinstall_needed: changed('needs to be installed again in'),
  released: changed('released'),
  uninstalled: changed('removed the bot from'),
};

const DECIDED_HOW: Readonly<Record<string, string>> = {
  no_approval_required: ': no approval is required',
  expired: ': the time to decide ran out',
};

const WANTED: Readonly<Record<string, string>> = {
  APPROVE: 'approve',
  REJECT: 'reject',
  supply_inputs: 'correct the inputs of',
  retry_submission: 'retry',
  choose_instance: 'choose the gate of',
  unfreeze: 'release',
  reassign: 'give away a place in',
};

const REFUSED_BECAUSE: Readonly<Record<string, string>> = {
  not_an_approver: 'no approver of it',
  not_eligible: 'may not decide',
  changed: 'it had changed',
  not_ready: 'it was being prepared',
  held: 'it was on hold',
  checks_first: 'the checks had not passed',
  several_waiting: 'several gates waited',
  unknown_inputs: 'gave inputs the step does not have',
  inputs_wrong: 'gave wrong inputs',
  already_voted: 'had decided before',
  already_closed: 'it was over',
  already_sent: 'Harness had been told',
  too_late: 'the gate was about to close',
  reason_required: 'gave no reason',
  admins_only: 'no admin',
  own_request: 'their own request or decision',
  not_your_slot: 'somebody else’s place',
  nothing_to_do: 'there was nothing to do',
};

function refusedWords({ subjectType, subjectId, detail }: AuditEvent): string {
  const { wanted, code, why } = detail;
  const because = optional(code ?? why, (reason) => ` (${REFUSED_BECAUSE[reason] ?? spaced(reason)})`);
  if (subjectType === 'command')
    return subjectId === ''
      ? `may use no command${because}`
      : `wanted to use “${subjectId}” and was refused${because}`;
  return `wanted to ${WANTED[String(wanted)] ?? spaced(wanted)} ${subjectId} and was refused${because}`;
}

/** A change of a record: what kind, which one. */
function changed(verb: string): Tell {
  return (line, people) => [text(`${verb} `), ...subject(line, people), ...whatChanged(line)];
}

const KINDS: Readonly<Record<string, string>> = {
  approval_request: 'request',
  approval_workflow: 'approval workflow',
  approval_policy: 'approval policy',
  approval_policy_assignment: 'policy assignment',
  pipeline_event: 'mapping of the pipeline',
  slack_workspace: 'Slack workspace',
  harness_connection: 'Harness connection',
};

function subject({ subjectType, subjectId, detail }: AuditEvent, people: People): CardSpan[] {
  const person = subjectType === 'person' ? people.get(Number(subjectId)) : undefined;
  if (person) return [person];
  if (subjectType === 'approval_request') return [text(subjectId)];
  const assigned = assignedPerson(detail);
  if (subjectType === 'approval_policy_assignment' && assigned !== null)
    return [text('the policy assignment of '), nameOf(assigned, people)];
  const kind = KINDS[subjectType] ?? spaced(subjectType);
  const name = [detail.after, detail.before, detail].map(nameIn).find((one) => one !== null);
  return [text(name ? `${kind} “${name}”` : `${kind} ${subjectId}`)];
}

/** Whose a policy assignment is or was. */
function assignedPerson({ before, after }: Detail): number | null {
  const record = after ?? before;
  if (typeof record !== 'object' || record === null || !('personId' in record)) return null;
  return typeof record.personId === 'number' ? record.personId : null;
}

function nameIn(record: unknown): string | null {
  if (typeof record !== 'object' || record === null) return null;
  const { name, pipeline } = record as { name?: unknown; pipeline?: unknown };
  const said = name ?? pipeline;
  return typeof said === 'string' ? clip(said, 80) : null;
}

/** Which members of a record are others now; nothing for one that came or went. */
function whatChanged({ action, detail: { before, after } }: AuditEvent): CardSpan[] {
  if (action !== 'changed' || typeof before !== 'object' || typeof after !== 'object') return [];
  if (before === null || after === null) return [];
  const members = Object.keys(after).map(memberWords);
  return members.length === 0 ? [] : [text(`: ${clip(members.join(', '), 120)}`)];
}

/** A record's member as a person calls it: `approverIds` is “approvers”. */
function memberWords(member: string): string {
  return member.replace(/Id(s?)$/, '$1').replace(/[A-Z]/g, (one) => ` ${one.toLowerCase()}`);
}

/** What a later version of the code wrote is told all the same. */
function otherwise(line: AuditEvent, people: People): CardSpan[] {
  return [text(`${spaced(line.action)} · `), ...subject(line, people)];
}

function named(personId: unknown, people: People): CardSpan[] {
  return [typeof personId === 'number' ? nameOf(personId, people) : text('somebody')];
}

function nameOf(personId: number, people: People): CardSpan {
  return people.get(personId) ?? text(`person ${personId}`);
}

function withReason({ detail }: Detail): string {
  return optional(detail, (why) => `: ${why}`);
}

function optional(value: unknown, words: (said: string) => string): string {
  return value === null || value === undefined || value === '' ? '' : words(said(value));
}

/** A value of a detail as words, however it came to be there. */
function said(value: unknown): string {
  return clip(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'something'), 200);
}

function spaced(name: unknown): string {
  return said(name).replaceAll('_', ' ');
}
