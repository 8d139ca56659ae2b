import type { JsonObject } from '../common/json.ts';
import { Refusal } from './refusal.ts';
import type { Workspace } from './workspace.ts';

/** Refuses what Slack's own pickers do not offer: strangers to the workspace, unseen channels, too many at once. */
export function refuseImpossibleChoice(
  workspace: Workspace,
  userId: string,
  element: JsonObject,
  entry: string | string[] | null,
): void {
  const type = String(element.type);
  const chosen = (Array.isArray(entry) ? entry : [entry ?? '']).filter((one) => one !== '');
  if (typeof element.max_selected_items === 'number' && chosen.length > element.max_selected_items)
    throw new Refusal(`the ${type} takes ${element.max_selected_items} at most`);
  for (const id of chosen) {
    if (/users_select$/.test(type)) {
      const person = workspace.people.get(id);
      if (!person || person.deleted) throw new Refusal(`the ${type} offers no person ${id}`);
    }
    if (/(channels|conversations)_select$/.test(type)) {
      const channel = workspace.channels.get(id);
      const offered = channel && workspace.inChannel(channel, userId) && !channel.isArchived;
      const publicOnly = /channels_select$/.test(type);
      if (!offered || (publicOnly && (channel.isPrivate || channel.dmWith !== undefined)))
        throw new Refusal(`the ${type} offers no conversation ${id}`);
    }
  }
}
