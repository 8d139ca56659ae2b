import { clip } from '../../approval/plain-text.ts';
import type { HarnessConnection } from '../harness-ports.ts';

type Named = Pick<HarnessConnection, 'name' | 'state' | 'pausedBecause' | 'unhealthyBecause'>;

/** Why nothing is sent through a connection just now; null = it is in use. An admin's pause goes before its own trouble. */
export function pauseWords({ name, state, pausedBecause, unhealthyBecause }: Named): string | null {
  const connection = `Harness connection “${name}” is paused`;
  if (state === 'paused')
    return pausedBecause === ''
      ? `${connection} by an admin.`
      : `${connection} by an admin: ${clip(pausedBecause, 200)}`;
  return unhealthyBecause === null ? null : `${connection}: ${unhealthyBecause}`;
}

/** The one state a connection is in, as people read it. */
export function stateWords(connection: Pick<Named, 'state' | 'unhealthyBecause'>): string {
  if (connection.state === 'paused') return 'paused by an admin';
  return connection.unhealthyBecause === null ? 'in use' : 'paused by itself';
}

const OWN_WORDS: readonly [RegExp, string][] = [
  [/\bSet HARNESS_API_KEY to a valid one\b/g, 'Give it a valid one'],
  [/\bHARNESS_API_KEY\b/g, 'its key'],
  [/\bHARNESS_BASE_URL\b/g, 'its address'],
  [/\bHARNESS_PATH_PREFIX\b/g, 'its path prefix'],
  [/\bHARNESS_ACCOUNT_ID\b/g, 'its account'],
];

/** A remedy that names the environment's variables, for a connection that is not the environment's. */
export function inOwnWords({ source }: Pick<HarnessConnection, 'source'>, sentence: string): string {
  if (source === 'environment') return sentence;
  return OWN_WORDS.reduce((text, [variable, words]) => text.replaceAll(variable, words), sentence);
}

/** What an admin does about a connection that Harness refuses. */
export function keyRemedy({ source, name }: Pick<HarnessConnection, 'source' | 'name'>): string {
  return source === 'environment'
    ? 'Set HARNESS_API_KEY to a valid key and restart the bot.'
    : `Give it a new key: /approvals connection key ${name}`;
}
