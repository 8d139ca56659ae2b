import { type Config, ConfigError, readConfig } from '../config.ts';

/** What stands in for a value that cannot be used, so that the rest can still be looked at. */
const STAND_INS: Readonly<Record<string, string>> = {
  PORT: '3000',
  PUBLIC_URL: 'https://stand-in.invalid',
  DATABASE_URL: 'sqlite::memory:',
  MIGRATE_AT_START: '',
  LOG_LEVEL: 'info',
  SLACK_BOT_TOKEN: 'stand-in',
  SLACK_SIGNING_SECRET: 'stand-in',
  SLACK_APP_TOKEN: 'xapp-stand-in-token',
  SLACK_CLIENT_ID: 'stand-in',
  SLACK_CLIENT_SECRET: 'stand-in',
  SLACK_STATE_SECRET: 'stand-in-for-the-state-secret',
  SLACK_MANAGER_FIELD_ID: '',
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
  SLACK_API_URL: 'https://stand-in.invalid/',
  MicrosoftAppId: 'stand-in',
  MicrosoftAppPassword: 'stand-in',
  MicrosoftAppTenantId: 'stand-in',
  MicrosoftAppType: '',
  CertificateThumbprint: '',
  CertificatePrivateKey: 'stand-in',
  TEAMS_AUTH: '',
  TEAMS_SERVICE_URL: 'https://stand-in.invalid/',
  TEAMS_SERVICE_HOSTS: '',
  TEAMS_OPENID_METADATA_URL: 'https://stand-in.invalid/',
  TEAMS_LOGIN_URL: 'https://stand-in.invalid/',
  TEAMS_GRAPH_URL: 'https://stand-in.invalid/',
  HARNESS_BASE_URL: 'https://harness.stand-in.invalid',
  HARNESS_PATH_PREFIX: '/gateway',
  HARNESS_ACCOUNT_ID: 'stand-in',
  HARNESS_API_KEY: 'stand-in',
  WEBHOOK_TOKEN: 'stand-in-for-the-webhook-token',
  WEBHOOK_SECRET: '',
  ADMIN_EMAILS: 'stand-in@stand-in.invalid',
  API_TOKEN: '',
  ENRICHMENT_WAIT_SECONDS: '',
  HARNESS_CHECK_SECONDS: '',
};

const MENDING_ROUNDS = 3;

export interface SalvagedConfig {
  /** null when not even stand-ins help. Usable in the parts whose variables are all in order. */
  config: Config | null;
  problems: readonly string[];
  /** True when none of these variables has a problem. */
  sound(...names: readonly string[]): boolean;
}

/** Reads the configuration as the bot does; what is wrong is told, what is right can be used all the same. */
export function salvageConfig(env: Readonly<Record<string, string | undefined>>): SalvagedConfig {
  try {
    return { config: readConfig(env), problems: [], sound: () => true };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { problems } = error;
    const broken = namesIn(problems);
    return {
      config: mend(env, broken),
      problems,
      sound: (...names) => !names.some((name) => broken.has(name)),
    };
  }
}

/** A problem begins with its variable's name, and may name a second one. */
function namesIn(problems: readonly string[]): Set<string> {
  return new Set(
    problems.map((text) => /^[A-Za-z][A-Za-z0-9_]+/.exec(text)?.[0]).filter((name) => name !== undefined),
  );
}

/** With stand-ins for what is broken, and for what they break in turn; what is broken even so is left out. */
function mend(env: Readonly<Record<string, string | undefined>>, broken: ReadonlySet<string>): Config | null {
  const mended = { ...env };
  const stoodIn = new Set<string>();
  let names = broken;
  for (let round = 0; round < MENDING_ROUNDS; round += 1) {
    for (const name of names) mended[name] = stoodIn.has(name) ? '' : STAND_INS[name];
    for (const name of names) stoodIn.add(name);
    const found = readOrProblems(mended);
    if (!('problems' in found)) return found;
    names = namesIn(found.problems);
  }
  return null;
}

function readOrProblems(env: Readonly<Record<string, string | undefined>>): Config | ConfigError {
  try {
    return readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}
