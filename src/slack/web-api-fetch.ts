import type { FetchFunction } from '@slack/web-api';
import { Agent, EnvHttpProxyAgent, request } from 'undici';

/** The largest answer read from Slack, bytes: a page of its members has some hundred kilobytes. */
const ANSWER_LIMIT = 8 * 1024 * 1024;

// biome-ignore lint/style/noProcessEnv: Node's own setting, which the global fetch heeds.
const throughProxy = process.env.NODE_USE_ENV_PROXY === '1';
/** Own connections: importing Bolt replaces undici's global dispatcher (contracts/traps.md). */
const agent = new (throughProxy ? EnvHttpProxyAgent : Agent)({ maxResponseSize: ANSWER_LIMIT });

/**
 * What `WebClient` calls for each Web API call, in place of the global `fetch`: that one reads and writes through web
 * streams, which takes twice the CPU. As with `redirect: 'error'`, a redirect is none: throws, as for no answer.
 */
export const webApiFetch: FetchFunction = async (url, { method = 'GET', headers, body, signal } = {}) => {
  if (typeof body === 'object') throw new TypeError('Nothing is uploaded to Slack.');
  const asked = request(url, {
    method,
    dispatcher: agent,
    // Whom nothing is said to may compress, which `request` leaves as it is.
    headers: { ...headers, 'accept-encoding': 'identity' },
    ...(body !== undefined && { body }),
    ...(signal && { signal }),
  });
  const answer = await (signal ? before(signal, asked) : asked);
  const { statusCode, headers: answered } = answer;
  const text = await answer.body.text();
  if (statusCode >= 300 && statusCode < 400) throw new Error('it was redirected');
  const of = (name: string) => [answered[name.toLowerCase()] ?? []].flat()[0] ?? null;
  return {
    ok: statusCode >= 200 && statusCode < 300,
    status: statusCode,
    statusText: answer.statusText,
    url: String(url),
    headers: { get: of, entries: () => Object.keys(answered).map((name) => [name, of(name) ?? '']) },
    text: async () => text,
    json: async () => JSON.parse(text) as unknown,
    arrayBuffer: async () => new TextEncoder().encode(text).buffer,
  };
};

/** `request` heeds its signal only once it is connected, which may take ten seconds. */
async function before<T>(signal: AbortSignal, asked: Promise<T>): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = () => reject(signal.reason as Error);
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([asked, ended]);
  } finally {
    // The signal's timer would hold each answer for as long as the limit.
    signal.removeEventListener('abort', end);
  }
}
