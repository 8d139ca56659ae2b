import pino, { type Logger } from 'pino';
import { storyFields } from './observing/scope.ts';

/** What must never be printed, wherever it hides in a logged object. */
const SECRETS = [
  'authorization',
  'apiKey',
  'token',
  'botToken',
  'appToken',
  'refreshToken',
  'signingSecret',
  'clientSecret',
  'stateSecret',
  'encryptionKeys',
  'secret',
  'access_token',
  'refresh_token',
  'client_secret',
  'cookie',
  'set-cookie',
  'x-api-key',
  'inputs',
  'values',
];

/** One JSON line per thing that happened, to standard output. */
export function createLog(level: string): Logger {
  return pino({
    level,
    base: undefined,
    mixin: storyFields,
    redact: {
      paths: SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
      censor: '[redacted]',
    },
    serializers: { err: pino.stdSerializers.err },
  });
}
