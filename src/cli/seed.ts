import { readFileSync } from 'node:fs';
import { ConfigurationRefused, loadConfiguration } from '../usecases/load-configuration.ts';
import { CommandFailed, print, runWithApp } from './run.ts';
import { parseSeedFile } from './seed-file.ts';

/** `npm run seed -- FILE.yml`: loads events, policies, workflows and people; the same file twice changes nothing. */
await runWithApp(async (app) => {
  const file = process.argv[2];
  if (!file) throw new CommandFailed('Name the file: npm run seed -- FILE.yml');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new CommandFailed(`${file} cannot be read. Check the path.`);
  }
  const parsed = parseSeedFile(text);
  if (!parsed.ok)
    throw new CommandFailed(`${file} was not loaded; nothing changed:\n${bullets(parsed.problems)}`);
  try {
    const counts = await loadConfiguration(app.context, app.organizationId, parsed.wanted, {
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
});

function bullets(problems: readonly string[]): string {
  return problems.map((problem) => `  - ${problem}`).join('\n');
}
