import type { FastifyPluginAsync } from 'fastify';
import type { ChatCommands } from '../usecases/chat-commands.ts';
import type { CardPresses } from '../usecases/deciding/card-presses.ts';
import type { ChatGreetings } from '../usecases/notices/chat-greetings.ts';
import { type Observer, UNOBSERVED } from '../usecases/observer.ts';
import type { ChatPlatform, Clock, Directory, Log, TeamsConversations } from '../usecases/ports.ts';
import type { RateBudgets } from '../usecases/rate-budgets.ts';
import { createAnswers } from './answers.ts';
import { createBackground } from './background.ts';
import { type BotCredential, createBotTokens } from './bot-tokens.ts';
import { createInboundActivities } from './botbuilder/inbound.ts';
import { createTeamsPlatform } from './chat-platform.ts';
import { createTeamsCommands } from './commands.ts';
import { createConnector } from './connector.ts';
import { createTeamsDirectory } from './directory.ts';
import { createGraph } from './graph.ts';
import { createHttp } from './http.ts';
import { createTeamsReceiver } from './receiver.ts';
import { createSeal } from './seal.ts';
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
  /** Set where several instances share one pace. */
  budgets?: RateBudgets | null;
  /** What keys for seals are made of, the same in every instance; else they live as long as the process. */
  sealSecret?: string;
  observe?: Observer;
}

export interface TeamsAdapter {
  platform: ChatPlatform;
  directory: Directory;
  /** Register it without a prefix: Teams posts to /api/messages. */
  routes: FastifyPluginAsync;
  /** Fetches the keys that Teams signs with, and asks once whether Teams knows the bot; without keys it warns. Never throws. */
  start(): Promise<void>;
  /** What keeps Teams from being heard, as a sentence; null when nothing does. For /readyz. */
  trouble(): string | null;
  /** Resolves once nothing that was received is still being worked on. */
  idle(): Promise<void>;
  /** Finishes what was received. Close the HTTP server first. */
  stop(): Promise<void>;
}

/** Teams: cards out, presses in, people looked up. Holds no state but caches and budgets. */
export function createTeamsAdapter(parts: TeamsAdapterParts): TeamsAdapter {
  const { config, presses, commands, greetings, conversations, clock, log } = parts;
  const { budgets = null, observe = UNOBSERVED } = parts;
  const { patienceMs = PATIENCE_MS, deadlineMs = DEADLINE_MS } = config;
  const { appId, openIdMetadataUrl } = config;
  const http = createHttp({ observe });
  const tokens = createBotTokens({ ...config, http, clock });
  const connector = createConnector({ ...config, tokens, http, clock, budgets });
  const graph = createGraph({ ...config, tokens, http, clock, budgets });
  const platform = createTeamsPlatform({
    ...config,
    connector,
    graph,
    conversations,
    opensForm: (command) => commands.opensForm(command),
    clock,
  });
  const isOn = config.credential.kind !== 'off';
  const keys = isOn
    ? createSigningKeys({ metadataUrl: config.openIdMetadataUrl, now: () => performance.now(), log })
    : null;
  const background = createBackground(log);
  const seal = createSeal(clock, parts.sealSecret);
  const answers = createAnswers({ connector, conversations, seal, log });
  const teamsCommands = createTeamsCommands({ commands, connector, answers, background, log, patienceMs });

  return {
    platform,
    directory: createTeamsDirectory({ ...config, graph, connector, conversations }),
    routes: createTeamsReceiver({
      appId: config.appId,
      keys,
      home: config,
      inbound: createInboundActivities({ appId, openIdMetadataUrl, auth: isOn ? 'on' : 'off', log }),
      presses,
      commands,
      teamsCommands,
      greetings,
      conversations,
      answers,
      background,
      seal,
      deadlineMs,
      log,
      observe,
    }),
    async start() {
      if (!isOn) {
        log.warn({}, 'TEAMS_AUTH is off: whoever reaches this bot can decide as anybody');
        return;
      }
      await keys?.refresh();
      const health = await platform.checkHealth();
      if (health.ok) log.info({}, 'Teams knows the bot');
      else log.warn({ detail: health.detail }, 'Teams is not ready');
    },
    trouble: () => keys?.trouble() ?? null,
    idle: () => background.idle(),
    async stop() {
      await background.idle();
      await http.close();
    },
  };
}
