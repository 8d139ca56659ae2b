import { writeAudit } from '../../store/audit.ts';
import type { Trx } from '../../store/database.ts';
import { placeOf } from '../../store/encrypted-values.ts';
import {
  claimRefresh,
  endRefresh,
  installationOf,
  installationsOf,
  type StoredInstallation,
} from '../../store/slack-installations.ts';
import { type Context, commit } from '../context.ts';
import type { Encryption, Installation, Installations, SlackTokens } from '../ports.ts';
import { removeInstallation } from './remove-installation.ts';

const MOST_WORKSPACES = 100;
const TABLE = 'slack_installations';

/** The installations in the database, with their tokens decrypted for whoever calls Slack. */
export function createInstallations(context: Context, encryption: Encryption): Installations {
  const { db, clock } = context;
  return {
    async find(teamId) {
      const stored = await installationOf(db, teamId);
      return stored?.state === 'active' ? toInstallation(stored) : null;
    },
    async ofOrganization(organizationId) {
      const stored = await installationsOf(db, organizationId, MOST_WORKSPACES);
      return stored.filter((one) => one.state === 'active').map(toInstallation);
    },
    async tokens(pair) {
      const stored = await installationOf(db, pair.teamId);
      if (!stored?.botToken || stored.tokenVersion !== pair.tokenVersion) return null;
      return decrypted(encryption, stored, stored.botToken);
    },
    claimRefresh: (pair, forMs) => {
      const now = clock.now();
      return claimRefresh(db, pair, now, now + forMs);
    },
    renewed: (pair, tokens) =>
      endRefresh(
        db,
        pair,
        { kind: 'renewed', ...encrypted(encryption, pair.teamId, tokens), tokenExpiresAt: tokens.expiresAt },
        clock.now(),
      ),
    async pauseRefresh(pair, ms) {
      await endRefresh(db, pair, { kind: 'pause', until: clock.now() + ms }, clock.now());
    },
    needsReinstall: (pair, because) =>
      commit(context, async (trx) => {
        const now = clock.now();
        const stored = await installationOf(trx, pair.teamId);
        if (!stored || !(await endRefresh(trx, pair, { kind: 'reinstall', because }, now))) return;
        await writeAudit(trx, stored.organizationId, {
          at: now,
          actor: { personId: null, via: 'timer' },
          action: 'reinstall_needed',
          subjectType: 'slack_workspace',
          subjectId: pair.teamId,
          detail: { name: stored.teamName, because },
        });
      }),
    noteRemoved: (teamId, because) =>
      commit(context, async (trx: Trx) => {
        await removeInstallation(trx, teamId, because, { personId: null, via: 'slack' }, clock.now());
      }),
  };
}

/** Both tokens as they are kept, each bound to its own place. */
export function encrypted(
  encryption: Encryption,
  teamId: string,
  tokens: Pick<SlackTokens, 'botToken' | 'refreshToken'>,
): { botToken: string; refreshToken: string | null } {
  const { botToken, refreshToken } = tokens;
  return {
    botToken: encryption.encrypt(botToken, placeOf({ table: TABLE, column: 'bot_token' }, teamId)),
    refreshToken:
      refreshToken &&
      encryption.encrypt(refreshToken, placeOf({ table: TABLE, column: 'refresh_token' }, teamId)),
  };
}

function decrypted(
  encryption: Encryption,
  { teamId, refreshToken, tokenExpiresAt }: StoredInstallation,
  botToken: string,
): SlackTokens {
  return {
    botToken: encryption.decrypt(botToken, placeOf({ table: TABLE, column: 'bot_token' }, teamId)),
    refreshToken:
      refreshToken &&
      encryption.decrypt(refreshToken, placeOf({ table: TABLE, column: 'refresh_token' }, teamId)),
    expiresAt: tokenExpiresAt,
  };
}

function toInstallation(stored: StoredInstallation): Installation {
  const { teamId, teamName, organizationId, botUserId, botId, managerFieldId } = stored;
  const { tokenVersion, tokenExpiresAt, refreshingUntil, reinstallBecause } = stored;
  return {
    teamId,
    teamName,
    organizationId,
    botUserId,
    botId,
    managerFieldId,
    tokenVersion,
    tokenExpiresAt,
    renewable: stored.refreshToken !== null && reinstallBecause === null,
    refreshingUntil,
    reinstallBecause,
  };
}
