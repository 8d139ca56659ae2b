import type { FaultHandle, FaultInput, Method } from './types.ts';

export interface CallFacts {
  method: Method | 'unknown';
  conversation: string | undefined;
  people: readonly string[];
}

class Fault implements FaultHandle {
  readonly input: FaultInput;
  hits = 0;
  removed = false;

  constructor(input: FaultInput) {
    this.input = input;
  }

  get remaining(): number {
    return this.removed ? 0 : (this.input.times ?? 1) - this.hits;
  }

  remove(): void {
    this.removed = true;
  }

  fits(call: CallFacts): boolean {
    const { method, conversation, person } = this.input;
    return (
      this.remaining > 0 &&
      (method === undefined || method === call.method || call.method.startsWith(`${method}.`)) &&
      (conversation === undefined || conversation === call.conversation) &&
      (person === undefined || call.people.includes(person))
    );
  }
}

/** The troubles the test or the demo has ordered. */
export class Faults {
  #faults: Fault[] = [];
  readonly #hanging = new Set<() => void>();

  add(input: FaultInput): FaultHandle {
    const fault = new Fault(input);
    this.#faults.push(fault);
    return fault;
  }

  /** The first fault that fits this call; it is used up by one. */
  take(call: CallFacts): FaultInput | undefined {
    const fault = this.#faults.find((candidate) => candidate.fits(call));
    if (!fault) return undefined;
    fault.hits += 1;
    return fault.input;
  }

  /** Keeps a connection open until the faults are cleared; then `release` runs. */
  hang(release: () => void): void {
    this.#hanging.add(release);
  }

  clear(): void {
    for (const fault of this.#faults) fault.remove();
    this.#faults = [];
    for (const release of this.#hanging) release();
    this.#hanging.clear();
  }
}

/** Whether the fault replaces the answer; else it only delays it. */
export function isFailure(fault: FaultInput): boolean {
  return fault.status !== undefined || fault.connection !== undefined || fault.code !== undefined;
}
