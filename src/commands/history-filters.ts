import type { RequestStatus } from '../approval/request.ts';
import { matchEvents } from '../usecases/people/match-names.ts';
import type { HistoryQuery } from '../usecases/requests/list-history.ts';
import { numberOf, wordsOf } from './arguments.ts';
import type { Argument, CommandCall } from './command.ts';
import { knownPersonOf, nameAgain } from './known-people.ts';
import { PAGE_SIZE } from './paging.ts';
import { namesPerson } from './parse.ts';

export interface HistoryFilters {
  query: HistoryQuery;
  /** Members asked for everybody's. */
  all: boolean;
  /** The filters as a button types them again, without the page. */
  again: string;
  /** What they come to, in words; '' = nothing is narrowed. */
  inWords: string;
}

const STATUSES: Readonly<Record<string, RequestStatus>> = {
  waiting: 'WAITING',
  open: 'WAITING',
  pending: 'WAITING',
  approved: 'APPROVED',
  rejected: 'REJECTED',
  expired: 'EXPIRED',
  aborted: 'ABORTED',
  cancelled: 'ABORTED',
  canceled: 'ABORTED',
  failed: 'FAILED',
};

const DAY_MS = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };
const AGO = /^([0-9]{1,4})([hdw])$/;
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const MOST_PEOPLE = 5;

/** Reads the words after `history`, in any order; a sentence where one means nothing. What is left names the event. */
export async function readFilters(call: CommandCall): Promise<HistoryFilters | string> {
  const { context, caller } = call;
  const now = context.clock.now();
  const query = { mine: false, statuses: [], eventIds: [], personIds: [], since: null, page: 1 } as {
    mine: boolean;
    statuses: RequestStatus[];
    eventIds: number[];
    personIds: number[];
    since: number | null;
    page: number;
  };
  const again: string[] = [];
  const inWords: string[] = [];
  let all = false;
  const left: Argument[] = [];
  for (let at = 0; at < call.args.length; at += 1) {
    const arg = call.args[at]!;
    const next = call.args[at + 1];
    const word = arg.kind === 'word' ? arg.text.toLowerCase() : '';
    const status = Object.hasOwn(STATUSES, word) ? STATUSES[word] : undefined;
    const since = sinceOf(word, now);
    if (namesPerson(arg)) {
      const person = await knownPersonOf(call, arg);
      if (typeof person === 'string') return person;
      query.personIds.push(person.id);
      again.push(nameAgain(caller, arg, person));
      inWords.push(`with ${person.name}`);
    } else if (status) {
      query.statuses.push(status);
      again.push(word);
      inWords.push(word);
    } else if (word === 'mine' || word === 'all') {
      query.mine = word === 'mine';
      all = word === 'all';
      again.push(word);
    } else if (word === 'since' || word === 'page') {
      at += 1;
      const moment = word === 'since' ? sinceOf(next?.text.toLowerCase() ?? '', now) : null;
      const page = word === 'page' ? numberOf(next) : null;
      if (word === 'since' && moment === null)
        return 'Since when? Give a date such as 2026-11-01, or 7d, 12h, 2w.';
      if (word === 'page' && page === null) return 'Which page? Give its number.';
      if (moment !== null) noteSince(next!.text, moment);
      if (page !== null) query.page = page;
    } else if (since !== null) noteSince(word, since);
    else if (word === 'event' && next) {
      at += 1;
      left.push(next);
    } else if (numberOf(arg) !== null) query.page = numberOf(arg)!;
    else left.push(arg);
  }
  if (query.page < 1) return 'Pages are counted from 1.';
  if (query.personIds.length > MOST_PEOPLE) return `Name ${MOST_PEOPLE} people at most.`;
  if (left.length > 0) {
    const problem = await noteEvent(wordsOf(left));
    if (problem !== null) return problem;
  }
  const { page, ...filters } = query;
  return {
    query: { ...filters, page: { number: page, size: PAGE_SIZE } },
    all,
    again: again.join(' '),
    inWords: inWords.join(', '),
  };

  function noteSince(typed: string, moment: number): void {
    query.since = moment;
    again.push(`since ${typed}`);
    inWords.push(`since ${typed}`);
  }

  async function noteEvent(typed: string): Promise<string | null> {
    const match = await matchEvents(context, caller.principal, typed);
    if (match.kind === 'none') {
      const meant = match.suggestion === null ? '' : ` Did you mean “${match.suggestion}”?`;
      return `“${typed.slice(0, 60)}” is neither a status, an event, a person nor a time.${meant}`;
    }
    const [event, ...others] = match.records;
    if (others.length > 0)
      return `“${typed.slice(0, 60)}” could be several events: ${match.records
        .slice(0, 5)
        .map(({ slug }) => slug)
        .join(', ')}. Name one.`;
    query.eventIds.push(event!.id);
    again.push(`event ${event!.id}`);
    inWords.push(event!.name);
    return null;
  }
}

/** Epoch ms of `2026-11-01` (from its beginning in UTC) or `7d`; null for anything else. */
function sinceOf(word: string, now: number): number | null {
  const ago = AGO.exec(word);
  if (ago) return now - Number(ago[1]) * UNITS[ago[2]!]!;
  if (!DATE.test(word)) return null;
  const at = Date.parse(`${word}T00:00:00Z`);
  return Number.isNaN(at) ? null : at;
}
