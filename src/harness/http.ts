import { isIP } from 'node:net';
import { Agent, request } from 'undici';
import { type LookUp, lookUpWithin, OutOfReach, type Reach, refusedAddress } from './reach.ts';

/** The largest answer read from Harness, bytes. */
export const ANSWER_LIMIT = 1024 * 1024;

/** Harness's answer as it came, or in words why there is none. */
export type HttpAnswer =
  | { kind: 'answer'; status: number; header(name: string): string | null; body: string }
  | { kind: 'no_answer'; detail: string };

export interface Http {
  /** One attempt. Redirects are never followed, since that would hand the key to another host. */
  send(method: 'GET' | 'POST', url: URL, body?: unknown): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/**
 * The one way to Harness: own connections (Bolt replaces undici's global dispatcher), a time limit over
 * connecting, headers and body, a size limit, and the key for the configured origin only, wherever within `reach` its
 * name leads. `lookUp` is the system's unless told.
 */
export function createHttp(given: {
  origin: string;
  headers: Readonly<Record<string, string>>;
  timeoutMs: number;
  reach: Reach;
  lookUp?: LookUp;
}): Http {
  const { origin, headers, timeoutMs, reach, lookUp } = given;
  const agent = new Agent({
    connections: 8,
    connect: { timeout: timeoutMs, lookup: lookUpWithin(reach, lookUp) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  return {
    async send(method, url, body) {
      if (url.origin !== origin) throw new Error(`The Harness key is not for ${url.origin}`);
      // What is an address already is looked up by nobody.
      const literal = url.hostname.replace(/^\[|\]$/g, '');
      const refused = isIP(literal) === 0 ? null : refusedAddress(literal, reach);
      if (refused !== null) return { kind: 'no_answer', detail: refused };
      try {
        const answer = await request(url, {
          method,
          dispatcher: agent,
          headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
          body: body === undefined ? null : JSON.stringify(body),
          signal: AbortSignal.timeout(timeoutMs),
        });
        const text = await readCapped(answer.body);
        if (text === null) return { kind: 'no_answer', detail: 'Harness’s answer was larger than 1 MiB.' };
        const header = (name: string) => [answer.headers[name] ?? []].flat()[0] ?? null;
        return { kind: 'answer', status: answer.statusCode, header, body: text };
      } catch (error) {
        return { kind: 'no_answer', detail: failureInWords(error, timeoutMs) };
      }
    },
    // A hanging answer is not waited for: what it was about is looked up after the restart.
    close: () => agent.destroy(),
  };
}

async function readCapped(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > ANSWER_LIMIT) {
      body.destroy();
      return null;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_ABORTED', 'UND_ERR_CLOSED']);

function failureInWords(error: unknown, timeoutMs: number): string {
  if (error instanceof OutOfReach) return error.message;
  const { name, code } = nameAndCode(error);
  if (name === 'TimeoutError' || name === 'AbortError' || /TIMEOUT$|TIMEDOUT$/.test(code))
    return `Harness did not answer within ${timeoutMs / 1000} s.`;
  if (UNREACHABLE.has(code))
    return `Harness could not be reached (${code}): check HARNESS_BASE_URL and the network.`;
  if (BROKEN.has(code) || name === 'SocketError')
    return 'The connection to Harness broke before it had answered.';
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code))
    return `Harness’s certificate was not accepted (${code}): check HARNESS_BASE_URL and the proxy.`;
  return `The call to Harness failed (${code || name}).`;
}

function nameAndCode(error: unknown): { name: string; code: string } {
  if (!(error instanceof Error)) return { name: 'unknown', code: '' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === '' && error.cause instanceof Error) return nameAndCode(error.cause);
  return { name: error.name, code };
}
