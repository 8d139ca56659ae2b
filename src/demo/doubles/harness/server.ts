import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Call } from './call.ts';
import { type ActiveFault, FaultBook, faultAnswer } from './faults.ts';
import { type Answer, answerCall } from './router.ts';
import type { World } from './world.ts';

export type AnsweredAs = number | 'reset' | 'truncate' | 'hang';

/** One request as it arrived. `status` is null while it is being answered. */
export interface RecordedRequest {
  at: number;
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: string;
  status: AnsweredAs | null;
  /** How many votes this request committed. */
  committed: number;
}

/** The HTTP face: records, applies faults, asks the router, writes the answer. */
export class HarnessServer {
  readonly requests: RecordedRequest[] = [];
  readonly faults = new FaultBook();
  readonly #world: World;
  readonly #pathPrefix: string;
  readonly #server: Server;
  readonly #closing = new AbortController();

  constructor(world: World, pathPrefix: string) {
    this.#world = world;
    this.#pathPrefix = pathPrefix;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  /** Listens on 127.0.0.1; answers the port. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('Harness double: no TCP address');
    return address.port;
  }

  /** Cuts every connection, hanging ones too. */
  async close(): Promise<void> {
    this.#closing.abort();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(request);
    const record = this.#record(call);
    const active = this.faults.take(call.method, request.url ?? '/');
    if (active === undefined) {
      this.#send(response, record, this.#answer(call, record));
      return;
    }
    if (active.fault.when === 'after') {
      const answer = this.#answer(call, record);
      await this.#apply(active, record, response, () => answer);
      return;
    }
    await this.#apply(active, record, response, () => this.#answer(call, record));
  }

  async #apply(
    active: ActiveFault,
    record: RecordedRequest,
    response: ServerResponse,
    trueAnswer: () => Answer,
  ): Promise<void> {
    const { status, delayMs = 0 } = active.fault;
    if (delayMs > 0) await pause(delayMs, undefined, { signal: this.#closing.signal });
    if (typeof status === 'number') {
      this.#send(response, record, faultAnswer(status, active.fault));
      return;
    }
    if (status === 'reset') {
      this.#settle(record, 'reset');
      response.socket?.resetAndDestroy();
      return;
    }
    if (status === 'truncate') {
      this.#settle(record, 'truncate');
      cutShort(response, this.#withDate(trueAnswer()));
      return;
    }
    if (status === 'hang') {
      this.#settle(record, 'hang');
      await active.released;
    }
    this.#send(response, record, trueAnswer());
  }

  #record(call: Call): RecordedRequest {
    const { method, path, body } = call;
    const at = this.#world.now();
    const query = Object.fromEntries(call.query);
    const record = { at, method, path, query, headers: call.headers, body, status: null, committed: 0 };
    this.requests.push(record);
    return record;
  }

  #answer(call: Call, record: RecordedRequest): Answer {
    const before = this.#world.effects.length;
    const answer = answerCall(this.#world, this.#pathPrefix, call);
    record.committed = this.#world.effects.length - before;
    return answer;
  }

  #send(response: ServerResponse, record: RecordedRequest, answer: Answer): void {
    this.#settle(record, answer.status);
    if (response.destroyed) return;
    const { status, headers, body } = this.#withDate(answer);
    response.writeHead(status, headers).end(body);
  }

  #withDate(answer: Answer): Answer {
    const date = new Date(this.#world.now()).toUTCString();
    return { ...answer, headers: { date, ...answer.headers } };
  }

  #settle(record: RecordedRequest, status: AnsweredAs): void {
    record.status = status;
    const id = `${record.method} ${record.path}`;
    this.#world.changes.publish({ kind: 'request', id, at: this.#world.now() });
  }
}

function cutShort(response: ServerResponse, answer: Answer): void {
  const bytes = Buffer.from(answer.body);
  response.writeHead(answer.status, { ...answer.headers, 'content-length': String(bytes.length) });
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  response.write(half, () => response.socket?.destroy());
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}
