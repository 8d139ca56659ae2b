import { fromSlack } from '../clicks/acts.ts';
import type { Make } from '../clicks/load.ts';
import { PLACE, SLACK_TEAM } from '../clicks/surroundings.ts';
import { APPROVERS, type Stage, type Story } from './stage.ts';

export const WEBHOOK_TOKEN = 'pipeline-token-of-the-bench';

/** A run comes to its gate and asks for approval, in that moment: a gate much older than its webhook is another one. */
export function ask(stage: Stage, run: string): Make {
  const posted = webhook(run);
  return () => {
    stage.begin(run).askedAt = performance.now();
    return posted();
  };
}

function webhook(run: string): Make {
  const body = JSON.stringify({
    accountIdentifier: 'acme',
    ...PLACE,
    planExecutionId: run,
    callbackId: `${run}-gate`,
    title: 'Deploy to production',
    message: `Release ${run}`,
  });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${WEBHOOK_TOKEN}` };
  return () => ({ path: '/hooks/harness/deploy-0', headers, body });
}

/** The first approver presses Approve on their card, as Slack tells of it. */
export function press(story: Story): Make {
  const clicked = click(story);
  return () => {
    story.clickedAt = performance.now();
    return clicked();
  };
}

function click(story: Story): Make {
  const [[ts, card]] = [...story.cards] as [[string, NonNullable<ReturnType<Story['cards']['get']>>]];
  const nth = Number(/\d+$/.exec(card.channel)![0]);
  const id = APPROVERS[nth] ?? APPROVERS[0]!;
  const payload = {
    type: 'block_actions',
    user: { id, username: id.toLowerCase(), name: id.toLowerCase(), team_id: SLACK_TEAM },
    api_app_id: 'A0BENCH',
    token: 'deprecated',
    team: { id: SLACK_TEAM, domain: 'acme' },
    enterprise: null,
    is_enterprise_install: false,
    trigger_id: `${nth}.1.${Math.random()}`,
    container: { type: 'message', message_ts: ts, channel_id: card.channel, is_ephemeral: false },
    channel: { id: card.channel, name: 'directmessage' },
    message: { type: 'message', user: 'U0BOT', ts, team: SLACK_TEAM, blocks: [] },
    state: { values: {} },
    actions: [
      { type: 'button', ...card.button, text: { type: 'plain_text', text: 'Approve' }, action_ts: '1.1' },
    ],
  };
  return fromSlack(payload);
}
