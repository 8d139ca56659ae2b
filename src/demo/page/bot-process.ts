import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const READY_WITHIN_MS = 20_000;
const STOPS_WITHIN_MS = 12_000;

/** The real bot as its own process, knowing nothing but its environment. */
export class BotProcess {
  readonly logFile: string;
  readonly #environment: Record<string, string>;
  #child: ChildProcess | null = null;

  constructor(environment: Record<string, string>, logFile: string) {
    this.#environment = environment;
    this.logFile = logFile;
  }

  /** Loads the example people and workflows by the bot's own command. */
  async seed(file: string): Promise<void> {
    const child = this.#spawn(['src/cli/main.ts', 'seed', file]);
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`npm run seed ended with ${code}:\n${await this.lastLog()}`);
  }

  /** Makes the machine a token by the bot's own command; its output, which ends in the token, is kept nowhere. */
  async tokenFor(machine: string): Promise<string> {
    const args = ['src/cli/main.ts', 'token', 'create', '--machine', machine, '--role', 'member'];
    const options = { cwd: ROOT, env: this.#environment };
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    return stdout.trimEnd().split(/\s/).at(-1)!;
  }

  /** Starts the bot and waits until it says that it is ready. `onDeath`: it ended without being asked to. */
  async start(publicUrl: string, onDeath: () => void): Promise<void> {
    const child = this.#spawn(['src/main.ts']);
    this.#child = child;
    const end = Date.now() + READY_WITHIN_MS;
    while (!(await isReady(publicUrl))) {
      if (child.exitCode !== null) throw new Error(`the bot ended at once:\n${await this.lastLog()}`);
      if (Date.now() > end) throw new Error(`the bot is not ready yet:\n${await this.lastLog()}`);
      await pause(50);
    }
    child.once('exit', () => {
      if (this.#child === child) onDeath();
    });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const late = AbortSignal.timeout(STOPS_WITHIN_MS);
    late.addEventListener('abort', () => child.kill('SIGKILL'));
    await gone;
  }

  async lastLog(): Promise<string> {
    const text = await readFile(this.logFile, 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-20).join('\n');
  }

  #spawn(args: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const goWithUs = () => child.kill('SIGKILL');
    process.once('exit', goWithUs);
    child.once('exit', () => process.off('exit', goWithUs));
    const log = createWriteStream(this.logFile, { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    return child;
  }
}

async function isReady(publicUrl: string): Promise<boolean> {
  const answer = await fetch(`${publicUrl}/readyz`).catch(() => null);
  return answer?.ok ?? false;
}
