import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Log } from '../usecases/ports.ts';

const TIMEOUT_MS = 5_000;
const FRESH_MS = 24 * 3_600_000;
/** Keys that cannot be fetched anew are believed so long. */
const OLDEST_MS = 2 * FRESH_MS;
/** How often keys are fetched at most, whatever is asked for and however it ends. */
const PAUSE_MS = 10_000;

const metadataSchema = z.object({ jwks_uri: z.url() });
const keysSchema = z.object({
  keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().min(1).max(500) })).max(1_000),
});

/** The keys that the Connector signs its tokens with, as its OpenID metadata publish them. */
export interface SigningKeys {
  /** `unknown`: nobody published it. `unavailable`: nobody can say now. Asks the network seldom, once at a time. */
  find(keyId: string): Promise<KeyObject | 'unknown' | 'unavailable'>;
  /** Fetches them now. Never throws. */
  refresh(): Promise<void>;
  /** Why keys cannot be had, as a sentence; null when they can, or were never asked for. */
  trouble(): string | null;
}

/** `now` in ms, from whatever start. */
export function createSigningKeys(parts: { metadataUrl: string; now: () => number; log: Log }): SigningKeys {
  const { metadataUrl, now, log } = parts;
  let keys: ReadonlyMap<string, KeyObject> = new Map();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let trouble: string | null = null;
  let fetching: Promise<void> | null = null;

  async function refresh(): Promise<void> {
    triedAt = now();
    try {
      keys = await fetchKeys(metadataUrl);
      fetchedAt = now();
      trouble = null;
    } catch (error) {
      log.warn({ err: error }, 'the keys of the Bot Connector cannot be fetched');
      trouble = 'The keys that Microsoft signs with cannot be fetched: what Teams sends cannot be checked.';
    }
  }

  function mayTry(): boolean {
    return now() - triedAt >= PAUSE_MS;
  }

  function refreshOnce(): Promise<void> {
    fetching ??= refresh().finally(() => {
      fetching = null;
    });
    return fetching;
  }

  return {
    async find(keyId) {
      const key = keys.get(keyId);
      const age = now() - fetchedAt;
      if (key && age < OLDEST_MS) {
        if (age >= FRESH_MS && mayTry()) void refreshOnce();
        return key;
      }
      if (fetching || mayTry()) await refreshOnce();
      if (now() - fetchedAt >= OLDEST_MS) return 'unavailable';
      return keys.get(keyId) ?? (trouble === null ? 'unknown' : 'unavailable');
    },
    refresh: refreshOnce,
    trouble: () => trouble,
  };
}

async function fetchKeys(metadataUrl: string): Promise<Map<string, KeyObject>> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const { jwks_uri } = metadataSchema.parse(await fetchJson(metadataUrl, signal));
  const { keys } = keysSchema.parse(await fetchJson(jwks_uri, signal));
  return new Map(
    keys
      .filter(({ kty }) => kty === 'RSA')
      .map((key) => [key.kid, createPublicKey({ key: key as JsonWebKey, format: 'jwk' })]),
  );
}

async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { signal, redirect: 'error' });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}
