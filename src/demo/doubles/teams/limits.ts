/**
 * A message with its card, as UTF-16. Newer documents allow more, the older ones this; whoever keeps to it is shown
 * everywhere.
 */
export const MESSAGE_BYTES = 28 * 1024;
/** https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/user-specific-views */
export const REFRESH_USERS = 60;
export const ACTIONS_IN_SET = 6;
export const CARD_VERSIONS = ['1.0', '1.1', '1.2', '1.3', '1.4', '1.5'];
export const TARGETED_LIFETIME_MS = 24 * 3_600_000;
/** Page sizes outside are taken for the nearest of these. */
export const PAGE_SIZE = { min: 50, max: 500 };
/** "For an invoke the bot has about 15 seconds." */
export const ANSWER_TIMEOUT_MS = 15_000;
export const ACCESS_TOKEN_SECONDS = 3599;

/** How large Teams counts this. */
export function sizeInBytes(value: unknown): number {
  return JSON.stringify(value).length * 2;
}
