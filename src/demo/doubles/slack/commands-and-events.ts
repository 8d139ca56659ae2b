import { isObject, type JsonObject } from '../common/json.ts';
import { resultOf } from './ack.ts';
import type { CommandResult, InteractionResult } from './acts.ts';
import { ApiError } from './api-error.ts';
import { actor, type Interactions, newResponseUrl, VERIFICATION_TOKEN } from './interaction-context.ts';
import { Refusal } from './refusal.ts';
import { respond } from './response-urls.ts';
import type { StoredMessage } from './shown.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** Mentions already made, links, addresses, @names, #names, and what would be taken for markup. */
const ESCAPABLE =
  /<[@#][A-Z0-9]+(?:\|[^<>]*)?>|https?:\/\/[^\s<>"]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<!\w)[@#][\w.-]+|[&<>]/g;

/** What `should_escape` does: names, links and addresses take the form `<…>`, markup is made harmless. */
function escaped({ workspace }: Interactions, text: string): string {
  const people = [...workspace.people.values()];
  const channels = [...workspace.channels.values()].filter(({ dmWith }) => dmWith === undefined);
  return text.replace(ESCAPABLE, (found) => {
    if (found.length === 1) return ENTITIES[found] ?? found;
    if (found.startsWith('<')) return found;
    const name = found.slice(1);
    if (found.startsWith('@')) {
      const person = people.find((candidate) => candidate.name === name);
      return person ? `<@${person.id}|${name}>` : found;
    }
    if (found.startsWith('#')) {
      const channel = channels.find((candidate) => candidate.name === name);
      return channel ? `<#${channel.id}|${name}>` : found;
    }
    const link = found.replaceAll('&', '&amp;');
    return /^https?:/.test(found) ? `<${link}>` : `<mailto:${link}|${link}>`;
  });
}

/** Types a slash command as a person; by default in their direct message with the bot. */
export async function slashCommand(
  interactions: Interactions,
  userId: string,
  command: string,
  text: string,
  channelId?: string,
): Promise<CommandResult> {
  const { workspace, triggers, carrier } = interactions;
  const person = actor(interactions, userId);
  const channel = channelId === undefined ? workspace.dmOf(userId) : workspace.channels.get(channelId);
  if (!channel || !workspace.inChannel(channel, userId))
    throw new Refusal(`${userId} is not in ${channelId}`);
  if (!command.startsWith('/')) throw new Refusal('a slash command begins with /');
  const target = { userId, channel: channel.id };
  const responseUrl = newResponseUrl(interactions, target);
  const triggerId = triggers.issue(userId);
  const form = {
    token: VERIFICATION_TOKEN,
    team_id: workspace.teamId,
    team_domain: workspace.teamDomain,
    channel_id: channel.id,
    channel_name: channel.name,
    user_id: userId,
    user_name: person.name,
    command,
    text: escaped(interactions, text.trim()),
    api_app_id: workspace.appId,
    is_enterprise_install: 'false',
    response_url: responseUrl,
    trigger_id: triggerId,
  };
  const delivery = await carrier.command(form);
  const result: CommandResult = {
    ...resultOf(delivery, (trouble) => `${command} failed with the error "${trouble}"`),
    payload: form,
    triggerId,
    responseUrl,
  };
  if (result.warning !== undefined || result.ackBody === undefined) return result;
  const body = isObject(result.ackBody) ? result.ackBody : { text: delivery.responseBody };
  try {
    const reply: StoredMessage | undefined = respond(workspace, target, body);
    return reply ? { ...result, reply } : result;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { ...result, warning: `${command} failed with the error "${error.code}"` };
  }
}

let eventsSent = 0;

/** Sends one Events API callback (one attempt: the caller repeats it with `retry`). */
export async function sendEvent(
  interactions: Interactions,
  event: JsonObject,
  retry?: { num: number; reason: string },
): Promise<InteractionResult> {
  const { workspace, carrier } = interactions;
  if (!retry) eventsSent += 1;
  const payload = {
    token: VERIFICATION_TOKEN,
    team_id: workspace.teamId,
    context_team_id: workspace.teamId,
    api_app_id: workspace.appId,
    event: { event_ts: workspace.nextTs(), ...event },
    type: 'event_callback',
    event_id: `Ev${String(eventsSent).padStart(9, '0')}`,
    event_time: workspace.seconds(),
    authorizations: [
      {
        enterprise_id: null,
        team_id: workspace.teamId,
        user_id: workspace.botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
  };
  const delivery = await carrier.event(payload, retry);
  return { ...resultOf(delivery, (trouble) => `event not acked: ${trouble}`), payload };
}

/** Opens the bot's Home tab as a person. */
export function openHome(interactions: Interactions, userId: string): Promise<InteractionResult> {
  actor(interactions, userId);
  const home = interactions.views.homeOf(userId);
  return sendEvent(interactions, {
    type: 'app_home_opened',
    user: userId,
    channel: interactions.workspace.dmOf(userId).id,
    tab: 'home',
    ...(home && { view: interactions.views.json(home, true) }),
  });
}
