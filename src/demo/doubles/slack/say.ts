import { actor, type Interactions } from './interaction-context.ts';
import { Refusal } from './refusal.ts';
import type { StoredMessage } from './shown.ts';

/** A person writes a message, or a reply in a thread. */
export function say(
  interactions: Interactions,
  userId: string,
  channelId: string,
  text: string,
  threadTs?: string,
): StoredMessage {
  const { workspace } = interactions;
  actor(interactions, userId);
  const channel = workspace.channels.get(channelId);
  if (!channel || !workspace.inChannel(channel, userId))
    throw new Refusal(`${userId} is not in ${channelId}`);
  const parent = threadTs === undefined ? undefined : workspace.message(channelId, threadTs);
  if (threadTs !== undefined && (!parent || !workspace.sees(parent, userId)))
    throw new Refusal(`${userId} sees no message ${channelId}/${threadTs}`);
  const root = parent && workspace.parentOf(parent).ts;
  return workspace.post({
    channel: channelId,
    text,
    blocks: [],
    author: userId,
    ...(root !== undefined && { threadTs: root }),
  });
}
