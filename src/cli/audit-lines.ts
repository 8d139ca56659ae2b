import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { ChainedLine } from '../store/audit-chain.ts';
import type { Checkpoint } from '../usecases/ports.ts';
import { CommandFailed } from './command-line.ts';

const LINE = z.strictObject({
  organization: z.number(),
  seq: z.number(),
  id: z.number(),
  at: z.number(),
  personId: z.number().nullable(),
  via: z.string(),
  action: z.string(),
  subjectType: z.string(),
  subjectId: z.string(),
  detail: z.string(),
  salt: z.string(),
  contentHash: z.string(),
  previous: z.string(),
  hash: z.string(),
});

const CHECKPOINT = z.strictObject({
  organization: z.number(),
  seq: z.number(),
  hash: z.string(),
  at: z.number(),
  key: z.string(),
  signature: z.string(),
});

/** The columns of a CSV export, in order. */
export const CSV_HEAD = csvRow([
  ...['time', 'organization', 'seq', 'id', 'person_id', 'via', 'action'],
  ...['subject_type', 'subject_id', 'detail', 'hash'],
]);

/** A line as one row of CSV, for people to read. */
export function csvOf(line: ChainedLine): string {
  const time = new Date(line.at);
  return csvRow([
    Number.isNaN(time.getTime()) ? line.at : time.toISOString(),
    ...[line.organization, line.seq, line.id, line.personId ?? '', line.via, line.action],
    ...[line.subjectType, line.subjectId, line.detail, line.hash],
  ]);
}

/** RFC 4180; what a spreadsheet would take for a formula begins with an apostrophe. */
function csvRow(cells: readonly (string | number)[]): string {
  const texts = cells.map(String).map((cell) => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell));
  return `${texts.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`;
}

/** A line as JSON Lines has it: everything that its hash needs. */
export function jsonlOf(line: ChainedLine): string {
  return `${JSON.stringify(LINE.parse(line))}\n`;
}

/** The lines of an export, one in memory at a time. What is no line goes to `onOther` as its number in the file. */
export async function* readExport(path: string, onOther: (nth: number) => void): AsyncGenerator<ChainedLine> {
  for await (const { nth, value } of readJsonLines(path)) {
    const line = LINE.safeParse(value);
    if (line.success) yield line.data;
    else onOther(nth);
  }
}

/** The checkpoints of a file; what is none goes to `onOther` as its number in the file. */
export async function readCheckpoints(path: string, onOther: (nth: number) => void): Promise<Checkpoint[]> {
  const found: Checkpoint[] = [];
  for await (const { nth, value } of readJsonLines(path)) {
    const checkpoint = CHECKPOINT.safeParse(value);
    if (checkpoint.success) found.push(checkpoint.data);
    else onOther(nth);
  }
  return found;
}

async function* readJsonLines(path: string): AsyncGenerator<{ nth: number; value: unknown }> {
  const input = createReadStream(path, 'utf8');
  let nth = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      nth += 1;
      if (text !== '') yield { nth, value: parsed(text) };
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CommandFailed(`${path} cannot be read (${code}).`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
