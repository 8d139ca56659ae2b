import type { Config } from './config.ts';
import { isLoopback } from './harness/paths.ts';
import type { Reach } from './harness/reach.ts';

/** Whether Harness may stand on this very machine: so it does, or the bot serves nobody elsewhere (a demo, a test). */
export function harnessMayBeHere(config: Pick<Config, 'publicUrl' | 'harness'>): boolean {
  return [config.publicUrl, config.harness.baseUrl].some((url) => isLoopback(new URL(url).hostname));
}

/**
 * Where a connection to Harness may lead. Whoever runs the bot chose HARNESS_BASE_URL; other addresses are entered by
 * admins of organizations, and the bot calls them from where it stands. Throws TypeError for what is no address.
 */
export function reachOf(
  config: Pick<Config, 'publicUrl' | 'harness'>,
  { source, baseUrl }: { source: 'environment' | 'stored'; baseUrl: string },
): Reach {
  const { harness } = config;
  const isConfigured = new URL(baseUrl).origin === new URL(harness.baseUrl).origin;
  if (source === 'environment' || isConfigured) return 'anywhere';
  return { thisMachine: harnessMayBeHere(config), privateNetworks: harness.privateNetworks };
}
