import { App, type Logger } from '@slack/bolt';
import type { FastifyPluginAsync } from 'fastify';
import type { ChatCommands } from '../usecases/chat-commands.ts';
import type { AccountChanges, CardPresses } from '../usecases/deciding/card-presses.ts';
import type { Homes } from '../usecases/homes/homes.ts';
import { type Observer, UNOBSERVED } from '../usecases/observer.ts';
import type { ChatPlatform, Clock, Directory, Installations, Installing, Log } from '../usecases/ports.ts';
import type { RateBudgets } from '../usecases/rate-budgets.ts';
import { handleAction } from './actions.ts';
import { boltLogger } from './bolt-log.ts';
import { createSlackPlatform } from './chat-platform.ts';
import { clientOptions, createSlackCalls, createSlackClient } from './client.ts';
import { COMMAND, handleCommand } from './commands.ts';
import { createSlackDirectory } from './directory.ts';
import { createEditorForms } from './editor.ts';
import { handleUserChange, namesBot } from './events.ts';
import { handleHomeOpened } from './homes.ts';
import type { SlackIdentity } from './identity.ts';
import { createInstallRoutes } from './install-routes.ts';
import { createInstalledWorkspaces } from './installed-workspaces.ts';
import { createSlackOAuth } from './oauth-client.ts';
import { createPacing, createSharedPacing } from './pacing.ts';
import { createPressedMessages } from './pressed-messages.ts';
import { createSlackReceiver } from './receiver.ts';
import { createAnswerUrl } from './response-urls.ts';
import { createSocketReceiver } from './socket-receiver.ts';
import { createTokenRenewal } from './token-renewal.ts';
import { submissionResponse } from './views.ts';
import { createVoices } from './whisper.ts';
import { createEnvironmentWorkspace, type SlackWorkspaces } from './workspaces.ts';

export interface SlackAdapterParts {
  config: {
    access: SlackAccess;
    signingSecret: string;
    /** Opens sockets to Slack, which then posts nothing; null: Slack posts to `routes`. */
    appToken?: string | null;
    apiUrl: string;
    /** Longest wait for Slack's answer, ms; 5000 unless told. */
    timeoutMs?: number;
  };
  presses: CardPresses;
  accountChanges: AccountChanges;
  commands: ChatCommands;
  homes: Homes;
  clock: Clock;
  log: Log;
  /** Set where several instances share one pace. */
  budgets?: RateBudgets | null;
  observe?: Observer;
  /** Who the bot is, when the host already knows; else auth.test tells. */
  identity?: SlackIdentity;
}

/** How the bot comes into workspaces. */
export type SlackAccess =
  /** By a token from the environment, into one. */
  | {
      kind: 'token';
      botToken: string;
      /** Whose workspace it is. */
      organizationId: number;
      managerFieldId: string | null;
    }
  /** By installs over OAuth, into any number. */
  | {
      kind: 'oauth';
      clientId: string;
      clientSecret: string;
      stateSecret: string;
      publicUrl: string;
      installations: Installations;
      installing: Installing;
    };

export interface SlackAdapter {
  platform: ChatPlatform;
  directory: Directory;
  /** Register it without a prefix: Slack posts to /slack/events. */
  routes: FastifyPluginAsync;
  /**
   * Asks Slack once who we are, and opens a socket where there is an app token. Never throws: presses are refused
   * politely until it is known, and the socket is tried again.
   */
  start(): Promise<void>;
  /** What keeps Slack from being heard, as a sentence; null when nothing does. For /readyz. */
  trouble(): string | null;
  /** Resolves once everything that was received is finished. Close the HTTP server first. */
  stop(): Promise<void>;
}

