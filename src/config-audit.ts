import { readFileSync } from 'node:fs';
import { createAuditSigner } from './audit-signing.ts';
import type { Environment } from './config-environment.ts';

export interface AuditConfig {
  /** Ed25519, base64 or PEM; null = checkpoints are not written. */
  signingKey: string | null;
  /** Checkpoints are appended there, beside the log's line; null = to the log alone. */
  checkpointFile: string | null;
  /** How often a chain that grew gets a checkpoint, ms. */
  checkpointEveryMs: number;
  /** Finished requests go after so long, ms; null = never. */
  retentionMs: number | null;
}

const DAY_MS = 86_400_000;
const MOST_DAYS = 36_500;
const MOST_MINUTES = 10_080;

/** Reads AUDIT_SIGNING_KEY (the key, or the path of a file with it), AUDIT_CHECKPOINT_… and RETENTION_DAYS. */
export function readAudit({ value, problems }: Environment): AuditConfig {
  const whole = (name: string, most: number) => {
    const text = value(name);
    if (text === undefined) return null;
    const found = Number(text);
    if (Number.isInteger(found) && found >= 1 && found <= most) return found;
    problems.push(`${name} is not a whole number from 1 to ${most}. Leave it out for the usual.`);
    return null;
  };
  const days = whole('RETENTION_DAYS', MOST_DAYS);
  return {
    signingKey: readSigningKey(value('AUDIT_SIGNING_KEY'), problems),
    checkpointFile: value('AUDIT_CHECKPOINT_FILE') ?? null,
    checkpointEveryMs: (whole('AUDIT_CHECKPOINT_MINUTES', MOST_MINUTES) ?? 60) * 60_000,
    retentionMs: days === null ? null : days * DAY_MS,
  };
}

function readSigningKey(given: string | undefined, problems: string[]): string | null {
  if (given === undefined) return null;
  const wrong = (why: string) => {
    problems.push(
      `AUDIT_SIGNING_KEY ${why}. Give an Ed25519 key or the path of a file with one: npm run audit -- keygen`,
    );
    return null;
  };
  const isKey = given.includes('-----BEGIN') || /^[A-Za-z0-9+/]{64}$/.test(given);
  let key = given;
  if (!isKey) {
    try {
      key = readFileSync(given, 'utf8').trim();
    } catch {
      return wrong('is neither a key nor a file that can be read');
    }
  }
  try {
    createAuditSigner(key);
    return key;
  } catch {
    return wrong('is not an Ed25519 private key');
  }
}
