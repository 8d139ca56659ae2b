import { fromSlack } from '../clicks/acts.ts';
import type { Make } from '../clicks/load.ts';
import { SLACK_TEAM } from '../clicks/surroundings.ts';
import { webhook } from '../webhook.ts';
import { APPROVERS, type Stage, type Story } from './stage.ts';

/** A run comes to its gate and asks for approval, in that moment: a gate much older than its webhook is another one. */
export function ask(stage: Stage, run: string): Make {
  const posted = webhook(run, 'deploy-0', { title: 'Deploy to production', message: `Release ${run}` });
  return () => {
    stage.begin(run).askedAt = performance.now();
    return posted();
  };
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
