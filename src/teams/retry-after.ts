/** A pause beyond this is asked again by then, ms. */
export const LONGEST_MS = 600_000;

/** Retry-After in ms, in seconds or as a date, at least a second; `usual` where nothing usable is said. */
export function retryAfterOf(header: string | null, usual: number): number {
  const text = header?.trim() ?? '';
  const ms = /^\d{1,6}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  if (!Number.isFinite(ms)) return usual;
  return Math.min(LONGEST_MS, Math.max(1000, ms));
}
