import type { FullMatch } from '../approval/approver-input.ts';
import type { Card, CardLine } from '../approval/card.ts';
import type { DecisionAction, Execution } from '../approval/request.ts';
import type { HarnessInstance } from '../approval/submission.ts';

/** Now, epoch ms. */
export interface Clock {
  now(): number;
}

/** SHA-256 of a value's canonical JSON (RFC 8785), lower-case hex. */
export type Hash = (value: unknown) => string;

/** `prefix` + 128 random bits, URL-safe. */
export type NewId = (prefix: string) => string;

/** One line per thing that happened. */
export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export type PlatformName = 'slack' | 'teams';

/** Where a posted card is, so that it can be edited: Slack's workspace, channel and ts. */
export interface CardRef {
  /** The Slack team or Teams tenant; '' = the only one there is. */
  tenant: string;
  channel: string;
  message: string;
}

/** Whom or what a card is for: a person's id on the platform, or a channel's. */
export interface CardTarget {
  kind: 'person' | 'channel';
  organizationId: number;
  /** The Slack team or Teams tenant; '' = the organization's first. */
  tenant: string;
  externalId: string;
}

/**
 * How a call to a platform ended. `unknown`: it may have happened, look before repeating.
 * `unreachable`: this recipient cannot be reached, others can. `gone`: the card is no longer there.
 */
export type Delivery<Sent> =
  | ({ kind: 'sent' } & Sent)
  | { kind: 'throttled'; retryAfterMs: number }
  | { kind: 'unreachable'; why: string }
  | { kind: 'gone' }
  | { kind: 'unknown'; detail: string }
  | { kind: 'refused'; detail: string };

/** A chat product that shows cards. Adapters know its markup; nobody else does. */
export interface ChatPlatform {
  readonly platform: PlatformName;
  /** Posts the card, carrying `cardId` so that it can be found again. */
  postCard(target: CardTarget, cardId: string, card: Card): Promise<Delivery<{ ref: CardRef }>>;
  /** Makes the posted card show the present. */
  updateCard(at: CardRef & { organizationId: number }, cardId: string, card: Card): Promise<Delivery<object>>;
  /** Looks for a card posted since `since` (epoch ms) whose post was never answered. */
  findCard(target: CardTarget, cardId: string, since: number): Promise<Delivery<{ ref: CardRef | null }>>;
  /** Posts a line in the thread below a posted card, carrying `replyId` so that it can be found again. */
  postReply(
    at: CardRef & { organizationId: number },
    replyId: string,
    line: CardLine,
  ): Promise<Delivery<{ message: string }>>;
  /**
   * Looks for a reply posted since `since` (epoch ms) whose post was never answered; `message` null = it is not there.
   * `looked` false = the platform does not let us look.
   */
  findReply(
    at: CardRef & { organizationId: number },
    replyId: string,
    since: number,
  ): Promise<Delivery<{ message: string | null; looked: boolean }>>;
  /** One cheap authenticated call; also learns what later calls need (team, bot user). */
  checkHealth(): Promise<{ ok: true } | { ok: false; detail: string }>;
}

/** What a directory knows of one account. `tenant` is the Slack team or Teams tenant id. */
export interface DirectoryAccount {
  tenant: string;
  externalId: string;
  name: string;
  email: string | null;
  standing: 'member' | 'deactivated' | 'guest' | 'stranger' | 'bot';
}

/** An account somebody asks about. `tenant` null = whichever of the organization's workspaces knows it. */
export interface AccountKey {
  organizationId: number;
  tenant: string | null;
  externalId: string;
}

export type DirectoryAnswer<T> =
  | { kind: 'found'; value: T }
  | { kind: 'missing' }
  /** The organization is not connected there (any more): nothing is known of the account. */
  | { kind: 'not_connected' }
  | { kind: 'unavailable'; retryAfterMs: number; detail: string }
  | { kind: 'refused'; detail: string };

/** Looks people up where they are kept. Never called inside a transaction or before an ack. */
export interface Directory {
  readonly platform: PlatformName;
  findByEmail(organizationId: number, email: string): Promise<DirectoryAnswer<DirectoryAccount>>;
  lookUp(account: AccountKey): Promise<DirectoryAnswer<DirectoryAccount>>;
  /** The manager's account; missing = none set. `refused` says why it cannot be read (field, scope). */
  managerOf(account: AccountKey): Promise<DirectoryAnswer<DirectoryAccount>>;
}

/** Trouble with any call to Harness. `permanent` needs a person; `unhealthy` = the whole connection is. */
export type HarnessTrouble =
  | { kind: 'throttled'; retryAfterMs: number }
  | { kind: 'unavailable'; detail: string }
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

/** The Harness approval API, one attempt per call: retries are the outbox's. */
export interface ApprovalApi {
  /** All approval instances of the execution, of every status; narrowed by callback id where the server can. */
  listInstances(execution: Execution): Promise<HarnessAnswer<HarnessInstance[]>>;
  /** The execution's summary; value null = Harness does not know it. */
  readExecution(execution: Execution): Promise<HarnessAnswer<ExecutionSummary | null>>;
  submit(execution: Execution, outcome: Outcome): Promise<SubmitAnswer>;
  /** Whether our token may decide this instance, and Harness's reason if not. */
  checkAuthorization(instanceId: string): Promise<HarnessAnswer<{ authorized: boolean; reason: string }>>;
  /**
   * One cheap call that shows whether address and token are good; with a scope also whether the token may look there.
   * Without one, lacking a permission counts as healthy: tokens may be limited to some projects.
   */
  checkHealth(scope?: { org: string; project: string }): Promise<HarnessAnswer<null>>;
}

export type { FullMatch };
