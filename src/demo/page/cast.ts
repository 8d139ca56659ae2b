/** Somebody of the pretended company, in example.yml, and in Slack or Teams or both. */
export interface Player {
  handle: string;
  name: string;
  email: string;
  part: string;
  timeZone: string;
  /** Hue of the avatar, degrees. */
  hue: number;
  /** Slack's id of the person; null without an account there. */
  slack: string | null;
  /** Entra's object id; null without an account in Teams. */
  teams: string | null;
}

type Where = 'slack' | 'teams' | 'both';

const player = (
  handle: string,
  name: string,
  part: string,
  { where, ...more }: { timeZone: string; hue: number; where: Where },
): Player => ({
  handle,
  name,
  part,
  email: `${handle}@fernhill.example`,
  slack: where === 'teams' ? null : `U0${handle.toUpperCase()}`,
  teams:
    where === 'slack'
      ? null
      : `5a0e7c1d-0000-4000-8000-${Buffer.from(handle).toString('hex').padStart(12, '0')}`,
  ...more,
});

/** In the order the page shows them. */
export const CAST: readonly Player[] = [
  player('alice', 'Alice Moreau', 'approver', { timeZone: 'Europe/Paris', hue: 262, where: 'both' }),
  player('bob', 'Bob Okafor', 'approver', { timeZone: 'America/New_York', hue: 22, where: 'teams' }),
  player('maria', 'Maria Silva', 'Dana’s manager', { timeZone: 'Europe/Lisbon', hue: 338, where: 'slack' }),
  player('dana', 'Dana Reyes', 'starts the pipeline', { timeZone: 'Europe/Lisbon', hue: 172, where: 'both' }),
  player('sam', 'Sam Lindqvist', 'subscriber, admin', {
    timeZone: 'Europe/Stockholm',
    hue: 212,
    where: 'both',
  }),
];

export const REQUESTER: Player = CAST.find((one) => one.handle === 'dana')!;
export const ADMIN: Player = CAST.find((one) => one.handle === 'sam')!;

/** In Slack. */
export const CHANNEL = { id: 'C0DEPLOYS', name: 'deploys' } as const;

export const TEAM = { id: '19:fernhill@thread.tacv2', name: 'Fernhill' } as const;
export const TEAMS_CHANNEL = { id: '19:deploys@thread.tacv2', name: 'Deploys' } as const;
export const TENANT_ID = '5a0e7c1d-7e4a-4000-8000-000000000001';
export const APP_ID = '5a0e7c1d-a440-4000-8000-000000000001';

export const ACCOUNT_ID = 'FernhillDemoAcct000001';

/** The check of the app's release: a machine in example.yml. */
export const CHECK = { name: 'Smoke tests', link: 'https://ci.fernhill.example/runs/4711' } as const;

/** Decides in Harness's own UI. */
export const HARNESS_USER = {
  uuid: 'harnessuserpriya00001A',
  name: 'Priya Nair',
  email: 'priya@fernhill.example',
} as const;
