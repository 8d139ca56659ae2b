import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { App } from '../app.ts';
import { ConfigurationRefused, loadConfiguration } from '../usecases/workflows/load-configuration.ts';
import { CommandFailed } from './command-line.ts';
import { findOrganization } from './find-organization.ts';
import { runWithApp } from './run.ts';
import { parseSeedFile } from './seed-file.ts';
import type { CliCommand, Terminal } from './terminal.ts';

/** `npm run seed -- FILE.yml`: loads events, policies, workflows and people, for the first organization or --organization; the same file twice changes nothing. */
export const seed: CliCommand = { run: (terminal) => runWithApp(terminal, (app) => load(app, terminal)) };

async function load(app: App, { args, print }: Terminal): Promise<void> {
  const { file, organization } = wordsOf(args);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new CommandFailed(`${file} cannot be read. Check the path.`);
  }
  const parsed = parseSeedFile(text);
  if (!parsed.ok)
    throw new CommandFailed(`${file} was not loaded; nothing changed:\n${bullets(parsed.problems)}`);
  const organizationId = await findOrganization(app, organization);
  try {
    const counts = await loadConfiguration(app.context, organizationId, parsed.wanted, {
      personId: null,
      via: 'cli',
    });
    print(
      `Loaded ${counts.people} people, ${counts.events} events, ${counts.policies} policies, ${counts.workflows} workflows.`,
    );
  } catch (error) {
    if (!(error instanceof ConfigurationRefused)) throw error;
    throw new CommandFailed(`${file} was not loaded; nothing changed:\n${bullets(error.problems)}`);
  }
}

function wordsOf(argv: readonly string[]): { file: string; organization: string | null } {
  const usage = 'Name the file: npm run seed -- FILE.yml [--organization NAME]';
  try {
    const options = { organization: { type: 'string' } } as const;
    const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options });
    const [file, ...more] = positionals;
    if (file !== undefined && more.length === 0) return { file, organization: values.organization ?? null };
  } catch {
    // What cannot be read is answered by how it is written.
  }
  throw new CommandFailed(usage);
}

function bullets(problems: readonly string[]): string {
  return problems.map((problem) => `  - ${problem}`).join('\n');
}
