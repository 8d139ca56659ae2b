import type { DirectoryAccount } from '../usecases/ports.ts';

/** What users.info and user_change say of an account, as far as its standing goes. */
export interface SlackUser {
  id?: string;
  team_id?: string;
  deleted?: boolean;
  is_bot?: boolean;
  is_workflow_bot?: boolean;
  is_restricted?: boolean;
  is_ultra_restricted?: boolean;
  is_stranger?: boolean;
  enterprise_user?: { teams?: string[] };
}

/**
 * The account's standing in workspace `teamId` (R13). The first that fits: deactivated, bot, stranger
 * (Slack Connect, or at home in another workspace), guest, member.
 */
export function standingOf(user: SlackUser, teamId: string): DirectoryAccount['standing'] {
  if (user.deleted) return 'deactivated';
  if (user.is_bot || user.is_workflow_bot || user.id === 'USLACKBOT') return 'bot';
  const atHome = user.team_id === teamId || user.enterprise_user?.teams?.includes(teamId);
  if (user.is_stranger || !atHome) return 'stranger';
  return user.is_restricted || user.is_ultra_restricted ? 'guest' : 'member';
}
