import { z } from 'zod';
import type { HttpAnswer } from './http.ts';

/** An HTTP answer of Harness, read loosely (harness.md §1.4). */
export interface HarnessReply {
  status: number;
  /** The parsed body; undefined when it is not JSON. */
  json: unknown;
  /** Harness's own message, fit to show: '' when there is none. Never HTML. */
  said: string;
  /** Harness's clock minus ours in ms, by its Date header; 0 when it sent none. */
  skewMs: number;
  correlationId: string | null;
  retryAfterMs: number | null;
}

const ErrorBody = z.object({
  message: z.string().nullish().catch(null),
  responseMessages: z
    .array(z.object({ message: z.string().nullish().catch(null) }))
    .nullish()
    .catch(null),
  correlationId: z.string().nullish().catch(null),
});

/**
 * Reads what every answer has; `now` is our clock in epoch ms. Whatever a proxy may echo, `secret` is taken out of
 * every text: it reaches neither log nor card.
 */
export function readReply(
  answer: Extract<HttpAnswer, { kind: 'answer' }>,
  now: number,
  secret: string,
): HarnessReply {
  const without = (text: string) => text.replaceAll(secret, '[key]');
  const json = parseJson(answer.body, without);
  const body = ErrorBody.safeParse(json).data;
  const said = body?.message || body?.responseMessages?.[0]?.message || '';
  const date = Date.parse(answer.header('date') ?? '');
  const correlationId = body?.correlationId ?? answer.header('x-correlation-id');
  return {
    status: answer.status,
    json,
    said: plainWords(said),
    skewMs: Number.isNaN(date) ? 0 : date - now,
    correlationId: correlationId === null ? null : plainWords(without(correlationId), 100),
    retryAfterMs: retryAfter(answer.header('retry-after'), Number.isNaN(date) ? now : date),
  };
}

/** Foreign text made fit for one line on a card: no control or direction characters, at most `limit` long. */
export function plainWords(text: string, limit = 10_000): string {
  const plain = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return plain.length > limit ? `${plain.slice(0, limit - 1).toWellFormed()}…` : plain;
}

function parseJson(text: string, change: (value: string) => string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown) => (typeof value === 'string' ? change(value) : value));
  } catch {
    return undefined;
  }
}

function retryAfter(header: string | null, harnessNow: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - harnessNow);
}
