import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { startWorld, type World, type WorldOptions } from '../helpers/world.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

// Some tests start a dozen processes, each of which reads the whole product anew.
vi.setConfig({ testTimeout: 180_000 });

export interface Said {
  code: number | null;
  out: string;
  err: string;
}

/** Runs src/cli/NAME.ts as its own process, knowing nothing but `env` and what it reads on standard input. */
export function runCli(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input = '',
): Promise<Said> {
  const child = spawn(process.execPath, [join(ROOT, 'src/cli', `${name}.ts`), ...args], {
    cwd: ROOT,
    env: { ...env, NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/countersign') },
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    said.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk.toString();
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done({ code, ...said }));
  });
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
