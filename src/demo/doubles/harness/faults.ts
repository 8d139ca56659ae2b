import type { Answer } from './router.ts';

/** Which requests a fault hits; no match at all means every request. */
export interface FaultMatch {
  method?: string;
  /** A part of the path with its query, or a pattern over it. */
  path?: string | RegExp;
}

export interface Fault {
  match?: FaultMatch;
  /** How many requests it hits. Default 1; Infinity until removed. */
  times?: number;
  /**
   * What the caller gets instead of the answer. 'reset': the socket is reset without a byte.
   * 'truncate': half the true answer (so it always commits), then the socket closes. 'hang': nothing
   * until the handle is released. Left out, only the delay applies.
   */
  status?: number | 'reset' | 'truncate' | 'hang';
  delayMs?: number;
  /** Asked at each request it fits: whether it hits this one. */
  only?: () => boolean;
  /** 'after': Harness commits first, then fails. Default 'before': the request never arrives. */
  when?: 'before' | 'after';
  headers?: Record<string, string>;
  /** Text as it is, anything else as JSON. Default: what Harness's edge says with that status. */
  body?: unknown;
}

export interface FaultHandle {
  /** How many requests it has hit. */
  readonly hits: number;
  /** How many more it will hit. */
  readonly left: number;
  /** Fulfilled at the first hit, so that a test need not sleep. */
  readonly firstHit: Promise<void>;
  /** Lets every hanging request go on to its true answer, now and later. */
  release(): void;
  remove(): void;
}

/** A fault in force, as the server uses it. */
export class ActiveFault implements FaultHandle {
  readonly fault: Fault;
  readonly firstHit: Promise<void>;
  readonly released: Promise<void>;
  hits = 0;
  left: number;
  readonly #hit: () => void;
  readonly #release: () => void;

  constructor(fault: Fault) {
    this.fault = fault;
    this.left = fault.times ?? 1;
    const hit = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    this.firstHit = hit.promise;
    this.released = release.promise;
    this.#hit = hit.resolve;
    this.#release = release.resolve;
  }

  fits(method: string, url: string): boolean {
    const { method: wanted, path } = this.fault.match ?? {};
    if (this.left <= 0) return false;
    if (wanted !== undefined && wanted.toUpperCase() !== method) return false;
    const fits =
      path === undefined || (typeof path === 'string' ? url.includes(path) : url.search(path) >= 0);
    return fits && (this.fault.only?.() ?? true);
  }

  spend(): void {
    this.left -= 1;
    this.hits += 1;
    this.#hit();
  }

  release(): void {
    this.#release();
  }

  remove(): void {
    this.left = 0;
  }
}

/** The faults in force, oldest first. */
export class FaultBook {
  #faults: ActiveFault[] = [];

  add(fault: Fault): ActiveFault {
    const active = new ActiveFault(fault);
    this.#faults.push(active);
    return active;
  }

  /** Removes all and lets hanging requests go. */
  clear(): void {
    for (const fault of this.#faults) {
      fault.remove();
      fault.release();
    }
    this.#faults = [];
  }

  /** The first fault that fits this request, one of its times spent. */
  take(method: string, url: string): ActiveFault | undefined {
    const fault = this.#faults.find((candidate) => candidate.fits(method, url));
    fault?.spend();
    return fault;
  }
}

/** The answer of a fault with a numeric status. */
export function faultAnswer(status: number, fault: Fault): Answer {
  const body = fault.body ?? defaultBody(status);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'content-type': contentType(body, text), ...lowerCaseNames(fault.headers ?? {}) };
  return { status, headers, body: text };
}

function lowerCaseNames(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function contentType(body: unknown, text: string): string {
  if (typeof body !== 'string') return 'application/json';
  return text.startsWith('<') ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8';
}

const PAGES: Record<number, string> = {
  403: '403 Forbidden',
  429: '429 Too Many Requests',
  502: '502 Bad Gateway',
  503: '503 Service Temporarily Unavailable',
  504: '504 Gateway Time-out',
};

function defaultBody(status: number): unknown {
  const title = PAGES[status];
  if (title !== undefined)
    return `<!doctype html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;
  if (status < 400) return '';
  const message =
    status === 500
      ? 'Oops, something went wrong on our end. Please contact Harness Support.'
      : `HTTP ${status}`;
  return { message, code: null, errors: [], error_metadata: null };
}
