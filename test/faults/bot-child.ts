import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READY_WITHIN_MS = 60_000;
const KEPT_LINES = 400;

export interface Death {
  code: number | null;
  signal: NodeJS.Signals | null;
}

// biome-ignore lint/style/noProcessEnv: BOT_SCRIPT=dist/main.js kills what is shipped, which starts in half the time.
const SCRIPT = process.env.BOT_SCRIPT ?? 'src/main.ts';

/** One life of the real bot: `node src/main.ts`, or what BOT_SCRIPT says, knowing nothing but its environment. */
export class BotChild {
  /** What it said, newest last. */
  readonly lines: string[] = [];
  readonly ready: Promise<void>;
  readonly dead: Promise<Death>;
  readonly bornAt = Date.now();
  readyAt: number | null = null;
  readonly #child: ChildProcess;

  constructor(environment: Record<string, string>, script = SCRIPT) {
    this.#child = spawn(process.execPath, [script], {
      cwd: ROOT,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    this.ready.catch(() => {});
    const late = setTimeout(() => reject(this.#failure('is not ready')), READY_WITHIN_MS);
    this.dead = once(this.#child, 'exit').then(([code, signal]) => {
      clearTimeout(late);
      reject(this.#failure('ended'));
      return { code, signal } as Death;
    });
    let rest = '';
    const hear = (chunk: Buffer) => {
      const parts = (rest + chunk.toString('utf8')).split('\n');
      rest = parts.pop() ?? '';
      this.lines.push(...parts);
      this.lines.splice(0, this.lines.length - KEPT_LINES);
      if (this.readyAt !== null || !parts.some((line) => line.includes('Countersign is listening'))) return;
      this.readyAt = Date.now();
      clearTimeout(late);
      resolve();
    };
    this.#child.stdout!.on('data', hear);
    this.#child.stderr!.on('data', hear);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** SIGKILL: nothing is finished, nothing is said. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.dead;
  }

  /** SIGTERM, and how it ended. */
  async terminate(): Promise<Death> {
    this.#child.kill('SIGTERM');
    return this.dead;
  }

  /** Lines of level error and above, for a failing test to show. */
  get errors(): string[] {
    return this.lines.filter((line) => /"level":(50|60)/.test(line) || !line.startsWith('{'));
  }

  #failure(what: string): Error {
    return new Error(`the bot ${what}:\n${this.lines.slice(-20).join('\n')}`);
  }
}
