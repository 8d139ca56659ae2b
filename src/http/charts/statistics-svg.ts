import {
  type DayOutcome,
  type DayStatistics,
  type Statistics,
  spanWords,
} from '../../usecases/homes/statistics.ts';

const WIDTH = 720;
const HEIGHT = 240;
/** Where the bars stand. */
const PLOT = { left: 206, right: 698, top: 58, bottom: 206 } as const;
const GRID_LINES = 4;
const GAP = 1;
/** How wide a digit of the legend is, and (with each label) that label. */
const DIGIT = 8;
/** A single request is no skyscraper. */
const LOWEST_TOP = 4;

const INK = '#22252b';
const FAINT = '#71767f';
const LINE = '#e6e6e3';

/**
 * From the bottom of a bar to its top, and from left to right in the legend, so that the order tells what colours alone
 * would not. The colours are told apart by colour-blind eyes, too (Okabe and Ito).
 */
const OUTCOMES: readonly { name: DayOutcome; label: string; width: number; colour: string }[] = [
  { name: 'approved', label: 'Approved', width: 54, colour: '#0f9d76' },
  { name: 'rejected', label: 'Rejected', width: 50, colour: '#d55e00' },
  { name: 'other', label: 'Other', width: 32, colour: '#9aa3ae' },
  { name: 'waiting', label: 'Waiting', width: 44, colour: '#f0c04a' },
];

/**
 * The statistics as a picture of 720 × 240: totals and the median on the left, a bar per day by outcome on the right.
 * It has its own background, so it can be read in light and in dark surroundings.
 */
export function statisticsSvg(statistics: Statistics): string {
  const { totals } = statistics;
  const all = totals.approved + totals.rejected + totals.other + totals.waiting;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="Inter">`,
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="12" fill="#fcfcfa" stroke="${LINE}"/>`,
    words('Last 30 days', { x: 24, y: 37, size: 15, weight: 600 }),
    ...figure(95, shortNumber(all), all === 1 ? 'request' : 'requests'),
    ...(statistics.medianMs === null
      ? figure(165, '–', 'nothing decided yet')
      : figure(165, spanWords(statistics.medianMs), 'median time to decide')),
    ...legend(totals),
    ...bars(statistics.days),
    '</svg>',
  ].join('');
}

function figure(y: number, value: string, label: string): string[] {
  return [
    words(value, { x: 24, y, size: 28, weight: 600 }),
    words(label, { x: 24, y: y + 20, size: 12, fill: FAINT }),
  ];
}

/** Ends at the right edge of the bars. */
function legend(totals: Statistics['totals']): string[] {
  const parts: string[] = [];
  let right: number = PLOT.right;
  for (const { name, label, width, colour } of OUTCOMES.toReversed()) {
    const count = shortNumber(totals[name]);
    const left = right - count.length * DIGIT - width - 20;
    parts.push(
      `<rect x="${left}" y="26.5" width="10" height="10" rx="2.5" fill="${colour}"/>`,
      words(label, { x: left + 15, y: 36, size: 12, fill: FAINT }),
      words(count, { x: left + 15 + width + 4, y: 36, size: 12, weight: 600 }),
    );
    right = left - 14;
  }
  return parts;
}

function bars(days: readonly DayStatistics[]): string[] {
  const highest = Math.max(...days.map(sumOf), LOWEST_TOP);
  const step = niceStep(highest);
  const top = Math.ceil(highest / step) * step;
  const height = PLOT.bottom - PLOT.top;
  const slot = (PLOT.right - PLOT.left) / days.length;
  const yOf = (count: number) => PLOT.bottom - (count / top) * height;
  const parts: string[] = [];
  for (let count = 0; count <= top; count += step) {
    const y = round(yOf(count));
    const colour = count === 0 ? '#c9cbce' : LINE;
    parts.push(`<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${y}" y2="${y}" stroke="${colour}"/>`);
    parts.push(
      words(shortNumber(count), { x: PLOT.left - 10, y: y + 4, size: 11, fill: FAINT, anchor: 'end' }),
    );
  }
  days.forEach((day, index) => {
    const left = PLOT.left + slot * index;
    parts.push(...bar(day, { x: left + slot * 0.16, width: slot * 0.68, yOf }));
    const isMarked = (days.length - 1 - index) % 7 === 0;
    const at = { x: left + slot / 2, y: PLOT.bottom + 18, size: 11, fill: FAINT, anchor: 'middle' } as const;
    if (isMarked) parts.push(words(dayName(day.at), at));
  });
  return parts;
}

function bar(
  day: DayStatistics,
  { x, width, yOf }: { x: number; width: number; yOf: (count: number) => number },
): string[] {
  let below = 0;
  const parts: string[] = [];
  for (const { name, colour } of OUTCOMES) {
    if (day[name] === 0) continue;
    const bottom = yOf(below);
    below += day[name];
    // Even the smallest part of a day can be seen; a sliver of background keeps neighbours apart.
    const height = Math.max(1.5, bottom - yOf(below) - GAP);
    parts.push(
      `<rect x="${round(x)}" y="${round(bottom - height)}" width="${round(width)}" height="${round(height)}" rx="${height > 4 ? 1.5 : 0}" fill="${colour}"/>`,
    );
  }
  return parts;
}

function sumOf(day: DayStatistics): number {
  return OUTCOMES.reduce((sum, { name }) => sum + day[name], 0);
}

/** 1, 2 or 5 times a power of ten: a step at which at most four lines reach the highest. */
function niceStep(highest: number): number {
  const power = 10 ** Math.floor(Math.log10(highest / GRID_LINES));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one * GRID_LINES >= highest)!;
  return Math.max(1, step);
}

/** At most four characters: `1.2k` for thousands, `3M` for millions. */
function shortNumber(count: number): string {
  if (count < 1_000) return String(count);
  const [unit, name] = count < 999_500 ? [1_000, 'k'] : [1_000_000, 'M'];
  const many = count / unit;
  return `${many < 9.95 ? Number(many.toFixed(1)) : Math.round(many)}${name}`;
}

const DAY_NAME = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

function dayName(at: number): string {
  return DAY_NAME.format(at);
}

interface Looks {
  x: number;
  y: number;
  size: number;
  weight?: 400 | 600;
  fill?: string;
  anchor?: 'start' | 'middle' | 'end';
}

/** Our own words only: nothing from outside is ever drawn. */
function words(text: string, { x, y, size, weight = 400, fill = INK, anchor = 'start' }: Looks): string {
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}">${text}</text>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
