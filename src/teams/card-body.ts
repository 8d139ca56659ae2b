import type { Card, CardLine, CardTone } from '../approval/card.ts';
import { webUrl } from '../approval/web-url.ts';
import {
  counted,
  lineRuns,
  panel,
  paragraph,
  paragraphs,
  prose,
  type RowLayout,
  row,
  run,
} from './elements.ts';
import type { JsonObject } from './json.ts';
import { LENGTH } from './limits.ts';
import { clip, shown } from './text.ts';

/** How much of each part is shown; smaller ones are tried until the whole fits. */
export interface Room {
  layout: RowLayout;
  message: number;
  line: number;
  facts: number;
  fact: number;
  links: number;
  lines: number;
  details: number;
  discussion: number;
}

/** A card in a message: what cannot be read at a glance is read in Harness. */
export const CARD_ROOMS: readonly Room[] = [
  {
    layout: 'columns',
    message: 2000,
    line: 600,
    facts: 20,
    fact: 200,
    links: 5,
    lines: 10,
    details: 12,
    discussion: 300,
  },
  {
    layout: 'lines',
    message: 1500,
    line: 400,
    facts: 20,
    fact: 120,
    links: 4,
    lines: 8,
    details: 12,
    discussion: 200,
  },
  {
    layout: 'lines',
    message: 600,
    line: 300,
    facts: 10,
    fact: 60,
    links: 2,
    lines: 4,
    details: 12,
    discussion: 120,
  },
  {
    layout: 'lines',
    message: 200,
    line: 200,
    facts: 5,
    fact: 40,
    links: 1,
    lines: 2,
    details: 8,
    discussion: 60,
  },
  {
    layout: 'lines',
    message: 0,
    line: 160,
    facts: 0,
    fact: 0,
    links: 0,
    lines: 2,
    details: 4,
    discussion: 40,
  },
];

/** In a dialog nearly everything fits: the message whole, every fact and input. */
export const REVIEW_ROOMS: readonly Room[] = [
  {
    layout: 'columns',
    message: 5000,
    line: 1400,
    facts: 50,
    fact: 2900,
    links: 20,
    lines: 50,
    details: 120,
    discussion: 1200,
  },
  {
    layout: 'lines',
    message: 4000,
    line: 700,
    facts: 50,
    fact: 400,
    links: 20,
    lines: 25,
    details: 100,
    discussion: 700,
  },
  ...CARD_ROOMS,
];

/** The state's background; the state itself is said in words. */
const TONE_PANEL = {
  waiting: 'emphasis',
  sending: 'emphasis',
  approved: 'good',
  rejected: 'attention',
  closed: 'emphasis',
  trouble: 'warning',
} as const satisfies Record<CardTone, string>;

/**
 * Everything a card says, in its order: title, state, details, the pipeline's own words, facts, links, progress,
 * discussion, warnings, small print. What the room does not hold is shortened or counted, and says so; state, rule and
 * the request's id always stand.
 */
export function cardBody(card: Omit<Card, 'actions'>, room: Room): JsonObject[] {
  const parts = [
    paragraph([run(shown(card.title, LENGTH.title, 'Approval request'), { strong: true, size: 'large' })]),
    panel(TONE_PANEL[card.tone], stateOf(card, room), 'small'),
    ...card.details
      .slice(0, room.details)
      .map(({ label, line }) => row(label, lineRuns(line, room.line), room.layout)),
    ...more(card.details.length - room.details, 'details', card),
    ...message(card, room),
    ...facts(card, room),
    ...links(card, room),
    ...paragraphs(
      counted(card.progress, room.lines),
      room.line * 2,
      {},
      { spacing: 'medium', separator: true },
    ),
    ...discussion(card, room),
    ...warnings(card, room),
    ...smallPrint(card, room),
  ];
  return parts.filter((part) => part !== null);
}

