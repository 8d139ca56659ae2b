import { createEncryption } from '../encryption.ts';
import { type KeysInUse, keysInUse } from '../usecases/organizations/keys-in-use.ts';
import { reencryptValues } from '../usecases/organizations/reencrypt-values.ts';
import { CommandFailed, parseOptions, WrongUse } from './command-line.ts';
import { runWithApp } from './run.ts';
import type { CliCommand, Terminal } from './terminal.ts';

const HELP = `Brings every encrypted value under the first ENCRYPTION_KEY, so that the keys after it can be dropped.

  npm run rotate-key               does it, and says how many
  npm run rotate-key -- --check    changes nothing; ends with 1 while another key is still needed

Beforehand give every bot on this database both keys, the new one first and a comma between them, and restart it: a bot
that does not know the new key cannot read what is under it. May be interrupted and repeated at any time.`;

/** `npm run rotate-key`. */
export const rotateKey: CliCommand = { run, help: HELP };

async function run(terminal: Terminal): Promise<void> {
  const { values, positionals } = parseOptions(terminal.args, {
    check: { type: 'boolean' },
    help: { type: 'boolean' },
  });
  if (values.help) return terminal.print(HELP);
  if (positionals.length > 0) throw new WrongUse(`“${positionals[0]}” is no option of it.`);
  await runWithApp(terminal, async ({ context, config }) => {
    const encryption = createEncryption(config.encryptionKeys);
    if (encryption.prefix === null)
      throw new CommandFailed('ENCRYPTION_KEY is not set. Make one with: openssl rand -base64 32');
    if (!values.check) {
      const { renewed, unreadable } = await reencryptValues(context, encryption);
      terminal.print(`${valuesOf(renewed)} brought under the first key.`);
      if (unreadable > 0)
        terminal.complain(
          `${unreadable} could not be read: put back the keys named above, after the first one and a comma.`,
        );
    }
    const left = tell(terminal, await keysInUse(context, encryption));
    if (left) terminal.fail();
  });
}

/** Says which keys are needed; whether another than the first is. */
function tell({ print, complain }: Terminal, { underFirst, underOthers }: KeysInUse): boolean {
  for (const [key, count] of underOthers) complain(`${valuesOf(count)} still under the key ${key}.`);
  print(`${valuesOf(underFirst)} under the first key.`);
  if (underOthers.size === 0) print('Keys after the first can be dropped from ENCRYPTION_KEY.');
  return underOthers.size > 0;
}

function valuesOf(count: number): string {
  return count === 1 ? '1 value is' : `${count} values are`;
}
