import { z } from 'zod';
import type { AccountChanges } from '../usecases/card-presses.ts';
import type { Log } from '../usecases/ports.ts';
import type { IdentityKeeper } from './identity.ts';
import { standingOf } from './standing.ts';

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
 * another workspace, or while ours cannot be learnt, are dropped.
 */
export async function handleUserChange(
  parts: { accountChanges: AccountChanges; identity: IdentityKeeper; log: Log },
  event: unknown,
  workspace: string | undefined,
): Promise<void> {
  const user = userChange.safeParse(event).data?.user;
  // Already acked, so there is time to ask.
  const us = await parts.identity.ensure();
  if (!user || !us || (workspace !== undefined && workspace !== us.teamId))
    return parts.log.warn({ workspace, known: us !== null }, 'a user_change event was dropped');
  const tenant = user.team_id ?? us.teamId;
  await parts.accountChanges.noteAccount('slack', {
    tenant,
    externalId: user.id,
    standing: standingOf({ ...user, team_id: tenant }, us.teamId),
  });
}
