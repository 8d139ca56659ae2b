import { z } from 'zod';
import type { AccountChanges } from '../usecases/deciding/card-presses.ts';
import type { Log } from '../usecases/ports.ts';
import { standingOf } from './standing.ts';
import type { SlackWorkspaces } from './workspaces.ts';

const flag = z.boolean().optional().catch(undefined);
const userChange = z.object({
  user: z.object({
    id: z.string().min(1).max(100),
    team_id: z.string().min(1).max(100).optional(),
    deleted: flag,
    is_bot: flag,
    is_workflow_bot: flag,
    is_restricted: flag,
    is_ultra_restricted: flag,
    is_stranger: flag,
    enterprise_user: z
      .object({ teams: z.array(z.string()).optional() })
      .optional()
      .catch(undefined),
  }),
});

/**
 * Handles user_change: tells what became of the account. `workspace` is where the event happened; events of
 * a workspace that is not ours, or not yet known to be, are dropped. So are those about guests from another workspace
 * of the same organization, which tells of its own people itself.
 */
export async function handleUserChange(
  parts: { accountChanges: AccountChanges; workspaces: SlackWorkspaces; log: Log },
  event: unknown,
  workspace: string | undefined,
): Promise<void> {
  const user = userChange.safeParse(event).data?.user;
  let found = workspace === undefined ? null : await parts.workspaces.find(workspace);
  if (found?.kind === 'starting' && workspace !== undefined) {
    // Already acked, so there is time to ask.
    await parts.workspaces.check();
    found = await parts.workspaces.find(workspace);
  }
  if (!user || workspace === undefined || found?.kind !== 'found')
    return parts.log.warn({ workspace, found: found?.kind }, 'a user_change event was dropped');
  const { organizationId } = found.workspace;
  const tenant = user.team_id ?? workspace;
  if (tenant !== workspace && (await parts.workspaces.find(tenant)).kind === 'found') return;
  await parts.accountChanges.noteAccount('slack', {
    organizationId,
    tenant,
    externalId: user.id,
    standing: standingOf({ ...user, team_id: tenant }, workspace),
  });
}

const tokensRevoked = z.object({ tokens: z.object({ bot: z.array(z.string()).min(1) }) });

/** Whether a tokens_revoked event is about the bot's own token, not somebody's who authorized the app. */
export function namesBot(event: unknown): boolean {
  return tokensRevoked.safeParse(event).success;
}
