import { type Config, ConfigError, readConfig } from '../config.ts';

/** What stands in for a value that cannot be used, so that the rest can still be looked at. */
const STAND_INS: Readonly<Record<string, string>> = {
  PORT: '3000',
  PUBLIC_URL: 'https://stand-in.invalid',
  DATABASE_URL: 'sqlite::memory:',
  LOG_LEVEL: 'info',
  SLACK_BOT_TOKEN: 'stand-in',
  SLACK_SIGNING_SECRET: 'stand-in',
  SLACK_APP_TOKEN: 'xapp-stand-in-token',
  SLACK_API_URL: 'https://stand-in.invalid/',
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
    // A problem begins with its variable's name, and may name a second one.
    const broken = new Set(
      problems.map((text) => /^[A-Z][A-Z0-9_]+/.exec(text)?.[0]).filter((name) => name !== undefined),
    );
    const mended = { ...env };
    for (const name of broken) mended[name] = STAND_INS[name];
    return {
      config: readOrNull(mended),
      problems,
      sound: (...names) => !names.some((name) => broken.has(name)),
    };
  }
}

function readOrNull(env: Readonly<Record<string, string | undefined>>): Config | null {
  try {
    return readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}
