import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Used } from './probe.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A process of its own that can be asked what it has used. Ends with us. */
export interface MeasuredProcess {
  /** Sends it a message and waits for its answer. */
  ask<T>(message: unknown): Promise<T>;
  used(): Promise<Used>;
  stop(): Promise<void>;
  /** From its start until it was ready, ms. */
  readyMs: number;
}

/** Starts a script with the probe, and waits until `readyUrl` answers 200, or for its first message where it is null. */
export async function startMeasured(given: {
  script: string;
  environment: Record<string, string>;
  logFile: string;
  readyUrl: string | null;
  nodeFlags?: readonly string[];
}): Promise<MeasuredProcess> {
  const { script, environment, logFile, readyUrl, nodeFlags = [] } = given;
  const began = performance.now();
  const probe = readyUrl === null ? [] : ['--import', './bench/clicks/probe.ts'];
  const child = spawn(process.execPath, [...nodeFlags, ...probe, script], {
    cwd: ROOT,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const goWithUs = () => child.kill('SIGKILL');
  process.once('exit', goWithUs);
  child.once('exit', () => process.off('exit', goWithUs));
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  if (readyUrl === null) await once(child, 'message');
  else
    while (!(await isReady(readyUrl))) {
      if (child.exitCode !== null) throw new Error(await readFile(logFile, 'utf8'));
      await pause(10);
    }
  const ask = async <T>(message: unknown): Promise<T> => {
    child.send(message as object);
    const [answer] = await once(child, 'message');
    return answer as T;
  };
  return {
    ask,
    used: () => ask<Used>('used'),
    readyMs: performance.now() - began,
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 12_000);
  await gone;
  clearTimeout(late);
}

async function isReady(url: string): Promise<boolean> {
  return (await fetch(url).catch(() => null))?.ok ?? false;
}
