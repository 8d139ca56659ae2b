import type { DecisionAction, Execution } from '../approval/request.ts';
import type { HarnessInstance } from '../approval/submission.ts';

/** Trouble with any call to Harness. `permanent` needs a person; `unhealthy` = the whole connection is. */
export type HarnessTrouble =
  | { kind: 'throttled'; retryAfterMs: number }
  | { kind: 'unavailable'; detail: string }
  /** The connection is stopped, by an admin or by its own trouble: nothing was sent, and it goes on by itself. */
  | { kind: 'paused'; detail: string }
  | { kind: 'permanent'; code: string; message: string; unhealthy: boolean };

/** Harness's answer, with its clock minus ours in ms (0 when it sent no Date). */
export type HarnessAnswer<T> = { kind: 'ok'; value: T; skewMs: number } | HarnessTrouble;

/** How a POST of the outcome was answered (harness.md §1.5, classes in §5). */
export type SubmitAnswer =
  | { kind: 'accepted'; instance: HarnessInstance }
  | { kind: 'not_waiting' }
  | { kind: 'reconcile'; detail: string }
  | { kind: 'ambiguous' }
  | { kind: 'expired' }
  | { kind: 'inputs'; problems: Readonly<Record<string, string>>; message: string }
  | { kind: 'transient'; detail: string }
  | HarnessTrouble;

/** What is sent to Harness. `instanceId` set = post by instance id, else by execution and callback id. */
export interface Outcome {
  action: DecisionAction;
  inputs: Readonly<Record<string, string>>;
  comments: string;
  instanceId: string | null;
}

/** Harness's summary of a run (harness.md §2.3). */
export interface ExecutionSummary {
  pipelineIdentifier: string;
  pipelineName: string;
  status: string;
  /** True when the run has ended for good. */
  final: boolean;
  runSequence: number | null;
  /** null e-mail for cron, artifact and unknown triggers. */
  triggeredBy: { name: string; email: string | null; triggerType: string | null };
}

/** What Harness says of our token at one gate. */
export interface Authorization {
  authorized: boolean;
  /** Harness's own words; '' = none. */
  reason: string;
  /** What to do about it, where the reason tells; null where it does not. */
  remedy?: string | null;
  /** It may not, because it has: our decision is there. */
  decided?: boolean;
}

/** How a look is asked for. `patient`: nobody waits for it, so it keeps to its own share of the key's calls. */
export interface Asking {
  patient?: boolean;
}

/** The Harness approval API, one attempt per call: retries are the outbox's. */
export interface ApprovalApi {
  /** All approval instances of the execution, of every kind and status; narrowed by callback id where the server can. */
  listInstances(execution: Execution, asking?: Asking): Promise<HarnessAnswer<HarnessInstance[]>>;
  /** The execution's summary; value null = Harness does not know it. */
  readExecution(execution: Execution, asking?: Asking): Promise<HarnessAnswer<ExecutionSummary | null>>;
  submit(execution: Execution, outcome: Outcome): Promise<SubmitAnswer>;
  /** Whether our token may decide this instance, and Harness's reason if not. */
  checkAuthorization(instanceId: string): Promise<HarnessAnswer<Authorization>>;
  /**
   * One cheap call that shows whether address and token are good; with a scope also whether the token may look there.
   * Without one, lacking a permission counts as healthy: tokens may be limited to some projects.
   */
  checkHealth(scope?: { org: string; project: string }): Promise<HarnessAnswer<null>>;
}

/** How the last call to Harness that says anything about the connection ended. */
export interface HarnessHealth {
  ok: boolean;
  /** What is wrong; null when nothing is. */
  detail: string | null;
  /** Epoch ms. */
  at: number;
}

/** One Harness account, and whose gates in it are meant. */
export interface HarnessPlace {
  organizationId: number;
  account: string;
}

/** How an organization reaches one Harness account. Its key is nowhere here. */
export interface HarnessConnection extends HarnessPlace {
  id: number;
  /** Unique in the organization; `environment` for the one of HARNESS_…, which is the first organization's. */
  name: string;
  source: 'environment' | 'stored';
  baseUrl: string;
  pathPrefix: string;
  /** `paused`: an admin stopped it. */
  state: 'active' | 'paused';
  /** What the admin said of it; '' = nothing. */
  pausedBecause: string;
  /** Why Harness cannot be asked through it until somebody acts there or here; null = all is well. */
  unhealthyBecause: string | null;
  /** Epoch ms; null = it is well. */
  unhealthyAt: number | null;
  /** When its trouble was looked at last, epoch ms; null = never. */
  checkedAt: number | null;
  /** Counts the addresses and keys there were. */
  revision: number;
  createdAt: number;
  updatedAt: number;
}

/** Where a Harness account is, and what opens it. */
export interface HarnessAddress {
  baseUrl: string;
  pathPrefix: string;
  account: string;
  apiKey: string;
}

/** An API with connections of its own. */
export type OpenedApi = ApprovalApi & { close(): Promise<void> };

/** The ways to Harness: one connection per organization and account. */
export interface HarnessConnections {
  /**
   * The API for the gates of this account, as its connection is at each call; never throws. With no connection every
   * call answers `permanent`, code `no_connection`; while the connection is paused or unhealthy, `paused`.
   */
  apiFor(place: HarnessPlace): ApprovalApi;
  /** The API of this very connection, asked whatever its state: for looks at the connection itself. */
  probe(connectionId: number): ApprovalApi;
  find(place: HarnessPlace): Promise<HarnessConnection | null>;
  /** By name, 100 at most; none that was removed. */
  ofOrganization(organizationId: number): Promise<readonly HarnessConnection[]>;
  /** How the last call through it ended, in this process; null = there was none. */
  lastKnown(connectionId: number): HarnessHealth | null;
  /** One look with an address and key that are not kept: whether they are good. */
  attempt(address: HarnessAddress): Promise<HarnessAnswer<null>>;
  /** Whether keys can be kept at all: there is an ENCRYPTION_KEY. */
  readonly canKeepKeys: boolean;
  /** The key as it is kept for this connection. */
  sealKey(connectionId: number, apiKey: string): string;
  /** Forgets what this process holds of a connection that was removed. */
  release(connectionId: number): void;
  /** Ends idle connections after the calls under way. */
  close(): Promise<void>;
}
