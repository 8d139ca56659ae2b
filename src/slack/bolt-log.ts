import { type Logger, LogLevel } from '@slack/bolt';
import type { Log } from '../usecases/ports.ts';

/** Our log in the shape Slack's libraries want. Their debug lines hold whole payloads: dropped. */
export function boltLogger(log: Log): Logger {
  const facts = { library: '@slack' };
  return {
    debug() {},
    info: (...parts: unknown[]) => log.debug(facts, said(parts)),
    warn: (...parts: unknown[]) => log.warn(facts, said(parts)),
    error: (...parts: unknown[]) => log.error(facts, said(parts)),
    setLevel() {},
    setName() {},
    getLevel: () => LogLevel.INFO,
  };
}

function said(parts: readonly unknown[]): string {
  return parts
    .map((part) => (part instanceof Error ? part.message : String(part)))
    .join(' ')
    .slice(0, 500);
}
