import type { WireActivity } from './wire.ts';

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/;

/**
 * Whether an activity is of the one tenant, of Teams, and names a service that our tokens may be sent to. botbuilder
 * asks none of it (contracts: teams.md §0.6), so it is asked even where nobody proves who they are. Every tenant that is
 * named must be the configured one, and at least one must be named; with no tenant configured, none is asked for.
 */
export function isAdmitted(
  activity: WireActivity,
  { tenantId, serviceHosts }: { tenantId: string; serviceHosts: readonly string[] },
): boolean {
  if (activity.channelId !== 'msteams') return false;
  if (!isAllowedService(activity.serviceUrl, serviceHosts)) return false;
  const named = [activity.channelData?.tenant?.id, activity.conversation.tenantId].filter(
    (id) => id !== undefined,
  );
  if (tenantId === '') return true;
  return named.length > 0 && named.every((id) => id === tenantId);
}

/** https, or http on this machine alone, at a host of the list; a leading dot there means all below it. */
export function isAllowedService(serviceUrl: string, hosts: readonly string[]): boolean {
  const url = URL.parse(serviceUrl);
  if (!url || url.username !== '' || url.password !== '') return false;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))) return false;
  return hosts.some((host) => (host.startsWith('.') ? url.host.endsWith(host) : url.host === host));
}
