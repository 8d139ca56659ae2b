import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { ErasureProof, SignErasure } from './store/audit-erasure.ts';
import type { Checkpoint } from './usecases/ports.ts';

/** What vouches for the audit from outside of the database. */
export interface AuditSigner {
  /** Base64 of the public key's SPKI form; whoever verifies needs it and nothing else. */
  publicKey: string;
  signCheckpoint(seen: Pick<Checkpoint, 'organization' | 'seq' | 'hash' | 'at'>): Checkpoint;
  signErasure: SignErasure;
}

/** A new Ed25519 pair, both halves in base64 (PKCS #8 and SPKI). */
export function newSigningKey(): { privateKey: string; publicKey: string } {
  const pair = generateKeyPairSync('ed25519');
  return {
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    publicKey: textOf(pair.publicKey),
  };
}

/** The signer behind a private key in base64 or PEM. Throws an Error with the remedy where it is none. */
export function createAuditSigner(privateKey: string): AuditSigner {
  const key = readKey(privateKey, 'private');
  const publicKey = textOf(createPublicKey(key));
  const proofOf = (bytes: Buffer) => ({
    key: keyIdOf(publicKey),
    signature: sign(null, bytes, key).toString('base64'),
  });
  return {
    publicKey,
    signCheckpoint(seen) {
      const { organization, seq, hash, at } = seen;
      return { organization, seq, hash, at, ...proofOf(checkpointBytes(seen)) };
    },
    signErasure: (organization, lines) => proofOf(erasureBytes(organization, lines)),
  };
}

export interface AuditSignatures {
  isCheckpointSigned(checkpoint: Checkpoint): boolean;
  isErasureSigned(
    organization: number,
    lines: Readonly<Record<string, string>>,
    proof: ErasureProof,
  ): boolean;
}

/** What was signed with the private half of this public key (base64 or PEM). Throws an Error where it is none. */
export function signaturesOf(publicKey: string): AuditSignatures {
  const key = readKey(publicKey, 'public');
  const id = keyIdOf(textOf(key));
  const isProved = (proof: ErasureProof, bytes: Buffer) =>
    proof.key === id && verify(null, bytes, key, Buffer.from(proof.signature, 'base64'));
  return {
    isCheckpointSigned: (checkpoint) => isProved(checkpoint, checkpointBytes(checkpoint)),
    isErasureSigned: (organization, lines, proof) => isProved(proof, erasureBytes(organization, lines)),
  };
}

/** What is signed: these JSON arrays in UTF-8. */
function checkpointBytes({
  organization,
  seq,
  hash,
  at,
}: Pick<Checkpoint, 'organization' | 'seq' | 'hash' | 'at'>) {
  return Buffer.from(JSON.stringify(['countersign-checkpoint-1', organization, seq, hash, at]), 'utf8');
}

function erasureBytes(organization: number, lines: Readonly<Record<string, string>>): Buffer {
  const inOrder = Object.entries(lines).sort(([a], [b]) => Number(a) - Number(b));
  return Buffer.from(JSON.stringify(['countersign-erasure-1', organization, inOrder]), 'utf8');
}

function textOf(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

function keyIdOf(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 16);
}

function readKey(text: string, half: 'private' | 'public'): KeyObject {
  try {
    const key = text.includes('-----BEGIN') ? text : Buffer.from(text.trim(), 'base64');
    const read =
      half === 'private'
        ? createPrivateKey(typeof key === 'string' ? key : { key, format: 'der', type: 'pkcs8' })
        : createPublicKey(typeof key === 'string' ? key : { key, format: 'der', type: 'spki' });
    if (read.asymmetricKeyType !== 'ed25519') throw new Error('another kind of key');
    return read;
  } catch {
    // The error of the library may quote the key.
    throw new Error(
      `That is no Ed25519 ${half} key in base64 or PEM. Make one with: npm run audit -- keygen`,
    );
  }
}
