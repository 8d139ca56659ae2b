import type { Context } from '../context.ts';
import type { ListQuery, Managed, Page, Principal } from '../managing/managing.ts';
import { closestWord } from '../workflows/closest-word.ts';
import { type EventRecord, getEvent, listEvents } from '../workflows/manage-events.ts';
import { getPolicy, listPolicies, type PolicyRecord } from '../workflows/manage-policies.ts';

/** What words name: exactly, by a part of the name, or nothing, and then what was probably meant. */
export type Match<T> =
  | { kind: 'exact' | 'partial'; records: readonly T[] }
  | { kind: 'none'; suggestion: string | null };

interface Named {
  id: number;
  name: string;
  slug: string;
  archivedAt: number | null;
}

/** How many names are compared; beyond that only those that hold the words. */
const MAX_NAMES = 200;
/** Shorter words are near to too much. */
const SHORTEST_WORD = 4;

/** The events that words name: by id, slug or name, without regard to case, spaces and marks. Archived ones are left out. */
export function matchEvents(
  context: Context,
  principal: Principal,
  words: string,
): Promise<Match<EventRecord>> {
  return match(
    words,
    (query) => listEvents(context, principal, query),
    (id) => getEvent(context, principal, id),
  );
}

/** As matchEvents, for approval policies. */
export function matchPolicies(
  context: Context,
  principal: Principal,
  words: string,
): Promise<Match<PolicyRecord>> {
  return match(
    words,
    (query) => listPolicies(context, principal, query),
    (id) => getPolicy(context, principal, id),
  );
}

async function match<T extends Named>(
  words: string,
  list: (query: ListQuery) => Promise<Managed<Page<T>>>,
  get: (id: number) => Promise<Managed<T>>,
): Promise<Match<T>> {
  const wanted = bare(words);
  if (wanted === '') return { kind: 'none', suggestion: null };
  if (/^[0-9]{1,15}$/.test(wanted)) {
    const byId = await get(Number(wanted));
    if (byId.ok && byId.value.archivedAt === null) return { kind: 'exact', records: [byId.value] };
  }
  const records = await candidates(words, list);
  const same = records.filter(({ name, slug }) => bare(name) === wanted || bare(slug) === wanted);
  if (same.length > 0) return { kind: 'exact', records: same };
  const parts = records.filter(
    ({ name, slug }) => bare(name).includes(wanted) || bare(slug).includes(wanted),
  );
  if (parts.length > 0 && wanted.length > 1) return { kind: 'partial', records: parts };
  return { kind: 'none', suggestion: probablyMeant(words, records) };
}

/** The nearest slug or name; else the slug of which some word is near, as “deploy” is to “deplyo”. */
function probablyMeant(words: string, records: readonly Named[]): string | null {
  const whole = closestWord(
    words,
    records.flatMap(({ name, slug }) => [slug, name]),
  );
  if (whole !== null || words.trim().length < SHORTEST_WORD) return whole;
  const slugs = new Map(
    records.flatMap(({ name, slug }) =>
      [...slug.split('-'), ...name.toLowerCase().split(/\s+/)]
        .filter((word) => word.length >= SHORTEST_WORD)
        .map((word) => [word, slug] as const),
    ),
  );
  const word = closestWord(words, slugs.keys());
  return word === null ? null : slugs.get(word)!;
}

async function candidates<T extends Named>(
  words: string,
  list: (query: ListQuery) => Promise<Managed<Page<T>>>,
): Promise<T[]> {
  const active = { field: 'status', op: 'eq', values: ['1'] } as const;
  const sort = [{ field: 'name', descending: false }];
  const page = { number: 1, size: MAX_NAMES };
  const first = await list({ filters: [active], sort, page });
  if (!first.ok) return [];
  if (first.value.total <= MAX_NAMES) return [...first.value.rows];
  const holding = { field: 'name', op: 'contains', values: [words.trim()] } as const;
  const more = await list({ filters: [active, holding], sort, page });
  const all = [...first.value.rows, ...(more.ok ? more.value.rows : [])];
  return [...new Map(all.map((record) => [record.id, record])).values()];
}

/** Letters and digits only, in lower case and without marks: “Deploy to Production” and deploy-to-production are one. */
function bare(words: string): string {
  return words
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
}
