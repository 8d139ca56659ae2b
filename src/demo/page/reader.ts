/** For whom something is drawn, and what Slack's client knows when it draws it. */
export interface Reader {
  userId: string;
  timeZone: string;
  now: number;
  /** Everybody by id. */
  names: ReadonlyMap<string, string>;
  channels: ReadonlyMap<string, string>;
}