function stateOf({ status }: Pick<Card, 'status'>, { line }: Room): JsonObject[] {
  return [paragraph(lineRuns(status, Math.max(line, 300))) ?? paragraph([run('–')])!];
}

/** Where the rest can be read. */
function elsewhere({ pipelineUrl }: Pick<Card, 'pipelineUrl'>): string {
  return pipelineUrl === null ? '… shortened' : '… open in Harness';
}

function more(left: number, what: string, card: Pick<Card, 'pipelineUrl'>): (JsonObject | null)[] {
  if (left <= 0) return [];
  const place = card.pipelineUrl === null ? '' : '; open in Harness';
  return [paragraph([run(`and ${left} more ${what}${place}`, { subtle: true })], { spacing: 'small' })];
}

function message(card: Omit<Card, 'actions'>, room: Room): JsonObject[] {
  if (room.message === 0)
    return card.message.trim() === ''
      ? []
      : [
          paragraph([
            run(`The pipeline’s message is too long to be shown here ${elsewhere(card)}`, { subtle: true }),
          ])!,
        ];
  const said = prose(card.message, room.message, elsewhere(card));
  return said.length === 0 ? [] : [{ type: 'Container', spacing: 'medium', separator: true, items: said }];
}

function facts(card: Omit<Card, 'actions'>, room: Room): (JsonObject | null)[] {
  const rows = card.facts
    .slice(0, room.facts)
    .map(({ name, value }) => row(name, [run(shown(clip(value.trim(), room.fact), room.fact))], room.layout));
  const left = [...rows, ...more(card.facts.length - rows.length, 'facts', card)].filter(
    (part) => part !== null,
  );
  return left.length === 0 ? [] : [{ type: 'Container', spacing: 'medium', items: left }];
}

/** The author's title is plain words; what can be pressed is the host itself, so it cannot claim another (R25). */
function links(card: Omit<Card, 'actions'>, room: Room): (JsonObject | null)[] {
  const targets = card.links.flatMap(({ title, url }) => {
    const target = webUrl(url, ['https:']);
    return target ? [{ title, url: target.href, host: target.host }] : [];
  });
  const lines = targets.slice(0, room.links).map(({ title, url, host }) => {
    const name = shown(title, LENGTH.name, '');
    const link = { ...run(clip(host, LENGTH.host)), selectAction: { type: 'Action.OpenUrl', url } };
    return paragraph(name === '' ? [link] : [run(`${name}: `, { subtle: true }), link], { spacing: 'small' });
  });
  return [...lines, ...more(targets.length - lines.length, 'links', card)];
}

function discussion({ discussion: lines }: Pick<Card, 'discussion'>, room: Room): (JsonObject | null)[] {
  if (lines.length === 0) return [];
  return [
    paragraph([run('Questions', { strong: true })], { spacing: 'medium', separator: true }),
    ...paragraphs(newest(lines, room.lines + 1), room.discussion, {}, { spacing: 'small' }),
  ];
}

/** The last `max` lines; that there were others is said in the place of the first. */
function newest(lines: readonly CardLine[], max: number): CardLine[] {
  if (lines.length <= max) return [...lines];
  return [[{ kind: 'text', text: 'earlier ones are left out' }], ...lines.slice(1 - max)];
}

function warnings({ warnings: lines }: Pick<Card, 'warnings'>, room: Room): JsonObject[] {
  const said = paragraphs(counted(lines, room.lines), room.line);
  return said.length === 0 ? [] : [panel('warning', said)];
}

/** Holds the request's id, whatever was cut away: it is what people ask about. */
function smallPrint(card: Omit<Card, 'actions'>, room: Room): JsonObject[] {
  const look = { subtle: true, size: 'small' } as const;
  const said = paragraphs(counted(card.notes, 6), room.line, look, { spacing: 'medium', separator: true });
  if (card.requestId === '' || JSON.stringify(said).includes(card.requestId)) return said;
  return [...said, paragraph([run(shown(card.requestId, LENGTH.name), look)], { spacing: 'small' })!];
}
