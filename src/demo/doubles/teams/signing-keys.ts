import type { CryptoKey, JWK } from 'jose';
import { exportJWK, generateKeyPair } from 'jose';

export interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  /** As the key set publishes it. */
  published: JWK & { endorsements: string[] };
}

// https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
const ENDORSEMENTS = ['msteams', 'webchat', 'directline', 'emulator'];

async function make(kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const { kty, n, e } = await exportJWK(publicKey);
  return {
    kid,
    privateKey,
    published: {
      kty,
      n,
      e,
      use: 'sig',
      kid,
      x5t: kid,
      endorsements: ENDORSEMENTS,
    } as SigningKey['published'],
  };
}

// One pair per process: libraries keep a key set for a day, and making keys takes longer than many a test.
let genuine: Promise<SigningKey> | undefined;
let stranger: Promise<SigningKey> | undefined;

/** The key the Connector signs with, made when it is first wanted. */
export function connectorKey(): Promise<SigningKey> {
  genuine ??= make(`double-${crypto.randomUUID()}`);
  return genuine;
}

/** A key that is published nowhere. */
export function strangersKey(): Promise<SigningKey> {
  stranger ??= make(`stranger-${crypto.randomUUID()}`);
  return stranger;
}
