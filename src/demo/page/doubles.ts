import { type HarnessDouble, startHarnessDouble } from '../doubles/harness/harness-double.ts';
import type { SlackDouble } from '../doubles/slack/handle.ts';
import { DEFAULT_SCOPES, startSlackDouble } from '../doubles/slack/slack-double.ts';
import type { TeamsDouble } from '../doubles/teams/handle.ts';
import { startTeamsDouble } from '../doubles/teams/teams-double.ts';
import {
  ACCOUNT_ID,
  ADMIN,
  APP_ID,
  CAST,
  CHANNEL,
  HARNESS_USER,
  TEAM,
  TEAMS_CHANNEL,
  TENANT_ID,
} from './cast.ts';

export interface Doubles {
  slack: SlackDouble;
  teams: TeamsDouble;
  harness: HarnessDouble;
}

export interface Secrets {
  botToken: string;
  signingSecret: string;
  teamsPassword: string;
  harnessApiKey: string;
}

/** Starts the stand-ins of Slack, Teams and Harness with the pretended company in them. */
export async function startDoubles(secrets: Secrets): Promise<Doubles> {
  const slack = await startSlackDouble({
    botToken: secrets.botToken,
    signingSecret: secrets.signingSecret,
    scopes: [...DEFAULT_SCOPES, 'channels:history'],
    rateLimits: true,
  });
  for (const { slack: id, handle, name, email, timeZone } of CAST)
    if (id !== null)
      slack.addUser({
        id,
        name: handle,
        realName: name,
        email,
        tz: timeZone,
        isAdmin: handle === ADMIN.handle,
      });
  slack.addChannel(CHANNEL);
  const teams = await startTeams(secrets.teamsPassword);
  const harness = await startHarnessDouble({ accountId: ACCOUNT_ID });
  harness.addPrincipal({
    apiKey: secrets.harnessApiKey,
    kind: 'SERVICE_ACCOUNT',
    identifier: 'countersign',
    name: 'Countersign',
    email: 'countersign@service.harness.io',
  });
  harness.addUser(HARNESS_USER);
  return { slack, teams, harness };
}

async function startTeams(appPassword: string): Promise<TeamsDouble> {
  const teams = await startTeamsDouble({
    appId: APP_ID,
    appPassword,
    tenantId: TENANT_ID,
    appName: 'Countersign',
    rateLimits: true,
  });
  for (const { teams: aadObjectId, name, email } of CAST)
    if (aadObjectId !== null) teams.addPerson({ aadObjectId, name, email });
  teams.addTeam(TEAM);
  teams.addChannel({ ...TEAMS_CHANNEL, team: TEAM.id });
  return teams;
}
