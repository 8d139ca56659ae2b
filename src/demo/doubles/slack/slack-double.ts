import { clickInView, closeView, enterInView } from './act-in-view.ts';
import { ApiServer } from './api-server.ts';
import { clickInMessage, clickPayload } from './click-message.ts';
import { openHome, sendEvent, slashCommand } from './commands-and-events.ts';
import { Courier } from './courier.ts';
import { Faults } from './faults.ts';
import type { Interactions } from './interaction-context.ts';
import { LIFETIME } from './limits.ts';
import { RateLimiter } from './rate-limits.ts';
import { Refusal } from './refusal.ts';
import { ResponseUrls } from './response-urls.ts';
import { submitView } from './submit-view.ts';
import { Triggers } from './triggers.ts';
import type { Delivery, RecordedCall, SlackDouble, SlackDoubleOptions, StoredMessage } from './types.ts';
import { Views } from './views.ts';
import { Workspace } from './workspace.ts';

/** The scopes the bot's manifest asks for. */
export const DEFAULT_SCOPES: readonly string[] = [
  'chat:write',
  'commands',
  'im:write',
  'im:history',
  'users:read',
  'users:read.email',
  'users.profile:read',
];

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

/** Starts a strict imitation of Slack on the loopback address. */
export async function startSlackDouble(options: SlackDoubleOptions): Promise<SlackDouble> {
  const now = options.now ?? Date.now;
  const workspace = new Workspace(options.teamId ?? 'T0DOUBLE', now);
  const views = new Views(workspace);
  const triggers = new Triggers(now);
  const responseUrls = new ResponseUrls(workspace);
  const faults = new Faults();
  const calls: RecordedCall[] = [];
  const deliveries: Delivery[] = [];
  const scopes = options.scopes ?? DEFAULT_SCOPES;
  const server = new ApiServer({
    context: { workspace, views, triggers, scopes },
    botToken: options.botToken,
    limiter: new RateLimiter(options.rateLimits, now),
    faults,
    responseUrls,
    calls,
  });
  const origin = await server.listen(options.port ?? 0);
  const courier = new Courier({
    workspace,
    signingSecret: options.signingSecret,
    ackTimeoutMs: options.ackTimeoutMs ?? LIFETIME.ackMs,
    deliveries,
    requestUrl: () => double.requestUrl,
  });
  const interactions: Interactions = {
    workspace,
    views,
    triggers,
    responseUrls,
    courier,
    origin: () => origin,
  };

  const double: SlackDouble = {
    url: `${origin}/api/`,
    teamId: workspace.teamId,
    botUserId: workspace.botUserId,
    calls,
    deliveries,
    requestUrl: options.requestUrl,

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

    click: (userId, target) => clickInMessage(interactions, userId, target),
    clickPayload: (userId, target) => clickPayload(interactions, userId, target),
    enter: (userId, viewId, values) => enterInView(interactions, userId, viewId, values),
    submitView: (userId, viewId, values = {}, how = {}) =>
      submitView(interactions, userId, viewId, values, how),
    closeView: (userId, viewId) => closeView(interactions, userId, viewId),
    clickInView: (userId, viewId, actionId, value, how) =>
      clickInView(interactions, userId, viewId, actionId, value, how),
    slashCommand: (userId, command, text, channel) =>
      slashCommand(interactions, userId, command, text, channel),
    openHome: (userId) => openHome(interactions, userId),
    sendEvent: (event, retry) => sendEvent(interactions, event, retry),
    sendRaw: (request) => courier.send(request),

    openViewOf: (userId) => views.topOf(userId),
    viewsOf: (userId) => views.stackOf(userId),
    homeOf: (userId) => views.homeOf(userId),
    messagesOf: (userOrChannel, how) => messagesSeen(workspace, userOrChannel, how),
    message: (channel, ts) => workspace.message(channel, ts),

    addFault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    onChange: (listener) => workspace.onChange(listener),
    async close() {
      faults.clear();
      await server.close();
    },
  };
  return double;
}
