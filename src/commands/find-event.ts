import type { EventRecord } from '../usecases/manage-events.ts';
import { matchEvents } from '../usecases/match-names.ts';
import { typed, wrong } from './answers.ts';
import type { CommandCall, CommandOutcome } from './command.ts';

/** The one event that words name, by id, slug, name or a part of it; else what is wrong with them. */
export async function findEvent(
  { context, caller }: CommandCall,
  words: string,
): Promise<{ ok: true; event: EventRecord } | { ok: false; outcome: CommandOutcome }> {
  if (words === '') return no(`Which event? ${typed('events')} shows them.`);
  const shown = words.slice(0, 80);
  const match = await matchEvents(context, caller.principal, words);
  if (match.kind === 'none') {
    const meant = match.suggestion === null ? '' : ` Did you mean “${match.suggestion}”?`;
    return no(`There is no event “${shown}”.${meant} ${typed('events')} shows those there are.`);
  }
  const [only, ...others] = match.records;
  if (only && others.length === 0) return { ok: true, event: only };
  const slugs = match.records.slice(0, 5).map(({ slug }) => slug);
  return no(`“${shown}” could be several events: ${slugs.join(', ')}.`);
}

function no(sentence: string): { ok: false; outcome: CommandOutcome } {
  return { ok: false, outcome: wrong(sentence) };
}
