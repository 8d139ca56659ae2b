import { Agent, request } from 'undici';
import { type CallOutcome, type Observer, type PlatformCall, UNOBSERVED } from '../usecases/observer.ts';

/** The largest answer read from Microsoft, bytes. */
export const ANSWER_LIMIT = 1024 * 1024;
const TIMEOUT_MS = 10_000;

const PLATFORM = {
  Teams: 'teams',
  'Microsoft Graph': 'microsoft_graph',
  'Microsoft’s login': 'microsoft_login',
  'The address of Teams’ keys': 'microsoft_login',
} as const satisfies Readonly<Record<string, PlatformCall['platform']>>;

/** What came back. `unsent`: nobody was reached, so nothing happened. `lost`: it may have happened. */
export type HttpAnswer =
  | { kind: 'answer'; status: number; header(name: string): string | null; body: string }
  | { kind: 'unsent'; detail: string }
  | { kind: 'lost'; detail: string };

export type Service = keyof typeof PLATFORM;

export interface HttpCall {
  /** Whom it goes to, as sentences name them. */
  service: Service;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: URL;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

export interface Http {
  /** One attempt, redirects never followed: they would hand the token to another host. Never throws. */
  send(call: HttpCall): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** The way to Microsoft: own connections, a time limit over connecting, headers and body, and a size limit. */
export function createHttp({
  timeoutMs = TIMEOUT_MS,
  observe = UNOBSERVED,
}: {
  timeoutMs?: number;
  observe?: Observer;
} = {}): Http {
  const agent = new Agent({
    connections: 16,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  async function send({ service, method, url, headers, body }: HttpCall): Promise<HttpAnswer> {
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await request(url, {
        method,
        dispatcher: agent,
        headers,
        body: body ?? null,
        signal: limit,
      });
      const text = await readCapped(answer.body);
      if (text === null) return { kind: 'lost', detail: `${service}’s answer was larger than 1 MiB.` };
      const header = (name: string) => [answer.headers[name] ?? []].flat()[0] ?? null;
      return { kind: 'answer', status: answer.statusCode, header, body: text };
    } catch (error) {
      return failure(error, service, timeoutMs);
    }
  }
  return {
    send: (call) =>
      observe.call(
        { platform: PLATFORM[call.service], method: methodOf(call) },
        () => send(call),
        (answer) => ({ outcome: outcomeOf(answer), facts: factsOf(answer) }),
      ),
    close: () => agent.destroy(),
  };
}

/** The body as JSON; null when it is none. */
export function parsedJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
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

const NOBODY_THERE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function failure(
  error: unknown,
  service: string,
  timeoutMs: number,
): Exclude<HttpAnswer, { kind: 'answer' }> {
  const { name, code } = nameAndCode(error);
  if (NOBODY_THERE.has(code))
    return { kind: 'unsent', detail: `${service} could not be reached (${code}): check the network.` };
  // The handshake comes before the call.
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code))
    return {
      kind: 'unsent',
      detail: `${service}’s certificate was not accepted (${code}): check the proxy.`,
    };
  if (name === 'TimeoutError' || name === 'AbortError' || /TIMEOUT$|TIMEDOUT$/.test(code))
    return { kind: 'lost', detail: `${service} did not answer within ${timeoutMs / 1000} s.` };
  return {
    kind: 'lost',
    detail: `The connection to ${service} broke before it had answered (${code || name}).`,
  };
}

function nameAndCode(error: unknown): { name: string; code: string } {
  if (!(error instanceof Error)) return { name: 'unknown', code: '' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  if (code === '' && inner instanceof Error) return nameAndCode(inner);
  return { name: error.name, code };
}

const KNOWN_SEGMENTS = new Set(['conversations', 'activities', 'members', 'users', 'manager', 'token']);

/** What a call is for, without the ids in its path. */
function methodOf({ method, url }: HttpCall): string {
  const known = url.pathname.split('/').filter((segment) => KNOWN_SEGMENTS.has(segment));
  return `${method} ${known.join('/')}`.trim();
}

function outcomeOf(answer: HttpAnswer): CallOutcome {
  if (answer.kind !== 'answer') return 'no_answer';
  const { status } = answer;
  // Teams says 412 where it means 429.
  if (status === 429 || status === 412) return 'rate_limited';
  if (status >= 500) return 'failed';
  return status >= 200 && status < 300 ? 'ok' : 'refused';
}

function factsOf(answer: HttpAnswer): object {
  return answer.kind === 'answer' ? { status: answer.status } : { detail: answer.detail };
}
