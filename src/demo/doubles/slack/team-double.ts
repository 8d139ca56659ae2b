import { clickInView, closeView, enterInView } from './act-in-view.ts';
import { clickInMessage, clickPayload } from './click-message.ts';
import { openHome, sendEvent, slashCommand } from './commands-and-events.ts';
import type { SlackFaults } from './faults.ts';
import type { SlackTeamDouble } from './handle.ts';
import { Refusal } from './refusal.ts';
import { say } from './say.ts';
import type { StoredMessage } from './shown.ts';
import { submitView } from './submit-view.ts';
import type { Team } from './team.ts';
import type { Workspace } from './workspace.ts';

/** What all workspaces of a double have in common. */
export interface Shared {
  url: string;
  requestUrl: string | undefined;
  faults: SlackFaults;
}

function messagesSeen(
  workspace: Workspace,
  userOrChannel: string,
  how: { as?: string; withDeleted?: boolean } = {},
): StoredMessage[] {
  const isPerson = workspace.people.has(userOrChannel);
  const viewer = isPerson ? userOrChannel : how.as;
  const dm = isPerson ? workspace.dmOf(userOrChannel).id : undefined;
  return workspace.messages.filter((message) => {
    if (message.deleted && !how.withDeleted) return false;
    const place = isPerson
      ? message.channel === dm || message.visibleTo === viewer
      : message.channel === userOrChannel;
    return place && (message.visibleTo === undefined || message.visibleTo === viewer);
  });
}

/** The handle of one workspace. */
export function teamDouble(team: Team, shared: Shared): SlackTeamDouble {
  const { workspace, views, carrier } = team;
  return {
    url: shared.url,
    teamId: workspace.teamId,
    botUserId: workspace.botUserId,
    get installed() {
      return team.installed;
    },
    calls: team.calls,
    deliveries: team.deliveries,
    get requestUrl() {
      return shared.requestUrl;
    },
    set requestUrl(url) {
      shared.requestUrl = url;
    },

    addUser(user) {
      workspace.people.set(user.id, { ...user });
      workspace.changed({ kind: 'people' });
    },
    updateUser(id, change) {
      const person = workspace.people.get(id);
      if (!person) throw new Refusal(`no person ${id}`);
      Object.assign(person, change);
      workspace.changed({ kind: 'people' });
    },
    users: () => [...workspace.people.values()],
    addChannel: (channel) => workspace.addChannel(channel),
    defineProfileField: (field) => void workspace.profileFields.push(field),
    dmOf: (userId) => workspace.dmOf(userId).id,

    click: (userId, target) => clickInMessage(team, userId, target),
    clickPayload: (userId, target) => clickPayload(team, userId, target),
    enter: (userId, viewId, values) => enterInView(team, userId, viewId, values),
    submitView: (userId, viewId, values = {}, how = {}) => submitView(team, userId, viewId, values, how),
    closeView: (userId, viewId) => closeView(team, userId, viewId),
    clickInView: (userId, viewId, actionId, value, how) =>
      clickInView(team, userId, viewId, actionId, value, how),
    slashCommand: (userId, command, text, channel) => slashCommand(team, userId, command, text, channel),
    openHome: (userId) => openHome(team, userId),
    sendEvent: (event, retry) => sendEvent(team, event, retry),
    sendRaw: (request) => carrier.send(request),

    openViewOf: (userId) => views.topOf(userId),
    viewsOf: (userId) => views.stackOf(userId),
    homeOf: (userId) => views.homeOf(userId),
    messagesOf: (userOrChannel, how) => messagesSeen(workspace, userOrChannel, how),
    message: (channel, ts) => workspace.message(channel, ts),
    threadOf(channel, ts) {
      const message = workspace.message(channel, ts);
      return message ? workspace.repliesTo(workspace.parentOf(message)) : [];
    },
    say: (userId, channel, text, threadTs) => say(team, userId, channel, text, threadTs),

    addFault: (fault) => shared.faults.add(fault),
    clearFaults: () => shared.faults.clear(),
    onChange: (listener) => workspace.onChange(listener),
  };
}
