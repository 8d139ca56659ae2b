import { createHash, randomBytes } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Hash, NewId } from './usecases/ports.ts';

export const newId: NewId = (prefix) => `${prefix}${randomBytes(16).toString('base64url')}`;

/** SHA-256 over RFC 8785 JSON, so equal content hashes alike whatever the order of its keys. */
export const hash: Hash = (value) =>
  createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex');
