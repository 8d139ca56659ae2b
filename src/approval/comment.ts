import { clip, forHarness } from './plain-text.ts';
import { shortHash } from './request.ts';
import { deliveryMarker } from './submission.ts';

/** Our own limit; Harness states none (harness.md §5). */
export const COMMENTS_MAX = 1000;
const MOST_NAMES = 8;
/** Of it, the most that the first line takes: long names and addresses give way to "and N more". */
const FIRST_LINE_MAX = 700;

export interface Signatory {
  personId: number;
  name: string;
  email: string | null;
  comment: string;
}

/**
 * What Harness records beside the outcome (R12). The first line is the bot's own: who decided, the request and
 * the content's short hash, so Harness's records name the people and a delivery can be proved (R19). People's
 * own words follow on later lines and can neither forge nor push out the first: a name carries no sign that
 * the line itself is made of.
 */
export function submissionComments(given: {
  requestId: string;
  contentHash: string;
  action: 'APPROVE' | 'REJECT';
  signatories: readonly Signatory[];
  /** Stands in for names when nobody decided. */
  nobody: string;
}): string {
  const verb = given.action === 'APPROVE' ? 'Approved' : 'Rejected';
  const head = `[Countersign ${deliveryMarker(given.requestId, shortHash(given.contentHash))}] ${verb}`;
  const named: string[] = [];
  let room = FIRST_LINE_MAX - head.length;
  for (const signatory of given.signatories.slice(0, MOST_NAMES)) {
    const one = signature(signatory);
    room -= one.length + 2;
    if (room < 0) break;
    named.push(one);
  }
  const more = given.signatories.length - named.length;
  const people = given.signatories.length === 0 ? given.nobody : `by ${named.join(', ')}`;
  const first = oneLine(`${head} ${people}${more > 0 ? ` and ${more} more` : ''}`);
  const words = given.signatories
    .filter((person) => person.comment.trim() !== '')
    .map((person) => `${plainName(person)}: ${oneLine(person.comment)}`);
  const rest = words.join('\n');
  if (rest === '') return first;
  return `${first}\n${clip(rest, Math.max(1, COMMENTS_MAX - first.length - 1))}`;
}

function signature(person: Signatory): string {
  const email = harnessEmail(person.email);
  return `${plainName(person)} (person ${person.personId}${email ? `, ${email}` : ''})`;
}

/** A display name is its owner's to choose: without brackets, commas and colons it cannot pose as two people. */
function plainName(person: Signatory): string {
  return clip(oneLine(person.name.replace(/[()[\]{},;:]/g, ' ')), 60);
}

function oneLine(text: string): string {
  return forHarness(text).replace(/\s+/g, ' ').trim();
}

/** An e-mail of the strict charset, else null: it becomes part of `approved_by` (R12). */
export function harnessEmail(email: string | null): string | null {
  return email && /^[a-z0-9._%+-]{1,64}@[a-z0-9.-]{1,189}$/.test(email) ? email : null;
}
