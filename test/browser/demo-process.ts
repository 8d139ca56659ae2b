import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from './environment.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const STARTS_WITHIN_MS = 90_000;

export interface DemoProcess {
  pageUrl: string;
  botUrl: string;
  logFile: string;
  /** Ctrl-C; answers the exit code. */
  interrupt(): Promise<number | null>;
}

/** `npm run demo` as somebody would run it. */
export async function startDemoProcess(): Promise<DemoProcess> {
  const child = spawn(process.execPath, ['src/demo/main.ts'], {
    cwd: ROOT,
    env: childEnvironment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = await printedUntil(child, 'Ctrl-C');
  const found = (pattern: RegExp) => {
    const value = pattern.exec(printed)?.[1];
    if (value === undefined) throw new Error(`the demo did not print ${pattern}:\n${printed}`);
    return value;
  };
  return {
    pageUrl: found(/demo: (http:\S+)/),
    botUrl: found(/bot is at (http:\S+)/),
    logFile: found(/log: ([^)]+)\)/),
    async interrupt() {
      if (child.exitCode !== null) return child.exitCode;
      const gone = once(child, 'exit');
      child.kill('SIGINT');
      const [code] = await gone;
      return code;
    },
  };
}

function printedUntil(child: ChildProcess, words: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const giveUp = (why: string) => {
      child.kill('SIGTERM');
      reject(new Error(`the demo ${why}:\n${printed}`));
    };
    const late = setTimeout(() => giveUp('printed no URL in time'), STARTS_WITHIN_MS);
    const take = (chunk: Buffer) => {
      printed += String(chunk);
      if (!printed.includes(words)) return;
      clearTimeout(late);
      resolve(printed);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.once('exit', () => {
      clearTimeout(late);
      giveUp('ended');
    });
  });
}
