import { type CardLine, type CardSpan, hostOf } from '../approval/card.ts';
import { webUrl } from '../approval/web-url.ts';
import type { JsonObject } from './json.ts';
import { LENGTH } from './limits.ts';
import { clean, clip, codePoints, oneLine, shown, unexpanded } from './text.ts';

/** How words look; colour never says anything that the words do not. */
export interface Look {
  strong?: boolean;
  subtle?: boolean;
  size?: 'small' | 'medium' | 'large';
  color?: 'attention';
}

/** A text run: the only element that shows words from outside, since it reads no Markdown. */
export function run(words: string, look: Look = {}): JsonObject {
  return styled(unexpanded(words), look);
}

function styled(text: string, { strong, subtle, size, color }: Look): JsonObject {
  return {
    type: 'TextRun',
    text,
    ...(strong && { weight: 'bolder' }),
    ...(subtle && { isSubtle: true }),
    ...(size && { size }),
    ...(color && { color }),
  };
}

/** How far an element is from the one above. */
export type Spacing = 'none' | 'small' | 'default' | 'medium' | 'large';

/** Runs as one paragraph; null when there are none. */
export function paragraph(
  runs: readonly JsonObject[],
  more: { spacing?: Spacing; separator?: boolean } = {},
): JsonObject | null {
  if (runs.length === 0) return null;
  return {
    type: 'RichTextBlock',
    ...(more.spacing && { spacing: more.spacing }),
    ...(more.separator && { separator: true }),
    inlines: [...runs],
  };
}

/** Runs beyond so many are not read by anybody. */
const RUNS_MAX = 60;
/** What a moment takes of a line's room. */
const TIME_LENGTH = 20;

/**
 * The line as runs of at most `max` code points of text; what is over ends with `mark`. Blank text gives no run.
 */
export function lineRuns(line: CardLine, max: number, look: Look = {}, mark = '…'): JsonObject[] {
  const runs: JsonObject[] = [];
  let room = max;
  let pending: { words: string; strong: boolean } | null = null;
  const flush = () => {
    if (pending && pending.words !== '')
      runs.push(run(pending.words, { ...look, ...strongest(look, pending) }));
    pending = null;
  };
  for (const span of line) {
    if (room <= 1 || runs.length >= RUNS_MAX) {
      flush();
      runs.push(run(mark, look));
      break;
    }
    if (span.kind === 'time') {
      const moment = timeText(span.at);
      flush();
      // In a run of its own, so that nothing beside it is expanded.
      runs.push(styled(moment, look));
      room -= TIME_LENGTH;
      continue;
    }
    if (span.kind === 'link') {
      flush();
      const target = webUrl(span.url, ['https:']);
      if (target === null) continue;
      // What can be pressed is the host itself, so it cannot claim another (R25).
      const host = clip(target.host, LENGTH.host);
      runs.push({ ...run(host, look), selectAction: { type: 'Action.OpenUrl', url: target.href } });
      room -= codePoints(host);
      continue;
    }
    const strong = span.kind === 'person' || (span.kind === 'text' && (span.strong ?? false));
    const words = clip(spanWords(span), room, mark);
    room -= codePoints(words);
    if (pending && (pending.strong === strong || words.trim() === '')) pending.words += words;
    else {
      flush();
      pending = { words, strong };
    }
  }
  flush();
  return runs.some(({ text }) => typeof text === 'string' && text.trim() !== '') ? runs : [];
}

function strongest(look: Look, { strong }: { strong: boolean }): Pick<Look, 'strong'> {
  return strong || look.strong ? { strong: true } : {};
}

function spanWords(span: Exclude<CardSpan, { kind: 'time' }>): string {
  if (span.kind === 'link') return clip(hostOf(span.url), LENGTH.host);
  if (span.kind === 'person') return clip(oneLine(clean(span.name)), LENGTH.name) || 'somebody';
  if (span.kind === 'channel') return `channel ${clip(oneLine(clean(span.externalId)), LENGTH.name)}`.trim();
  return clean(span.text).replace(/\s+/g, ' ');
}

