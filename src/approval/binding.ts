import type { HarnessInstance } from './submission.ts';

/** Which of an execution's approval instances a request is about. */
export type Binding =
  | { kind: 'bound'; instance: HarnessInstance }
  | { kind: 'none' }
  | { kind: 'ambiguous'; candidates: readonly HarnessInstance[] };

/** The one kind of approval step that is ours to decide; Jira's, ServiceNow's and custom ones are left alone. */
export const OUR_TYPE = 'HarnessApproval';

/** Clocks and Date headers are good to about a second; a gate never opens before its webhook was answered. */
const TOLERANCE_MS = 5_000;

/**
 * Binds once, by id (R4, R18): the one Harness approval created after the webhook that no other request holds.
 * Two that wait are ambiguous and never guessed, nor is the one that is left of them; one that already ended counts
 * only when nothing waits.
 */
export function bindInstance(
  instances: readonly HarnessInstance[],
  request: {
    boundId: string | null;
    /** When the webhook came, on Harness's clock, epoch ms. */
    openedAt: number;
    heldByOthers: ReadonlySet<string>;
    /** Several gates could be meant when it was last looked at. */
    wasAmbiguous?: boolean;
  },
): Binding {
  if (request.boundId !== null) {
    const bound = instances.find((instance) => instance.id === request.boundId);
    return bound ? { kind: 'bound', instance: bound } : { kind: 'none' };
  }
  const candidates = instances.filter(
    (instance) =>
      instance.type === OUR_TYPE &&
      !request.heldByOthers.has(instance.id) &&
      instance.createdAt >= request.openedAt - TOLERANCE_MS,
  );
  const waiting = candidates.filter(isWaitingGate);
  if (request.wasAmbiguous)
    return waiting.length === 0 ? { kind: 'none' } : { kind: 'ambiguous', candidates: waiting };
  const choice = waiting.length > 0 ? waiting : candidates;
  if (choice.length === 0) return { kind: 'none' };
  if (choice.length > 1) return { kind: 'ambiguous', candidates: choice };
  return { kind: 'bound', instance: choice[0]! };
}

/** Whether it is a gate of ours that still waits. */
export function isWaitingGate({ type, status }: Pick<HarnessInstance, 'type' | 'status'>): boolean {
  return type === OUR_TYPE && status === 'WAITING';
}
