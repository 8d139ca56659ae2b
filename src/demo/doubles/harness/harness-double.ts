import type { ChangeListener } from './change-feed.ts';
import type { Fault, FaultHandle } from './faults.ts';
import type { NotificationRule, NotificationTarget, SentNotification } from './notification.ts';
import { Notifier } from './notifier.ts';
import { HarnessServer, type RecordedRequest } from './server.ts';
import type {
  ActivityRecord,
  ApprovalAction,
  Execution,
  Instance,
  NewApproval,
  NewExecution,
  NewPrincipal,
  Principal,
  RecordedUser,
  UiUser,
} from './types.ts';
import { vote } from './vote.ts';
import { World } from './world.ts';

export interface HarnessDoubleOptions {
  accountId?: string;
  /** Default: any free port. */
  port?: number;
  /** Epoch milliseconds. Default: the system's clock. */
  now?: () => number;
  /** Gateway prefix, default '/gateway'. */
  pathPrefix?: string;
  /** GET ignores callback_id, service accounts are refused (E10), inputs are checked by name only. */
  olderServer?: boolean;
  /**
   * How long after its deadline an instance still reads WAITING, milliseconds, default 0. In that
   * time a vote on v1 meets E4; once swept it meets E1.
   */
  expirySweepLagMs?: number;
  /** Notifications from the first run on; `addNotificationRule` adds more. */
  notifications?: NotificationRule;
}

export interface UiDecision {
  /** The uuid of a user added before, or the person. */
  user: string | UiUser;
  action: ApprovalAction;
  /** Default: what the form holds, the declared default values. */
  approverInputs?: readonly { name: string; value: string }[];
  comments?: string;
}

export interface HarnessDouble {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  readonly accountId: string;
  addPrincipal(principal: NewPrincipal): Principal;
  /** Revokes a key: 401 from now on. */
  removePrincipal(apiKey: string): void;
  addUser(user: UiUser): void;
  readonly users: readonly RecordedUser[];
  startExecution(execution: NewExecution): Execution;
  /** The run reaches an approval step and waits. */
  reachApproval(planExecutionId: string, approval: NewApproval): Instance;
  /** Somebody decides in Harness's own UI. Throws HarnessRefusal by the same rules as the API. */
  decideInUi(instanceId: string, decision: UiDecision): Instance;
  /** An approval step of another type, or a failing one, comes to its end without a vote. */
  conclude(instanceId: string, status: 'APPROVED' | 'REJECTED' | 'FAILED', errorMessage?: string): void;
  abort(planExecutionId: string): void;
  /** The run ends for its own reasons. */
  finishExecution(planExecutionId: string, status: 'Success' | 'Failed'): void;
  /** Harness's notifications to a webhook: one POST each, no signature, no retry. The function returned removes it. */
  addNotificationRule(rule: NotificationRule): () => void;
  /** Sends one now; `changes` replaces keys of its eventData, undefined leaves one out. */
  notify(
    planExecutionId: string,
    eventType: string,
    target: NotificationTarget,
    changes?: Readonly<Record<string, unknown>>,
  ): Promise<SentNotification>;
  /** Fulfilled once no notification is under way. */
  notified(): Promise<void>;
  /** Oldest first. */
  readonly notifications: readonly SentNotification[];
  addFault(fault: Fault): FaultHandle;
  clearFaults(): void;
  /** Every request seen, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Every committed vote, oldest first. */
  readonly effects: readonly ActivityRecord[];
  /** As of the injected clock: reading expires what is due. */
  readonly executions: readonly Readonly<Execution>[];
  readonly instances: readonly Readonly<Instance>[];
  /** Calls the listener after each change; the function returned stops it. */
  onChange(listener: ChangeListener): () => void;
  close(): Promise<void>;
}

/** Starts a strict stand-in for Harness on 127.0.0.1 (contract: Harness's approval API, §1 and §2). */
export async function startHarnessDouble(options: HarnessDoubleOptions = {}): Promise<HarnessDouble> {
  const world = new World({
    accountId: options.accountId ?? 'acct0000000000000000AA',
    now: options.now ?? Date.now,
    olderServer: options.olderServer ?? false,
    expirySweepLagMs: options.expirySweepLagMs ?? 0,
  });
  const notifier = new Notifier(world);
  if (options.notifications !== undefined) notifier.addRule(options.notifications);
  const server = new HarnessServer(world, options.pathPrefix ?? '/gateway');
  const port = await server.listen(options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;
  world.baseUrl = url;
  return {
    url,
    accountId: world.options.accountId,
    addPrincipal: (principal) => world.people.addPrincipal(principal),
    removePrincipal: (apiKey) => world.people.removePrincipal(apiKey),
    addUser: (user) => world.people.addUser(user),
    get users() {
      return world.people.uiUsers();
    },
    startExecution: (execution) => world.startExecution(execution),
    reachApproval: (planExecutionId, approval) => world.reachApproval(planExecutionId, approval),
    decideInUi: (instanceId, decision) => decideInUi(world, instanceId, decision),
    conclude: (instanceId, status, errorMessage) => world.conclude(instanceId, status, errorMessage),
    abort: (planExecutionId) => world.abort(planExecutionId),
    finishExecution: (planExecutionId, status) => world.finishExecution(planExecutionId, status),
    addNotificationRule: (rule) => notifier.addRule(rule),
    notify: (planExecutionId, eventType, target, changes) =>
      notifier.notify(planExecutionId, eventType, target, changes),
    notified: () => notifier.idle(),
    notifications: notifier.sent,
    addFault: (fault) => server.faults.add(fault),
    clearFaults: () => server.faults.clear(),
    requests: server.requests,
    effects: world.effects,
    get executions() {
      return world.executions();
    },
    get instances() {
      return world.instances();
    },
    onChange: (listener) => world.changes.subscribe(listener),
    close: () => server.close(),
  };
}

function decideInUi(world: World, instanceId: string, decision: UiDecision): Instance {
  const { user, action, approverInputs, comments = null } = decision;
  const prefilled = world
    .instance(instanceId)
    ?.declaredInputs.map(({ name, defaultValue = '' }) => ({ name, value: defaultValue }));
  const inputs = approverInputs ?? (action === 'APPROVE' ? (prefilled ?? []) : []);
  const request = { action, approverInputs: inputs, comments };
  return vote(world, instanceId, world.people.uiVoter(user), request, 'ui');
}
