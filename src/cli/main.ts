import { runCommand } from './run-command.ts';
import { ownTerminal } from './terminal.ts';

/** `node src/cli/main.ts COMMAND …`, which package.json's scripts stand for. */
const [name = '', ...args] = process.argv.slice(2);
await runCommand(name, ownTerminal(args));
