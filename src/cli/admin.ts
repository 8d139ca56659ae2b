import type { App } from '../app.ts';
import { type Refusal, refusalSentence } from '../approval/refusal.ts';
import { readConfig } from '../config.ts';
import type { Actor } from '../store/audit.ts';
import { reassignSlot } from '../usecases/approvers/reassign-slot.ts';
import { cancelRequest, releaseRequest, retrySubmission } from '../usecases/deciding/repair-request.ts';
import { chooseInstance } from '../usecases/gates/choose-gate.ts';
import { createOrganization } from '../usecases/organizations/add-organization.ts';
import { ADMIN_HELP, type AdminCommand, parseAdminCommand } from './admin-command.ts';
import { findPerson, findRequestId } from './admin-subjects.ts';
import { CommandFailed } from './command-line.ts';
import { requestTable } from './request-table.ts';
import { runWithApp } from './run.ts';
import { showRequest } from './show-request.ts';
import type { CliCommand, Terminal } from './terminal.ts';

/** `npm run admin`: looks at requests and repairs them, as one person, by the same use cases as everything else. */
export const admin: CliCommand = { run, help: ADMIN_HELP };

async function run(terminal: Terminal): Promise<void> {
  const { print } = terminal;
  const { command, as } = parseAdminCommand(terminal.args);
  if (command.verb === 'help') return print(ADMIN_HELP);
  await runWithApp(terminal, async (app) => {
    if (command.verb === 'add-organization') return addOrganization(app, terminal, command);
    if (command.verb === 'requests') return (await requestTable(app, command)).forEach(print);
    const id = await findRequestId(app, command.id);
    if (command.verb === 'show') return (await showRequest(app, id)).forEach(print);
    const person = await findPerson(app, as ?? firstAdmin(terminal));
    const refusal = await act(app, command, id, { personId: person.id, via: 'cli' });
    if (refusal) throw new CommandFailed(refusalSentence(refusal));
    print(`${DONE[command.verb]} ${id}, by ${person.name}. Watch it with: npm run admin -- show ${id}`);
  });
}

async function addOrganization(
  { context }: App,
  { print }: Terminal,
  wanted: Extract<AdminCommand, { verb: 'add-organization' }>,
): Promise<void> {
  const { name, domains, admins } = wanted;
  const made = await createOrganization(context, { name, domains, admins }, { personId: null, via: 'cli' });
  if (made.ok)
    return print(
      `Organization ${made.value}, “${name}”, is added. Load its workflows with: npm run seed -- FILE.yml --organization ${made.value}`,
    );
  const { refusal } = made;
  throw new CommandFailed(
    refusal.kind === 'invalid'
      ? refusal.problems.map(({ field, detail }) => `${field} ${detail}.`).join('\n')
      : refusal.kind === 'not_found'
        ? 'Not found.'
        : refusal.why,
  );
}

type Repair = Exclude<AdminCommand, { verb: 'help' | 'requests' | 'show' | 'add-organization' }>;

const DONE: Readonly<Record<Repair['verb'], string>> = {
  retry: 'The bot tells Harness again about',
  reassign: 'The place was given away in',
  release: 'The bot goes on with',
  choose: 'The gate was chosen for',
  cancel: 'Cancelled (Harness was not told)',
};

async function act(
  app: Parameters<typeof findPerson>[0],
  command: Repair,
  id: string,
  actor: Actor,
): Promise<Refusal | null> {
  const { context } = app;
  switch (command.verb) {
    case 'retry':
      return retrySubmission(context, id, actor);
    case 'release':
      return releaseRequest(context, id, actor);
    case 'choose':
      return chooseInstance(context, id, command.instanceId, actor);
    case 'cancel':
      return cancelRequest(context, id, command.reason, actor);
    case 'reassign': {
      const from = command.from === null ? null : await findPerson(app, command.from);
      const to = await findPerson(app, command.to);
      return reassignSlot(context, id, from?.id ?? null, to.id, actor);
    }
  }
}

function firstAdmin({ env }: Terminal): string {
  return readConfig(env).adminEmails[0]!;
}
