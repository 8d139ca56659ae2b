import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEncryption, isEncryptionKey } from '../src/encryption.ts';
import { CannotDecrypt } from '../src/usecases/ports.ts';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const PLACE = 'slack_installations:T1:bot_token';

describe('an encrypted value', () => {
  test('gives back what was encrypted, and never looks the same twice', () => {
    const encryption = createEncryption([key(1)]);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, place) => {
        const value = encryption.encrypt(text, place);
        expect(encryption.decrypt(value, place)).toBe(text);
        expect(encryption.encrypt(text, place)).not.toBe(value);
      }),
    );
  });

  test('can be read at its own place only', () => {
    const encryption = createEncryption([key(1)]);
    const value = encryption.encrypt('xoxb-secret', PLACE);
    for (const place of [
      'slack_installations:T2:bot_token',
      'slack_installations:T1:refresh_token',
      '',
      `${PLACE} `,
    ])
      expect(() => encryption.decrypt(value, place)).toThrow(CannotDecrypt);
  });

  test('of which one character was changed, added or taken cannot be read', () => {
    const encryption = createEncryption([key(1)]);
    const value = encryption.encrypt('xoxb-secret', PLACE);
    const bytes = Buffer.from(value.split('.')[3]!, 'base64url');
    const head = value.slice(0, value.lastIndexOf('.') + 1);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(() => encryption.decrypt(head + changed.toString('base64url'), PLACE)).toThrow(CannotDecrypt);
    }
    for (const altered of [value.slice(1), value.slice(0, -4), `${value}AAAA`, '', 'xoxb-secret', head])
      expect(() => encryption.decrypt(altered, PLACE)).toThrow(CannotDecrypt);
    const [tag, id, iv, sealed] = value.split('.');
    const otherIv = Buffer.from(iv!, 'base64url');
    otherIv[0]! ^= 1;
    expect(() =>
      encryption.decrypt([tag, id, otherIv.toString('base64url'), sealed].join('.'), PLACE),
    ).toThrow('is not what Countersign wrote there');
  });

  test('whose tag was cut short is not checked against the rest of it', () => {
    const encryption = createEncryption([key(1)]);
    const value = encryption.encrypt('', PLACE);
    const [tag, id, iv, sealed] = value.split('.');
    for (let length = 0; length < 16; length += 1) {
      const short = Buffer.from(sealed!, 'base64url').subarray(0, length).toString('base64url');
      expect(() => encryption.decrypt([tag, id, iv, short].join('.'), PLACE)).toThrow(CannotDecrypt);
    }
  });
});

describe('keys', () => {
  test('the first encrypts, all decrypt', () => {
    const old = createEncryption([key(1)]);
    const both = createEncryption([key(2), key(1)]);
    const value = old.encrypt('secret', PLACE);
    expect(both.decrypt(value, PLACE)).toBe('secret');
    expect(value.startsWith(old.prefix!)).toBe(true);
    expect(value.startsWith(both.prefix!)).toBe(false);
    expect(() => old.decrypt(both.encrypt('secret', PLACE), PLACE)).toThrow(CannotDecrypt);
  });

  test('one that is gone is named by its fingerprint, with the place and the remedy', () => {
    const value = createEncryption([key(1)]).encrypt('secret', PLACE);
    expect(() => createEncryption([key(2)]).decrypt(value, PLACE)).toThrow(
      /^ENCRYPTION_KEY no longer holds the key [0-9a-f]{16} that slack_installations:T1:bot_token was encrypted with\. Put that key back, after the first one and a comma\.$/,
    );
  });

  test('without any nothing is kept, and nothing read', () => {
    const none = createEncryption([]);
    expect(none.prefix).toBeNull();
    expect(() => none.encrypt('secret', PLACE)).toThrow('ENCRYPTION_KEY is not set');
    const value = createEncryption([key(1)]).encrypt('secret', PLACE);
    expect(() => none.decrypt(value, PLACE)).toThrow(CannotDecrypt);
  });

  test.each([
    [key(7), true],
    [Buffer.alloc(32, 255).toString('base64'), true],
    [Buffer.alloc(31).toString('base64'), false],
    [Buffer.alloc(33).toString('base64'), false],
    ['0'.repeat(64), false],
    ['', false],
  ])('%s is one: %s', (text, isOne) => {
    expect(isEncryptionKey(text)).toBe(isOne);
  });
});
