import type { RateLimits } from './rate-limits.ts';

export interface SlackDoubleOptions extends Omit<TeamInput, 'teamId'> {
  port?: number;
  teamId?: string;
  signingSecret: string;
  /** Where the bot listens, e.g. http://127.0.0.1:3000/slack/events; can be set later. */
  requestUrl?: string;
  /** true: the documented limits; an object: those limits changed; absent: none. */
  rateLimits?: boolean | Partial<RateLimits>;
  now?: () => number;
  /** How long the person waits for an ack, in real milliseconds. Slack: 3000. */
  ackTimeoutMs?: number;
  /** How the bot hears of things; http unless told. */
  transport?: 'http' | 'socket';
  /** The app-level token (xapp-…) that may open sockets. */
  appToken?: string;
  /** The app's OAuth settings; absent: nobody can install it. */
  oauth?: OAuthOptions;
}

/** One workspace. */
export interface TeamInput {
  teamId: string;
  /** Absent: the app is not installed there yet. */
  botToken?: string;
  /** What the bot token may do. */
  scopes?: readonly string[];
  domain?: string;
  name?: string;
  botUserId?: string;
  botId?: string;
}

export interface OAuthOptions {
  clientId: string;
  clientSecret: string;
  /** Where people may be sent back to; the first one unless the URL names another. */
  redirectUris: readonly string[];
  /** Tokens live 12 hours and come with a refresh token. */
  tokenRotation?: boolean;
}

export interface UserInput {
  id: string;
  name: string;
  realName?: string;
  email?: string;
  deleted?: boolean;
  isBot?: boolean;
  isAdmin?: boolean;
  isRestricted?: boolean;
  isUltraRestricted?: boolean;
  isStranger?: boolean;
  teamId?: string;
  tz?: string;
  profileFields?: Record<string, { value: string; alt?: string }>;
}

export interface ChannelInput {
  id: string;
  name: string;
  /** Whether the bot is in it. Default true. */
  isMember?: boolean;
  isArchived?: boolean;
  isPrivate?: boolean;
  /** People in it; absent: everybody. */
  members?: string[];
}

export interface ProfileFieldInput {
  id: string;
  label: string;
  type: 'text' | 'date' | 'link' | 'options_list' | 'long_text' | 'user';
  fieldName?: string;
  hint?: string;
  isInverse?: boolean;
  isHidden?: boolean;
}
