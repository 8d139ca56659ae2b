import { existsSync, readFileSync } from 'node:fs';
import type { App } from '../app.ts';
import { type AuditSignatures, createAuditSigner, newSigningKey, signaturesOf } from '../audit-signing.ts';
import { createCheckpoints } from '../checkpoints.ts';
import { readConfig } from '../config.ts';
import { linesOfAction, readChain, stretchOf } from '../store/audit-reading.ts';
import { organizationIds } from '../store/organizations.ts';
import { type ChainFinding, type ChainVerifier, chainVerifier } from '../usecases/auditing/chain-verifier.ts';
import { erasureReader, placesErasedBy } from '../usecases/auditing/erasures.ts';
import { verifyAudit } from '../usecases/auditing/verify-audit.ts';
import type { Checkpoint } from '../usecases/ports.ts';
import { AUDIT_HELP, type AuditCommand, parseAuditCommand } from './audit-command.ts';
import { CSV_HEAD, csvOf, jsonlOf, readCheckpoints, readExport } from './audit-lines.ts';
import { CommandFailed } from './command-line.ts';
import { findOrganization } from './find-organization.ts';
import { runWithApp } from './run.ts';
import type { CliCommand, Terminal } from './terminal.ts';

type Verify = Extract<AuditCommand, { verb: 'verify' }>;
type Export = Extract<AuditCommand, { verb: 'export' }>;

/** `npm run audit`: verifies and exports the audit, and signs where it stands. */
export const audit: CliCommand = { run, help: AUDIT_HELP };

async function run(terminal: Terminal): Promise<void> {
  const command = parseAuditCommand(terminal.args);
  switch (command.verb) {
    case 'help':
      return terminal.print(AUDIT_HELP);
    case 'keygen':
      return keygen(terminal);
    case 'checkpoint':
      return runWithApp(terminal, (app) => checkpoint(app, terminal));
    case 'export':
      return runWithApp(terminal, (app) => exportLines(app, terminal, command));
    case 'verify':
      if (command.file !== null) return verifyFile(terminal, command, command.file);
      return runWithApp(terminal, (app) => verifyDatabase(app, terminal, command));
  }
}

function keygen({ print }: Terminal): void {
  const { privateKey, publicKey } = newSigningKey();
  print('# For the bot, and for nobody who can write its database:');
  print(`AUDIT_SIGNING_KEY=${privateKey}`);
  print('# For whoever verifies:');
  print(`# --public-key ${publicKey}`);
}

async function checkpoint({ context }: App, { env, print }: Terminal): Promise<void> {
  const { audit: wanted } = readConfig(env);
  if (wanted.signingKey === null)
    throw new CommandFailed('AUDIT_SIGNING_KEY is not set. Make a key with: npm run audit -- keygen');
  const written = await createCheckpoints(context, wanted).write();
  for (const one of written) print(JSON.stringify(one));
}

async function exportLines(
  app: App,
  { write }: Terminal,
  { organization, format, from, to }: Export,
): Promise<void> {
  const { db } = app.context;
  const line = format === 'csv' ? csvOf : jsonlOf;
  if (format === 'csv') await write(CSV_HEAD);
  for (const id of await organizationsOf(app, organization)) {
    const stretch = await stretchOf(db, id, { from, to });
    if (!stretch) continue;
    for await (const one of readChain(db, id, stretch)) await write(line(one));
    for await (const one of linesOfAction(db, id, 'erased'))
      if (one.seq > stretch.to && placesErasedBy(one).some((seq) => seq >= stretch.from && seq <= stretch.to))
        await write(line(one));
  }
}

async function verifyDatabase(app: App, terminal: Terminal, command: Verify): Promise<void> {
  const { checkpointFile, signingKey } = readConfig(terminal.env).audit;
  const isKept = checkpointFile !== null && existsSync(checkpointFile);
  if (checkpointFile !== null && !isKept && command.checkpoints === null)
    flaw(terminal, `AUDIT_CHECKPOINT_FILE names ${checkpointFile}, which is not there`);
  const kept = isKept ? checkpointFile : null;
  const own = signingKey === null ? null : createAuditSigner(signingKey).publicKey;
  const signatures = signaturesBy(command.publicKey ?? own);
  const checkpoints = await soundCheckpoints(terminal, command.checkpoints ?? kept, signatures);
  const isProved = signatures?.isErasureSigned ?? null;
  const ids = await organizationsOf(app, command.organization);
  for (const id of ids)
    tell(terminal, id, await verifyAudit(app.context.db, id, checkpoints, isProved), checkpoints);
  if (command.organization === null) tellStrangers(terminal, checkpoints, new Set(ids));
}

