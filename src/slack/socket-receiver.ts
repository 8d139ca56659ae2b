import { setTimeout as pause } from 'node:timers/promises';
import { type App, type Logger, SocketModeReceiver } from '@slack/bolt';
import type { Observer } from '../usecases/observer.ts';
import type { Log } from '../usecases/ports.ts';
import { createAcknowledging } from './acknowledging.ts';
import { clientOptions } from './client.ts';
import type { SlackReceiver } from './receiver.ts';
import { socketFailureSentence } from './socket-failure.ts';

/** Slack says hello at once, or not at all. */
const HELLO_MS = 10_000;
/** How long what is being acked may hold a connection that is to be closed. */
const LAST_ACKS_MS = 2_000;
/** A connection that ends sooner is a sign of trouble. */
const STEADY_MS = 10_000;
const LONGEST_PAUSE_MS = 30_000;

/** One connection: one Bolt receiver that does not reconnect by itself. */
interface Line {
  receiver: SocketModeReceiver;
  openedAt: number;
}

/**
 * Bolt's own SocketModeReceiver, one per connection. The reconnecting is ours: the one of @slack/socket-mode 3.1.0
 * leaves a gap of five seconds, and ends the process when Slack cannot be reached in that moment.
 */
export function createSocketReceiver(parts: {
  appToken: string;
  apiUrl: string;
  log: Log;
  logger: Logger;
  observe?: Observer;
}): SlackReceiver {
  const { log, logger } = parts;
  const acknowledging = createAcknowledging(log, parts.observe);
  const stopping = new AbortController();
  const open = new Set<Line>();
  let app: App | null = null;
  let current: Line | null = null;
  let dialing: Promise<unknown> | null = null;
  let detail = 'not started';
  let troubles = 0;

  /** One attempt. Resolves with the connection once Slack has said hello, or with null. */
  async function dial(): Promise<Line | null> {
    const receiver = new SocketModeReceiver({
      appToken: parts.appToken,
      logger,
      autoReconnectEnabled: false,
      installerOptions: { clientOptions: clientOptions(parts.apiUrl, logger) },
    });
    const line: Line = { receiver, openedAt: 0 };
    if (app) receiver.init(app);
    hearGoodbye(line);
    receiver.client.on('disconnected', () => lose(line));
    open.add(line);
    try {
      await within(HELLO_MS, receiver.start());
    } catch (error) {
      detail = socketFailureSentence(error);
      void receiver.client.disconnect();
      open.delete(line);
      return null;
    }
    line.openedAt = performance.now();
    return line;
  }

  /** Slack's word that a connection ends soon: the next one is opened first, and last acks still go out on the old. */
  function hearGoodbye(line: Line): void {
    const { client } = line.receiver;
    const [theirs] = client.listeners('ws_message');
    if (!theirs) return;
    client.off('ws_message', theirs);
    client.on('ws_message', (data: unknown, isBinary: boolean) => {
      const reason = goodbyeIn(data);
      if (reason === null) return theirs(data, isBinary);
      log.info({ reason }, 'Slack asks for a new connection');
      detail = 'a new one is being opened';
      replace(line);
      void hangUp(line);
    });
  }

  async function hangUp({ receiver }: Line): Promise<void> {
    await within(LAST_ACKS_MS, acknowledging.acked()).catch(() => undefined);
    await within(LAST_ACKS_MS, receiver.client.disconnect()).catch(() => undefined);
  }

  function lose(line: Line): void {
    if (!open.delete(line) || line !== current) return;
    detail = 'the connection was lost';
    log.warn({}, 'the connection to Slack was lost');
    replace(line);
  }

  function replace(line: Line): void {
    if (line !== current) return;
    current = null;
    troubles = performance.now() - line.openedAt < STEADY_MS ? troubles + 1 : 0;
    if (dialing === null) note(keepDialing());
  }

  function note(work: Promise<unknown>): void {
    dialing = work.finally(() => {
      dialing = null;
    });
  }

  /** Dials until a connection stands: at once where all was well, then ever more slowly. */
  async function keepDialing(): Promise<void> {
    while (!stopping.signal.aborted) {
      await rest();
      if (await dialOnce()) return;
    }
  }

  async function dialOnce(): Promise<boolean> {
    const line = await dial();
    if (line && stopping.signal.aborted) await hangUp(line);
    else if (line) {
      current = line;
      log.info({}, 'connected to Slack by a socket');
    } else {
      troubles += 1;
      log.warn({ detail, attempt: troubles }, 'no connection to Slack by a socket; trying again');
    }
    return line !== null;
  }

  async function rest(): Promise<void> {
    const ms = troubles < 2 ? 0 : Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (troubles - 1));
    await pause(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  return {
    routes: async () => undefined,
    init(bolt) {
      app = acknowledging.over(bolt);
    },
    async start() {
      const first = dialOnce();
      note(first.then((stands) => (stands ? undefined : keepDialing())));
      await first;
    },
    async stop() {
      stopping.abort();
      current = null;
      await Promise.all([...open].map(hangUp));
      await dialing;
    },
    trouble: () => (current ? null : `no connection to Slack by a socket: ${detail}`),
    idle: () => acknowledging.idle(),
  };
}

/** The reason Slack gives for a connection's end; null when the message says something else. */
function goodbyeIn(data: unknown): string | null {
  if (typeof data !== 'string' || !data.includes('"disconnect"')) return null;
  try {
    const message: unknown = JSON.parse(data);
    if (typeof message !== 'object' || message === null) return null;
    if (!('type' in message) || message.type !== 'disconnect') return null;
    return 'reason' in message ? String(message.reason) : 'unknown';
  } catch {
    return null;
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const patience = new AbortController();
  const late = pause(ms, undefined, { signal: patience.signal }).then(
    () => Promise.reject(new Error(`no answer within ${ms / 1000} s`)),
    () => work,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    patience.abort();
  }
}
