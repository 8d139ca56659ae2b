import type { App } from '../app.ts';
import { createConnection } from '../usecases/connections/add-connection.ts';
import { checkConnections } from '../usecases/connections/check-connections.ts';
import { stateWords } from '../usecases/connections/connection-words.ts';
import {
  getConnection,
  listConnections,
  pauseConnection,
  removalWarnings,
  removeConnection,
  resumeConnection,
  updateConnection,
} from '../usecases/connections/manage-connections.ts';
import type { HarnessConnection } from '../usecases/harness-ports.ts';
import type { Managed, Principal } from '../usecases/managing/managing.ts';
import { findingLine } from './check.ts';
import { CommandFailed } from './command-line.ts';
import { CONNECTION_HELP, type ConnectionCommand, parseConnectionCommand } from './connection-command.ts';
import { findOrganization } from './find-organization.ts';
import { cell, moment, table } from './plain-table.ts';
import { readKey } from './read-key.ts';
import { runWithApp } from './run.ts';
import type { CliCommand, Terminal } from './terminal.ts';

type Told = Exclude<ConnectionCommand, { verb: 'help' }>;

/** `npm run connection`: connects Harness accounts, and shows and changes their connections. */
export const connection: CliCommand = { run, help: CONNECTION_HELP };

async function run(terminal: Terminal): Promise<void> {
  const command = parseConnectionCommand(terminal.args);
  if (command.verb === 'help') return terminal.print(CONNECTION_HELP);
  await runWithApp(terminal, async (app) =>
    act(app, terminal, command, await findOrganization(app, command.organization)),
  );
}

async function act(
  { context }: App,
  terminal: Terminal,
  command: Told,
  organizationId: number,
): Promise<void> {
  const { print } = terminal;
  const operator: Principal = {
    ...{ organizationId, role: 'admin', personId: null },
    ...{ tokenId: 'bootstrap', via: 'cli' },
  };
  if (command.verb === 'list') {
    const { rows } = orFail(await listConnections(context, operator));
    return connectionTable(rows).forEach(print);
  }
  if (command.verb === 'add') {
    const { name, account, url: baseUrl, prefix: pathPrefix } = command;
    const wanted = { name, account, baseUrl, pathPrefix, apiKey: await readKey(terminal) };
    const made = orFail(await createConnection(context, operator, wanted));
    return print(`“${made.name}” is connected: Harness takes the key for the account ${made.account}.`);
  }
  const connection = orFail(await getConnection(context, operator, { name: command.name }));
  const { id, name, account } = connection;
  switch (command.verb) {
    case 'test': {
      const findings = orFail(await checkConnections(context, operator, name));
      findings.map(findingLine).forEach(print);
      if (findings.some(({ level }) => level === 'problem')) terminal.fail();
      return;
    }
    case 'key': {
      orFail(await updateConnection(context, operator, id, { apiKey: await readKey(terminal) }));
      return print(`“${name}” has its new key: Harness takes it for the account ${account}.`);
    }
    case 'pause': {
      orFail(await pauseConnection(context, operator, id, command.why));
      return print(`“${name}” is paused: decisions wait until it is resumed.`);
    }
    case 'resume': {
      orFail(await resumeConnection(context, operator, id));
      return print(`“${name}” goes on: what waited is sent now.`);
    }
    case 'remove': {
      if (connection.source === 'stored' && !command.confirmed)
        throw new CommandFailed(
          [
            ...(await removalWarnings(context, connection)),
            `This forgets the key of “${name}”. Repeat with --yes if that is meant.`,
          ].join('\n'),
        );
      const removed = orFail(await removeConnection(context, operator, id));
      removed.warnings.forEach(print);
      return print(`“${name}” is removed and its key forgotten here. Revoke it in Harness, too.`);
    }
  }
}

function connectionTable(rows: readonly HarnessConnection[]): string[] {
  if (rows.length === 0)
    return ['No Harness account is connected. Connect one with: npm run connection -- add'];
  return table([
    ['NAME', 'ACCOUNT', 'ADDRESS', 'SET BY', 'STATE', 'SINCE', 'WHY'],
    ...rows.map((one) => [
      one.name,
      one.account,
      cell(one.baseUrl + one.pathPrefix, 60),
      one.source === 'environment' ? 'the environment' : 'an admin',
      stateWords(one),
      one.state === 'active' && one.unhealthyAt !== null ? moment(one.unhealthyAt) : moment(one.createdAt),
      cell(one.state === 'paused' ? one.pausedBecause : (one.unhealthyBecause ?? ''), 120),
    ]),
  ]);
}

const WORDS: Readonly<Record<string, string>> = {
  name: 'The name',
  account: 'The account (--account)',
  base_url: 'The address (--url)',
  path_prefix: 'The path prefix (--prefix)',
  api_key: 'The key',
};

function orFail<T>(managed: Managed<T>): T {
  if (managed.ok) return managed.value;
  const { refusal } = managed;
  switch (refusal.kind) {
    case 'not_found':
      throw new CommandFailed('There is no such connection. See them with: npm run connection -- list');
    case 'invalid':
      throw new CommandFailed(
        refusal.problems.map(({ field, detail }) => `${WORDS[field] ?? field} ${detail}.`).join('\n'),
      );
    default:
      throw new CommandFailed(refusal.why);
  }
}
