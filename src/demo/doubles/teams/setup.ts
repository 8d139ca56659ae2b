import type { RateLimits } from './rate-limits.ts';

export interface TeamsDoubleOptions {
  port?: number;
  /** MicrosoftAppId; the bot is 28:<appId>. */
  appId: string;
  /** The client secret; absent: the app proves itself by certificate alone. */
  appPassword?: string;
  /** The certificate in PEM whose key signs client assertions; absent: their shape alone is looked at. */
  certificate?: string;
  tenantId: string;
  /** off: activities come without a token, and the Connector asks for none. Default on. */
  auth?: 'on' | 'off';
  /** What people see as the bot's name. */
  appName?: string;
  /** Where the bot listens, e.g. http://127.0.0.1:3000/api/messages; can be set later. */
  requestUrl?: string;
  /** true: the documented limits; an object: those limits changed; absent: none. */
  rateLimits?: boolean | Partial<RateLimits>;
  now?: () => number;
  /** The clock of tokens in both directions; the real one unless told, for libraries look at that one. */
  tokenClock?: () => number;
  /** How long the client waits for an answer, in real milliseconds. Teams: about 15000. */
  answerTimeoutMs?: number;
  /** How long an access token of the login endpoint lives, in seconds of `tokenClock`. Entra: 3599. */
  tokenLifetimeSeconds?: number;
}

/** People are named by their Entra object id wherever the double asks for a person. */
export interface PersonInput {
  aadObjectId: string;
  name: string;
  email?: string | null;
  /** Absent: the e-mail address. */
  userPrincipalName?: string;
  /** The object id of the person's manager. */
  manager?: string;
  isGuest?: boolean;
  /** false: the account is disabled in Entra. Default true. */
  enabled?: boolean;
  /** false: the app is not installed for them: they exist in Graph and cannot be reached. Default true. */
  installed?: boolean;
  locale?: string;
  /** Somebody of another tenant, e.g. in a shared channel. */
  tenantId?: string;
}

export interface Person extends PersonInput {
  /** The person's id towards this bot, 29:…. */
  mri: string;
  email: string | null;
  userPrincipalName: string;
  installed: boolean;
  blocked: boolean;
}

export interface TeamInput {
  /** 19:…@thread.tacv2, also the id of its General channel. */
  id: string;
  name: string;
  /** Object ids; absent: everybody known when asked. */
  members?: string[];
  /** Whether the app is in the team. Default true. */
  hasBot?: boolean;
}

export interface ChannelInput {
  /** 19:…@thread.tacv2. */
  id: string;
  name: string;
  team: string;
}

export interface GroupChatInput {
  /** 19:…@thread.v2. */
  id: string;
  name?: string;
  members: string[];
  /** Default true. */
  hasBot?: boolean;
}
