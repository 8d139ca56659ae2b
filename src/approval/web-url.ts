/** Longest address that is shown; a card with several must stay small. */
const LONGEST = 2000;

/** The address, parsed, when it has one of the schemes (`https:`) and is short enough for chat; else null. */
export function webUrl(url: string, protocols: readonly string[]): URL | null {
  const parsed = url.length <= 1000 ? URL.parse(url) : null;
  if (!parsed || !protocols.includes(parsed.protocol)) return null;
  // Parsing writes what is not ASCII as %XX, up to nine times as long.
  return parsed.href.length <= LONGEST ? parsed : null;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** An address of a picture: https, or plain http on this very machine (the demo). */
export function pictureUrl(url: string): string | null {
  const parsed = webUrl(url, ['https:', 'http:']);
  if (!parsed || (parsed.protocol === 'http:' && !LOOPBACK.has(parsed.hostname))) return null;
  return parsed.href;
}
