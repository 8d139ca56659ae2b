import { type SqlBool, sql } from 'kysely';
import type { Condition } from './conditions.ts';

/** What names a person in texts. */
export interface Traces {
  personId: number;
  /** Theirs now and before. */
  names: readonly string[];
  emails: readonly string[];
  /** Ids of chat accounts. */
  accounts: readonly string[];
}

/** What stands in the place of their words. */
export const GONE = '(erased)';

/** The name that stands in the place of theirs. */
export function pseudonymOf(personId: number): string {
  return `Erased person ${personId}`;
}

/** Puts the pseudonym into a text; `member` is the member of a JSON object that it stands in, '' where it is such a name. */
type Eraser = (text: string, member?: string) => string;

/** Members in which people's names and words stand; a single word in another may be one of our own. */
const OF_PEOPLE = ['name', 'firstName', 'lastName', 'text', 'title'];
const OWN_WORD = /^(?:[a-z][A-Za-z_]*|[A-Z_]+)$/;

/**
 * Puts the pseudonym where a text names the person; another text comes back as it is. Whoever is called APPROVE takes no
 * word of ours with them: it is left where records keep such words.
 */
export function textEraser({ personId, names, emails, accounts }: Traces): Eraser {
  const ids: [RegExp, string][] = [
    ...emails.map((email): [RegExp, string] => [new RegExp(escaped(email), 'giu'), addressOf(personId)]),
    ...accounts.map((account): [RegExp, string] => [wholeWord(account, 'gu'), `erased-${personId}`]),
  ];
  const all = [
    ...ids,
    ...names.map((name): [RegExp, string] => [wholeWord(name, 'gu'), pseudonymOf(personId)]),
  ];
  return (text, member) => {
    const isOurs = member !== undefined && !OF_PEOPLE.includes(member) && OWN_WORD.test(text);
    return (isOurs ? ids : all).reduce((left, [pattern, instead]) => left.replace(pattern, instead), text);
  };
}

function addressOf(personId: number): string {
  return `erased-${personId}@erased.invalid`;
}

/** Members of a person's own record that say who they are. */
const PERSONAL = ['name', 'firstName', 'lastName', 'email', 'title', 'externalId', 'account'];

/** Puts the pseudonym into a JSON text that is about this person, whatever it says of who they are. */
export function recordEraser(traces: Traces): (json: string) => string {
  const erase = jsonEraser(textEraser(traces));
  return (json) =>
    erase(
      JSON.stringify(JSON.parse(json), (key, value: unknown) => {
        if (typeof value !== 'string' || !PERSONAL.includes(key)) return value;
        return key === 'email' ? addressOf(traces.personId) : pseudonymOf(traces.personId);
      }),
    );
}

/** What a JSON text about a person says of who they were: names, addresses, accounts. */
export function formerTraces(json: string): Pick<Traces, 'names' | 'emails' | 'accounts'> {
  const found: Record<'names' | 'emails' | 'accounts', string[]> = { names: [], emails: [], accounts: [] };
  JSON.parse(json, (key, value: unknown) => {
    if (typeof value !== 'string' || value.trim() === '') return value;
    if (key === 'name') found.names.push(value);
    else if (key === 'email') found.emails.push(value);
    else if (key === 'externalId' || key === 'account') found.accounts.push(value);
    return value;
  });
  return found;
}

/** The same in every string of a JSON text, member names too; what is no JSON is a text. */
export function jsonEraser(erase: Eraser): (json: string) => string {
  const walk = (value: unknown, member: string): unknown => {
    if (typeof value === 'string') return erase(value, member);
    if (Array.isArray(value)) return value.map((one) => walk(one, member));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, of]) => [erase(key, ''), walk(of, key)]));
  };
  return (json) => {
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch {
      return erase(json);
    }
    return JSON.stringify(walk(value, ''));
  };
}

/** True for rows in which one of these columns may name the person; `textEraser` has the last word. */
export function mayName({ names, emails, accounts }: Traces, columns: readonly string[]): Condition {
  const wanted = [...names, ...emails, ...accounts];
  const tests = columns.flatMap((column) =>
    wanted.map((text) => sql<SqlBool>`lower(${sql.ref(column)}) like ${likePattern(text)} escape '!'`),
  );
  return tests.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`(${sql.join(tests, sql` or `)})`;
}

/** Finds a text in JSON and in plain text, whatever its case: what the two write differently may be anything. */
function likePattern(text: string): string {
  const parts = [...text.toLowerCase()].map((char) =>
    /[\u0020-\u007e]/.test(char) && !/["\\]/.test(char) ? char.replace(/[%_!]/, '!$&') : '%',
  );
  return `%${parts.join('')}%`;
}

function wholeWord(text: string, flags: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}_])${escaped(text)}(?![\\p{L}\\p{N}_])`, flags);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
