import type { Filter } from '../usecases/managing/managing.ts';
import { type Match, matchEvents, matchPolicies } from '../usecases/people/match-names.ts';
import { listWorkflows } from '../usecases/workflows/manage-workflows.ts';
import { button, item, page, section, typed, wrong } from './answers.ts';
import { isWord, numberOf, wordsOf } from './arguments.ts';
import type { Argument, Command, CommandCall } from './command.ts';
import { noSuchPage, PAGE_SIZE, pageNotes, turns } from './paging.ts';
import { refusedFor } from './refusal-words.ts';
import { workflowWords } from './workflow-lines.ts';

export const listCommand: Command = {
  name: 'list',
  usage: '[event|policy] [page]',
  summary: 'the approval workflows, all or those of an event or policy',
  who: 'admin',
  run: list,
};

async function list(call: CommandCall) {
  const asked = await askedFor(call);
  if ('sentence' in asked) return wrong(asked.sentence);
  const { context, caller } = call;
  const { filters, filterWords, number } = asked;
  const found = await listWorkflows(context, caller.principal, {
    filters,
    sort: [{ field: 'id', descending: true }],
    page: { number, size: PAGE_SIZE },
  });
  if (!found.ok) return refusedFor(found.refusal, 'There is no such page.');
  const { rows, total } = found.value;
  const beyond = noSuchPage(number, total);
  if (beyond) return beyond;
  const named = await workflowWords(call, rows);
  const items = rows.map((workflow) =>
    item(
      named.get(workflow.id)!.line,
      [],
      [button('Show', `show ${workflow.id}`), button('Edit', `edit ${workflow.id}`)],
    ),
  );
  const command = `list ${filterWords}`.trim();
  return page({
    title: asked.title,
    sections: [
      section(items, {
        empty: `There are none yet. Make one: ${typed('create')}`,
        actions: turns({ number, total }, (to) => `${command} ${to}`, ['Newer', 'Older']),
      }),
    ],
    notes: pageNotes(number, total, command),
  });
}

interface Asked {
  filters: readonly Filter[];
  title: string;
  /** What to type for the same workflows; '' = all. */
  filterWords: string;
  number: number;
}

/** What the arguments ask for: `list`, `list 2`, `list deploy`, `list "Release 2" 3`, `list policy standard`. */
async function askedFor(call: CommandCall): Promise<Asked | { sentence: string }> {
  const { args } = call;
  const all = { filters: [], title: 'Approval workflows', filterWords: '' };
  if (args.length === 0) return { ...all, number: 1 };
  const last = numberOf(args.at(-1));
  if (args.length === 1 && last !== null) return { ...all, number: last };
  const whole = await filterOf(call, args);
  if (typeof whole !== 'string') return { ...whole, number: 1 };
  if (last === null) return { sentence: whole };
  const shorter = await filterOf(call, args.slice(0, -1));
  return typeof shorter === 'string' ? { sentence: shorter } : { ...shorter, number: last };
}

/** The filter that words name; else a sentence. An exact name wins over a part of one, an event over a policy. */
async function filterOf(
  { context, caller }: CommandCall,
  args: readonly Argument[],
): Promise<Omit<Asked, 'number'> | string> {
  const [first, ...others] = args;
  const only = others.length > 0 && isWord(first, 'event', 'policy') ? first!.text.toLowerCase() : null;
  const name = wordsOf(only ? others : args);
  const none: Match<never> = { kind: 'none', suggestion: null };
  const events = only === 'policy' ? none : await matchEvents(context, caller.principal, name);
  const policies = only === 'event' ? none : await matchPolicies(context, caller.principal, name);
  const kinds = [
    { kind: 'event', field: 'event_id', match: events },
    { kind: 'policy', field: 'approval_policy_id', match: policies },
  ] as const;
  for (const strength of ['exact', 'partial'] as const)
    for (const { kind, field, match } of kinds) {
      if (match.kind !== strength) continue;
      const { records } = match;
      const filters = [{ field, op: 'eq' as const, values: records.map(({ id }) => String(id)) }];
      const names = records.slice(0, 3).map((record) => record.name);
      const title = `Approval workflows: ${names.join(', ')}${records.length > 3 ? ' …' : ''}`;
      return { filters, title, filterWords: records.length === 1 ? `${kind} ${records[0]!.id}` : name };
    }
  const meant = kinds.flatMap(({ match }) => (match.kind === 'none' ? (match.suggestion ?? []) : []))[0];
  const suggestion = meant ? ` Did you mean “${meant}”?` : '';
  const where =
    only === null
      ? `${typed('events')} and ${typed('policies')}`
      : typed(only === 'event' ? 'events' : 'policies');
  return `There is no ${only ?? 'event or policy'} “${name.slice(0, 80)}”.${suggestion} ${where} ${only === null ? 'show' : 'shows'} those there are.`;
}
