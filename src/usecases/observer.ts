import type { DecisionAction } from '../approval/request.ts';
import type { SubmissionState } from '../approval/submission.ts';

/** By which everything that is said of one request is found: on log lines and in traces. */
export interface StoryIds {
  /** Our id of the request. */
  request?: string;
  /** Harness's id of the run. */
  execution?: string;
}

export type Attributes = Readonly<Record<string, string | number>>;

/** A piece of work. `name`: one of few, without ids, as a span is named. */
export interface Work<T> extends StoryIds {
  name: string;
  kind: 'server' | 'consumer';
  /** Where it goes on from, a W3C traceparent; null = nowhere. Absent: the work around it. */
  parent?: string | null;
  attributes?: Attributes;
  /** A look that is repeated for as long as a request waits: no trace of it. */
  traced?: false;
  /** What is known once it is done. */
  describe?: (result: T) => Attributes;
}

/** Whom we call, and what for: both one of few. */
export interface PlatformCall {
  platform: 'slack' | 'teams' | 'microsoft_graph' | 'microsoft_login' | 'harness';
  method: string;
}

/** `failed`: trouble on their side (5xx). `no_answer`: it may have been done. */
export type CallOutcome = 'ok' | 'rate_limited' | 'refused' | 'failed' | 'no_answer';

/** What was received and had to be answered soon. */
export type Acknowledged =
  | 'webhook'
  | 'slack_action'
  | 'slack_view'
  | 'slack_command'
  | 'slack_event'
  | 'slack_other'
  | 'teams_invoke'
  | 'teams_activity';

/** Sees what happens and counts it. Nothing here decides anything, fails, or is worth waiting for. */
export interface Observer {
  /** Runs a piece of work: one span where traces are on, and its ids on every log line that is said meanwhile. */
  during<T>(work: Work<T>, run: () => Promise<T>): Promise<T>;
  /** What the work under way turned out to be about. */
  about(ids: StoryIds): void;
  /** Where work that follows from this goes on from; null = traces are off, or nothing is under way. */
  traceparent(): string | null;
  /** Makes one call; `facts` are for the log at its most talkative. */
  call<T>(
    call: PlatformCall,
    send: () => Promise<T>,
    read: (answer: T) => { outcome: CallOutcome; facts?: object },
  ): Promise<T>;
  acknowledged(kind: Acknowledged, ms: number): void;
  /** A webhook was answered with this HTTP status. */
  webhook(status: number): void;
  /** The first card of a request was shown, so long after it was opened. */
  firstCard(ms: number): void;
  /** A decision was made, so long after the request was opened. */
  decided(action: DecisionAction, how: 'vote' | 'no_approval_required' | 'expired', ms: number): void;
  /** What telling Harness came to. */
  submission(outcome: SubmissionState): void;
}

/** Sees nothing. */
export const UNOBSERVED: Observer = {
  during: (_work, run) => run(),
  about() {},
  traceparent: () => null,
  call: (_call, send) => send(),
  acknowledged() {},
  webhook() {},
  firstCard() {},
  decided() {},
  submission() {},
};
