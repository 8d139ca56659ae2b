import type { Context } from '../usecases/context.ts';
import type { Filter, ListQuery, Managed, Page, Principal } from '../usecases/managing/managing.ts';
import { listWorkflows } from '../usecases/workflows/manage-workflows.ts';
import { wrong } from './answers.ts';
import { numberOf, wordsOf } from './arguments.ts';
import type { Argument, CommandCall, CommandOutcome } from './command.ts';
import { noSuchPage, PAGE_SIZE } from './paging.ts';
import { refusedFor } from './refusal-words.ts';

/** Leaves out what is archived or deactivated. */
export const ACTIVE: Filter = { field: 'status', op: 'eq', values: ['1'] };

/** A page of records by name, those that are active, as the command's one argument asks for it. */
export async function namedPage<T>(
  { context, caller, args }: CommandCall,
  read: (context: Context, principal: Principal, query: ListQuery) => Promise<Managed<Page<T>>>,
  narrowed: readonly Filter[] = [],
): Promise<
  { ok: true; rows: readonly T[]; total: number; number: number } | { ok: false; outcome: CommandOutcome }
> {
  const asked = pageAsked(args);
  if (!asked.ok) return asked;
  const { number } = asked;
  const found = await read(context, caller.principal, {
    filters: [...narrowed, ACTIVE],
    sort: [{ field: 'name', descending: false }],
    page: { number, size: PAGE_SIZE },
  });
  if (!found.ok) return { ok: false, outcome: refusedFor(found.refusal, 'There is no such page.') };
  const { rows, total } = found.value;
  const beyond = noSuchPage(number, total);
  return beyond ? { ok: false, outcome: beyond } : { ok: true, rows, total, number };
}

/** The page a list is asked for: the first, or the one number that is given. */
function pageAsked(
  args: readonly Argument[],
): { ok: true; number: number } | { ok: false; outcome: CommandOutcome } {
  if (args.length === 0) return { ok: true, number: 1 };
  const number = args.length === 1 ? numberOf(args[0]) : null;
  if (number !== null) return { ok: true, number };
  return { ok: false, outcome: wrong(`“${wordsOf(args).slice(0, 60)}” is not a page’s number.`) };
}

/** How many workflows each of these has: id → count. The totals are kept, so nothing is counted. */
export async function countedWorkflows(
  { context, caller }: CommandCall,
  field: 'event_id' | 'approval_policy_id',
  records: readonly { id: number }[],
): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (const { id } of records) {
    const filters = [{ field, op: 'eq' as const, values: [String(id)] }];
    const page = { number: 1, size: 1 };
    const found = await listWorkflows(context, caller.principal, { filters, sort: [], page });
    if (found.ok) counts.set(id, found.value.total);
  }
  return counts;
}

/** “no workflows”, “1 workflow”, “3 workflows”. */
export function counted(count: number, noun: string): string {
  return count === 0 ? `no ${noun}s` : `${count} ${noun}${count === 1 ? '' : 's'}`;
}
