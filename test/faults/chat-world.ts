import type { JsonObject } from '../../src/demo/doubles/common/json.ts';
import type { Delivery } from '../../src/demo/doubles/slack/traffic.ts';
import { CHANNEL } from '../helpers/in-channel.ts';
import { startInstalled, type TwoWorlds } from '../helpers/installs.ts';
import { STAFF, type WorldOptions } from '../helpers/world.ts';

/** A chat account: a workspace's team id and a person's id there. */
export interface Account {
  team: string;
  user: string;
}

export const account = (user: string, team = 'T0ACME'): Account => ({ team, user });

/** Who types and presses but decides nothing by commands; Zed is of another organization and has Alice's id there. */
export const MEMBERS = [STAFF.carol, STAFF.alice, STAFF.sam, STAFF.maria].map((id) => account(id));
export const NOBODIES = [
  ...['U0GUEST', 'U0STRANGER', 'U0GONE', 'U0FOREIGN', 'U0NOBODY', 'USLACKBOT'].map((id) => account(id)),
  account('U0ALICE', 'T0NOWHERE'),
  account('U0GUS', 'T0ACME'),
];
export const ELSEWHERE = [account('U0GUS', 'T0LABS'), account('U0ALICE', 'T0BETA')];
export const ADMINS = [account(STAFF.ada), account('U0IVY', 'T0BETA')];

/** As ACME, and what is asked for is shown in #releases, too. */
const CONFIGURATION = `
organization: { name: Acme, domains: [acme.io] }
people:
  - { email: dana@acme.io, name: Dana, manager: maria@acme.io }
  - { email: alice@acme.io, name: Alice }
  - { email: bob@acme.io, name: Bob }
  - { email: carol@acme.io, name: Carol }
  - { email: maria@acme.io, name: Maria }
  - { email: sam@acme.io, name: Sam }
events:
  - { slug: deploy-to-production, name: Deploy to production }
  - { slug: database-migration, name: Database migration }
  - { slug: rollback, name: Rollback, pipelines: [{ account: acme, org: default, project: payments, pipeline: deploy_payments }] }
policies:
  - { slug: standard, name: Standard, default: true }
workflows:
  - { policy: standard, event: deploy-to-production, requirement: any, approvers: [alice@acme.io, bob@acme.io], subscribers: [sam@acme.io], channels: [{ slack: ${CHANNEL} }] }
  - { policy: standard, event: database-migration, requirement: all, approvers: [alice@acme.io, bob@acme.io], manager_approves: true, subscribers: [sam@acme.io] }
  - { policy: standard, event: rollback, requirement: none, subscribers: [sam@acme.io] }
`;

/** Two organizations with three workspaces, every account of a member joined already, so that none joins later. */
export async function startChatWorld(options: WorldOptions = {}): Promise<TwoWorlds> {
  const world = await startInstalled(options);
  const { slack } = world;
  slack.addChannel({ id: CHANNEL, name: 'releases' });
  slack.addUser({ id: 'U0GUEST', name: 'guest', email: 'guest@acme.io', isRestricted: true });
  slack.addUser({ id: 'U0STRANGER', name: 'stranger', email: 's@acme.io', isStranger: true, teamId: 'T0X' });
  slack.addUser({ id: 'U0GONE', name: 'gone', email: 'gone@acme.io', deleted: true });
  slack.addUser({ id: 'U0FOREIGN', name: 'foreign', email: 'foreign@elsewhere.example' });
  // Of our own domain and never met: only an admin's naming may add them.
  slack.addUser({ id: 'U0FRESH', name: 'fresh', email: 'fresh@acme.io' });
  await world.load(CONFIGURATION);
  // A full member without an address of ours is a person, too, and nobody's second self.
  const foreign = account('U0FOREIGN');
  for (const { team, user } of [
    foreign,
    ...MEMBERS,
    ...ELSEWHERE,
    ...ADMINS,
    account(STAFF.bob),
    account(STAFF.dana),
  ])
    await slack.team(team).slashCommand(user, '/approvals', 'help');
  await world.settle();
  return world;
}

/** A response URL and a trigger that are good now, as somebody's next press would bring them. */
export function freshCapabilities(world: TwoWorlds, { team, user }: Account): JsonObject {
  const known =
    team === 'T0NOWHERE' || user === 'U0NOBODY' || user === 'USLACKBOT'
      ? account(STAFF.carol)
      : { team, user };
  const carrier = known.user === 'U0GUS' ? account('U0GUS', 'T0LABS') : known;
  const target = { channel: 'D0X', ts: '1.000001', actionId: 'x', forge: true };
  const { response_url, trigger_id } = world.slack.team(carrier.team).clickPayload(carrier.user, target);
  return { response_url, trigger_id };
}

/** Types a command as an account, known to the double or not; lone surrogates and all arrive as they are. */
export function type(
  world: TwoWorlds,
  who: Account,
  text: string,
  command = '/approvals',
): Promise<Delivery> {
  const form = {
    token: 'deprecatedverificationtoken',
    team_id: who.team,
    user_id: who.user,
    channel_id: CHANNEL,
    command,
    text,
    api_app_id: 'A0DOUBLE',
    ...(freshCapabilities(world, who) as Record<string, string>),
  };
  const body = Object.entries(form).map(([key, value]) => `${key}=${percentEncoded(value)}`);
  return world.slack.sendRaw({ body: body.join('&') });
}

/** Like encodeURIComponent, but halves of characters are written as the three bytes a careless client sends. */
export function percentEncoded(text: string): string {
  return text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\s\S]/g, (character) => {
    if (character.isWellFormed()) return encodeURIComponent(character);
    const code = character.charCodeAt(0);
    const bytes = [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)];
    return bytes.map((byte) => `%${byte.toString(16)}`).join('');
  });
}
