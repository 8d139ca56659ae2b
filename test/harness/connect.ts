import type { Execution } from '../../src/approval/request.ts';
import { type HarnessDouble, startHarnessDouble } from '../../src/demo/doubles/harness/harness-double.ts';
import type { NewApproval, NewPrincipal } from '../../src/demo/doubles/harness/types.ts';
import { type ApprovalApiOptions, createApprovalApi } from '../../src/harness/approval-api.ts';
import type { Outcome } from '../../src/usecases/harness-ports.ts';
import type { Log } from '../../src/usecases/ports.ts';

export const NOON = Date.UTC(2026, 10, 22, 12);
export const API_KEY = 'sat.acct0000000000000000AA.bot.verysecretpart';

export const BOT: NewPrincipal = {
  apiKey: API_KEY,
  kind: 'SERVICE_ACCOUNT',
  identifier: 'approvalbot',
  name: 'Approval bot',
  email: 'approvalbot@service.harness.io',
};

/** Harness's stand-in with our service account, our client, one clock moved by hand, and what was logged. */
export interface Connection {
  harness: HarnessDouble;
  api: ReturnType<typeof createApprovalApi>;
  logged: string[];
  pass(ms: number): void;
  /** Another client on the same clock and double. */
  connect(over?: Partial<ApprovalApiOptions>): ReturnType<typeof createApprovalApi>;
  /** A run that waits at one gate, as the port names it. */
  waiting(gate?: Partial<NewApproval>): { execution: Execution; instanceId: string };
  close(): Promise<void>;
}

export async function connect(
  given: {
    principal?: Partial<NewPrincipal>;
    olderServer?: boolean;
    expirySweepLagMs?: number;
    api?: Partial<ApprovalApiOptions>;
  } = {},
): Promise<Connection> {
  let now = NOON;
  const clock = { now: () => now };
  const harness = await startHarnessDouble({
    now: clock.now,
    olderServer: given.olderServer ?? false,
    expirySweepLagMs: given.expirySweepLagMs ?? 0,
  });
  harness.addPrincipal({ ...BOT, ...given.principal });
  const logged: string[] = [];
  const keep = (facts: object, message: string) => logged.push(JSON.stringify({ ...facts, message }));
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep };
  const open: ReturnType<typeof createApprovalApi>[] = [];
  const client = (over: Partial<ApprovalApiOptions> = {}) => {
    const api = createApprovalApi({
      baseUrl: harness.url,
      pathPrefix: '/gateway',
      accountId: harness.accountId,
      apiKey: API_KEY,
      clock,
      log,
      version: '0.1.0',
      random: () => 0.5,
      wait: async (ms) => {
        now += ms;
      },
      ...over,
    });
    open.push(api);
    return api;
  };
  return {
    harness,
    api: client(given.api),
    logged,
    pass: (ms) => {
      now += ms;
    },
    connect: client,
    waiting(gate = {}) {
      const run = harness.startExecution({
        orgIdentifier: 'default',
        projectIdentifier: 'payments',
        pipelineIdentifier: 'Deploy',
        triggeredBy: { uuid: 'u-ana', identifier: 'Ana', email: 'Ana@example.com' },
      });
      const instance = harness.reachApproval(run.planExecutionId, { approvalMessage: 'Deploy?', ...gate });
      return {
        execution: executionOf(harness, run.planExecutionId, gate.callbackId ?? ''),
        instanceId: instance.id,
      };
    },
    async close() {
      await Promise.all([...open.map((api) => api.close()), harness.close()]);
    },
  };
}

export function executionOf(harness: HarnessDouble, planExecutionId: string, callbackId = ''): Execution {
  return {
    account: harness.accountId,
    org: 'default',
    project: 'payments',
    pipeline: 'Deploy',
    planExecutionId,
    callbackId,
    url: null,
  };
}

export function approve(over: Partial<Outcome> = {}): Outcome {
  return { action: 'APPROVE', inputs: {}, comments: 'apr_x 0123456789ab', instanceId: null, ...over };
}
