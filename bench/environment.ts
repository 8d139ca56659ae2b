import { SIGNING_SECRET } from './clicks/acts.ts';
import { API_KEY } from './clicks/surroundings.ts';
import { WEBHOOK_TOKEN } from './webhook.ts';

/** What a bot under measure is told whatever chat it serves: nothing waits, nothing is looked at twice. */
export function environmentBeside(harnessUrl: string): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    HARNESS_BASE_URL: harnessUrl,
    HARNESS_ACCOUNT_ID: 'acme',
    HARNESS_API_KEY: API_KEY,
    ENRICHMENT_WAIT_SECONDS: '0',
    HARNESS_CHECK_SECONDS: '3600',
    WEBHOOK_TOKEN,
    WEBHOOK_RATE_LIMIT: '999999/1',
    ADMIN_EMAILS: 'approver0@acme.io',
  };
}

/** How it comes into the one workspace. */
export function slackEnvironment(apiUrl: string): Record<string, string> {
  return { SLACK_BOT_TOKEN: 'xoxb-bench', SLACK_SIGNING_SECRET: SIGNING_SECRET, SLACK_API_URL: apiUrl };
}
