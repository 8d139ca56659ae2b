import type { App } from '../app.ts';
import { readConfig } from '../config.ts';
import { eventsById } from '../store/events.ts';
import { peopleById } from '../store/people.ts';
import { machineByName } from '../store/tokens.ts';
import type { Managed, Principal } from '../usecases/managing/managing.ts';
import {
  type ApiToken,
  createToken,
  listTokens,
  revokeToken,
  type WantedToken,
} from '../usecases/tokens/manage-tokens.ts';
import { CommandFailed } from './command-line.ts';
import { findOrganization } from './find-organization.ts';
import { cell, moment, table } from './plain-table.ts';
import { runWithApp } from './run.ts';
import type { CliCommand, Terminal } from './terminal.ts';
import { parseTokenCommand, TOKEN_HELP } from './token-command.ts';

const EVERYTHING = { filters: [], sort: [], page: { number: 1, size: 10_000 } };

/** `npm run token`: makes, lists and revokes tokens. */
export const token: CliCommand = { run, help: TOKEN_HELP };

async function run(terminal: Terminal): Promise<void> {
  const { print } = terminal;
  const command = parseTokenCommand(terminal.args);
  if (command.verb === 'help') return print(TOKEN_HELP);
  await runWithApp(terminal, async (whole) => {
    const app = { ...whole, organizationId: await findOrganization(whole, command.organization) };
    const { context } = app;
    if (command.verb === 'list') return (await tokenTable(app)).forEach(print);
    if (command.verb === 'revoke') {
      const { id, name } = orFail(await revokeToken(context, operator(app), command.id));
      return print(`Token ${id}, “${name}”, is revoked: it opens, reads and decides nothing from now on.`);
    }
    const made = orFail(
      await createToken(context, operator(app), await withOwner(app, terminal, command.wanted)),
    );
    print(`Token ${made.token.id}, “${made.token.name}”, role ${made.token.role}. It is shown this once.`);
    print(made.secret);
  });
}

/** Whoever can run this on the bot's machine, nobody in particular. */
function operator({ organizationId }: App): Principal {
  return { organizationId, role: 'admin', personId: null, tokenId: 'bootstrap', via: 'cli' };
}

/** A new machine answers to the first of ADMIN_EMAILS unless told; a known one keeps its owner. */
async function withOwner(
  { context, organizationId }: App,
  { env }: Terminal,
  wanted: WantedToken,
): Promise<WantedToken> {
  const { holder } = wanted;
  if (!('machine' in holder) || holder.ownerEmail !== null) return wanted;
  if ((await machineByName(context.db, organizationId, holder.machine.trim())) !== null) return wanted;
  const [firstAdmin = null] = readConfig(env).adminEmails;
  return { ...wanted, holder: { ...holder, ownerEmail: firstAdmin } };
}

function orFail<T>(managed: Managed<T>): T {
  if (managed.ok) return managed.value;
  const { refusal } = managed;
  switch (refusal.kind) {
    case 'not_found':
      throw new CommandFailed('There is no such token. See them with: npm run token -- list');
    case 'invalid':
      throw new CommandFailed(refusal.problems.map(({ field, detail }) => `${field} ${detail}.`).join('\n'));
    default:
      throw new CommandFailed(refusal.why);
  }
}

async function tokenTable(app: App): Promise<string[]> {
  const { db } = app.context;
  const { rows } = orFail(await listTokens(app.context, operator(app), EVERYTHING));
  if (rows.length === 0) return ['No tokens yet. Make one with: npm run token -- create --help'];
  const people = await peopleById(
    db,
    rows.map((token) => token.personId),
  );
  const events = await eventsById(
    db,
    app.organizationId,
    rows.flatMap((token) => token.scope?.eventIds ?? []),
  );
  const lines = rows.map((token) => {
    const holder = people.get(token.personId);
    return [
      String(token.id),
      cell(token.name, 40),
      token.role,
      cell(
        holder?.kind === 'machine' ? `${holder.name} (machine)` : (holder?.email ?? holder?.name ?? ''),
        40,
      ),
      moment(token.createdAt),
      token.lastUsedAt === null ? 'never' : moment(token.lastUsedAt),
      token.revokedAt === null ? 'valid' : `revoked ${moment(token.revokedAt)}`,
      scopeWords(token, (id) => events.get(id)?.slug ?? `event ${id}`),
    ];
  });
  return table([['ID', 'NAME', 'ROLE', 'HOLDER', 'MADE', 'LAST USED', 'STATE', 'SCOPE'], ...lines]);
}

function scopeWords({ scope }: ApiToken, slugOf: (eventId: number) => string): string {
  if (!scope) return '';
  const events = scope.eventIds?.map(slugOf).join(',') ?? 'any event';
  const pipelines =
    scope.pipelines
      ?.map(({ account, org, project, pipeline }) => `${account}/${org}/${project}/${pipeline}`)
      .join(',') ?? 'any pipeline';
  return cell(`${events}; ${pipelines}${scope.mayChoosePolicy ? '; may choose the policy' : ''}`, 200);
}
