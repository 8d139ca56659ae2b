import { App } from '@slack/bolt';
import type { FastifyPluginAsync } from 'fastify';
import type { AccountChanges, CardPresses } from '../usecases/card-presses.ts';
import type { ChatCommands } from '../usecases/chat-commands.ts';
import type { Homes } from '../usecases/homes.ts';
import type { ChatPlatform, Clock, Directory, Log } from '../usecases/ports.ts';
import { handleAction } from './actions.ts';
import { boltLogger } from './bolt-log.ts';
import { createSlackPlatform } from './chat-platform.ts';
import { clientOptions, createSlackCalls, createSlackClient } from './client.ts';
import { COMMAND, handleCommand } from './commands.ts';
import { createSlackDirectory } from './directory.ts';
import { createEditorForms } from './editor.ts';
import { handleUserChange } from './events.ts';
import { handleHomeOpened } from './homes.ts';
import type { SlackIdentity } from './identity.ts';
import { createPacing } from './pacing.ts';
import { createSlackReceiver } from './receiver.ts';
import { createSocketReceiver } from './socket-receiver.ts';
import { submissionResponse } from './views.ts';
import { createVoices } from './whisper.ts';
import { createEnvironmentWorkspace } from './workspaces.ts';

export interface SlackAdapterParts {
  config: {
    botToken: string;
    signingSecret: string;
    /** Opens sockets to Slack, which then posts nothing; null: Slack posts to `routes`. */
    appToken?: string | null;
    apiUrl: string;
    managerFieldId: string | null;
    /** Longest wait for Slack's answer, ms; 5000 unless told. */
    timeoutMs?: number;
  };
  /** Whose workspace the bot token belongs to. */
  organizationId: number;
  presses: CardPresses;
  accountChanges: AccountChanges;
  commands: ChatCommands;
  homes: Homes;
  clock: Clock;
  log: Log;
  /** Who the bot is, when the host already knows; else auth.test tells. */
  identity?: SlackIdentity;
}

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
  const { config, presses, accountChanges, commands, homes, clock, log } = parts;
  const logger = boltLogger(log);
  const client = createSlackClient({ ...config, logger });
  const pacing = createPacing(clock);
  const workspaces = createEnvironmentWorkspace({
    organizationId: parts.organizationId,
    managerFieldId: config.managerFieldId,
    known: parts.identity,
    makeCalls: (identity) => createSlackCalls(client, pacing, () => identity.current()?.teamId ?? ''),
  });
  const voiceIn = createVoices({ apiUrl: config.apiUrl, log });
  const editor = createEditorForms({ commands, workspaces, log });
  const acting = { presses, commands, homes, editor, workspaces, voiceIn, log };
  const receiver = config.appToken
    ? createSocketReceiver({ appToken: config.appToken, apiUrl: config.apiUrl, log, logger })
    : createSlackReceiver({ signingSecret: config.signingSecret, clock, log, logger });

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

  return {
    platform: createSlackPlatform(workspaces),
    directory: createSlackDirectory(workspaces, clock),
    routes: receiver.routes,
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
    },
  };
}

const NO_SHORTCUTS = `Countersign has no shortcuts: use the buttons on its cards, or ${COMMAND}.`;
