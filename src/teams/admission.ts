import { isAllowedService } from './service-address.ts';
import type { WireActivity } from './wire.ts';

/**
 * Whether an activity is of the one tenant, of Teams, and names a service that our tokens may be sent to. botbuilder
 * asks none of it (contracts: teams.md §0.6), so it is asked even where nobody proves who they are. Every tenant that is
 * named must be the configured one, and at least one must be named; with none configured, any is taken.
 */
export function isAdmitted(
  { channelId, channelData, conversation, serviceUrl }: WireActivity,
  { tenantId, serviceHosts }: { tenantId: string; serviceHosts: readonly string[] },
): boolean {
  if (channelId !== 'msteams' || !isAllowedService(serviceUrl, serviceHosts)) return false;
  if (tenantId === '') return true;
  const named = [channelData?.tenant?.id, conversation.tenantId].filter((id) => id !== undefined);
  return named.length > 0 && named.every((id) => id === tenantId);
}
