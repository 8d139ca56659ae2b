import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { App } from '../app.ts';
import { createCheckpointSigner, isSignedBy, newSigningKey } from '../checkpoint-signing.ts';
import { createCheckpoints } from '../checkpoints.ts';
import { type Config, readConfig } from '../config.ts';
import { readChain, stretchOf } from '../store/audit-reading.ts';
import { organizationIds } from '../store/organizations.ts';
import {
  type ChainFinding,
  type ChainVerifier,
  chainVerifier,
  readErasure,
} from '../usecases/auditing/chain-verifier.ts';
import { verifyAudit } from '../usecases/auditing/verify-audit.ts';
import type { Checkpoint } from '../usecases/ports.ts';
import { AUDIT_HELP, type AuditCommand, parseAuditCommand } from './audit-command.ts';
import { CSV_HEAD, csvOf, jsonlOf, readCheckpoints, readExport } from './audit-lines.ts';
import { WrongUse } from './command-line.ts';
import { findOrganization } from './find-organization.ts';
import { CommandFailed, print, runInWords, runWithApp } from './run.ts';

type Verify = Extract<AuditCommand, { verb: 'verify' }>;
type Export = Extract<AuditCommand, { verb: 'export' }>;

/** `npm run audit`: verifies and exports the audit, and signs where it stands. */
async function main(): Promise<void> {
  const command = parseAuditCommand(process.argv.slice(2));
  switch (command.verb) {
    case 'help':
      return print(AUDIT_HELP);
    case 'keygen':
      return keygen();
    case 'checkpoint':
      return runWithApp(checkpoint);
    case 'export':
      return runWithApp((app) => exportLines(app, command));
    case 'verify':
      if (command.file !== null) return runInWords(() => verifyFile(command, command.file!));
      return runWithApp((app) => verifyDatabase(app, command));
  }
}

function keygen(): void {
  const { privateKey, publicKey } = newSigningKey();
  print('# For the bot, and for nobody who can write its database:');
  print(`AUDIT_SIGNING_KEY=${privateKey}`);
  print('# For whoever verifies:');
  print(`# --public-key ${publicKey}`);
}

async function checkpoint({ context }: App): Promise<void> {
  const { audit } = configOf();
  if (audit.signingKey === null)
    throw new CommandFailed('AUDIT_SIGNING_KEY is not set. Make a key with: npm run audit -- keygen');
  const written = await createCheckpoints(context, audit).write();
  for (const one of written) print(JSON.stringify(one));
}

async function exportLines(app: App, { organization, format, from, to }: Export): Promise<void> {
  const { db } = app.context;
  const line = format === 'csv' ? csvOf : jsonlOf;
  if (format === 'csv') await write(CSV_HEAD);
  for (const id of await organizationsOf(app, organization)) {
    const stretch = await stretchOf(db, id, { from, to });
    if (!stretch) continue;
    for await (const one of readChain(db, id, stretch)) await write(line(one));
  }
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

async function verifyDatabase(app: App, command: Verify): Promise<void> {
  const { audit } = configOf();
  const kept =
    audit.checkpointFile !== null && existsSync(audit.checkpointFile) ? audit.checkpointFile : null;
  const key =
    command.publicKey ??
    (audit.signingKey === null ? null : createCheckpointSigner(audit.signingKey).publicKey);
  const checkpoints = await soundCheckpoints(command.checkpoints ?? kept, key);
  const ids = await organizationsOf(app, command.organization);
  for (const id of ids) tell(id, await verifyAudit(app.context.db, id, checkpoints));
  if (command.organization === null) tellStrangers(checkpoints, new Set(ids));
}

/** An export may begin and end anywhere: what lies within must hold together. */
async function verifyFile(command: Verify, path: string): Promise<void> {
  if (command.organization !== null)
    throw new CommandFailed('--organization is for the database; a file is checked whole.');
  const checkpoints = await soundCheckpoints(command.checkpoints, command.publicKey);
  const erasures = new Map<number, Map<number, string>>();
  for await (const line of readExport(path, () => {})) {
    const own = erasures.get(line.organization) ?? new Map<number, string>();
    readErasure(line, own);
    erasures.set(line.organization, own);
  }
  const verifiers = new Map<number, ChainVerifier>();
  const others: number[] = [];
  for await (const line of readExport(path, (nth) => others.push(nth))) {
    const { organization } = line;
    const verifier =
      verifiers.get(organization) ??
      chainVerifier({
        erasures: erasures.get(organization)!,
        checkpoints: checkpoints.filter((one) => one.organization === organization),
        partial: true,
      });
    verifiers.set(organization, verifier);
    verifier.take(line);
  }
  for (const nth of others.slice(0, 100)) fail(`${path}:${nth} is no line of an export`);
  for (const [id, verifier] of verifiers) tell(id, verifier.end());
  if (verifiers.size === 0) fail(`${path} holds no line of an export`);
}

async function soundCheckpoints(path: string | null, publicKey: string | null): Promise<Checkpoint[]> {
  if (path === null) {
    print(
      '! No checkpoints: a tail cut off, or a chain rewritten as a whole, would not show (AUDIT_SIGNING_KEY).',
    );
    return [];
  }
  const checkpoints = await readCheckpoints(path, (nth) => fail(`${path}:${nth} is no checkpoint`));
  if (publicKey === null) {
    print('! The signatures of the checkpoints are not checked: give --public-key.');
    return checkpoints;
  }
  const key = existsSync(publicKey) ? readFileSync(publicKey, 'utf8').trim() : publicKey;
  return checkpoints.filter((one) => {
    if (isSignedBy(key, one)) return true;
    fail(`the checkpoint of line ${one.seq} of organization ${one.organization} is not signed by that key`);
    return false;
  });
}

function tellStrangers(checkpoints: readonly Checkpoint[], known: ReadonlySet<number>): void {
  const gone = new Set(checkpoints.map(({ organization }) => organization).filter((id) => !known.has(id)));
  for (const id of gone) fail(`organization ${id} is missing: checkpoints saw its audit`);
}

function tell(organization: number, { lines, erased, problems, more }: ChainFinding): void {
  const redacted = erased === 0 ? '' : ` (${erased} with text erased on request)`;
  const many = `${lines} ${lines === 1 ? 'line' : 'lines'}${redacted}`;
  if (problems.length === 0 && more === 0)
    print(`✓ Organization ${organization}: ${many}, all as they were written.`);
  for (const problem of problems) fail(`Organization ${organization}: ${problem}.`);
  if (more > 0) fail(`Organization ${organization}: and ${more} more.`);
}

function fail(text: string): void {
  print(`✗ ${text}`);
  process.exitCode = 1;
}

async function organizationsOf(app: App, given: string | null): Promise<number[]> {
  return given === null ? organizationIds(app.context.db) : [await findOrganization(app, given)];
}

function configOf(): Config {
  // biome-ignore lint/style/noProcessEnv: a command line meets its environment here, as main.ts does.
  return readConfig(process.env);
}

main().catch((error: unknown) => {
  if (!(error instanceof WrongUse)) throw error;
  process.stderr.write(`${error.message}\n\n${AUDIT_HELP}\n`);
  process.exitCode = 1;
});
