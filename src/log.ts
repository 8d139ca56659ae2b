import pino, { type Logger } from 'pino';

/** What must never be printed, wherever it hides in a logged object. */
const SECRETS = [
  'authorization',
  'apiKey',
  'token',
  'botToken',
  'appToken',
  'signingSecret',
  'x-api-key',
  'inputs',
  'values',
];

/** One JSON line per thing that happened, to standard output. */
export function createLog(level: string): Logger {
  return pino({
    level,
    base: undefined,
    redact: {
      paths: SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
      censor: '[redacted]',
    },
    serializers: { err: pino.stdSerializers.err },
  });
}
