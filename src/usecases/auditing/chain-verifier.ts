import { type ChainedLine, contentHashOf, GENESIS, hashOf } from '../../store/audit-chain.ts';
import type { Checkpoint } from '../ports.ts';
import type { Erasures } from './erasures.ts';

export interface ChainFinding {
  /** Lines that were looked at. */
  lines: number;
  /** Lines among them whose text was erased, as a line of the chain says. */
  erased: number;
  /** Places that differ, in the chain's order; `MOST_TOLD` at most. */
  problems: string[];
  /** Places beyond those. */
  more: number;
}

export interface ChainVerifier {
  /** The next line, in the order in which they are kept. */
  take(line: ChainedLine): void;
  /** All that was found; `head` is what the database says is the last line, left out for an export. */
  end(head?: { seq: number; hash: string } | null): ChainFinding;
}

/** Problems told one by one; whoever rewrites everything need not fill the memory. */
const MOST_TOLD = 200;

/**
 * Looks whether an organization's lines are what the bot wrote: each content under its hash, each hash behind the one
 * before, none missing, none in between; where checkpoints are given, each still on its line. `partial` takes a stretch
 * that begins or ends anywhere, and behind it later erasures in it.
 */
export function chainVerifier({
  erasures,
  checkpoints,
  partial,
}: {
  erasures: Erasures;
  checkpoints: readonly Checkpoint[];
  partial: boolean;
}): ChainVerifier {
  const found: ChainFinding = { lines: 0, erased: 0, problems: [], more: 0 };
  const expected = new Map<number, Checkpoint[]>();
  for (const one of checkpoints) expected.set(one.seq, [...(expected.get(one.seq) ?? []), one]);
  let last: ChainedLine | null = null;
  let firstSeq = 0;
  /** Only erasures may follow. */
  let isPastEnd = false;

  function say(problem: string): void {
    if (found.problems.length < MOST_TOLD) found.problems.push(problem);
    else found.more += 1;
  }

  function placeProblem(line: ChainedLine): string | null {
    const before = last;
    if (!before) {
      if (line.seq > 1 && !partial) return missing(1, line.seq - 1);
      return line.seq === 1 && line.previous !== GENESIS ? `${named(line)}: content differs` : null;
    }
    if (line.seq <= before.seq)
      return `${named(line)} stands behind line ${before.seq}: it was repeated or moved`;
    if (partial && line.action === 'erased' && line.seq > before.seq + 1) {
      isPastEnd = true;
      return null;
    }
    if (line.seq > before.seq + 1 || (isPastEnd && line.action !== 'erased'))
      return isPastEnd
        ? `${named(line)} stands behind the end of the export`
        : missing(before.seq + 1, line.seq - 1);
    return line.previous === before.hash
      ? null
      : `${named(line)} does not follow ${named(before)}: one of the two was rewritten`;
  }

  function contentProblem(line: ChainedLine): string | null {
    const differs = `${named(line)}: content differs`;
    if (hashOf(line) !== line.hash) return differs;
    const now = contentHashOf(line);
    if (now === line.contentHash) return null;
    if (erasures.leftIn(line.seq) !== now) return differs;
    found.erased += 1;
    return null;
  }

  return {
    take(line) {
      found.lines += 1;
      for (const problem of [placeProblem(line), contentProblem(line)]) if (problem !== null) say(problem);
      for (const checkpoint of expected.get(line.seq) ?? [])
        if (checkpoint.hash !== line.hash)
          say(
            `${named(line)} is not the line that the checkpoint of ${moment(checkpoint.at)} saw: rewritten since`,
          );
      if (!last) firstSeq = line.seq;
      if (!last || line.seq > last.seq) last = line;
    },
    end(head) {
      for (const problem of erasures.problems) say(problem);
      const end = last?.seq ?? 0;
      if (head === null && end > 0) say('the head of the chain is missing');
      if (head && head.seq > end) say(missing(end + 1, head.seq));
      if (head && head.seq < end) say(`lines ${head.seq + 1}–${end} stand behind the head of the chain`);
      if (head && last && head.seq === end && head.hash !== last.hash)
        say(`${named(last)} is not the head of the chain: rewritten`);
      for (const { seq, at } of checkpoints)
        if (seq > end && !partial) say(`${missing(end + 1, seq)}: the checkpoint of ${moment(at)} saw them`);
        else if (seq < firstSeq && !partial)
          say(`${missing(seq, seq)}: the checkpoint of ${moment(at)} saw it`);
      return found;
    },
  };
}

function named({ seq, id }: { seq: number; id: number }): string {
  return `line ${seq} (row ${id})`;
}

function missing(from: number, to: number): string {
  return from === to ? `line ${from} is missing` : `lines ${from}–${to} are missing`;
}

function moment(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}
