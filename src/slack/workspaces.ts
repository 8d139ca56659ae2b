import type { Log } from '../usecases/ports.ts';
import type { SlackCalls } from './client.ts';
import { createIdentityKeeper, type Health, type IdentityKeeper, type SlackIdentity } from './identity.ts';

/** A workspace where the bot is installed: whose it is, and how to call Slack there. */
export interface SlackWorkspace {
  organizationId: number;
  /** The profile field that names a person's manager; null = none is used. */
  managerFieldId: string | null;
  identity: IdentityKeeper;
  /** Calls with this workspace's own token, within its own budgets. */
  calls: SlackCalls;
}

/** Where the bot is installed. `starting`: nobody has said yet; `foreign`: not there, or not any more. */
export type FoundWorkspace = { kind: 'found'; workspace: SlackWorkspace } | { kind: 'starting' | 'foreign' };

/** All workspaces the bot is installed in. */
export interface SlackWorkspaces {
  /** Whose workspace it is by its team id: memory and the local database only, so it fits before an ack. */
  find(teamId: string): Promise<FoundWorkspace>;
  /**
   * The workspace that serves a card or an account of this organization; `tenant` '' or null = its first. null = the
   * bot is not installed there. May ask Slack who we are.
   */
  reach(organizationId: number, tenant: string | null): Promise<SlackWorkspace | null>;
  /** Every workspace of an organization, the first installed first. */
  ofOrganization(organizationId: number): Promise<readonly SlackWorkspace[]>;
  /** Asks Slack whose tokens these are and what they may do; of one organization, or of all. */
  check(organizationId?: number): Promise<Health>;
  /** Slack says that the app was removed there. Asks whether it is so; what is said of a foreign workspace is dropped. */
  noteRemoved(teamId: string, because: string): Promise<void>;
  /** Resolves once nothing is being done that outlives a call. */
  idle(): Promise<void>;
}

export const NOWHERE = 'Slack: Countersign is not installed in any workspace of this organization.';

/** The one workspace of SLACK_BOT_TOKEN. `makeCalls` gets the keeper of who we are, which names the budgets. */
export function createEnvironmentWorkspace(parts: {
  organizationId: number;
  managerFieldId: string | null;
  known?: SlackIdentity | undefined;
  makeCalls: (identity: IdentityKeeper) => SlackCalls;
  log: Log;
}): SlackWorkspaces {
  const identity = createIdentityKeeper((): SlackCalls => calls, parts.known);
  const calls = parts.makeCalls(identity);
  const { organizationId, managerFieldId } = parts;
  const workspace: SlackWorkspace = { organizationId, managerFieldId, identity, calls };
  return {
    async find(teamId) {
      const us = identity.current();
      if (us) return us.teamId === teamId ? { kind: 'found', workspace } : { kind: 'foreign' };
      void identity.ensure();
      return { kind: 'starting' };
    },
    async reach(organization, tenant) {
      if (organization !== organizationId) return null;
      if (tenant === null || tenant === '') return workspace;
      const us = identity.current();
      // Not known yet: a workspace of ours, as far as anybody knows; Slack itself refuses what is not.
      return us === null || us.teamId === tenant ? workspace : null;
    },
    ofOrganization: async (organization) => (organization === organizationId ? [workspace] : []),
    check: async (organization) =>
      organization === undefined || organization === organizationId
        ? identity.check()
        : { ok: false, detail: NOWHERE },
    async noteRemoved(teamId, because) {
      if (identity.current()?.teamId !== teamId) return;
      const { log } = parts;
      const health = await identity.check();
      if (!health.ok) log.error({ teamId, because, detail: health.detail }, 'the app was removed from Slack');
    },
    idle: async () => undefined,
  };
}
