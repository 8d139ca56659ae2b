import { connect, type Socket } from 'node:net';
import type { Make } from '../clicks/load.ts';

export interface Answered {
  /** From the moment that it was to be sent, ms. */
  ms: number;
  status: number;
}

/**
 * A load that costs less than what it measures: requests written on plain sockets, answers read no further than they
 * must be. Node's own client would be the limit of the Limit.
 */
export async function openLines(origin: string, howMany: number): Promise<Lines> {
  const lines = await Promise.all(Array.from({ length: howMany }, () => openLine(origin)));
  return {
    /** One after the other on each connection. */
    async stream(makes) {
      const answers: Answered[] = [];
      let next = 0;
      const run = async (send: Line['send']) => {
        for (let nth = next++; nth < makes.length; nth = next++)
          answers.push(await send(makes[nth]!(), performance.now()));
      };
      await Promise.all(lines.map(({ send }) => run(send)));
      return answers;
    },
    /** So many a second, whether the earlier ones were answered or not; each waits for a line where all are taken. */
    async pace(makes, perSecond) {
      const free = lines.map(({ send }) => send);
      const waiting: (() => void)[] = [];
      const began = performance.now();
      const answers: Answered[] = [];
      const sendAt = async (make: Make, at: number) => {
        if (free.length === 0) await new Promise<void>((go) => waiting.push(go));
        const send = free.pop()!;
        answers.push(await send(make(), at));
        free.push(send);
        waiting.shift()?.();
      };
      const all: Promise<void>[] = [];
      for (const [nth, make] of makes.entries()) {
        const at = began + (nth * 1000) / perSecond;
        while (performance.now() < at)
          await new Promise((soon) => setTimeout(soon, Math.max(0, at - performance.now())));
        all.push(sendAt(make, at));
      }
      await Promise.all(all);
      return answers;
    },
    close() {
      for (const { close } of lines) close();
    },
  };
}

export interface Lines {
  stream(makes: readonly Make[]): Promise<Answered[]>;
  pace(makes: readonly Make[], perSecond: number): Promise<Answered[]>;
  close(): void;
}

interface Line {
  send(request: ReturnType<Make>, from: number): Promise<Answered>;
  close(): void;
}

async function openLine(origin: string): Promise<Line> {
  const { hostname, port } = new URL(origin);
  const socket: Socket = connect(Number(port), hostname).setNoDelay();
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let got = '';
  let waiting: ReturnType<typeof Promise.withResolvers<number>> | null = null;
  socket.setEncoding('latin1').on('data', (part: string) => {
    got += part;
    const status = statusOfWhole(got);
    if (status === null) return;
    got = '';
    waiting?.resolve(status);
  });
  const end = () => waiting?.reject(new Error('the connection was closed before it was answered'));
  socket.on('close', end).on('error', end);
  return {
    async send({ path, headers, body }, from) {
      waiting = Promise.withResolvers<number>();
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const length = `content-length: ${Buffer.byteLength(body)}\r\n`;
      socket.write(`POST ${path} HTTP/1.1\r\nhost: ${hostname}\r\n${lines.join('')}${length}\r\n${body}`);
      return { status: await waiting.promise, ms: performance.now() - from };
    },
    close: () => socket.destroy(),
  };
}

/** The status of an answer once all of it is here; ours have a length, or no body and one chunk that says so. */
function statusOfWhole(text: string): number | null {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return null;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1];
  const isWhole =
    length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= head + 4 + Number(length);
  return isWhole ? Number(text.slice(9, 12)) : null;
}
