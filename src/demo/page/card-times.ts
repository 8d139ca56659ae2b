const MOMENT = String.raw`(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:Z|[-+]\d{2}:\d{2}))`;
const DATE = new RegExp(String.raw`\{\{DATE\(${MOMENT}(?:, ?(COMPACT|LONG|SHORT))?\)\}\}`, 'g');
const TIME = new RegExp(String.raw`\{\{TIME\(${MOMENT}\)\}\}`, 'g');

/**
 * The card with its times written for somebody of that zone, as their own client would: the renderer writes them for
 * whoever sits at this machine. https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features
 */
export function inZoneOf(value: unknown, timeZone: string): unknown {
  if (Array.isArray(value)) return value.map((one) => inZoneOf(one, timeZone));
  if (value === null || typeof value !== 'object') return value;
  const { type } = value as { type?: unknown };
  const holdsTimes = type === 'TextBlock' || type === 'TextRun';
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      holdsTimes && name === 'text' && typeof one === 'string'
        ? written(one, timeZone)
        : inZoneOf(one, timeZone),
    ]),
  );
}

function written(text: string, timeZone: string): string {
  return text
    .replace(DATE, (_whole, at: string, length?: string) => dateIn(at, length, timeZone))
    .replace(TIME, (_whole, at: string) =>
      new Intl.DateTimeFormat('en-US', { timeZone, hour: 'numeric', minute: '2-digit' }).format(new Date(at)),
    );
}

function dateIn(at: string, length: string | undefined, timeZone: string): string {
  const name = length === 'LONG' ? 'long' : 'short';
  const options: Intl.DateTimeFormatOptions =
    length === 'LONG' || length === 'SHORT'
      ? { weekday: name, month: name, day: 'numeric', year: 'numeric' }
      : { dateStyle: 'short' };
  return new Intl.DateTimeFormat('en-US', { ...options, timeZone }).format(new Date(at));
}
