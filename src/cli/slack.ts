import type { App } from '../app.ts';
import { organizationById } from '../store/organizations.ts';
import { issueInstallLink } from '../usecases/installations/install-links.ts';
import {
  chooseManagerField,
  type ListedInstallation,
  listInstallations,
  releaseWorkspace,
} from '../usecases/installations/manage-installations.ts';
import type { Managed } from '../usecases/managing/managing.ts';
import { CommandFailed } from './command-line.ts';
import { findOrganization } from './find-organization.ts';
import { cell, moment, table } from './plain-table.ts';
import { runWithApp } from './run.ts';
import { parseSlackCommand, SLACK_HELP, type SlackCommand } from './slack-command.ts';
import type { CliCommand, Terminal } from './terminal.ts';

/** `npm run slack`: connects workspaces and shows them. */
export const slack: CliCommand = { run, help: SLACK_HELP };

async function run(terminal: Terminal): Promise<void> {
  const command = parseSlackCommand(terminal.args);
  if (command.verb === 'help') return terminal.print(SLACK_HELP);
  await runWithApp(terminal, (app) => act(app, terminal, command));
}

const OPERATOR = { personId: null, via: 'cli' } as const;

async function act(
  app: App,
  terminal: Terminal,
  command: Exclude<SlackCommand, { verb: 'help' }>,
): Promise<void> {
  const { context } = app;
  const { print } = terminal;
  switch (command.verb) {
    case 'link':
      return link(app, terminal, command);
    case 'list':
      return (await workspaceTable(app)).forEach(print);
    case 'manager-field': {
      orFail(await chooseManagerField(context, command.teamId, command.fieldId, OPERATOR));
      const word = command.fieldId ?? 'none';
      return print(`Managers in ${command.teamId} are read from the profile field: ${word}.`);
    }
    case 'remove': {
      if (!command.confirmed)
        throw new CommandFailed(
          `This wipes the tokens of ${command.teamId}; its cards are reached no more, and any organization may install there. Repeat with --yes if that is meant. Remove the app in Slack, too.`,
        );
      const name = orFail(await releaseWorkspace(context, command.teamId, OPERATOR));
      return print(`${cell(name, 80)} (${command.teamId}) is released. Remove the app in Slack, too.`);
    }
  }
}

async function link(
  app: App,
  { print }: Terminal,
  command: Extract<SlackCommand, { verb: 'link' }>,
): Promise<void> {
  const organizationId = await findOrganization(app, command.organization);
  const operator = { ...OPERATOR, organizationId, role: 'admin', tokenId: 'bootstrap' } as const;
  const issued = orFail(await issueInstallLink(app.context, operator, command.hours));
  const organization = await organizationById(app.context.db, organizationId);
  print(
    `This link installs the app into one workspace for ${cell(organization?.name ?? '', 80)}, once, until ${moment(issued.expiresAt)}. It is shown this once.`,
  );
  print(issued.url);
}

async function workspaceTable({ context }: App): Promise<string[]> {
  const found = await listInstallations(context);
  if (found.length === 0)
    return ['No workspace has installed the app yet. Make a link with: npm run slack -- link'];
  const names = new Map<number, string>();
  for (const { organizationId } of found)
    if (!names.has(organizationId))
      names.set(organizationId, (await organizationById(context.db, organizationId))?.name ?? '');
  const lines = found.map((one) => [
    one.teamId,
    cell(one.teamName, 40),
    cell(`${names.get(one.organizationId)} (${one.organizationId})`, 40),
    stateOf(one),
    expiryOf(one),
    one.managerFieldId ?? 'none',
    moment(one.createdAt),
  ]);
  return table([
    ['TEAM', 'NAME', 'ORGANIZATION', 'STATE', 'TOKEN UNTIL', 'MANAGER FIELD', 'FIRST INSTALLED'],
    ...lines,
  ]);
}

function stateOf({ state, reinstallBecause }: ListedInstallation): string {
  if (state === 'removed') return 'removed';
  return reinstallBecause === null ? 'installed' : cell(`reinstall: ${reinstallBecause}`, 80);
}

function expiryOf({ state, tokenExpiresAt, rotates }: ListedInstallation): string {
  if (state === 'removed') return '';
  if (tokenExpiresAt === null) return 'no end';
  return `${moment(tokenExpiresAt)}${rotates ? ', renewed' : ''}`;
}

function orFail<T>(managed: Managed<T>): T {
  if (managed.ok) return managed.value;
  const { refusal } = managed;
  switch (refusal.kind) {
    case 'not_found':
      throw new CommandFailed('There is no such workspace. See them with: npm run slack -- list');
    case 'invalid':
      throw new CommandFailed(refusal.problems.map(({ field, detail }) => `${field} ${detail}.`).join('\n'));
    default:
      throw new CommandFailed(refusal.why);
  }
}
