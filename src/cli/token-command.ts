import type { PipelinePattern, WantedToken } from '../usecases/tokens/manage-tokens.ts';
import { parseOptions, WrongUse } from './command-line.ts';

/** What `npm run token` prints when it is not told what to do. */
export const TOKEN_HELP = `Makes, lists and revokes tokens: for the management API, and for pipelines.

  npm run token -- create --person EMAIL --role admin|member     a person's token for the API
  npm run token -- create --machine NAME --role pipeline         a pipeline's token: opens requests, reads its own
  npm run token -- create --machine NAME --role member           a machine that may be an approver
  npm run token -- list                                          every token, without its secret
  npm run token -- revoke ID                                     ends a token at once

  --organization NAME  whose tokens, by name or id; the first organization's unless told
  --owner EMAIL        who answers for a new machine; the first of ADMIN_EMAILS unless told
  --name NAME          what the token is called; after its holder unless told
  For --role pipeline:
  --events a,b         the events it may open, by slug or id; any unless told
  --pipelines LIST     account/org/project/pipeline,…; * stands for any characters; any unless told
  --may-choose-policy  it may name an approval policy

The token is printed once, as the last word of the last line; only its SHA-256 is kept.`;

/** One command line, understood. */
export type TokenCommand =
  | { verb: 'help' }
  /** `organization`: its name or id; null = the first. */
  | { verb: 'list'; organization: string | null }
  | { verb: 'revoke'; organization: string | null; id: number }
  | { verb: 'create'; organization: string | null; wanted: WantedToken };

/** Reads the words after `npm run token --`. Throws WrongUse. */
export function parseTokenCommand(argv: readonly string[]): TokenCommand {
  const { values, positionals } = parse(argv);
  const [verb, ...words] = positionals;
  if (verb === undefined || verb === 'help' || values.help) return { verb: 'help' };
  const { organization: named, ...options } = values;
  const organization = named ?? null;
  if (verb !== 'create' && Object.keys(options).length > 0)
    throw new WrongUse('Options but --organization go with “create” only.');
  switch (verb) {
    case 'list':
      if (words.length > 0) throw new WrongUse('Use it so: list');
      return { verb, organization };
    case 'revoke': {
      const id = /^(?:cs_)?([1-9][0-9]{0,14})$/.exec(words[0] ?? '')?.[1];
      if (words.length !== 1 || id === undefined)
        throw new WrongUse('Use it so: revoke ID, with an ID that “list” shows.');
      return { verb, organization, id: Number(id) };
    }
    case 'create':
      if (words.length > 0) throw new WrongUse(`“${words[0]}” is not understood: name things by options.`);
      return { verb, organization, wanted: wantedOf(values) };
    default:
      throw new WrongUse(`There is no command “${verb}”.`);
  }
}

function parse(argv: readonly string[]) {
  return parseOptions(argv, {
    organization: { type: 'string' },
    person: { type: 'string' },
    machine: { type: 'string' },
    owner: { type: 'string' },
    role: { type: 'string' },
    name: { type: 'string' },
    events: { type: 'string' },
    pipelines: { type: 'string' },
    'may-choose-policy': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
}

function wantedOf(values: ReturnType<typeof parse>['values']): WantedToken {
  const { person, machine, owner, role } = values;
  if ((person === undefined) === (machine === undefined))
    throw new WrongUse('Say who holds it: --person EMAIL, or --machine NAME.');
  if (owner !== undefined && machine === undefined) throw new WrongUse('--owner goes with --machine.');
  if (role !== 'admin' && role !== 'member' && role !== 'pipeline')
    throw new WrongUse('--role is admin, member or pipeline.');
  const scope = {
    events: listOf(values.events),
    pipelines: listOf(values.pipelines)?.map(patternOf) ?? null,
    mayChoosePolicy: values['may-choose-policy'] ?? false,
  };
  const isScoped = scope.events !== null || scope.pipelines !== null || scope.mayChoosePolicy;
  if (isScoped && role !== 'pipeline')
    throw new WrongUse('--events, --pipelines and --may-choose-policy go with --role pipeline.');
  return {
    holder:
      machine === undefined
        ? { email: person!.trim().toLowerCase() }
        : { machine, ownerEmail: owner?.trim().toLowerCase() ?? null },
    role,
    name: values.name ?? null,
    scope: role === 'pipeline' ? scope : null,
  };
}

function listOf(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  const parts = text.split(',').map((part) => part.trim());
  if (parts.includes('')) throw new WrongUse('A list by commas must not have empty parts.');
  return parts;
}

function patternOf(text: string): PipelinePattern {
  const [account, org, project, pipeline, ...more] = text.split('/');
  if (!account || !org || !project || !pipeline || more.length > 0)
    throw new WrongUse(`“${text}” is not account/org/project/pipeline. Use * for any.`);
  return { account, org, project, pipeline };
}