/** A moment the client writes in the reader's own time zone and language; far-off ones in UTC. */
export function timeText(at: number): string {
  const date = new Date(at);
  if (!(at >= 0 && at < Date.UTC(9999, 0))) return utcText(at);
  const iso = `${date.toISOString().slice(0, 19)}Z`;
  return `{{DATE(${iso},SHORT)}} {{TIME(${iso})}}`;
}

/** "2026-11-22 16:00 UTC" of an epoch-ms moment, where nothing is expanded. */
export function utcText(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '–' : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The line as words alone; a moment in UTC. */
export function lineWords(line: CardLine): string {
  return line.map((span) => (span.kind === 'time' ? utcText(span.at) : spanWords(span))).join('');
}

/** The lines under one another, close together. */
export function paragraphs(
  lines: readonly CardLine[],
  max: number,
  look: Look = {},
  first: { spacing?: Spacing; separator?: boolean } = {},
): JsonObject[] {
  const blocks: JsonObject[] = [];
  for (const line of lines) {
    const block = paragraph(lineRuns(line, max, look), blocks.length === 0 ? first : { spacing: 'small' });
    if (block) blocks.push(block);
  }
  return blocks;
}

/** At most `max` lines; the last then says how many more there are. */
export function counted(lines: readonly CardLine[], max: number): CardLine[] {
  if (lines.length <= max) return [...lines];
  const left = lines.length - (max - 1);
  return [...lines.slice(0, max - 1), [{ kind: 'text', text: `and ${left} more` }]];
}

/** Free words over several lines: a paragraph each, since a run knows no line break. */
export function prose(words: string, max: number, mark: string, look: Look = {}): JsonObject[] {
  const lines = clip(clean(words).trim(), max, mark)
    .split('\n')
    .map((line) => line.trim());
  const blocks: JsonObject[] = [];
  let gap = false;
  for (const [index, line] of lines.entries()) {
    if (line === '') {
      gap = true;
      continue;
    }
    if (blocks.length >= PROSE_LINES) {
      // Whatever follows is one paragraph.
      blocks.push(paragraph([run(oneLine(lines.slice(index).join(' ')), look)], { spacing: 'none' })!);
      break;
    }
    const spacing = blocks.length === 0 || gap ? 'small' : 'none';
    blocks.push(paragraph([run(line, look)], { spacing })!);
    gap = false;
  }
  return blocks;
}

const PROSE_LINES = 25;

/** How a label stands to its value: beside it in columns, or before it in one line. */
export type RowLayout = 'columns' | 'lines';

/** A labelled value. */
export function row(label: string, value: readonly JsonObject[], layout: RowLayout): JsonObject {
  const name = shown(label, LENGTH.name, '');
  const words = value.length > 0 ? [...value] : [run('–')];
  if (layout === 'lines' || name === '')
    return paragraph(name === '' ? words : [run(`${name}: `, { subtle: true }), ...words], {
      spacing: 'small',
    })!;
  return {
    type: 'ColumnSet',
    spacing: 'small',
    columns: [
      { type: 'Column', width: 2, items: [paragraph([run(name, { subtle: true })])!] },
      { type: 'Column', width: 5, spacing: 'small', items: [paragraph(words)!] },
    ],
  };
}

/** Elements on a calm background. Its words keep the default colour, the one that is readable on all of them. */
export function panel(
  style: 'emphasis' | 'good' | 'attention' | 'warning',
  items: readonly JsonObject[],
  spacing: Spacing = 'default',
): JsonObject {
  return { type: 'Container', style, spacing, items: [...items] };
}

/** A whole card. */
export function adaptiveCard(body: readonly JsonObject[], actions: readonly JsonObject[] = []): JsonObject {
  return {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.5',
    fallbackText: 'This needs a newer version of Microsoft Teams.',
    body: [...body],
    ...(actions.length > 0 && { actions: [...actions] }),
  };
}
