import { parseJson } from '../common/json.ts';
import type { InteractionResult } from './acts.ts';
import type { Delivery } from './traffic.ts';

/** What the bot said, as JSON where it is JSON. */
export function ackBody(delivery: Delivery): unknown {
  return delivery.responseBody === ''
    ? undefined
    : (parseJson(delivery.responseBody) ?? delivery.responseBody);
}

/** Why the ack does not count; undefined when it does. */
export function ackTrouble(delivery: Delivery): string | undefined {
  if (delivery.failure === 'timeout') return 'operation_timeout';
  if (delivery.failure !== undefined) return 'dispatch_failed';
  const { status = 0 } = delivery;
  return status >= 200 && status < 300 ? undefined : `http_${status}`;
}

/** The part common to all interactions. */
export function resultOf(delivery: Delivery, warning: (trouble: string) => string): InteractionResult {
  const trouble = ackTrouble(delivery);
  const body = ackBody(delivery);
  return {
    sent: true,
    ackMs: delivery.ackMs,
    delivery,
    ...(delivery.status !== undefined && { ackStatus: delivery.status }),
    ...(body !== undefined && { ackBody: body }),
    ...(trouble !== undefined && { warning: warning(trouble) }),
  };
}
