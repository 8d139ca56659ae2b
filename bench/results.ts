import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** One goal, and what was reached. */
export interface Verdict {
  /** What is aimed at, with its number, such as `p99 ≤ 50 ms at 40 at once`. */
  goal: string;
  /** The least that is good enough, where it is less than the goal, and whether it was reached. */
  floor?: { least: string; isMet: boolean };
  /** The figure with its unit. */
  reached: string;
  isMet: boolean;
  /** Why the goal was missed. */
  cause?: string;
}

/** What one benchmark found. */
export interface Section {
  title: string;
  /** What is measured, beside what, in a sentence or two. */
  goal: string;
  columns: string[];
  rows: (string | number)[][];
  verdicts: Verdict[];
}

/** What every benchmark is given. */
export interface BenchOptions {
  /** A few seconds instead of minutes, to see that it runs and roughly what it says. */
  isShort: boolean;
  /** A million rows where a hundred thousand say nearly as much, and as many requests: an hour more. */
  isLong: boolean;
  /** Where databases lie: on a memory file system where there is one, so that software is judged and not the disk. */
  folder: string;
  /** A folder on a disk, for the figure beside it. */
  diskFolder: string;
  /** Where CPU profiles of the bot go; null = none are made. */
  profileFolder: string | null;
}

export type Benchmark = (options: BenchOptions) => Promise<Section | Section[]>;

/** Where databases lie: BENCH_DIR, else /dev/shm where present, else the temporary folder. */
export function benchFolder(): string {
  // biome-ignore lint/style/noProcessEnv: where the databases are, is for whoever measures to say.
  return process.env.BENCH_DIR ?? (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
}

/** Flags of Node that leave a CPU profile in that folder. */
export function profiling(folder: string | null): string[] {
  return folder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}

/** The middle one; of an even number the lower of the two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5, Math.ceil);
}

/** The value that `share` of all are at or below. */
export function quantile(values: readonly number[], share: number, round = Math.floor): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = round === Math.ceil ? Math.ceil(sorted.length * share) - 1 : Math.floor(sorted.length * share);
  return sorted[Math.min(sorted.length - 1, Math.max(0, at))] ?? Number.NaN;
}

/** Lets each of several contenders run in turn, `rounds` times (A B A B …), and returns what each run of each gave. */
export async function inTurn<T>(
  rounds: number,
  contenders: readonly (() => Promise<T>)[],
): Promise<readonly (readonly T[])[]> {
  const results: T[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round += 1)
    for (const [nth, contender] of contenders.entries()) results[nth]!.push(await contender());
  return results;
}

/** For a terminal. */
export function asText({ title, goal, columns, rows, verdicts }: Section): string {
  const table = [columns, ...rows].map((row) => row.map(String));
  const widths = columns.map((_, nth) => Math.max(...table.map((row) => (row[nth] ?? '').length)));
  const lines = table.map((row) =>
    row
      .map((cell, nth) => (nth === 0 ? cell.padEnd(widths[nth]!) : cell.padStart(widths[nth]!)))
      .join('  ')
      .trimEnd(),
  );
  return [`\n${title}`, goal, '', ...lines, '', ...verdicts.map(lineOf)].join('\n');
}

function lineOf({ goal, floor, reached, isMet, cause }: Verdict): string {
  const least = floor === undefined ? '' : ` (floor ${floor.least})`;
  const word = isMet ? 'met' : floor?.isMet ? 'FLOOR' : 'MISSED';
  return `${word.padEnd(6)}  ${goal}${least}: ${reached}${cause === undefined ? '' : ` — ${cause}`}`;
}

/** A chapter of RESULTS.md. */
export function asMarkdown({ title, goal, columns, rows, verdicts }: Section): string {
  return [
    `## ${title}`,
    `${goal}`,
    tableOf(columns, rows),
    verdicts.length === 0 ? '' : verdictTable(verdicts),
    ...verdicts
      .filter(({ cause }) => cause !== undefined)
      .map(({ goal: aim, cause }) => `- ${aim}: ${cause}`),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The goals of all of them in one table, as the README of the project shows it. */
export function goalsOf(sections: readonly Section[]): string {
  const rows = sections.flatMap(({ title, verdicts }) =>
    verdicts.map((verdict) => [title, ...verdictCells(verdict)]),
  );
  return tableOf(['', 'goal', 'floor', 'reached', ''], rows);
}

function verdictTable(verdicts: readonly Verdict[]): string {
  return tableOf(['goal', 'floor', 'reached', ''], verdicts.map(verdictCells));
}

function verdictCells({ goal, floor, reached, isMet }: Verdict): string[] {
  const word = isMet ? 'met' : floor?.isMet ? 'floor met' : '**missed**';
  return [goal, floor?.least ?? '', reached, word];
}

function tableOf(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = columns.map((_, nth) => (nth === 0 ? '---' : '---:'));
  return [line(columns), line(rule), ...rows.map(line)].join('\n');
}
