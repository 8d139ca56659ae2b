import { type Actor, writeAudit } from '../../store/audit.ts';
import {
  deleteInstallation,
  installationOf,
  installationsOf,
  type StoredInstallation,
  setManagerField,
} from '../../store/slack-installations.ts';
import { type Context, commit } from '../context.ts';
import type { Managed } from '../managing/managing.ts';
import { done, invalid, NOT_FOUND, refused } from '../tokens/principal-rights.ts';
import { removeInstallation } from './remove-installation.ts';

/** A workspace for people to read: all but its tokens. */
export type ListedInstallation = Omit<StoredInstallation, 'botToken' | 'refreshToken'> & {
  /** Whether its tokens are renewed by themselves. */
  rotates: boolean;
};

const MOST_LISTED = 1_000;

/** Every workspace that ever installed the app and was not released; by organization. For whoever runs the bot. */
export async function listInstallations(context: Pick<Context, 'db'>): Promise<ListedInstallation[]> {
  const stored = await installationsOf(context.db, null, MOST_LISTED);
  return stored.map(({ botToken: _, refreshToken, ...shown }) => ({
    ...shown,
    rotates: refreshToken !== null,
  }));
}

/** Says which profile field of a workspace names a person's manager; null = none. Audited. */
export function chooseManagerField(
  context: Context,
  teamId: string,
  managerFieldId: string | null,
  actor: Actor,
): Promise<Managed<null>> {
  return commit(context, async (trx): Promise<Managed<null>> => {
    const stored = await installationOf(trx, teamId);
    if (!stored) return refused(NOT_FOUND);
    if (managerFieldId !== null && !/^Xf[A-Z0-9]{1,40}$/.test(managerFieldId))
      return invalid([{ field: 'FIELD', detail: 'is the id of a profile field, Xf…, or none' }]);
    const now = context.clock.now();
    await setManagerField(trx, teamId, managerFieldId, now);
    await writeAudit(trx, stored.organizationId, {
      at: now,
      actor,
      action: 'changed',
      subjectType: 'slack_workspace',
      subjectId: teamId,
      detail: { before: { managerFieldId: stored.managerFieldId }, after: { managerFieldId } },
    });
    return done(null);
  });
}

/** Wipes a workspace's tokens and releases it: any organization may install there from now on. Audited. */
export function releaseWorkspace(context: Context, teamId: string, actor: Actor): Promise<Managed<string>> {
  return commit(context, async (trx): Promise<Managed<string>> => {
    const stored = await installationOf(trx, teamId);
    if (!stored) return refused(NOT_FOUND);
    const now = context.clock.now();
    await removeInstallation(trx, teamId, 'released by an operator', actor, now);
    await deleteInstallation(trx, teamId);
    await writeAudit(trx, stored.organizationId, {
      at: now,
      actor,
      action: 'released',
      subjectType: 'slack_workspace',
      subjectId: teamId,
      detail: { name: stored.teamName },
    });
    return done(stored.teamName);
  });
}
