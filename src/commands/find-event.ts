import { matchEvents } from '../usecases/people/match-names.ts';
import { type EventRecord, listEvents } from '../usecases/workflows/manage-events.ts';
import { typed, wrong } from './answers.ts';
import type { CommandCall, CommandOutcome } from './command.ts';
import { ACTIVE } from './configured-lists.ts';
import { PAGE_SIZE } from './paging.ts';

/** The one event that words name, by id, slug, name or a part of it; else what is wrong with them. */
export async function findEvent(
  call: CommandCall,
  words: string,
): Promise<{ ok: true; event: EventRecord } | { ok: false; outcome: CommandOutcome }> {
  const { context, caller } = call;
  if (words === '') return no(`Which event? ${await wherever(call)}`);
  const shown = words.slice(0, 80);
  const match = await matchEvents(context, caller.principal, words);
  if (match.kind === 'none') {
    const meant = match.suggestion === null ? '' : ` Did you mean “${match.suggestion}”?`;
    return no(`There is no event “${shown}”.${meant} ${await wherever(call)}`);
  }
  const [only, ...others] = match.records;
  if (only && others.length === 0) return { ok: true, event: only };
  const slugs = match.records.slice(0, 5).map(({ slug }) => slug);
  return no(`“${shown}” could be several events: ${slugs.join(', ')}. Name one.`);
}

/** Where the events are to be seen: the command is for admins, so others are told some. */
async function wherever({ context, caller }: CommandCall): Promise<string> {
  if (caller.principal.role === 'admin') return `“${typed('events')}” shows those there are.`;
  const found = await listEvents(context, caller.principal, {
    filters: [ACTIVE],
    sort: [{ field: 'name', descending: false }],
    page: { number: 1, size: PAGE_SIZE },
  });
  if (!found.ok || found.value.total === 0) return 'There are none yet.';
  const slugs = found.value.rows.map(({ slug }) => slug).join(', ');
  const more = found.value.total - found.value.rows.length;
  return `There are: ${slugs}${more > 0 ? ` and ${more} more` : ''}.`;
}

function no(sentence: string): { ok: false; outcome: CommandOutcome } {
  return { ok: false, outcome: wrong(sentence) };
}
