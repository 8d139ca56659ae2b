import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** A sentence for whoever runs the command; printed without a stack. */
export class CommandFailed extends Error {}

/** What was typed cannot be meant; the message says why, and the help follows. */
export class WrongUse extends Error {}

/** The words and options of a command line. Throws WrongUse for an option that there is not. */
export function parseOptions<const T extends ParseArgsOptionsConfig>(argv: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options });
  } catch (error) {
    throw new WrongUse(error instanceof Error ? `${error.message.split('. ')[0]}.` : 'Not understood.');
  }
}
