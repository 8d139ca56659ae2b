import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { Checkpoint } from './usecases/ports.ts';

export interface CheckpointSigner {
  /** Base64 of the public key's SPKI form; whoever verifies needs it and nothing else. */
  publicKey: string;
  sign(seen: Pick<Checkpoint, 'organization' | 'seq' | 'hash' | 'at'>): Checkpoint;
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
export function createCheckpointSigner(privateKey: string): CheckpointSigner {
  const key = readKey(privateKey, 'private');
  const publicKey = textOf(createPublicKey(key));
  return {
    publicKey,
    sign(seen) {
      const signature = sign(null, signedBytes(seen), key).toString('base64');
      const { organization, seq, hash, at } = seen;
      return { organization, seq, hash, at, key: keyIdOf(publicKey), signature };
    },
  };
}

/** Whether the checkpoint was signed with the private half of this public key (base64 or PEM). */
export function isSignedBy(publicKey: string, checkpoint: Checkpoint): boolean {
  const key = readKey(publicKey, 'public');
  const signature = Buffer.from(checkpoint.signature, 'base64');
  return checkpoint.key === keyIdOf(textOf(key)) && verify(null, signedBytes(checkpoint), key, signature);
}

/** What is signed: this JSON array in UTF-8. */
function signedBytes({
  organization,
  seq,
  hash,
  at,
}: Pick<Checkpoint, 'organization' | 'seq' | 'hash' | 'at'>) {
  return Buffer.from(JSON.stringify(['countersign-checkpoint-1', organization, seq, hash, at]), 'utf8');
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
