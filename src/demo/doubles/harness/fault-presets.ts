import type { Fault } from './faults.ts';

const VOTE = { method: 'POST' } as const;

function v1Body(message: string): unknown {
  return { message: `Invalid request: ${message}`, code: null, errors: [], error_metadata: null };
}

/** The failures §1.5 names that no state of the double can cause. Each hits the next vote once. */
export const faultPresets = {
  /** E22, the case that breaks naive retries: the vote counts, the caller hears 504. */
  timeoutAfterCommit: { match: VOTE, status: 504, when: 'after' },
  gatewayDown: { match: VOTE, status: 503 },
  resetBeforeCommit: { match: VOTE, status: 'reset' },
  resetAfterCommit: { match: VOTE, status: 'reset', when: 'after' },
  cutShortAfterCommit: { match: VOTE, status: 'truncate', when: 'after' },
  /** E20: Cloud Armor's page, no Retry-After. */
  tooManyRequests: { match: VOTE, status: 429 },
  tooManyRequestsWithRetryAfter: { match: VOTE, status: 429, headers: { 'Retry-After': '7' } },
  /** E17's other face: the allowlist or the firewall. */
  blockedByFirewall: { match: VOTE, status: 403 },
  notJson: { match: VOTE, status: 200, body: 'OK', when: 'after' },
  redirected: { match: VOTE, status: 302, headers: { Location: 'http://127.0.0.1:9/elsewhere' } },
  /** E21. */
  internalError: { match: VOTE, status: 500 },
  /** E7: two concurrent approvals, wrapped by Harness's own catch. */
  writeConflict: {
    match: VOTE,
    status: 400,
    body: v1Body('Unable to add Harness Approval Activity : Write conflict during plan execution'),
  },
  /** E12. */
  executionLookupTrouble: {
    match: VOTE,
    status: 400,
    body: v1Body('An unexpected error occurred while validating execution_id param'),
  },
} satisfies Record<string, Fault>;
