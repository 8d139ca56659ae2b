import { strong, text } from '../../approval/card.ts';
import type { PageSection } from '../../approval/page.ts';
import { clip } from '../../approval/plain-text.ts';
import { pauseWords, stateWords } from '../connections/connection-words.ts';
import type { HomeContext, HomeReader } from './home-section.ts';

/** Blocks on a Home are few: the rest is behind the button. */
const MOST_SHOWN = 2;

/** The connections to Harness that send nothing just now; null where all are in use. */
export async function connectionsSection(
  context: HomeContext,
  { person }: HomeReader,
): Promise<PageSection | null> {
  const all = await context.harness.ofOrganization(person.organizationId);
  const resting = all.filter((connection) => pauseWords(connection) !== null);
  if (resting.length === 0) return null;
  const more = resting.length - MOST_SHOWN;
  return {
    title: 'Harness connections',
    items: resting.slice(0, MOST_SHOWN).map((connection) => ({
      line: [text('⏸️ '), strong(connection.name), text(` · ${stateWords(connection)}`)],
      details: [
        [text(clip(connection.unhealthyBecause ?? connection.pausedBecause, 300) || 'Decisions wait.')],
      ],
      actions: [],
    })),
    empty: null,
    actions: [
      {
        label: more > 0 ? `Show all ${resting.length} and the others` : 'Show connections',
        ...{ kind: 'command', command: 'connections' },
      },
    ],
  };
}
