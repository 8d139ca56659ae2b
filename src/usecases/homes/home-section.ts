import type { PageAction, PageItem, PageSection } from '../../approval/page.ts';
import type { Person } from '../../approval/person.ts';
import type { Context } from '../context.ts';
import type { PlatformName } from '../ports.ts';

/** The sections of a Home that can be turned to other pages. */
export const HOME_SECTIONS = ['waiting', 'mine', 'recent', 'trouble', 'unreached', 'workflows'] as const;
export type HomeSection = (typeof HOME_SECTIONS)[number];

/** Whose Home it is, where, and how it was turned. */
export interface HomeReader {
  person: Person;
  platform: PlatformName;
  /** Page of a section; 1 unless it was turned. */
  page(section: HomeSection): number;
  /** How many items of a section are shown at once. */
  size(section: HomeSection): number;
}

/** Nothing on a Home lists more than this; the commands do. */
export const MOST_LISTED = 200;

/** One page of a list of which everything is known: past the end, the last one. */
export function turnedTo<T>(
  reader: HomeReader,
  section: HomeSection,
  all: readonly T[],
): { rows: readonly T[]; turns: PageAction[] } {
  const size = reader.size(section);
  const pages = Math.max(1, Math.ceil(all.length / size));
  const page = Math.min(Math.max(1, reader.page(section)), pages);
  const turns: PageAction[] = [];
  if (page > 1) turns.push({ label: 'Newer', kind: 'turn', section, page: page - 1 });
  if (page < pages) turns.push({ label: 'Older', kind: 'turn', section, page: page + 1 });
  return { rows: all.slice((page - 1) * size, page * size), turns };
}

/** The heading of a list with how many there are; `200+` where there may be more. */
export function counted(title: string, count: number): string {
  if (count === 0) return title;
  return `${title} (${count < MOST_LISTED ? count : `${MOST_LISTED}+`})`;
}

/** A list as a section: the rows of the page it is turned to, each drawn. */
export async function listSection<T>(
  reader: HomeReader,
  list: {
    section: HomeSection;
    title: string;
    all: readonly T[];
    empty: string | null;
    draw: (row: T) => Promise<PageItem | null>;
    actions?: readonly PageAction[];
  },
): Promise<PageSection> {
  const { rows, turns } = turnedTo(reader, list.section, list.all);
  const items: PageItem[] = [];
  for (const row of rows) {
    const item = await list.draw(row);
    if (item) items.push(item);
  }
  return {
    title: counted(list.title, list.all.length),
    items,
    empty: list.empty,
    actions: [...turns, ...(list.actions ?? [])],
  };
}

export type HomeContext = Pick<
  Context,
  'db' | 'clock' | 'platforms' | 'settings' | 'harness' | 'newId' | 'hash'
>;
