import { mkdir, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { print } from './run.ts';
import { readTeamsPackage, teamsPackage } from './teams-app-package.ts';

const HELP = `npm run teams:package [-- --classic]

Writes dist/countersign-teams.zip: the app to upload in the Teams admin center (or, to try it, in Teams under
Apps, Manage your apps, Upload an app).

  --classic   manifest 1.19, for tenants that refuse newer ones: without slash commands and private answers.

Reads MicrosoftAppId and PUBLIC_URL, and if they are set TEAMS_APP_VERSION (1.0.0), TEAMS_DEVELOPER_NAME,
TEAMS_WEBSITE_URL, TEAMS_PRIVACY_URL and TEAMS_TERMS_URL.`;

/** `npm run teams:package`: writes the Teams app package. */
async function main(): Promise<void> {
  const options = { classic: { type: 'boolean', default: false }, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ options });
  if (values.help) return print(HELP);
  // biome-ignore lint/style/noProcessEnv: a command line meets its environment here, as main.ts does.
  const read = readTeamsPackage(process.env, values.classic);
  if (!read.ok) return fail(read.problems);
  const folder = new URL('../../dist/', import.meta.url);
  const file = new URL(values.classic ? 'countersign-teams-classic.zip' : 'countersign-teams.zip', folder);
  await mkdir(folder, { recursive: true });
  await writeFile(file, await teamsPackage(read.parts));
  print(`${relative(process.cwd(), fileURLToPath(file))} is written for the bot ${read.parts.appId}.`);
}

function fail(problems: readonly string[]): void {
  process.stderr.write(`The package is not written:\n${problems.map((one) => `- ${one}`).join('\n')}\n`);
  process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  fail([error instanceof Error ? error.message : String(error)]);
}
