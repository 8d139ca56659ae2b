import { Faults } from '../common/faults.ts';
import type { FaultInput } from './traffic.ts';

/** A call, as far as faults are picked by it. */
export interface CallFacts {
  method: string;
  channel: string | undefined;
  users: string[];
}

export type SlackFaults = Faults<FaultInput, CallFacts>;

export const createFaults = (): SlackFaults => new Faults(fits);

function fits({ method, channel, user }: FaultInput, call: CallFacts): boolean {
  return (
    (method === undefined || method === call.method) &&
    (channel === undefined || channel === call.channel) &&
    (user === undefined || call.users.includes(user))
  );
}

/** Whether the fault replaces the answer; else it only delays it. */
export function isFailure(fault: FaultInput): boolean {
  return fault.status !== undefined || fault.connection !== undefined || fault.slackError !== undefined;
}
