import { parseOptions, WrongUse } from './command-line.ts';

export type AuditCommand =
  | { verb: 'help' | 'keygen' | 'checkpoint' }
  | {
      verb: 'verify';
      /** An export as JSON Lines; null = the database. */
      file: string | null;
      checkpoints: string | null;
      publicKey: string | null;
      organization: string | null;
    }
  | {
      verb: 'export';
      format: 'jsonl' | 'csv';
      /** Epoch ms; from is included, to is not. */
      from: number;
      to: number;
      organization: string | null;
    };

export const AUDIT_HELP = `Looks whether the audit is what the bot wrote, and copies it out.

  npm run audit -- verify                 checks every line of the database, and the checkpoints
  npm run audit -- verify FILE.jsonl      checks an export; needs no database and no configuration
    --checkpoints FILE                    signed checkpoints (AUDIT_CHECKPOINT_FILE unless told)
    --public-key KEY|FILE                 who signed them (the half of AUDIT_SIGNING_KEY unless told)
    --organization ID|NAME                that one alone; all unless told
  npm run audit -- export                 writes the lines to standard output
    --format jsonl|csv                    JSON Lines unless told; they can be verified, CSV is for reading
    --from 2026-01-01 --to 2026-02-01     from there on, and before that
    --organization ID|NAME                that one alone; all unless told
  npm run audit -- checkpoint             signs the present end of every chain, needs AUDIT_SIGNING_KEY
  npm run audit -- keygen                 makes a key for that`;

/** What was typed after `npm run audit --`. Throws WrongUse with a sentence. */
export function parseAuditCommand(argv: readonly string[]): AuditCommand {
  const { values, positionals } = parseOptions(argv, {
    checkpoints: { type: 'string' },
    'public-key': { type: 'string' },
    organization: { type: 'string' },
    format: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    help: { type: 'boolean' },
  });
  const [verb, file, ...others] = positionals;
  if (values.help || verb === undefined || verb === 'help') return { verb: 'help' };
  const only = (...names: (keyof typeof values)[]) => {
    for (const name of Object.keys(values) as (keyof typeof values)[])
      if (!names.includes(name)) throw new WrongUse(`${verb} takes no --${name}.`);
    const extra = verb === 'verify' ? others[0] : file;
    if (extra !== undefined) throw new WrongUse(`“${extra.slice(0, 100)}” is one word too many.`);
  };
  const organization = values.organization ?? null;
  switch (verb) {
    case 'keygen':
    case 'checkpoint':
      only();
      return { verb };
    case 'verify':
      only('checkpoints', 'public-key', 'organization');
      return {
        verb,
        file: file ?? null,
        checkpoints: values.checkpoints ?? null,
        publicKey: values['public-key'] ?? null,
        organization,
      };
    case 'export': {
      only('format', 'from', 'to', 'organization');
      const format = values.format ?? 'jsonl';
      if (format !== 'jsonl' && format !== 'csv') throw new WrongUse('--format is jsonl or csv.');
      return {
        ...{ verb, format, organization },
        from: momentOf('from', values.from) ?? 0,
        to: momentOf('to', values.to) ?? Number.MAX_SAFE_INTEGER,
      };
    }
    default:
      throw new WrongUse(`There is no “${verb.slice(0, 100)}”.`);
  }
}

function momentOf(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const at = /^\d{4}-\d\d-\d\d(T\S+)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new WrongUse(`--${name} is no moment. Give a day or a time: 2026-01-31 or 2026-01-31T12:00:00Z`);
  return at;
}
