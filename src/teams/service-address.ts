const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Whether tokens may be sent to this address: https (or this machine itself) on a host of the list. A name with a dot
 * in front stands for all hosts below it, `:*` behind one for all its ports.
 */
export function isAllowedService(serviceUrl: string, hosts: readonly string[]): boolean {
  if (!URL.canParse(serviceUrl)) return false;
  const { protocol, host, hostname, username, password, search, hash } = new URL(serviceUrl);
  if (username || password || search || hash) return false;
  if (protocol !== 'https:' && !(protocol === 'http:' && LOOPBACK.test(hostname))) return false;
  return hosts.some((name) => {
    if (name.endsWith(':*')) return hostname === name.slice(0, -2);
    return name.startsWith('.') ? host.endsWith(name) : host === name;
  });
}

const SEGMENT_MAX = 1000;

/**
 * An address below `base` by its path segments, each encoded; null where one would lead elsewhere: `..` survives
 * encodeURIComponent and is collapsed by URL parsers.
 */
export function addressBelow(
  base: string,
  segments: readonly string[],
  query: Readonly<Record<string, string>> = {},
): URL | null {
  for (const segment of segments)
    if (segment === '' || segment === '.' || segment === '..' || segment.length > SEGMENT_MAX) return null;
  const root = new URL(base);
  const prefix = root.pathname.replace(/\/+$/, '');
  let path: string;
  try {
    path = `${prefix}/${segments.map(encodeURIComponent).join('/')}`;
  } catch {
    return null; // half a surrogate pair
  }
  const url = new URL(path, root.origin);
  if (url.pathname !== path || url.origin !== root.origin) return null;
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}
