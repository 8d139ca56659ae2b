import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { createAuditSigner } from './audit-signing.ts';
import type { AuditConfig } from './config-audit.ts';
import { chainHeads } from './store/audit-lines.ts';
import type { Database } from './store/database.ts';
import type { Checkpoint, Clock, Log } from './usecases/ports.ts';

export interface Checkpoints {
  /** Signs every chain that grew since it was signed last; what was written. Throws what the file throws. */
  write(): Promise<Checkpoint[]>;
  /** Writes now and then until `stop`; a failure is logged and tried again at the next turn. */
  start(): void;
  /** Writes once more. Never throws. */
  stop(): Promise<void>;
}

/** Signed checkpoints of the audit, out of the database: to a file and to the log. Without a key nothing is written. */
export function createCheckpoints(
  { db, clock, log }: { db: Database; clock: Clock; log: Log },
  { signingKey, checkpointFile, checkpointEveryMs }: AuditConfig,
): Checkpoints {
  const signer = signingKey === null ? null : createAuditSigner(signingKey);
  const signed = new Map<number, number>();
  let timer: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  async function writeNow(): Promise<Checkpoint[]> {
    if (!signer) return [];
    const heads = await chainHeads(db);
    const grown = heads.filter(({ organization, seq }) => seq > (signed.get(organization) ?? 0));
    const at = clock.now();
    const written = grown.map(({ organization, seq, hash }) =>
      signer.signCheckpoint({ organization, seq, hash, at }),
    );
    if (written.length === 0) return [];
    if (checkpointFile !== null)
      append(checkpointFile, written.map((one) => `${JSON.stringify(one)}\n`).join(''));
    for (const checkpoint of written) {
      signed.set(checkpoint.organization, checkpoint.seq);
      log.info({ checkpoint }, 'audit checkpoint');
    }
    return written;
  }

  function write(): Promise<Checkpoint[]> {
    const mine = turn.then(writeNow, writeNow);
    turn = mine.catch(() => {});
    return mine;
  }

  const tryWriting = async () => {
    try {
      await write();
    } catch (error) {
      log.error({ err: error }, 'cannot write a checkpoint of the audit');
    }
  };

  return {
    write,
    start() {
      timer = setInterval(() => void tryWriting(), checkpointEveryMs).unref();
      void tryWriting();
    },
    async stop() {
      clearInterval(timer);
      await tryWriting();
    },
  };
}

function append(path: string, text: string): void {
  const file = openSync(path, 'a', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