/** An export may begin and end anywhere: what lies within must hold together. */
async function verifyFile(terminal: Terminal, command: Verify, path: string): Promise<void> {
  if (command.organization !== null)
    throw new CommandFailed('--organization is for the database; a file is checked whole.');
  const signatures = signaturesBy(command.publicKey);
  const checkpoints = await soundCheckpoints(terminal, command.checkpoints, signatures);
  const ofOrganization = (id: number) => checkpoints.filter(({ organization }) => organization === id);
  const erasures = new Map<number, ReturnType<typeof erasureReader>>();
  for await (const line of readExport(path, () => {})) {
    const { organization } = line;
    const own =
      erasures.get(organization) ??
      erasureReader(ofOrganization(organization), signatures?.isErasureSigned ?? null);
    own.read(line);
    erasures.set(organization, own);
  }
  const verifiers = new Map<number, ChainVerifier>();
  const others: number[] = [];
  for await (const line of readExport(path, (nth) => others.push(nth))) {
    const { organization } = line;
    const verifier =
      verifiers.get(organization) ??
      chainVerifier({
        erasures: erasures.get(organization)!,
        checkpoints: ofOrganization(organization),
        partial: true,
      });
    verifiers.set(organization, verifier);
    verifier.take(line);
  }
  for (const nth of others.slice(0, 100)) flaw(terminal, `${path}:${nth} is no line of an export`);
  for (const [id, verifier] of verifiers) tell(terminal, id, verifier.end(), checkpoints);
  if (verifiers.size === 0) flaw(terminal, `${path} holds no line of an export`);
}

/** `publicKey`: the key, or the path of its file. */
function signaturesBy(publicKey: string | null): AuditSignatures | null {
  if (publicKey === null) return null;
  return signaturesOf(existsSync(publicKey) ? readFileSync(publicKey, 'utf8').trim() : publicKey);
}

async function soundCheckpoints(
  terminal: Terminal,
  path: string | null,
  signatures: AuditSignatures | null,
): Promise<Checkpoint[]> {
  const { print } = terminal;
  if (path === null) {
    print(
      '! No checkpoints: a tail cut off, or a chain rewritten as a whole, would not show (AUDIT_SIGNING_KEY).',
    );
    return [];
  }
  const checkpoints = await readCheckpoints(path, (nth) => flaw(terminal, `${path}:${nth} is no checkpoint`));
  if (checkpoints.length === 0) flaw(terminal, `${path} holds no checkpoint`);
  if (!signatures) {
    print('! The signatures of checkpoints and erasures are not checked: give --public-key.');
    return checkpoints;
  }
  return checkpoints.filter((one) => {
    if (signatures.isCheckpointSigned(one)) return true;
    flaw(
      terminal,
      `the checkpoint of line ${one.seq} of organization ${one.organization} is not signed by that key`,
    );
    return false;
  });
}

function tellStrangers(
  terminal: Terminal,
  checkpoints: readonly Checkpoint[],
  known: ReadonlySet<number>,
): void {
  const gone = new Set(checkpoints.map(({ organization }) => organization).filter((id) => !known.has(id)));
  for (const id of gone) flaw(terminal, `organization ${id} is missing: checkpoints saw its audit`);
}

function tell(
  terminal: Terminal,
  organization: number,
  { lines, erased, problems, more }: ChainFinding,
  checkpoints: readonly Checkpoint[],
): void {
  const redacted = erased === 0 ? '' : ` (${erased} with text erased on request)`;
  const many = `${lines} ${lines === 1 ? 'line' : 'lines'}${redacted}`;
  if (problems.length === 0 && more === 0)
    terminal.print(
      `✓ Organization ${organization}: ${many}, all as they were written${seenUpTo(organization, checkpoints)}.`,
    );
  for (const problem of problems) flaw(terminal, `Organization ${organization}: ${problem}.`);
  if (more > 0) flaw(terminal, `Organization ${organization}: and ${more} more.`);
}

/** How far checkpoints reach: where their own end was cut off, the newest is older than it should be. */
function seenUpTo(organization: number, checkpoints: readonly Checkpoint[]): string {
  const own = checkpoints.filter((one) => one.organization === organization);
  const newest = own.reduce<Checkpoint | null>(
    (best, one) => (best && best.seq > one.seq ? best : one),
    null,
  );
  if (newest)
    return `; up to line ${newest.seq} as the checkpoint of ${new Date(newest.at).toISOString()} saw them`;
  return checkpoints.length > 0 ? '; no checkpoint saw them' : '';
}

function flaw({ print, fail }: Terminal, text: string): void {
  print(`✗ ${text}`);
  fail();
}

async function organizationsOf(app: App, given: string | null): Promise<number[]> {
  return given === null ? organizationIds(app.context.db) : [await findOrganization(app, given)];
}
