import { createChatCommands } from './commands/run.ts';
import type { Config } from './config.ts';
import type { TeamsConfig } from './config-teams.ts';
import { createSlackAdapter } from './slack/app.ts';
import { createAccountChanges } from './usecases/approvers/revoke-approver.ts';
import type { Context } from './usecases/context.ts';
import { createCardPresses } from './usecases/deciding/answer-press.ts';
import { createHomes } from './usecases/homes/homes.ts';
import { createInstalling } from './usecases/installations/install-workspace.ts';
import { createInstallations } from './usecases/installations/installations.ts';
import { createTeamsConversations } from './usecases/installations/teams-conversations.ts';
import { createChatGreetings } from './usecases/notices/greet.ts';
import type { Encryption } from './usecases/ports.ts';
import type { RateBudgets } from './usecases/rate-budgets.ts';
import { createWorkflowForms } from './usecases/workflows/edit-workflow.ts';

/** What both chats are given beside configuration and context. */
export interface ChatParts {
  /** Set where several instances share one pace. */
  budgets: RateBudgets | null;
  organizationId: number;
}

/** Slack, joined to what it may ask of the bot; nothing runs until it is started. */
export function createSlack(
  config: Config,
  { access, ...slack }: NonNullable<Config['slack']>,
  context: Context,
  { encryption, budgets, organizationId }: ChatParts & { encryption: Encryption },
) {
  const presses = createCardPresses(context);
  const accountChanges = createAccountChanges(context);
  return createSlackAdapter({
    config: {
      ...slack,
      access:
        access.kind === 'token'
          ? { ...access, organizationId }
          : {
              ...access,
              publicUrl: address(config.publicUrl),
              installations: createInstallations(context, encryption),
              installing: createInstalling(context, encryption),
            },
    },
    presses,
    accountChanges,
    commands: { ...createChatCommands(context), ...createWorkflowForms(context) },
    homes: createHomes(context),
    clock: context.clock,
    log: context.log,
    budgets,
    observe: context.observe,
  });
}

/** Microsoft Teams likewise. Loaded where it is needed alone: botbuilder is most of what the bot would otherwise keep in memory. */
export async function createTeams(
  config: Config,
  teams: TeamsConfig,
  context: Context,
  { budgets, organizationId }: ChatParts,
) {
  const { createTeamsAdapter } = await import('./teams/app.ts');
  return createTeamsAdapter({
    config: { ...teams, organizationId },
    presses: createCardPresses(context),
    commands: { ...createChatCommands(context), ...createWorkflowForms(context) },
    greetings: createChatGreetings(context),
    conversations: createTeamsConversations(context),
    clock: context.clock,
    log: context.log,
    budgets,
    sealSecret: config.encryptionKeys[0] ?? config.harness.apiKey,
    observe: context.observe,
  });
}

/** A URL without the slashes at its end. */
export function address(url: string): string {
  return url.replace(/\/+$/, '');
}
