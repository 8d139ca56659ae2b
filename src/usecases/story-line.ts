import { clip } from '../approval/plain-text.ts';
import type { AuditEntry } from '../store/audit.ts';
import type { Log } from './ports.ts';

/** What of an entry's detail is told: words of our own, no account, no name, nothing that people entered. */
const TOLD = [
  ...(['event', 'execution', 'action', 'how', 'version', 'status', 'wanted', 'code', 'problem'] as const),
  ...(['confirmed', 'held', 'platform', 'reason', 'why', 'because', 'detail'] as const),
] as const;
/** Why somebody cancels or pauses is what they entered; a conflict names who decided in Harness. */
const ENTERED: ReadonlySet<string> = new Set(['cancel reason', 'paused why', 'submission_conflict detail']);
const LONGEST = 300;

const NEEDS_A_LOOK: ReadonlySet<string> = new Set([
  ...['submission_conflict', 'submission_dead', 'submission_ambiguous', 'submission_needs_input'],
  ...['submission_closed', 'submission_partial', 'unreachable', 'gate_not_opened', 'choice_taken_back'],
  ...['amendment_refused', 'decision_withdrawn', 'reinstall_needed', 'install_refused'],
]);

/**
 * What the audit records, as one log line: `info`, or `warn` where somebody should look soon, or `error` where nothing
 * goes on. `request`, `person` and `via` are named alike everywhere.
 */
export function tellStory(log: Log, { actor, action, subjectType, subjectId, detail }: AuditEntry): void {
  const isRequest = subjectType === 'approval_request';
  const told: Record<string, string | number | boolean> = {};
  for (const name of TOLD) {
    if (ENTERED.has(`${action} ${name}`)) continue;
    const value = detail[name];
    if (typeof value === 'string' && value !== '') told[name] = clip(value, LONGEST);
    if (typeof value === 'number' || typeof value === 'boolean') told[name] = value;
  }
  const facts = {
    ...(isRequest ? { request: subjectId } : { subject: subjectId }),
    ...(actor.personId !== null && { person: actor.personId }),
    via: actor.via,
    ...told,
  };
  const words = action.replaceAll('_', ' ');
  const message =
    isRequest && action.startsWith('submission_')
      ? words
      : `${isRequest ? 'request' : subjectType.replaceAll('_', ' ')} ${words}`;
  const held = typeof detail.problem === 'string' || detail.held === true;
  if (action === 'became_unhealthy') log.error(facts, message);
  else if (NEEDS_A_LOOK.has(action) || (isRequest && held)) log.warn(facts, message);
  else log.info(facts, message);
}
