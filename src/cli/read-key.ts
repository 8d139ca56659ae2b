import { readFileSync } from 'node:fs';
import { CommandFailed } from './command-line.ts';
import type { Terminal } from './terminal.ts';

const LONGEST = 2_000;

/** A Harness key from the file in HARNESS_API_KEY_FILE, else from standard input. Throws CommandFailed. */
export async function readKey({ env, input, complain }: Terminal): Promise<string> {
  const path = env.HARNESS_API_KEY_FILE;
  if (path) {
    try {
      return readFileSync(path, 'utf8').trim();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new CommandFailed(`HARNESS_API_KEY_FILE cannot be read (${code ?? 'unknown'}): check the path.`);
    }
  }
  if (input.isTTY) complain('Paste the Harness API key, then press Enter and Ctrl-D.');
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.length > LONGEST) throw new CommandFailed('That is too long for a key.');
  }
  if (text.trim() === '')
    throw new CommandFailed(
      'No key came on standard input. Pipe it in, or name its file in HARNESS_API_KEY_FILE.',
    );
  return text.trim();
}
