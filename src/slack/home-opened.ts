import { z } from 'zod';
import type { Homes } from '../usecases/homes.ts';
import type { Log } from '../usecases/ports.ts';
import type { SlackWorkspaces } from './workspaces.ts';

const homeOpened = z.object({ user: z.string().min(1).max(100), tab: z.string().optional() });

/** Handles app_home_opened: the Home follows by the outbox. Events of a workspace that is not ours are dropped. */
export async function handleHomeOpened(
  parts: { homes: Homes; workspaces: SlackWorkspaces; log: Log },
  event: unknown,
  workspace: string | undefined,
): Promise<void> {
  const opened = homeOpened.safeParse(event).data;
  if (!opened || opened.tab === 'messages') return;
  const found = workspace === undefined ? null : await parts.workspaces.find(workspace);
  if (workspace === undefined || found?.kind !== 'found')
    return parts.log.warn({ workspace, found: found?.kind }, 'an app_home_opened event was dropped');
  const { organizationId } = found.workspace;
  const account = { platform: 'slack', organizationId, tenant: workspace, externalId: opened.user } as const;
  await parts.homes.opened(account);
}
