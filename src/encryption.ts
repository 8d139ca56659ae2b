import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { CannotDecrypt, type Encryption } from './usecases/ports.ts';

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Whether the text is a key: 32 bytes in base64. */
export function isEncryptionKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(text) && Buffer.from(text, 'base64').length === KEY_BYTES;
}

/**
 * AES-256-GCM with a random 96-bit IV. A value reads `enc1.<key id>.<iv>.<data and tag>`; its place is authenticated
 * beside it, so it cannot be moved to another row or column. Keys are base64 (isEncryptionKey): the first encrypts,
 * all decrypt. Without any, both throw.
 */
export function createEncryption(keys: readonly string[]): Encryption {
  const known = new Map(
    keys.map((text) => {
      const key = Buffer.from(text, 'base64');
      return [keyId(key), key] as const;
    }),
  );
  const [first = null] = known.keys();

  return {
    prefix: first === null ? null : `enc1.${first}.`,
    encrypt(text, place) {
      if (first === null) throw new Error('ENCRYPTION_KEY is not set, so nothing can be kept secret.');
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', known.get(first)!, iv);
      cipher.setAAD(Buffer.from(place, 'utf8'));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `enc1.${first}.${iv.toString('base64url')}.${sealed.toString('base64url')}`;
    },
    decrypt(value, place) {
      const [, id, ivText, sealedText] =
        /^enc1\.([0-9a-f]{16})\.([\w-]{16})\.([\w-]{22,})$/.exec(value) ?? [];
      if (id === undefined || ivText === undefined || sealedText === undefined) throw altered(place);
      const key = known.get(id);
      if (!key)
        throw new CannotDecrypt(
          `ENCRYPTION_KEY no longer holds the key ${id} that ${place} was encrypted with. Put that key back, after the first one and a comma.`,
        );
      const sealed = Buffer.from(sealedText, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(ivText, 'base64url'), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(place, 'utf8'));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]).toString(
          'utf8',
        );
      } catch {
        throw altered(place);
      }
    },
  };
}

/** Tells keys apart without telling them: the first 64 bits of the key's SHA-256. */
function keyId(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}

function altered(place: string): CannotDecrypt {
  return new CannotDecrypt(
    `${place} is not what Countersign wrote there: it was changed, or moved from another row.`,
  );
}
