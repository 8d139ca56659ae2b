import { chainHead } from '../../store/audit-lines.ts';
import { idsBesideChain, linesOfAction, readChain } from '../../store/audit-reading.ts';
import type { Reader } from '../../store/database.ts';
import type { Checkpoint } from '../ports.ts';
import { type ChainFinding, chainVerifier } from './chain-verifier.ts';
import { erasureReader, type IsProved } from './erasures.ts';

const MOST_BESIDE = 100;

/**
 * Verifies an organization's whole audit against its chain, these checkpoints and, where their key is given, the
 * signatures of erasures; a batch of lines in memory at a time.
 */
export async function verifyAudit(
  db: Reader,
  organizationId: number,
  checkpoints: readonly Checkpoint[] = [],
  isProved: IsProved | null = null,
): Promise<ChainFinding> {
  const own = checkpoints.filter(({ organization }) => organization === organizationId);
  const erasures = erasureReader(own, isProved);
  for await (const line of linesOfAction(db, organizationId, 'erased')) erasures.read(line);
  const verifier = chainVerifier({ erasures, checkpoints: own, partial: false });
  let end = -1;
  for (;;) {
    const before = end;
    for await (const line of readChain(db, organizationId, { from: end + 1, to: Number.MAX_SAFE_INTEGER })) {
      verifier.take(line);
      end = line.seq;
    }
    // The head is read after the lines: what came meanwhile is read, too.
    const head = await chainHead(db, organizationId);
    if (head && head.seq > end && end > before) continue;
    return withRowsBeside(db, organizationId, verifier.end(head));
  }
}

async function withRowsBeside(
  db: Reader,
  organizationId: number,
  found: ChainFinding,
): Promise<ChainFinding> {
  for (const id of await idsBesideChain(db, organizationId, MOST_BESIDE))
    found.problems.push(`row ${id} is not in the chain: it was inserted`);
  return found;
}
