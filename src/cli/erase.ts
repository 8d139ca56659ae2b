import { createAuditSigner } from '../audit-signing.ts';
import { readConfig } from '../config.ts';
import { dropErasedBytes } from '../store/erased-bytes.ts';
import { personByEmail, personById } from '../store/people.ts';
import type { Principal } from '../usecases/managing/managing.ts';
import { erasePerson } from '../usecases/people/erase-person.ts';
import { CommandFailed, parseOptions, WrongUse } from './command-line.ts';
import { findOrganization } from './find-organization.ts';
import { runWithApp } from './run.ts';
import type { CliCommand, Terminal } from './terminal.ts';

const HELP = `Erases a person on request: a number stays where their name, addresses, accounts and words were.

  npm run erase -- EMAIL|ID               says what will happen
    --yes                                 does it; it cannot be taken back
    --organization ID|NAME                where they are; the first unless told

The audit keeps its lines, without the person, and still verifies: have the bot's AUDIT_SIGNING_KEY set, so that nobody
can pretend an erasure. Chat platforms, Harness and backups keep what they have.`;

/** `npm run erase`: takes a person's data out of the database. */
export const erase: CliCommand = { run, help: HELP };

async function run(terminal: Terminal): Promise<void> {
  const { args, env, print } = terminal;
  const { values, positionals } = parseOptions(args, {
    yes: { type: 'boolean' },
    organization: { type: 'string' },
    help: { type: 'boolean' },
  });
  const [given, ...others] = positionals;
  if (values.help || given === undefined) return print(HELP);
  if (others.length > 0) throw new WrongUse('One person at a time.');
  await runWithApp(terminal, async ({ context, ...app }) => {
    const organizationId = await findOrganization({ context, ...app }, values.organization ?? null);
    const person = /^[1-9][0-9]{0,14}$/.test(given)
      ? await personById(context.db, Number(given))
      : await personByEmail(context.db, organizationId, given);
    if (person?.organizationId !== organizationId)
      throw new CommandFailed(
        `Nobody here is ${given.slice(0, 254)}. Give their e-mail address or their id.`,
      );
    if (person.email && readConfig(env).adminEmails.includes(person.email))
      throw new CommandFailed(
        'ADMIN_EMAILS names them, so the next start would bring them back. Take them out of it first.',
      );
    if (!values.yes)
      return print(
        `Person ${person.id} would become “Erased person ${person.id}” in requests, cards’ records and the audit; their accounts, comments, questions and answers would go, and they would approve nothing more. Repeat with --yes if that is meant.`,
      );
    const operator: Principal = {
      ...{ organizationId, role: 'admin', personId: null },
      ...{ tokenId: 'bootstrap', via: 'cli' },
    };
    const { signingKey } = readConfig(env).audit;
    const sign = signingKey === null ? null : createAuditSigner(signingKey).signErasure;
    const erased = await erasePerson(context, operator, person.id, sign);
    if (!erased.ok)
      throw new CommandFailed('why' in erased.refusal ? erased.refusal.why : 'Nobody is there.');
    const { pseudonym, auditLines } = erased.value;
    print(
      `They are “${pseudonym}” now; ${auditLines} lines of the audit were changed, and it verifies as before.`,
    );
    if (!(await dropErasedBytes(context.db)))
      throw new CommandFailed(
        'The bot holds the database open, so old bytes are still in its log. Stop it and repeat this with the person’s id.',
      );
  });
}
