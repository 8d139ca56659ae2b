import type { SubmitResult } from '../../src/demo/doubles/slack/acts.ts';
import type { StoredMessage, StoredView } from '../../src/demo/doubles/slack/shown.ts';
import { STAFF, type StaffName, until, type World, wordsOf } from './world.ts';

export const CHANNEL = 'C0RELEASES';

/** Deploys and migrations that are shown in #releases, too. */
export const SHARED = `
organization: { name: Acme, domains: [acme.io] }
people:
  - { email: dana@acme.io, name: Dana, manager: maria@acme.io }
  - { email: alice@acme.io, name: Alice }
  - { email: bob@acme.io, name: Bob }
  - { email: carol@acme.io, name: Carol }
  - { email: maria@acme.io, name: Maria }
events:
  - { slug: deploy-to-production, name: Deploy to production }
  - { slug: database-migration, name: Database migration }
policies:
  - { slug: standard, name: Standard, default: true }
workflows:
  - { policy: standard, event: deploy-to-production, requirement: any, approvers: [alice@acme.io, bob@acme.io], channels: [{ slack: ${CHANNEL} }] }
  - { policy: standard, event: database-migration, requirement: all, approvers: [alice@acme.io, bob@acme.io], channels: [{ slack: ${CHANNEL} }] }
`;

/** The cards in the channel, oldest first. */
export function channelCards(world: World): StoredMessage[] {
  return world.slack
    .messagesOf(CHANNEL)
    .filter((message) => message.threadTs === undefined && message.visibleTo === undefined);
}

export function channelWords(world: World): string {
  return textOf(channelCards(world).at(-1)?.blocks);
}

/** The lines below a message, oldest first. */
export function threadWords(world: World, message: StoredMessage | undefined): string[] {
  if (!message) return [];
  return world.slack.threadOf(message.channel, message.ts).map((reply) => textOf(reply.blocks));
}

/** Below the newest card in the channel. */
export const channelThread = (world: World) => threadWords(world, channelCards(world).at(-1));

export function textOf(value: unknown): string {
  return wordsOf(value).join('').replace(/\s+/g, ' ').trim();
}

/** Presses a button of the newest card in the channel. */
export function pressInChannel(world: World, name: StaffName, actionId: string, forge = false) {
  const { channel, ts } = channelCards(world).at(-1)!;
  return world.slack.click(STAFF[name], { channel, ts, actionId, forge });
}

/** Presses Review in the channel; the review, once it is open. */
export async function review(world: World, name: StaffName): Promise<StoredView> {
  await pressInChannel(world, name, 'review');
  return world.form(name);
}

/** Presses a button of the modal in front; the modal that then lies on top. */
export async function pressInModal(world: World, name: StaffName, actionId: string): Promise<StoredView> {
  const under = await world.form(name);
  await world.slack.clickInView(STAFF[name], under.id, actionId);
  return until(world.slack, () => {
    const top = world.slack.openViewOf(STAFF[name]);
    return top && top.id !== under.id ? top : undefined;
  });
}

export async function submitTop(
  world: World,
  name: StaffName,
  values: Record<string, string> = {},
): Promise<SubmitResult> {
  return world.slack.submitView(STAFF[name], (await world.form(name)).id, values);
}