/** Slack: cards out, presses in, people looked up. Holds no state but caches and budgets. */
export function createSlackAdapter(parts: SlackAdapterParts): SlackAdapter {
  const { config, presses, accountChanges, commands, homes, clock, log, observe = UNOBSERVED } = parts;
  const logger = boltLogger(log);
  const { workspaces, installRoutes } = connect(parts, logger);
  const answerUrl = createAnswerUrl({ apiUrl: config.apiUrl, observe });
  const voiceIn = createVoices({ answerUrl, log });
  const pressed = createPressedMessages({ answerUrl, clock });
  const editor = createEditorForms({ commands, workspaces, log });
  const acting = { presses, commands, homes, editor, workspaces, voiceIn, pressed, log };
  const receiver = config.appToken
    ? createSocketReceiver({ appToken: config.appToken, apiUrl: config.apiUrl, log, logger, observe })
    : createSlackReceiver({ signingSecret: config.signingSecret, clock, log, logger, observe });

  const bolt = new App({
    receiver,
    logger,
    convoStore: false,
    clientOptions: clientOptions(config.apiUrl, logger),
    // No token and no network here: the guard refuses foreign workspaces, and our own client makes the calls.
    authorize: async ({ teamId }) => {
      const found = teamId === undefined ? null : await workspaces.find(teamId);
      const us = found?.kind === 'found' ? found.workspace.identity.current() : null;
      return { ...(us?.botId && { botId: us.botId }), ...(us && { botUserId: us.botUserId }) };
    },
  });
  bolt.error(async (error) => log.error({ err: error }, 'a Slack listener failed'));

  bolt.action(/^[\s\S]*$/, ({ body, ack }) => handleAction(acting, body, () => ack()));
  bolt.view({ type: 'view_submission' }, async ({ body, ack }) => {
    const response = await submissionResponse({ presses, workspaces, editor, log }, body);
    await (response ? ack(response) : ack());
  });
  bolt.view({ type: 'view_closed' }, ({ ack }) => ack());
  bolt.command(/^[\s\S]*$/, ({ body, ack }) =>
    handleCommand(acting, body, (text) => ack(text && { response_type: 'ephemeral', text })),
  );
  bolt.shortcut(/^[\s\S]*$/, async ({ ack, body }) => {
    await ack();
    const responseUrl = 'response_url' in body ? body.response_url : null;
    await voiceIn(null).whisper({ responseUrl, channel: null, user: body.user.id }, NO_SHORTCUTS);
  });
  bolt.options(/^[\s\S]*$/, ({ ack }) => ack({ options: [] }));
  bolt.event('user_change', ({ event, body }) =>
    handleUserChange({ accountChanges, workspaces, log }, event, body.team_id),
  );
  bolt.event('app_home_opened', ({ event, body }) => handleHomeOpened(acting, event, body.team_id));
  bolt.event('app_uninstalled', ({ body }) => workspaces.noteRemoved(body.team_id, 'app_uninstalled'));
  bolt.event('tokens_revoked', ({ event, body }) =>
    namesBot(event) ? workspaces.noteRemoved(body.team_id, 'tokens_revoked') : Promise.resolve(),
  );

  return {
    platform: createSlackPlatform(workspaces, pressed),
    directory: createSlackDirectory(workspaces, clock),
    async routes(fastify) {
      await fastify.register(receiver.routes);
      if (installRoutes) await fastify.register(installRoutes);
    },
    async start() {
      const health = await workspaces.check();
      if (health.ok) log.info({}, 'Slack knows the bot');
      else log.warn({ detail: health.detail }, 'Slack is not ready');
      await receiver.start();
    },
    trouble: () => receiver.trouble(),
    async stop() {
      await receiver.stop();
      await receiver.idle();
      await workspaces.idle();
    },
  };
}

/** The workspaces, and where more of them install the app; null = nowhere. */
function connect(
  { config, clock, log, budgets, observe = UNOBSERVED, identity: known }: SlackAdapterParts,
  logger: Logger,
): { workspaces: SlackWorkspaces; installRoutes: FastifyPluginAsync | null } {
  const { access, apiUrl, timeoutMs } = config;
  const pacing = budgets ? createSharedPacing(clock, budgets) : createPacing(clock);
  const how = { apiUrl, logger, ...(timeoutMs !== undefined && { timeoutMs }) };
  if (access.kind === 'token') {
    const client = createSlackClient({ ...how, botToken: access.botToken });
    const { organizationId, managerFieldId } = access;
    const workspaces = createEnvironmentWorkspace({
      organizationId,
      managerFieldId,
      known,
      makeCalls: (identity) =>
        createSlackCalls(client, pacing, () => identity.current()?.teamId ?? '', observe),
      log,
    });
    return { workspaces, installRoutes: null };
  }
  const { installations } = access;
  const oauth = createSlackOAuth({ ...how, app: access, clock, observe });
  const workspaces = createInstalledWorkspaces({
    installations,
    renewal: createTokenRenewal({ installations, oauth, log }),
    makeClient: (botToken) => createSlackClient({ ...how, botToken }),
    pacing,
    observe,
    clock,
    log,
  });
  return { workspaces, installRoutes: createInstallRoutes({ ...access, apiUrl, oauth, clock, log }) };
}

const NO_SHORTCUTS = `Countersign has no shortcuts: use the buttons on its cards, or ${COMMAND}.`;
