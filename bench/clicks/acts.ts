import { createHmac } from 'node:crypto';
import type { Make } from './load.ts';
import { entraId, type OpenCard, slackId } from './requests.ts';
import { SLACK_TEAM, TEAMS_APP } from './surroundings.ts';

export const SIGNING_SECRET = 'signing-secret-of-the-bench';

/** A card's blocks come back with each press, some 3 KB of them. */
const SHOWN = Array.from({ length: 10 }, (_, nth) => ({
  type: 'section',
  block_id: `block-${nth}`,
  text: {
    type: 'plain_text',
    text: `Line ${nth} of a card. ${'What it says of a run. '.repeat(10)}`,
    emoji: true,
  },
}));

/** What Slack sends, signed in the moment it is sent. */
export function fromSlack(payload: object): Make {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  return () => {
    const at = String(Math.floor(Date.now() / 1000));
    const signature = createHmac('sha256', SIGNING_SECRET).update(`v0:${at}:${body}`).digest('hex');
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': at,
      'x-slack-signature': `v0=${signature}`,
    };
    return { path: '/slack/events', headers, body };
  };
}

function envelope(type: string, nth: number): object {
  const id = slackId(nth);
  return {
    type,
    user: { id, username: id.toLowerCase(), name: id.toLowerCase(), team_id: SLACK_TEAM },
    api_app_id: 'A0BENCH',
    token: 'deprecated',
    team: { id: SLACK_TEAM, domain: 'acme' },
    enterprise: null,
    is_enterprise_install: false,
    trigger_id: `${nth}.1.${Math.random()}`,
  };
}

/** Approve, pressed on one's card in Slack. */
export function slackApprove(card: OpenCard): Make {
  return fromSlack({
    ...envelope('block_actions', card.nth),
    container: { type: 'message', message_ts: card.message, channel_id: card.channel, is_ephemeral: false },
    channel: { id: card.channel, name: 'directmessage' },
    message: { type: 'message', user: 'U0BOT', ts: card.message, team: SLACK_TEAM, blocks: SHOWN },
    state: { values: {} },
    actions: [
      {
        type: 'button',
        action_id: 'approve',
        block_id: 'decide',
        text: { type: 'plain_text', text: 'Approve', emoji: true },
        value: `${card.id}.1`,
        action_ts: '1700000000.000001',
      },
    ],
  });
}

/** The form for a rejection, submitted in Slack. */
export function slackReject(card: OpenCard): Make {
  return fromSlack({
    ...envelope('view_submission', card.nth),
    view: {
      id: `V${card.nth}`,
      team_id: SLACK_TEAM,
      app_installed_team_id: SLACK_TEAM,
      type: 'modal',
      callback_id: 'countersign_form',
      private_metadata: JSON.stringify({ cardId: card.id, contentVersion: 1, kind: 'reject' }),
      blocks: [...SHOWN, { type: 'input', block_id: 'comment' }],
      state: { values: { comment: { value: { type: 'plain_text_input', value: 'Not today, please.' } } } },
    },
    response_urls: [],
  });
}

/** Approve, pressed on one's card in Teams: what is answered is the card as it then is. */
export function teamsApprove(card: OpenCard, token: string, serviceUrl: string): Make {
  const id = entraId(card.nth);
  const tenant = { id: TEAMS_APP.tenantId };
  const body = JSON.stringify({
    id: `f:${card.id}`,
    type: 'invoke',
    name: 'adaptiveCard/action',
    timestamp: new Date().toISOString(),
    channelId: 'msteams',
    serviceUrl,
    from: { id: `29:${id}`, name: `Approver ${card.nth}`, aadObjectId: id },
    conversation: { conversationType: 'personal', tenantId: tenant.id, id: card.channel },
    recipient: { id: `28:${TEAMS_APP.appId}`, name: 'Countersign' },
    entities: [{ type: 'clientInfo', locale: 'en-US', country: 'US', platform: 'Web', timezone: 'UTC' }],
    channelData: { tenant, source: { name: 'message' } },
    locale: 'en-US',
    replyToId: card.message,
    value: {
      action: {
        type: 'Action.Execute',
        title: 'Approve',
        verb: 'approve',
        data: { do: 'press', verb: 'approve', card: card.id, version: 1 },
      },
      trigger: 'manual',
    },
  });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return () => ({ path: '/api/messages', headers, body });
}
