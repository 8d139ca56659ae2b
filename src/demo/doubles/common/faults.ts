import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What any ordered trouble says; which calls it fits, and what is answered instead, the platform's double adds. */
export interface OrderedFault {
  /** How often. Default 1; Infinity for always. */
  times?: number;
  connection?: 'reset' | 'hang';
  /** before: nothing is done. after: it is done, yet the caller is told otherwise. Default before. */
  when?: 'before' | 'after';
  delayMs?: number;
  /** Asked at each call it fits: whether it hits this one. */
  only?: () => boolean;
}

export interface FaultHandle {
  readonly hits: number;
  readonly remaining: number;
  remove(): void;
}

class Fault<Input extends OrderedFault> implements FaultHandle {
  readonly input: Input;
  hits = 0;
  #removed = false;

  constructor(input: Input) {
    this.input = input;
  }

  get remaining(): number {
    return this.#removed ? 0 : (this.input.times ?? 1) - this.hits;
  }

  remove(): void {
    this.#removed = true;
  }
}

/** The troubles the test or the demo has ordered. */
export class Faults<Input extends OrderedFault, Call> {
  #faults: Fault<Input>[] = [];
  readonly #hanging = new Set<() => void>();
  readonly #fits: (input: Input, call: Call) => boolean;

  constructor(fits: (input: Input, call: Call) => boolean) {
    this.#fits = fits;
  }

  add(input: Input): FaultHandle {
    const fault = new Fault(input);
    this.#faults.push(fault);
    return fault;
  }

  /** The first fault that fits this call; it is used up by one. */
  take(call: Call): Input | undefined {
    const fault = this.#faults.find(
      ({ input, remaining }) => remaining > 0 && this.#fits(input, call) && (input.only?.() ?? true),
    );
    if (!fault) return undefined;
    fault.hits += 1;
    return fault.input;
  }

  /** Breaks the connection where that is ordered, and says how; null = the caller is answered. */
  breakOff({ connection }: Input, response: ServerResponse): 'reset' | 'hang' | null {
    if (connection === 'reset') response.socket?.resetAndDestroy();
    // Kept open until the faults are cleared.
    if (connection === 'hang') this.#hanging.add(() => response.destroy());
    return connection ?? null;
  }

  clear(): void {
    for (const fault of this.#faults) fault.remove();
    this.#faults = [];
    for (const release of this.#hanging) release();
    this.#hanging.clear();
  }
}

/** Does what was asked, as late as ordered; undefined = a failure came before it. `fails`: the fault is no mere delay. */
export async function underFault<Reply>(
  fault: OrderedFault | undefined,
  fails: boolean,
  run: () => Reply | Promise<Reply>,
): Promise<Reply | undefined> {
  const early = fault?.when !== 'after';
  if (fault?.delayMs && early) await sleep(fault.delayMs);
  const reply = fails && early ? undefined : await run();
  if (fault?.delayMs && !early) await sleep(fault.delayMs);
  return reply;
}
