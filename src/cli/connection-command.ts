import { parseOptions, WrongUse } from './command-line.ts';

/** What `npm run connection` prints when it is not told what to do. */
export const CONNECTION_HELP = `Connects Harness accounts and shows how their connections are.

  npm run connection -- list
  npm run connection -- add --name NAME [--account ID] [--url URL] [--prefix PATH]
  npm run connection -- test NAME        whether address and key are good, and what is to do where they are not
  npm run connection -- key NAME         gives it another key, which is tried first
  npm run connection -- pause NAME [why] sends nothing there; decisions wait
  npm run connection -- resume NAME
  npm run connection -- remove NAME      forgets its key; asks for --yes

  add and key read the key from standard input, or from the file in HARNESS_API_KEY_FILE: never from the command line.

  --organization NAME  whose connections, by name or id; the first organization's unless told
  --account ID         the one in the key unless told
  --url URL            https://app.harness.io unless told
  --prefix PATH        /gateway unless told; / for none`;

export type ConnectionCommand =
  | { verb: 'help' }
  /** `organization`: its name or id; null = the first. */
  | { verb: 'list'; organization: string | null }
  | { verb: 'add'; organization: string | null; name: string; account: string; url: string; prefix: string }
  | { verb: 'test' | 'key' | 'resume'; organization: string | null; name: string }
  | { verb: 'pause'; organization: string | null; name: string; why: string }
  | { verb: 'remove'; organization: string | null; name: string; confirmed: boolean };

/** Reads the words after `npm run connection --`. Throws WrongUse. */
export function parseConnectionCommand(argv: readonly string[]): ConnectionCommand {
  const { values, positionals } = parse(argv);
  const [verb, ...words] = positionals;
  if (verb === undefined || verb === 'help' || values.help) return { verb: 'help' };
  const { organization: named, yes, ...options } = values;
  const organization = named ?? null;
  if (verb !== 'add' && Object.keys(options).length > 0)
    throw new WrongUse('--name, --account, --url and --prefix go with “add” only.');
  if (verb !== 'remove' && yes !== undefined) throw new WrongUse('--yes goes with “remove” only.');
  switch (verb) {
    case 'list':
      if (words.length > 0) throw new WrongUse('Use it so: list');
      return { verb, organization };
    case 'add':
      if (words.length > 0)
        throw new WrongUse(
          `“${cut(words[0]!)}” is not understood: name things by options, and never write a key here.`,
        );
      if (options.name === undefined) throw new WrongUse('Say what to call it: --name payments');
      return {
        ...{ verb, organization, name: options.name, account: options.account ?? '' },
        ...{ url: options.url ?? 'https://app.harness.io', prefix: options.prefix ?? '/gateway' },
      };
    case 'test':
    case 'key':
    case 'resume':
      return { verb, organization, name: onlyName(verb, words) };
    case 'pause':
      if (words.length === 0) throw new WrongUse('Use it so: pause NAME [why]');
      return { verb, organization, name: words[0]!, why: words.slice(1).join(' ') };
    case 'remove':
      return { verb, organization, name: onlyName(verb, words), confirmed: yes ?? false };
    default:
      throw new WrongUse(`There is no command “${cut(verb)}”.`);
  }
}

function onlyName(verb: string, words: readonly string[]): string {
  if (words.length === 1) return words[0]!;
  const hint = verb === 'key' ? ', and the key on standard input' : '';
  throw new WrongUse(`Use it so: ${verb} NAME, with a name that “list” shows${hint}.`);
}

/** A key that was written here after all is not printed back. */
function cut(word: string): string {
  return /^(pat|sat)\./.test(word) ? 'a key' : word.slice(0, 40);
}

function parse(argv: readonly string[]) {
  return parseOptions(argv, {
    organization: { type: 'string' },
    name: { type: 'string' },
    account: { type: 'string' },
    url: { type: 'string' },
    prefix: { type: 'string' },
    yes: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
}
