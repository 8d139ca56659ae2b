import { FINAL_STATUSES, type RequestStatus } from '../approval/request.ts';
import { parseOptions, WrongUse } from './command-line.ts';

/** What `npm run admin` prints when it is not told what to do. */
export const ADMIN_HELP = `Looks at approval requests and repairs them.

  npm run admin -- requests [--status WAITING] [--limit 20]   the newest requests
  npm run admin -- show ID                                    all that is known of one
  npm run admin -- retry ID                                   tell Harness again
  npm run admin -- reassign ID FROM TO                        give FROM's place to TO, by e-mail
  npm run admin -- reassign ID vacant TO                      give a place that has nobody to TO
  npm run admin -- release ID                                 let a request on hold go on
  npm run admin -- choose ID INSTANCE                         say which gate in Harness is meant
  npm run admin -- cancel ID [REASON]                         close a request; Harness is not told

  npm run admin -- add-organization NAME --domains a.io,b.io --admins x@a.io
                                                              another tenant, with its first admins

  --as EMAIL   who is acting; the first of ADMIN_EMAILS unless told

An ID may be cut short as long as it says which one: apr_nwQ5. What an admin does is written to the audit, and
nobody repairs their own request. Nothing here calls Slack or Harness: the running bot does, within a second.`;

/** One command line, understood. */
export type AdminCommand =
  | { verb: 'help' }
  | { verb: 'requests'; status: RequestStatus | null; limit: number }
  | { verb: 'show'; id: string }
  | { verb: 'retry' | 'release'; id: string }
  | { verb: 'reassign'; id: string; from: string | null; to: string }
  | { verb: 'cancel'; id: string; reason: string }
  | { verb: 'choose'; id: string; instanceId: string }
  | { verb: 'add-organization'; name: string; domains: readonly string[]; admins: readonly string[] };

const STATUSES: readonly RequestStatus[] = ['WAITING', ...FINAL_STATUSES];
const MOST_LISTED = 500;

/** Reads the words after `npm run admin --`. Throws WrongUse. */
export function parseAdminCommand(argv: readonly string[]): { command: AdminCommand; as: string | null } {
  const { values, positionals } = parse(argv);
  const as = values.as?.trim().toLowerCase() ?? null;
  const [verb, ...words] = positionals;
  if (verb === undefined || verb === 'help' || values.help) return { command: { verb: 'help' }, as };
  if (verb !== 'requests' && (values.status !== undefined || values.limit !== undefined))
    throw new WrongUse('--status and --limit go with “requests” only.');
  if (verb !== 'add-organization' && (values.domains !== undefined || values.admins !== undefined))
    throw new WrongUse('--domains and --admins go with “add-organization” only.');
  return { command: commandOf(verb, words, values), as };
}

function parse(argv: readonly string[]) {
  return parseOptions(argv, {
    as: { type: 'string' },
    status: { type: 'string' },
    limit: { type: 'string' },
    domains: { type: 'string' },
    admins: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
}

function commandOf(
  verb: string,
  words: readonly string[],
  options: {
    status?: string | undefined;
    limit?: string | undefined;
    domains?: string | undefined;
    admins?: string | undefined;
  },
): AdminCommand {
  switch (verb) {
    case 'requests':
      take(verb, words, []);
      return { verb, status: statusOf(options.status), limit: limitOf(options.limit) };
    case 'show':
    case 'retry':
    case 'release': {
      const [id] = take(verb, words, ['ID']);
      return { verb, id: id! };
    }
    case 'reassign': {
      const [id, from, to] = take(verb, words, ['ID', 'FROM', 'TO']);
      return { verb, id: id!, from: from === 'vacant' ? null : from!, to: to! };
    }
    case 'choose': {
      const [id, instanceId] = take(verb, words, ['ID', 'INSTANCE']);
      if (!/^[A-Za-z0-9_-]{1,128}$/.test(instanceId!))
        throw new WrongUse('INSTANCE is the id of an approval in Harness: letters, digits, - and _.');
      return { verb, id: id!, instanceId: instanceId! };
    }
    case 'cancel': {
      const [id, ...reason] = words;
      if (id === undefined) take(verb, words, ['ID']);
      return { verb, id: id!, reason: reason.join(' ') };
    }
    case 'add-organization': {
      const [name] = take(verb, words, ['NAME']);
      return { verb, name: name!.trim(), domains: listOf(options.domains), admins: listOf(options.admins) };
    }
    default:
      throw new WrongUse(`There is no command “${verb}”.`);
  }
}

function take(verb: string, words: readonly string[], names: readonly string[]): readonly string[] {
  if (words.length !== names.length) throw new WrongUse(`Use it so: ${[verb, ...names].join(' ')}`);
  return words;
}

function listOf(text: string | undefined): string[] {
  return (text ?? '')
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function statusOf(text: string | undefined): RequestStatus | null {
  if (text === undefined) return null;
  const status = STATUSES.find((one) => one === text.toUpperCase());
  if (!status) throw new WrongUse(`--status is one of ${STATUSES.join(', ')}.`);
  return status;
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LISTED)
    throw new WrongUse(`--limit is a whole number from 1 to ${MOST_LISTED}.`);
  return limit;
}
