const DAY_MS = 86_400_000;

interface Moment {
  at: Date;
  timeZone: string;
  now: number;
}

type Writer = (moment: Moment) => string;

const written =
  (options: Intl.DateTimeFormatOptions): Writer =>
  ({ at, timeZone }) =>
    new Intl.DateTimeFormat('en-US', { ...options, timeZone }).format(at);

const dayOf = ({ at, timeZone }: Moment): string =>
  new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone }).format(at);

const pretty =
  (otherwise: Writer): Writer =>
  (moment) => {
    const day = dayOf(moment);
    const away = (days: number) => dayOf({ ...moment, at: new Date(moment.now + days * DAY_MS) });
    if (day === away(0)) return 'today';
    if (day === away(-1)) return 'yesterday';
    return day === away(1) ? 'tomorrow' : otherwise(moment);
  };

const DATE = written({ month: 'long', day: 'numeric', year: 'numeric' });
const DATE_SHORT = written({ month: 'short', day: 'numeric', year: 'numeric' });
const DATE_LONG = written({ weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' });

const ago: Writer = ({ at, now }) => {
  const minutes = Math.round((now - at.getTime()) / 60_000);
  if (minutes < 1) return 'just now';
  return minutes < 60 ? `${minutes} minutes ago` : `${Math.round(minutes / 60)} hours ago`;
};

/** https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
const TOKENS: Readonly<Record<string, Writer>> = {
  date_num: dayOf,
  date: DATE,
  date_short: DATE_SHORT,
  date_long: DATE_LONG,
  date_pretty: pretty(DATE),
  date_short_pretty: pretty(DATE_SHORT),
  date_long_pretty: pretty(DATE_LONG),
  day_divider_pretty: pretty(DATE_LONG),
  time: written({ hour: 'numeric', minute: '2-digit' }),
  time_secs: written({ hour: 'numeric', minute: '2-digit', second: '2-digit' }),
  ago,
};

/** A moment written by one of Slack's date formats, in the reader's zone. */
export function slackDate(
  seconds: number,
  format: string,
  reader: { timeZone: string; now: number },
): string {
  const moment = { ...reader, at: new Date(seconds * 1000) };
  const text = format.replace(/\{([a-z_]+)\}/g, (whole, token: string) => TOKENS[token]?.(moment) ?? whole);
  return format.startsWith('{') ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** "4:05 PM" in the reader's zone. */
export function clockTime(at: number, timeZone: string): string {
  return slackDate(at / 1000, '{time}', { timeZone, now: at });
}
