import type { ApproverInput } from '../../approval/approver-input.ts';
import type { Execution, Fact, RequestLink, RequestStatus } from '../../approval/request.ts';

/** What a pipeline posted, checked and in our words. `null` lists mean: not said. */
export interface PostedRequest {
  eventIdOrSlug: string;
  execution: Execution;
  triggeredByEmail: string | null;
  message: string;
  approvalPolicy: { id: number } | { slug: string } | null;
  inputs: readonly ApproverInput[] | null;
  facts: readonly Fact[];
  links: readonly RequestLink[];
  disallowRequester: boolean;
  /** An epoch ms, or ms after the webhook's arrival; null = none. */
  expiry: { at: number } | { afterMs: number } | null;
}

/** The token that opens requests, and what it may (R1). */
export interface OpeningToken {
  /** null for the bootstrap WEBHOOK_TOKEN, which serves any event and pipeline. */
  id: number | null;
  /** Its name; kept with every request it opens. */
  name: string;
  organizationId: number;
  mayChoosePolicy: boolean;
}

/** Standard Webhooks' webhook-id with the hash of the body it came with (R26). */
export interface WebhookMessage {
  id: string;
  bodyHash: string;
}

export type Opened =
  | { kind: 'opened' | 'repeated' | 'amended'; id: string; status: RequestStatus }
  | { kind: 'refused'; reason: OpenRefusal; message: string };

export type OpenRefusal =
  | 'unknown_event'
  | 'pipeline_not_listed'
  | 'outside_scope'
  | 'policy_not_permitted'
  | 'unknown_policy'
  | 'no_workflow'
  | 'no_approver'
  | 'conflict'
  | 'expired_already'
  | 'too_many_waiting';

/** What the pipeline is told instead of an id. */
export type Refused = Opened & { kind: 'refused' };

export function refuse(reason: OpenRefusal, message: string): Refused {
  return { kind: 'refused', reason, message };
}
