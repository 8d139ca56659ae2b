import { parseOptions, WrongUse } from './command-line.ts';

/** What `npm run slack` prints when it is not told what to do. */
export const SLACK_HELP = `Connects Slack workspaces over OAuth, and shows which there are.

  npm run slack -- link                        makes a one-time link that installs the app into one workspace
  npm run slack -- list                        every workspace, its organization, its state; no tokens
  npm run slack -- manager-field TEAM FIELD    which profile field (Xf…) names managers there; none for none
  npm run slack -- remove TEAM --yes           wipes its tokens and lets any organization have it

  --organization NAME  with link: whose workspace it will be, by name or id; the first unless told
  --hours N            with link: how long it is good for, 1 to 168; 1 unless told

A link is printed once; only its SHA-256 is kept. Whoever installs becomes no admin by it.`;

/** One command line, understood. */
export type SlackCommand =
  | { verb: 'help' }
  | { verb: 'link'; organization: string | null; hours: number }
  | { verb: 'list' }
  | { verb: 'manager-field'; teamId: string; fieldId: string | null }
  | { verb: 'remove'; teamId: string; confirmed: boolean };

/** Reads the words after `npm run slack --`. Throws WrongUse. */
export function parseSlackCommand(argv: readonly string[]): SlackCommand {
  const { values, positionals } = parse(argv);
  const [verb, ...words] = positionals;
  if (verb === undefined || verb === 'help' || values.help) return { verb: 'help' };
  if (verb !== 'link' && (values.organization !== undefined || values.hours !== undefined))
    throw new WrongUse('--organization and --hours go with “link” only.');
  if (verb !== 'remove' && values.yes !== undefined) throw new WrongUse('--yes goes with “remove” only.');
  switch (verb) {
    case 'link':
      take(verb, words, []);
      return { verb, organization: values.organization ?? null, hours: hoursOf(values.hours) };
    case 'list':
      take(verb, words, []);
      return { verb };
    case 'manager-field': {
      const [team, field] = take(verb, words, ['TEAM', 'FIELD']);
      return { verb, teamId: teamOf(team!), fieldId: field === 'none' ? null : field! };
    }
    case 'remove': {
      const [team] = take(verb, words, ['TEAM']);
      return { verb, teamId: teamOf(team!), confirmed: values.yes ?? false };
    }
    default:
      throw new WrongUse(`There is no command “${verb}”.`);
  }
}

function parse(argv: readonly string[]) {
  return parseOptions(argv, {
    organization: { type: 'string' },
    hours: { type: 'string' },
    yes: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
}

function take(verb: string, words: readonly string[], names: readonly string[]): readonly string[] {
  if (words.length !== names.length) throw new WrongUse(`Use it so: ${[verb, ...names].join(' ')}`);
  return words;
}

function teamOf(text: string): string {
  if (!/^T[A-Z0-9]{1,40}$/.test(text)) throw new WrongUse('TEAM is a workspace’s id, T…, that “list” shows.');
  return text;
}

function hoursOf(text: string | undefined): number {
  const hours = Number(text ?? 1);
  if (!Number.isInteger(hours) || hours < 1 || hours > 168)
    throw new WrongUse('--hours is a whole number from 1 to 168.');
  return hours;
}
