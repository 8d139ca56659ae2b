import type { InteractionResult } from '../src/demo/doubles/slack/acts.ts';
import type { StoredMessage } from '../src/demo/doubles/slack/shown.ts';
import { startSlackDouble } from '../src/demo/doubles/slack/slack-double.ts';
import type { ActResult } from '../src/demo/doubles/teams/acts.ts';
import type { StoredMessage as TeamsMessage } from '../src/demo/doubles/teams/shown.ts';
import { startTeamsDouble } from '../src/demo/doubles/teams/teams-double.ts';

export interface Approver {
  slackId: string;
  aadObjectId: string;
  email: string;
}

/** How long until somebody was answered, ms; `wrong` where they were not, or badly. */
export interface Answered {
  ms: number;
  wrong: string | null;
}

/** One chat platform in which everybody does the same thing at the same moment. */
export interface Chat {
  /** What the bot has to know of it. */
  environment: Record<string, string>;
  goalP99Ms: number;
  listenAt(botUrl: string): void;
  /** True once each of them has more than so many cards. */
  allHave(approvers: readonly Approver[], moreThan: number): boolean;
  acts: Readonly<Record<string, (approver: Approver) => Promise<Answered>>>;
  /** Puts away what is open. */
  tidy(approvers: readonly Approver[]): Promise<void>;
  close(): Promise<void>;
}

export async function slackChat(approvers: readonly Approver[]): Promise<Chat> {
  const botToken = 'xoxb-bench';
  const slack = await startSlackDouble({ botToken, signingSecret: 'bench', rateLimits: true });
  for (const { slackId: id, email } of approvers)
    slack.addUser({ id, name: id.toLowerCase(), realName: id, email });
  const cards = (id: string): StoredMessage[] =>
    slack.messagesOf(id).filter((message) => message.visibleTo === undefined);
  const press = (id: string, actionId: string) => {
    const { channel, ts } = cards(id).at(-1)!;
    return slack.click(id, { channel, ts, actionId });
  };
  const acked = async (result: Promise<InteractionResult>): Promise<Answered> => {
    const { ackMs, ackStatus, warning } = await result;
    return { ms: ackMs ?? 3_000, wrong: ackStatus === 200 ? (warning ?? null) : `${ackStatus} ${warning}` };
  };
  return {
    environment: { SLACK_BOT_TOKEN: botToken, SLACK_SIGNING_SECRET: 'bench', SLACK_API_URL: slack.url },
    goalP99Ms: 100,
    listenAt: (botUrl) => {
      slack.requestUrl = `${botUrl}/slack/events`;
    },
    allHave: (all, moreThan) => all.every(({ slackId }) => cards(slackId).length > moreThan),
    acts: {
      'Reject pressed (opens a form)': ({ slackId }) => acked(press(slackId, 'reject')),
      'Approve pressed': ({ slackId }) => acked(press(slackId, 'approve')),
      '/approvals pending': ({ slackId }) => acked(slack.slashCommand(slackId, '/approvals', 'pending')),
      'Home opened': ({ slackId }) => acked(slack.openHome(slackId)),
    },
    async tidy(all) {
      for (const { slackId } of all)
        for (const view of slack.viewsOf(slackId).toReversed()) await slack.closeView(slackId, view.id);
    },
    close: () => slack.close(),
  };
}

export async function teamsChat(approvers: readonly Approver[]): Promise<Chat> {
  const app = { appId: 'bench-app', appPassword: 'bench-secret', tenantId: 'bench-tenant' };
  const teams = await startTeamsDouble({ ...app, rateLimits: true });
  for (const { aadObjectId, email } of approvers) teams.addPerson({ aadObjectId, name: email, email });
  // What was ever to be decided asks for the present when it is looked at; answers to commands do not.
  const cards = (id: string): TeamsMessage[] =>
    teams.messagesOf(id).filter((message) => [message, ...message.edits].some(({ card }) => card?.refresh));
  const press = (id: string, verb: string) => {
    const { conversation, id: activityId } = cards(id).at(-1)!;
    return teams.press(id, { conversation, activityId, data: { do: 'press', verb } });
  };
  const answered = async (result: Promise<ActResult>): Promise<Answered> => {
    const { ms, warning } = await result;
    return { ms: ms ?? 15_000, wrong: warning ?? null };
  };
  return {
    environment: {
      MicrosoftAppId: app.appId,
      MicrosoftAppTenantId: app.tenantId,
      MicrosoftAppPassword: app.appPassword,
      TEAMS_SERVICE_URL: teams.serviceUrl,
      TEAMS_OPENID_METADATA_URL: teams.openIdUrl,
      TEAMS_LOGIN_URL: teams.loginUrl,
      TEAMS_GRAPH_URL: teams.graphUrl,
    },
    goalP99Ms: 150,
    listenAt: (botUrl) => {
      teams.requestUrl = `${botUrl}/api/messages`;
    },
    allHave: (all, moreThan) => all.every(({ aadObjectId }) => cards(aadObjectId).length > moreThan),
    acts: {
      'Reject pressed (opens a dialog)': ({ aadObjectId }) => answered(press(aadObjectId, 'reject')),
      'Approve pressed': ({ aadObjectId }) => answered(press(aadObjectId, 'approve')),
      'pending typed': ({ aadObjectId }) => answered(teams.type(aadObjectId, 'pending')),
    },
    async tidy(all) {
      for (const { aadObjectId } of all) teams.closeDialog(aadObjectId);
    },
    close: () => teams.close(),
  };
}
