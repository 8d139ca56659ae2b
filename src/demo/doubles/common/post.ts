import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { performance } from 'node:perf_hooks';
import { readBody } from './http-body.ts';

/** What came of a POST; `ms` until the answer was there whole, or was given up. */
export interface PostOutcome {
  url: string;
  ms: number;
  status?: number;
  responseBody: string;
  failure?: 'timeout' | 'unreachable' | 'no request url';
}

/** Posts as a platform does: one connection a request, no redirects followed. Never throws. */
export async function post(
  url: string | undefined,
  body: string,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<PostOutcome> {
  if (url === undefined) return { url: '', ms: 0, responseBody: '', failure: 'no request url' };
  const started = performance.now();
  const patience = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await exchange(url, body, headers, patience);
    return { url, ms: performance.now() - started, ...answer };
  } catch {
    const failure = patience.aborted ? 'timeout' : 'unreachable';
    return { url, ms: performance.now() - started, responseBody: '', failure };
  }
}

// node:http and not fetch: a library may replace the global dispatcher, and a witness must not follow redirects.
function exchange(url: string, body: string, headers: Record<string, string>, signal: AbortSignal) {
  return new Promise<{ status: number; responseBody: string }>((resolve, reject) => {
    const start = url.startsWith('https:') ? httpsRequest : httpRequest;
    const options = {
      method: 'POST',
      agent: false as const,
      signal,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    };
    const outgoing = start(url, options, (incoming) => {
      readBody(incoming).then(
        (responseBody) => resolve({ status: incoming.statusCode ?? 0, responseBody }),
        reject,
      );
    });
    outgoing.on('error', reject).end(body);
  });
}
