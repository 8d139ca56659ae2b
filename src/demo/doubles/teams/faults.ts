import { Faults } from '../common/faults.ts';
import type { FaultInput, Method } from './traffic.ts';

/** A call, as far as faults are picked by it. */
export interface CallFacts {
  method: Method | 'unknown';
  conversation: string | undefined;
  people: readonly string[];
}

export type TeamsFaults = Faults<FaultInput, CallFacts>;

export const createFaults = (): TeamsFaults => new Faults(fits);

function fits({ method, conversation, person }: FaultInput, call: CallFacts): boolean {
  return (
    (method === undefined || method === call.method || call.method.startsWith(`${method}.`)) &&
    (conversation === undefined || conversation === call.conversation) &&
    (person === undefined || call.people.includes(person))
  );
}

/** Whether the fault replaces the answer; else it only delays it. */
export function isFailure(fault: FaultInput): boolean {
  return fault.status !== undefined || fault.connection !== undefined || fault.code !== undefined;
}
