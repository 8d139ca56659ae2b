import { App } from '@slack/bolt';
import type { FastifyPluginAsync } from 'fastify';
import type { WorkflowEditor } from '../approval/workflow-editor.ts';
import type { AccountChanges, CardPresses } from '../usecases/card-presses.ts';
import type { ChatCommands } from '../usecases/chat-commands.ts';
import type { ChatPlatform, Clock, Directory, Log } from '../usecases/ports.ts';
import { handleAction } from './actions.ts';
import { boltLogger } from './bolt-log.ts';
import { createSlackPlatform } from './chat-platform.ts';
import { clientOptions, createSlackCalls, createSlackClient, type SlackCalls } from './client.ts';
import { COMMAND, handleCommand } from './commands.ts';
import { createSlackDirectory } from './directory.ts';
import { handleUserChange } from './events.ts';
import type { OrganizationOf } from './guard.ts';
import { type Homes, handleHomeOpened } from './homes.ts';
import { createIdentityKeeper, type SlackIdentity } from './identity.ts';
import { createPacing } from './pacing.ts';
import { createSlackReceiver } from './receiver.ts';
import { submissionResponse } from './views.ts';
import { createTell, createWhisper } from './whisper.ts';

export interface SlackAdapterParts {
  config: {
    botToken: string;
    signingSecret: string;
    apiUrl: string;
    managerFieldId: string | null;
    /** Longest wait for Slack's answer, ms; 5000 unless told. */
    timeoutMs?: number;
  };
  presses: CardPresses;
  accountChanges: AccountChanges;
  commands: ChatCommands;
  homes: Homes;
  organizationOf: OrganizationOf;
  /** Opens the form to make or edit a workflow; null when it is open, else a sentence that says why not. */
  openEditor: (calls: SlackCalls, triggerId: string, editor: WorkflowEditor) => Promise<string | null>;
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
  /** Asks Slack once who we are. Never throws: presses are refused politely until it is known. */
  start(): Promise<void>;
  /** Resolves once everything that was received is finished. Close the HTTP server first. */
  stop(): Promise<void>;
}

/** Slack: cards out, presses in, people looked up. Holds no state but caches and budgets. */
export function createSlackAdapter(parts: SlackAdapterParts): SlackAdapter {
  const { config, presses, accountChanges, commands, homes, organizationOf, clock, log } = parts;
  const logger = boltLogger(log);
  const client = createSlackClient({ ...config, logger });
  const identity = createIdentityKeeper((): SlackCalls => calls, parts.identity);
  const calls = createSlackCalls(client, createPacing(clock), () => identity.current()?.teamId ?? '');
  const tell = createTell({ calls, apiUrl: config.apiUrl, log });
  const whisper = createWhisper(tell);
  const acting = {
    ...{ presses, commands, homes, organizationOf, calls, identity, tell, whisper, log },
    openEditor: (triggerId: string, editor: WorkflowEditor) => parts.openEditor(calls, triggerId, editor),
  };
  const receiver = createSlackReceiver({ signingSecret: config.signingSecret, clock, log, logger });

  const bolt = new App({
    receiver,
    logger,
    convoStore: false,
    clientOptions: clientOptions(config.apiUrl, logger),
    // No token and no network here: the guard refuses foreign workspaces, and our own client makes the calls.
    authorize: async () => {
      const us = identity.current();
      return { ...(us?.botId && { botId: us.botId }), ...(us && { botUserId: us.botUserId }) };
    },
  });
  bolt.error(async (error) => log.error({ err: error }, 'a Slack listener failed'));

  bolt.action(/^[\s\S]*$/, ({ body, ack }) => handleAction(acting, body, () => ack()));
  bolt.view({ type: 'view_submission' }, async ({ body, ack }) => {
    const response = await submissionResponse({ presses, identity, log }, body);
    await (response ? ack(response) : ack());
  });
  bolt.view({ type: 'view_closed' }, ({ ack }) => ack());
  bolt.command(/^[\s\S]*$/, ({ body, ack }) =>
    handleCommand(acting, body, (text) => ack(text && { response_type: 'ephemeral', text })),
  );
  bolt.shortcut(/^[\s\S]*$/, async ({ ack, body }) => {
    await ack();
    const responseUrl = 'response_url' in body ? body.response_url : null;
    await whisper({ responseUrl, channel: null, user: body.user.id }, NO_SHORTCUTS);
  });
  bolt.options(/^[\s\S]*$/, ({ ack }) => ack({ options: [] }));
  bolt.event('user_change', ({ event, body }) =>
    handleUserChange({ accountChanges, identity, log }, event, body.team_id),
  );
  bolt.event('app_home_opened', ({ event, body }) => handleHomeOpened(acting, event, body.team_id));

  return {
    platform: createSlackPlatform({ calls, identity }),
    directory: createSlackDirectory({ calls, identity, clock, managerFieldId: config.managerFieldId }),
    routes: receiver.routes,
    async start() {
      const health = await identity.check();
      if (health.ok) log.info({ team: identity.current()?.teamId }, 'Slack knows the bot');
      else log.warn({ detail: health.detail }, 'Slack is not ready');
    },
    stop: () => receiver.idle(),
  };
}

const NO_SHORTCUTS = `Countersign has no shortcuts: use the buttons on its cards, or ${COMMAND}.`;
