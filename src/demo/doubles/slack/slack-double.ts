import type { InteractionResult } from './acts.ts';
import { ApiServer } from './api-server.ts';
import { sendEvent } from './commands-and-events.ts';
import { createFaults } from './faults.ts';
import type { Change, SlackDouble, SlackTeamDouble } from './handle.ts';
import { LIFETIME } from './limits.ts';
import { OAuth } from './oauth.ts';
import { RateLimiter } from './rate-limits.ts';
import { Refusal } from './refusal.ts';
import type { SlackDoubleOptions, TeamInput } from './setup.ts';
import { Sockets } from './sockets.ts';
import type { Team } from './team.ts';
import { type Shared, teamDouble } from './team-double.ts';
import { APP_ID, setUpTeam } from './team-setup.ts';
import { Tokens } from './tokens.ts';
import type { Delivery, RecordedCall } from './traffic.ts';

export { DEFAULT_SCOPES } from './team-setup.ts';

/** Starts a strict imitation of Slack on the loopback address. */
export async function startSlackDouble(options: SlackDoubleOptions): Promise<SlackDouble> {
  const now = options.now ?? Date.now;
  const tokens = new Tokens(now);
  const oauth = new OAuth({ options: options.oauth, appId: APP_ID, tokens, now });
  const faults = createFaults();
  const calls: RecordedCall[] = [];
  const deliveries: Delivery[] = [];
  const teams = new Map<string, { team: Team; handle: SlackTeamDouble }>();
  const listeners = new Set<(change: Change) => void>();
  const tellAll = (change: Change) => {
    for (const listener of listeners) listener(change);
  };
  let origin = '';
  const sockets = new Sockets({
    appToken: options.appToken,
    appId: APP_ID,
    now,
    ackTimeoutMs: options.ackTimeoutMs ?? LIFETIME.ackMs,
    origin: () => origin,
  });
  const server = new ApiServer({
    tokens,
    app: { oauth, sockets },
    appLimiter: new RateLimiter(options.rateLimits, now),
    teamOf: (teamId) => teams.get(teamId)?.team,
    faults,
    calls,
    now,
    tellAll,
  });
  origin = await server.listen(options.port ?? 0);
  const shared: Shared = { url: `${origin}/api/`, requestUrl: options.requestUrl, faults };

  function known(teamId: string): { team: Team; handle: SlackTeamDouble } {
    const found = teams.get(teamId);
    if (!found) throw new Refusal(`no workspace ${teamId}`);
    return found;
  }

  function addTeam(input: TeamInput): SlackTeamDouble {
    if (teams.has(input.teamId)) throw new Refusal(`workspace ${input.teamId} is there already`);
    const team = setUpTeam(input, teams.size, {
      options,
      now,
      sockets,
      deliveries,
      requestUrl: () => shared.requestUrl,
      origin: () => origin,
      tellAll,
    });
    if (input.botToken !== undefined)
      tokens.issue({ value: input.botToken, team, scopes: team.scopes, expiresAt: null });
    const handle = teamDouble(team, shared);
    teams.set(input.teamId, { team, handle });
    return handle;
  }

  function authorize(consent: Parameters<SlackDouble['authorize']>[0]): string {
    const { team } = known(consent.teamId);
    const person = team.workspace.people.get(consent.userId);
    if (!person || person.deleted || person.isStranger)
      throw new Refusal(`${consent.userId} cannot sign in to ${consent.teamId}`);
    const url = new URL(consent.url);
    if (url.origin !== origin || url.pathname !== '/oauth/v2/authorize')
      throw new Refusal(`${consent.url} is not Slack’s consent page`);
    return oauth.consent(url, { team, userId: consent.userId, deny: consent.deny === true });
  }

  async function uninstall(teamId: string, how: { silently?: boolean } = {}): Promise<InteractionResult[]> {
    const { team } = known(teamId);
    team.installed = false;
    tokens.killAllOf(team);
    oauth.forget(team);
    if (how.silently) return [];
    const revoked = { oauth: [], bot: [team.workspace.botUserId] };
    return [
      await sendEvent(team, { type: 'app_uninstalled' }),
      await sendEvent(team, { type: 'tokens_revoked', tokens: revoked }),
    ];
  }

  const { teamId, botToken, scopes, domain, name, botUserId, botId } = options;
  const first = addTeam({ teamId: teamId ?? 'T0DOUBLE', botToken, scopes, domain, name, botUserId, botId });
  const whole = {
    calls,
    deliveries,
    onChange(listener: (change: Change) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    addTeam,
    team: (id: string) => known(id).handle,
    authorize,
    uninstall,
    endToken(token: string, end: 'token_revoked' | 'account_inactive' | 'token_expired' = 'token_revoked') {
      if (!tokens.kill(token, end)) throw new Refusal('no such token');
    },
    sockets,
    async close() {
      faults.clear();
      sockets.close();
      await server.close();
    },
  };
  // Inherited and not spread: `installed` and `requestUrl` change.
  return Object.assign(Object.create(first) as SlackTeamDouble, whole);
}
