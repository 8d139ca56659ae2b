import type { RecordDelivery } from './carrier.ts';
import { Courier } from './courier.ts';
import type { Change } from './handle.ts';
import { LIFETIME } from './limits.ts';
import { RateLimiter } from './rate-limits.ts';
import { ResponseUrls } from './response-urls.ts';
import type { SlackDoubleOptions, TeamInput } from './setup.ts';
import { SocketCourier } from './socket-courier.ts';
import type { Sockets } from './sockets.ts';
import type { Team } from './team.ts';
import type { Delivery } from './traffic.ts';
import { Triggers } from './triggers.ts';
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

export const APP_ID = 'A0DOUBLE';

/** What a new workspace is joined to. */
export interface Surroundings {
  options: SlackDoubleOptions;
  now: () => number;
  sockets: Sockets;
  deliveries: Delivery[];
  requestUrl: () => string | undefined;
  origin: () => string;
  tellAll: (change: Change) => void;
}

/** Makes a workspace; `ordinal` tells it apart from the others where ids must differ. */
export function setUpTeam(input: TeamInput, ordinal: number, around: Surroundings): Team {
  const { options, now, sockets } = around;
  const suffix = ordinal === 0 ? '0DOUBLE' : `${input.teamId.slice(1)}BOT`;
  const workspace = new Workspace({
    teamId: input.teamId,
    domain: input.domain ?? (ordinal === 0 ? 'countersign-demo' : input.teamId.toLowerCase()),
    name: input.name ?? (ordinal === 0 ? 'Countersign demo' : input.teamId),
    appId: APP_ID,
    botId: input.botId ?? `B${suffix}`,
    botUserId: input.botUserId ?? `U${suffix}`,
    now,
    tellAll: around.tellAll,
  });
  const deliveries: Delivery[] = [];
  const record: RecordDelivery = (facts) => {
    const delivery: Delivery = { id: around.deliveries.length + 1, ...facts };
    around.deliveries.push(delivery);
    deliveries.push(delivery);
    workspace.changed({ kind: 'delivery', delivery });
    return delivery;
  };
  const http = new Courier({
    workspace,
    signingSecret: options.signingSecret,
    ackTimeoutMs: options.ackTimeoutMs ?? LIFETIME.ackMs,
    record,
    requestUrl: around.requestUrl,
  });
  return {
    workspace,
    views: new Views(workspace),
    triggers: new Triggers(now, ordinal),
    responseUrls: new ResponseUrls(workspace),
    carrier: options.transport === 'socket' ? new SocketCourier({ sockets, http, record, now }) : http,
    origin: around.origin,
    scopes: input.scopes ?? DEFAULT_SCOPES,
    installed: input.botToken !== undefined,
    limiter: new RateLimiter(options.rateLimits, now),
    calls: [],
    deliveries,
  };
}
