import type { ChainedLine } from '../../store/audit-chain.ts';
import type { ErasureProof } from '../../store/audit-erasure.ts';
import type { Checkpoint } from '../ports.ts';

/** What an erasure says: place in the chain → hash of what stands there now. */
type Erased = { lines: Record<string, string> } & ErasureProof;

/** Whether whoever holds the key of the checkpoints signed this erasure. */
export type IsProved = (
  organization: number,
  lines: Readonly<Record<string, string>>,
  proof: ErasureProof,
) => boolean;

/** What an organization's erasures left in other lines. */
export interface Erasures {
  /** The hash of what an erasure left in the line with this place; undefined = none that counts. */
  leftIn(seq: number): string | undefined;
  problems: readonly string[];
}

/**
 * Reads `erased` lines. Whoever writes the database can write one, so from the first checkpoint on only those count that
 * were signed with its key; where no key is given to check that by (`isProved` null), all do.
 */
export function erasureReader(
  checkpoints: readonly Checkpoint[],
  isProved: IsProved | null,
): Erasures & { read(line: ChainedLine): void } {
  const firstSigned = checkpoints.reduce((least, { seq }) => Math.min(least, seq), Number.POSITIVE_INFINITY);
  const left = new Map<number, string>();
  const problems: string[] = [];
  return {
    problems,
    leftIn: (seq) => left.get(seq),
    read(line) {
      if (line.action !== 'erased') return;
      const erased = erasedBy(line);
      if (!erased) return;
      const { lines, ...proof } = erased;
      if (isProved && line.seq > firstSigned && !isProved(line.organization, lines, proof))
        problems.push(
          `line ${line.seq} (row ${line.id}) says that text was erased, and is not signed: it was forged, or erased without AUDIT_SIGNING_KEY`,
        );
      else for (const [seq, hash] of Object.entries(lines)) left.set(Number(seq), hash);
    },
  };
}

/** The places whose text an `erased` line says it changed; [] for any other line. */
export function placesErasedBy(line: Pick<ChainedLine, 'action' | 'detail'>): number[] {
  return Object.keys(erasedBy(line)?.lines ?? {}).map(Number);
}

/** null: it changed no other lines, or is malformed; its own line is checked like any other. */
function erasedBy({ action, detail }: Pick<ChainedLine, 'action' | 'detail'>): Erased | null {
  if (action !== 'erased') return null;
  try {
    const { lines, key, signature } = JSON.parse(detail) as Record<string, unknown>;
    const hashes = Object.entries(lines ?? {}).filter((entry): entry is [string, string] => isText(entry[1]));
    if (hashes.length === 0) return null;
    return {
      lines: Object.fromEntries(hashes),
      key: isText(key) ? key : '',
      signature: isText(signature) ? signature : '',
    };
  } catch {
    return null;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
