import { createHash, randomBytes } from 'node:crypto';

/** What a line says. `detail` is JSON as text, byte for byte as it was written. */
export interface AuditContent {
  at: number;
  personId: number | null;
  via: string;
  action: string;
  subjectType: string;
  subjectId: string;
  detail: string;
}

/** A line with its place in its organization's chain. */
export interface ChainedLine extends AuditContent {
  organization: number;
  /** 1 for the first. */
  seq: number;
  id: number;
  /** 128 random bits that keep a short content from being guessed by its hash. */
  salt: string;
  contentHash: string;
  previous: string;
  hash: string;
}

/** What the first line of a chain has for the hash of the line before. */
export const GENESIS = '';

/** The hash that stands in the chain for what may have to be erased one day: subject and detail. */
export function contentHashOf({
  salt,
  subjectId,
  detail,
}: Pick<ChainedLine, 'salt' | 'subjectId' | 'detail'>): string {
  return sha256([salt, subjectId, detail]);
}

/**
 * A line's hash: lower-case hex SHA-256 of the JSON array below, which is its own canonical form (RFC 8785). Whatever the
 * content hash stands for may go without breaking the chain.
 */
export function hashOf(line: Omit<ChainedLine, 'hash' | 'salt' | 'subjectId' | 'detail'>): string {
  const { previous, organization, seq, id, at, personId, via, action, subjectType, contentHash } = line;
  return sha256([previous, organization, seq, id, at, personId, via, action, subjectType, contentHash]);
}

/** Puts a line behind the head of its organization's chain. */
export function chainLine(
  head: { seq: number; hash: string },
  organization: number,
  id: number,
  content: AuditContent,
): ChainedLine {
  const salt = newSalt();
  const place = { organization, seq: head.seq + 1, id, previous: head.hash, salt };
  const line = { ...content, ...place, contentHash: contentHashOf({ ...content, salt }) };
  return { ...line, hash: hashOf(line) };
}

export function newSalt(): string {
  return randomBytes(16).toString('base64url');
}

function sha256(values: readonly (string | number | null)[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('hex');
}
