import type { FastifyPluginAsync } from 'fastify';
import type { CardPresses } from '../usecases/card-presses.ts';
import type { ChatCommands } from '../usecases/chat-commands.ts';
import type { ChatGreetings } from '../usecases/chat-greetings.ts';
import type { ChatPlatform, Clock, Directory, Log, TeamsConversations } from '../usecases/ports.ts';
import { createAnswers } from './answers.ts';
import { createBackground } from './background.ts';
import { type BotCredential, createBotTokens } from './bot-tokens.ts';
import { createInboundActivities } from './botbuilder/inbound.ts';
import { createTeamsPlatform } from './chat-platform.ts';
import { createTeamsCommands } from './commands.ts';
import { createTeamsConnector } from './connector.ts';
import { createTeamsDirectory } from './directory.ts';
import { createHttp } from './http.ts';
import { createTeamsReceiver } from './receiver.ts';
import { createSigningKeys } from './signing-keys.ts';

/** How long a pressed button waits for its page, and an invoke for its answer at most, ms. */
const PATIENCE_MS = 3_000;
const DEADLINE_MS = 4_500;

export interface TeamsAdapterParts {
  config: {
    /** Whose tenant it is. */
    organizationId: number;
    appId: string;
    tenantId: string;
    credential: BotCredential;
    serviceUrl: string;
    serviceHosts: readonly string[];
    openIdMetadataUrl: string;
    loginUrl: string;
    graphUrl: string;
    /** 3000 and 4500 unless told. */
    patienceMs?: number;
    deadlineMs?: number;
  };
  presses: CardPresses;
  commands: ChatCommands;
  greetings: ChatGreetings;
  conversations: TeamsConversations;
  clock: Clock;
  log: Log;
}

export interface TeamsAdapter {
  platform: ChatPlatform;
  directory: Directory;
  /** Register it without a prefix: Teams posts to /api/messages. */
  routes: FastifyPluginAsync;
  /** Fetches the keys that Teams signs with, and asks once whether Teams knows the bot. Never throws. */
  start(): Promise<void>;
  /** What keeps Teams from being heard, as a sentence; null when nothing does. For /readyz. */
  trouble(): string | null;
  /** Resolves once everything that was received is finished. Close the HTTP server first. */
  stop(): Promise<void>;
}
