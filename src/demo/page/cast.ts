/** Somebody of the pretended company, in Slack and in example.yml. */
export interface Player {
  id: string;
  handle: string;
  name: string;
  email: string;
  part: string;
  timeZone: string;
  /** Hue of the avatar, degrees. */
  hue: number;
}

const player = (
  handle: string,
  name: string,
  part: string,
  more: { timeZone: string; hue: number },
): Player => ({
  id: `U0${handle.toUpperCase()}`,
  handle,
  name,
  part,
  email: `${handle}@fernhill.example`,
  ...more,
});

/** In the order the page shows them. */
export const CAST: readonly Player[] = [
  player('alice', 'Alice Moreau', 'approver', { timeZone: 'Europe/Paris', hue: 262 }),
  player('bob', 'Bob Okafor', 'approver', { timeZone: 'America/New_York', hue: 22 }),
  player('maria', 'Maria Silva', 'Dana’s manager', { timeZone: 'Europe/Lisbon', hue: 338 }),
  player('dana', 'Dana Reyes', 'starts the pipeline', { timeZone: 'Europe/Lisbon', hue: 172 }),
  player('sam', 'Sam Lindqvist', 'subscriber, admin', { timeZone: 'Europe/Stockholm', hue: 212 }),
];

export const REQUESTER: Player = CAST.find((one) => one.handle === 'dana')!;
export const ADMIN: Player = CAST.find((one) => one.handle === 'sam')!;

export const CHANNEL = { id: 'C0DEPLOYS', name: 'deploys' } as const;

export const ACCOUNT_ID = 'FernhillDemoAcct000001';

/** Decides in Harness's own UI. */
export const HARNESS_USER = {
  uuid: 'harnessuserpriya00001A',
  name: 'Priya Nair',
  email: 'priya@fernhill.example',
} as const;
