import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that systems take for calls going out: there one could be taken before, or while, it is not listened on. */
const LOWEST = 20_000;
const HIGHEST = 32_767;
const MOST_TRIES = 50;

/** A port nobody listens on now; whoever listens may stop and do so again. Throws Error where none is found. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port was found between ${LOWEST} and ${HIGHEST}.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
