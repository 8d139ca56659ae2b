import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const LOOK_EVERY_MS = 100;

/** What the front did not pass on, or passed on and got no good answer to. */
export interface Failure {
  at: number;
  method: string;
  path: string;
  target: string;
  what: string;
}

/**
 * A balancer as plain as they come: in turn to each instance whose /readyz last said 200, over connections it keeps, and
 * nothing is ever sent twice.
 */
export interface Front {
  url: string;
  /** Whom it may ask, by address; those that are no longer named get nothing more. */
  targets: Set<string>;
  /** How many answers each instance gave. */
  readonly answered: Map<string, number>;
  readonly failures: Failure[];
  /** Each request it took in, and the status that an instance answered (null = none yet): whoever asked may have hung up. */
  readonly taken: { path: string; status: number | null }[];
  /** Whether this instance is one that gets requests. */
  isReady(target: string): boolean;
  close(): Promise<void>;
}

export async function startFront(port = 0): Promise<Front> {
  const targets = new Set<string>();
  const ready = new Set<string>();
  const answered = new Map<string, number>();
  const failures: Failure[] = [];
  const taken: Front['taken'] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  let turn = 0;

  const lookingAt = new Set<string>();
  async function look(target: string): Promise<void> {
    // One look after the other, so that the last word is the newest.
    if (lookingAt.has(target)) return;
    lookingAt.add(target);
    const answer = await fetch(`${target}/readyz`, { signal: AbortSignal.timeout(1_000) }).catch(() => null);
    await answer?.arrayBuffer().catch(() => null);
    lookingAt.delete(target);
    if (answer?.status === 200) ready.add(target);
    else ready.delete(target);
  }
  const looking = setInterval(() => {
    for (const target of [...ready]) if (!targets.has(target)) ready.delete(target);
    for (const target of targets) void look(target);
  }, LOOK_EVERY_MS);

  function pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const able = [...targets].filter((target) => ready.has(target));
    const target = able[turn++ % Math.max(1, able.length)];
    const method = incoming.method ?? 'GET';
    const path = incoming.url ?? '/';
    const one: Front['taken'][number] = { path, status: null };
    taken.push(one);
    const fail = (what: string) => {
      one.status ??= 502;
      failures.push({ at: Date.now(), method, path, target: target ?? '', what });
      if (!outgoing.headersSent) outgoing.writeHead(502, { 'content-type': 'application/json' });
      outgoing.end('{"code":"bad_gateway"}');
    };
    if (!target) return void fail('nobody is ready');
    const passed = request(
      `${target}${path}`,
      { method, headers: incoming.headers, agent, timeout: 15_000 },
      (answer) => {
        answered.set(target, (answered.get(target) ?? 0) + 1);
        const status = answer.statusCode ?? 502;
        one.status = status;
        if (status >= 500) failures.push({ at: Date.now(), method, path, target, what: String(status) });
        outgoing.writeHead(status, answer.headers);
        answer.pipe(outgoing);
        answer.on('error', () => outgoing.destroy());
      },
    );
    passed.on('error', (error) => fail(error.message));
    passed.on('timeout', () => passed.destroy(new Error('no answer in 15 s')));
    incoming.pipe(passed);
  }

  const server = createServer(pass).listen(port, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ targets, answered, failures, taken },
    isReady: (target) => ready.has(target) && targets.has(target),
    async close() {
      clearInterval(looking);
      agent.destroy();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
