import { faultPresets } from '../doubles/harness/fault-presets.ts';
import type { Fault, FaultHandle } from '../doubles/harness/faults.ts';
import type { HarnessDouble } from '../doubles/harness/harness-double.ts';

interface SwitchDefinition {
  title: string;
  says: string;
  fault: Fault | null;
}

/** `notYet` is no fault of the API: the pipeline reaches its gate late. */
const SWITCHES = {
  unavailable: {
    title: '503 unavailable',
    says: 'every vote, until switched off',
    fault: { ...faultPresets.gatewayDown, times: Number.POSITIVE_INFINITY },
  },
  timeoutAfterCommit: {
    title: '504 after commit',
    says: 'the next vote counts, its answer is lost',
    fault: faultPresets.timeoutAfterCommit,
  },
  tooMany: {
    title: '429 too many requests',
    says: 'the next vote, without Retry-After',
    fault: faultPresets.tooManyRequests,
  },
  notYet: {
    title: 'Not yet',
    says: 'the next run reaches its gate 15 s later',
    fault: null,
  },
} satisfies Record<string, SwitchDefinition>;

export type SwitchName = keyof typeof SWITCHES;

export interface SwitchShown {
  name: SwitchName;
  title: string;
  says: string;
  on: boolean;
}

/** Whether the text names a switch. */
export function isSwitch(name: string): name is SwitchName {
  return Object.hasOwn(SWITCHES, name);
}

/** The faults a visitor can switch on; one that has been spent is off again. */
export class FaultSwitches {
  readonly #harness: HarnessDouble;
  readonly #handles = new Map<SwitchName, FaultHandle>();
  #late = false;

  constructor(harness: HarnessDouble) {
    this.#harness = harness;
  }

  set(name: SwitchName, on: boolean): void {
    if (name === 'notYet') {
      this.#late = on;
      return;
    }
    if (on === this.#isOn(name)) return;
    this.#handles.get(name)?.remove();
    this.#handles.delete(name);
    if (on) this.#handles.set(name, this.#harness.addFault(SWITCHES[name].fault));
  }

  /** How long the next run takes to reach its gate; asking spends the switch. */
  takeGateDelayMs(): number {
    const late = this.#late;
    this.#late = false;
    return late ? 15_000 : 900;
  }

  shown(): SwitchShown[] {
    return Object.entries(SWITCHES).map(([key, { title, says }]) => {
      const name = key as SwitchName;
      return { name, title, says, on: this.#isOn(name) };
    });
  }

  #isOn(name: SwitchName): boolean {
    return name === 'notYet' ? this.#late : (this.#handles.get(name)?.left ?? 0) > 0;
  }
}
