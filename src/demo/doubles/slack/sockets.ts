import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { isObject, type JsonObject, parseJson, stringOf } from '../common/json.ts';
import type { SocketControls } from './handle.ts';
import { LIFETIME } from './limits.ts';
import type { Delivery } from './traffic.ts';

const PING_MS = 5_000;

interface Connection {
  socket: WebSocket;
  /** Told to go: gets nothing new. */
  leaving: boolean;
}

interface Waiting {
  connection: Connection;
  settle(outcome: { payload: JsonObject } | 'gone'): void;
}

type Outcome = Pick<Delivery, 'url' | 'ackMs' | 'status' | 'responseBody' | 'failure'>;

/** Socket Mode: the WebSockets an app opens to Slack. https://docs.slack.dev/apis/events-api/using-socket-mode */
export class Sockets implements SocketControls {
  readonly appToken: string | undefined;
  readonly #appId: string;
  readonly #now: () => number;
  readonly #ackTimeoutMs: number;
  readonly #origin: () => string;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #tickets = new Map<string, number>();
  readonly #connections = new Set<Connection>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #watchers = new Set<() => void>();
  readonly #pings: NodeJS.Timeout;
  #turn = 0;
  #deafAtNextAck = false;

  constructor(parts: {
    appToken: string | undefined;
    appId: string;
    now: () => number;
    ackTimeoutMs: number;
    origin: () => string;
  }) {
    this.appToken = parts.appToken;
    this.#appId = parts.appId;
    this.#now = parts.now;
    this.#ackTimeoutMs = parts.ackTimeoutMs;
    this.#origin = parts.origin;
    this.#pings = setInterval(() => this.#ping(), PING_MS).unref();
  }

  /** A URL that opens one connection, soon. */
  issueUrl(): string {
    const ticket = randomUUID();
    this.#tickets.set(ticket, this.#now());
    return `${this.#origin().replace('http:', 'ws:')}/link/?ticket=${ticket}&app_id=${this.#appId}`;
  }

  /** Takes a request to become a WebSocket; refuses it without a fresh ticket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', this.#origin());
    const ticket = url.searchParams.get('ticket') ?? '';
    const issuedAt = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    const fresh = issuedAt !== undefined && this.#now() - issuedAt <= LIFETIME.socketTicketMs;
    if (url.pathname !== '/link/' || !fresh) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#welcome(opened));
  }

  get connected(): number {
    return this.#usable().length;
  }

  async whenConnected(count = 1): Promise<void> {
    while (this.connected !== count) await this.#change();
  }

  async askToReconnect(reason: 'warning' | 'refresh_requested' | 'link_disabled'): Promise<void> {
    const leaving = this.#usable();
    for (const connection of leaving) {
      connection.leaving = true;
      this.#say(connection, { type: 'disconnect', reason, debug_info: { host: 'double' } });
    }
    while (leaving.some((connection) => this.#connections.has(connection))) await this.#change();
  }

  drop(): void {
    for (const { socket } of this.#connections) socket.terminate();
  }

  dropAtNextAck(): void {
    this.#deafAtNextAck = true;
  }

  close(): void {
    clearInterval(this.#pings);
    this.drop();
    this.#server.close();
  }

  /** Sends one envelope over one of the connections and waits for its ack. */
  async exchange(text: string, envelope: JsonObject): Promise<Outcome> {
    const started = performance.now();
    const usable = this.#usable();
    const connection = usable[this.#turn++ % Math.max(1, usable.length)];
    const id = String(envelope.envelope_id);
    const base = { url: this.#origin().replace('http:', 'ws:') };
    if (!connection) return { ...base, ackMs: 0, responseBody: '', failure: 'unreachable' };
    const outcome = await new Promise<{ payload: JsonObject } | 'gone' | 'late'>((settle) => {
      const patience = setTimeout(() => settle('late'), this.#ackTimeoutMs);
      this.#waiting.set(id, {
        connection,
        settle: (answer) => {
          clearTimeout(patience);
          settle(answer);
        },
      });
      connection.socket.send(text);
    });
    this.#waiting.delete(id);
    const ackMs = performance.now() - started;
    if (outcome === 'late') return { ...base, ackMs, responseBody: '', failure: 'timeout' };
    if (outcome === 'gone') return { ...base, ackMs, responseBody: '', failure: 'unreachable' };
    // The official clients send an empty object where there is nothing to say.
    const says = envelope.accepts_response_payload === true && Object.keys(outcome.payload).length > 0;
    return { ...base, ackMs, status: 200, responseBody: says ? JSON.stringify(outcome.payload) : '' };
  }

  #usable(): Connection[] {
    return [...this.#connections].filter(({ leaving }) => !leaving);
  }

  #say({ socket }: Connection, message: JsonObject): void {
    socket.send(JSON.stringify(message));
  }

  #welcome(socket: WebSocket): void {
    const connection: Connection = { socket, leaving: false };
    this.#connections.add(connection);
    socket.on('message', (data) => this.#hear(String(data)));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#part(connection));
    this.#say(connection, {
      type: 'hello',
      connection_info: { app_id: this.#appId },
      num_connections: this.#connections.size,
      debug_info: { host: 'double', approximate_connection_time: LIFETIME.socketMs / 1000 },
    });
    socket.ping();
    this.#changed();
  }

  #part(connection: Connection): void {
    this.#connections.delete(connection);
    for (const waiting of this.#waiting.values())
      if (waiting.connection === connection) waiting.settle('gone');
    this.#changed();
  }

  #hear(text: string): void {
    const message = parseJson(text);
    if (!isObject(message)) return;
    if (this.#deafAtNextAck) {
      this.#deafAtNextAck = false;
      this.drop();
      return;
    }
    const payload = isObject(message.payload) ? message.payload : {};
    this.#waiting.get(stringOf(message.envelope_id) ?? '')?.settle({ payload });
  }

  #ping(): void {
    for (const { socket } of this.#connections) if (socket.readyState === socket.OPEN) socket.ping();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#watchers.add(resolve));
  }

  #changed(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher();
  }
}
