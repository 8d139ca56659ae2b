import type { PlatformName } from '../ports.ts';

/** What people call the chat platforms. */
export const PLATFORM_NAMES: Readonly<Record<PlatformName, string>> = {
  slack: 'Slack',
  teams: 'Microsoft Teams',
};
