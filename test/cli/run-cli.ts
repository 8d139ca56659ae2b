import { Readable } from 'node:stream';
import { runCommand } from '../../src/cli/run-command.ts';
import { startWorld, type World, type WorldOptions } from '../helpers/world.ts';

export interface Said {
  code: number;
  out: string;
  err: string;
}

/** Runs a command in this process, knowing nothing but `env` and what it reads on standard input. */
export async function runCli(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input = '',
): Promise<Said> {
  const said: Said = { code: 0, out: '', err: '' };
  await runCommand(name, {
    args,
    env,
    input: Readable.from(input === '' ? [] : [input]),
    print: (line) => {
      said.out += `${line}\n`;
    },
    write: async (text) => {
      said.out += text;
    },
    complain: (text) => {
      said.err += `${text}\n`;
    },
    fail: () => {
      said.code = 1;
    },
  });
  return said;
}

/** The environment that gives a process the world's own configuration. */
export function envOf({ config }: World): Record<string, string> {
  const { access } = config.slack!;
  return {
    PUBLIC_URL: config.publicUrl,
    DATABASE_URL: config.databaseUrl,
    ...(access.kind === 'token'
      ? { SLACK_BOT_TOKEN: access.botToken }
      : {
          SLACK_CLIENT_ID: access.clientId,
          SLACK_CLIENT_SECRET: access.clientSecret,
          SLACK_STATE_SECRET: access.stateSecret,
        }),
    ENCRYPTION_KEY: config.encryptionKeys.join(','),
    SLACK_SIGNING_SECRET: config.slack!.signingSecret,
    SLACK_API_URL: config.slack!.apiUrl,
    HARNESS_BASE_URL: config.harness.baseUrl,
    HARNESS_ACCOUNT_ID: config.harness.accountId,
    HARNESS_API_KEY: config.harness.apiKey,
    WEBHOOK_TOKEN: config.webhook.token,
    ADMIN_EMAILS: config.adminEmails.join(','),
  };
}

/** A world whose database a second process can open. */
export const startSharedWorld = (options: WorldOptions = {}): Promise<World> => startWorld(options);
