import { watchHarness } from './harness-health.ts';
import type {
  ApprovalApi,
  Clock,
  HarnessConnection,
  HarnessConnections,
  HarnessPlace,
  HarnessTrouble,
} from './ports.ts';

/** The one connection of the environment (HARNESS_…), for the first organization. */
export function environmentConnection(
  { organizationId, account, baseUrl, pathPrefix }: HarnessPlace & { baseUrl: string; pathPrefix: string },
  api: ApprovalApi & { close(): Promise<void> },
  clock: Clock,
): HarnessConnections {
  const connection: HarnessConnection = {
    ...{ id: 0, name: 'environment', source: 'environment', organizationId, account, baseUrl, pathPrefix },
    ...{ state: 'active', pausedBecause: '', unhealthyBecause: null, unhealthyAt: null },
  };
  const watched = watchHarness(api, clock);
  const isMine = (place: HarnessPlace) => place.account === account;
  return {
    apiFor: (place) => (isMine(place) ? watched.api : notConnected(place.account)),
    probe: () => watched.api,
    find: async (place) => (isMine(place) ? connection : null),
    ofOrganization: async () => [connection],
    lastKnown: () => watched.lastKnown(),
    close: () => api.close(),
  };
}

/** Answers every call with the one sentence that helps. */
export function notConnected(account: string): ApprovalApi {
  const answer = async (): Promise<HarnessTrouble> => ({
    ...{ kind: 'permanent', code: 'no_connection', unhealthy: false },
    message: `There is no connection to the Harness account ${account}. An admin can add one: /approvals connection add, or npm run connection -- add.`,
  });
  return {
    ...{ listInstances: answer, readExecution: answer, submit: answer },
    ...{ checkAuthorization: answer, checkHealth: answer },
  };
}
