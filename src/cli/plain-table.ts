import { clip, withoutTricks } from '../approval/plain-text.ts';

/** Untrusted text fit for one place on a terminal: one line, no control characters, at most `max` long. */
export function cell(text: string, max: number): string {
  return clip(withoutTricks(text).replace(/\s+/g, ' ').trim(), max);
}

/** Columns as wide as their widest cell; the last one ragged. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((text, column) => Math.max(widest[column] ?? 0, text.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

/** A moment in UTC to the second: 2026-11-22 10:32:09Z. */
export function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** How long, in the largest unit that fits: 3 d, 2 h, 5 min, 12 s. */
export function duration(ms: number): string {
  for (const [unit, size] of UNITS) if (ms >= size) return `${Math.floor(ms / size)} ${unit}`;
  return `${Math.max(0, Math.round(ms / 1000))} s`;
}
