import { mkdir, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandFailed, parseOptions } from './command-line.ts';
import { readTeamsPackage, teamsPackage as zipped } from './teams-app-package.ts';
import type { CliCommand, Terminal } from './terminal.ts';

const HELP = `npm run teams:package [-- --classic]

Writes dist/countersign-teams.zip: the app to upload in the Teams admin center (or, to try it, in Teams under
Apps, Manage your apps, Upload an app).

  --classic   manifest 1.19, for tenants that refuse newer ones: without slash commands and private answers.

Reads MicrosoftAppId and PUBLIC_URL, and if they are set TEAMS_APP_VERSION (1.0.0), TEAMS_DEVELOPER_NAME,
TEAMS_WEBSITE_URL, TEAMS_PRIVACY_URL and TEAMS_TERMS_URL.`;

/** `npm run teams:package`: writes the Teams app package. */
export const teamsPackage: CliCommand = { run, help: HELP };

async function run({ args, env, print }: Terminal): Promise<void> {
  const options = { classic: { type: 'boolean', default: false }, help: { type: 'boolean' } } as const;
  const { values } = parseOptions(args, options);
  if (values.help) return print(HELP);
  const read = readTeamsPackage(env, values.classic);
  if (!read.ok)
    throw new CommandFailed(
      `The package is not written:\n${read.problems.map((one) => `- ${one}`).join('\n')}`,
    );
  const folder = new URL('../../dist/', import.meta.url);
  const file = new URL(values.classic ? 'countersign-teams-classic.zip' : 'countersign-teams.zip', folder);
  await mkdir(folder, { recursive: true });
  await writeFile(file, await zipped(read.parts));
  print(`${relative(process.cwd(), fileURLToPath(file))} is written for the bot ${read.parts.appId}.`);
}
