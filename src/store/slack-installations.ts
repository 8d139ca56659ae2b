import type { Reader, Trx } from './database.ts';
import { fromJson, toJson } from './json.ts';
import type { Row } from './schema.ts';

/** A Slack workspace that installed the app. Times are epoch ms; the tokens are encrypted, null once removed. */
export interface StoredInstallation {
  teamId: string;
  organizationId: number;
  enterpriseId: string | null;
  teamName: string;
  appId: string;
  botUserId: string;
  botId: string | null;
  scopes: readonly string[];
  botToken: string | null;
  refreshToken: string | null;
  /**
   * Grows with each pair of tokens, beginning at the moment of the first install, so that a workspace that was
   * released never has an earlier one again: compared before a new pair is stored or a known one is used.
   */
  tokenVersion: number;
  /** null = never. */
  tokenExpiresAt: number | null;
  refreshingUntil: number;
  /** Why the app must be installed there again before long; null = all is well. */
  reinstallBecause: string | null;
  managerFieldId: string | null;
  state: 'active' | 'removed';
  /** Slack's id of whoever installed it. */
  installedBy: string | null;
  createdAt: number;
  updatedAt: number;
}

function toInstallation(row: Row<'slack_installations'>): StoredInstallation {
  return {
    teamId: row.team_id,
    organizationId: row.organization_id,
    enterpriseId: row.enterprise_id,
    teamName: row.team_name,
    appId: row.app_id,
    botUserId: row.bot_user_id,
    botId: row.bot_id,
    scopes: fromJson(row.scopes),
    botToken: row.bot_token,
    refreshToken: row.refresh_token,
    tokenVersion: row.token_version,
    tokenExpiresAt: row.token_expires_at,
    refreshingUntil: row.refreshing_until,
    reinstallBecause: row.reinstall_because,
    managerFieldId: row.manager_field_id,
    state: row.state,
    installedBy: row.installed_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The workspace's installation, removed or not. */
export async function installationOf(db: Reader, teamId: string): Promise<StoredInstallation | null> {
  const row = await db
    .selectFrom('slack_installations')
    .selectAll()
    .where('team_id', '=', teamId)
    .executeTakeFirst();
  return row ? toInstallation(row) : null;
}

/** An organization's installations, removed ones too, the first installed first; null = everybody's. */
export async function installationsOf(
  db: Reader,
  organizationId: number | null,
  limit: number,
): Promise<StoredInstallation[]> {
  let query = db.selectFrom('slack_installations').selectAll();
  if (organizationId !== null) query = query.where('organization_id', '=', organizationId);
  const rows = await query
    .orderBy('organization_id')
    .orderBy('created_at')
    .orderBy('team_id')
    .limit(limit)
    .execute();
  return rows.map(toInstallation);
}

export type NewInstallation = Pick<
  StoredInstallation,
  | 'teamId'
  | 'organizationId'
  | 'enterpriseId'
  | 'teamName'
  | 'appId'
  | 'botUserId'
  | 'botId'
  | 'scopes'
  | 'refreshToken'
  | 'tokenExpiresAt'
  | 'installedBy'
> & { botToken: string };

/** Keeps a fresh installation, or a new one of the same workspace; never takes it from another organization. */
export async function saveInstallation(
  trx: Trx,
  installation: NewInstallation,
  now: number,
): Promise<'saved' | 'claimed'> {
  const columns = {
    enterprise_id: installation.enterpriseId,
    team_name: installation.teamName,
    app_id: installation.appId,
    bot_user_id: installation.botUserId,
    bot_id: installation.botId,
    scopes: toJson(installation.scopes),
    bot_token: installation.botToken,
    refresh_token: installation.refreshToken,
    token_expires_at: installation.tokenExpiresAt,
    refreshing_until: 0,
    reinstall_because: null,
    state: 'active' as const,
    installed_by: installation.installedBy,
    updated_at: now,
  };
  const row = await trx
    .insertInto('slack_installations')
    .values({
      team_id: installation.teamId,
      organization_id: installation.organizationId,
      manager_field_id: null,
      token_version: now,
      created_at: now,
      ...columns,
    })
    .onConflict((oc) =>
      oc
        .column('team_id')
        .doUpdateSet((eb) => ({
          ...columns,
          token_version: eb('slack_installations.token_version', '+', 1),
        }))
        .where('slack_installations.organization_id', '=', installation.organizationId),
    )
    .returning('team_id')
    .executeTakeFirst();
  return row ? 'saved' : 'claimed';
}

/** Claims the right to renew a pair of tokens until `until`; false = somebody else has it, or the pair is another. */
export async function claimRefresh(
  db: Reader,
  { teamId, tokenVersion }: Pick<StoredInstallation, 'teamId' | 'tokenVersion'>,
  now: number,
  until: number,
): Promise<boolean> {
  const row = await db
    .updateTable('slack_installations')
    .set({ refreshing_until: until })
    .where('team_id', '=', teamId)
    .where('token_version', '=', tokenVersion)
    .where('state', '=', 'active')
    .where('reinstall_because', 'is', null)
    .where('refreshing_until', '<=', now)
    .returning('team_id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Sets what became of renewing this pair; false = it is another pair by now, and nothing was changed. */
export async function endRefresh(
  db: Reader,
  { teamId, tokenVersion }: Pick<StoredInstallation, 'teamId' | 'tokenVersion'>,
  end:
    | { kind: 'renewed'; botToken: string; refreshToken: string | null; tokenExpiresAt: number | null }
    | { kind: 'pause'; until: number }
    | { kind: 'reinstall'; because: string },
  now: number,
): Promise<boolean> {
  const row = await db
    .updateTable('slack_installations')
    .set({
      updated_at: now,
      ...(end.kind === 'renewed' && {
        bot_token: end.botToken,
        refresh_token: end.refreshToken,
        token_expires_at: end.tokenExpiresAt,
        token_version: tokenVersion + 1,
        refreshing_until: 0,
      }),
      ...(end.kind === 'pause' && { refreshing_until: end.until }),
      ...(end.kind === 'reinstall' && { reinstall_because: end.because, refreshing_until: 0 }),
    })
    .where('team_id', '=', teamId)
    .where('token_version', '=', tokenVersion)
    .where('state', '=', 'active')
    .returning('team_id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Ends an installation and wipes its tokens; the workspace stays its organization's. false = it had ended before. */
export async function endInstallation(trx: Trx, teamId: string, now: number): Promise<boolean> {
  const row = await trx
    .updateTable('slack_installations')
    .set((eb) => ({
      state: 'removed' as const,
      bot_token: null,
      refresh_token: null,
      token_expires_at: null,
      token_version: eb('token_version', '+', 1),
      refreshing_until: 0,
      reinstall_because: null,
      updated_at: now,
    }))
    .where('team_id', '=', teamId)
    .where('state', '=', 'active')
    .returning('team_id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Forgets a workspace, so that any organization may claim it. */
export async function deleteInstallation(trx: Trx, teamId: string): Promise<void> {
  await trx.deleteFrom('slack_installations').where('team_id', '=', teamId).execute();
}

export async function setManagerField(
  trx: Trx,
  teamId: string,
  managerFieldId: string | null,
  now: number,
): Promise<void> {
  await trx
    .updateTable('slack_installations')
    .set({ manager_field_id: managerFieldId, updated_at: now })
    .where('team_id', '=', teamId)
    .execute();
}
