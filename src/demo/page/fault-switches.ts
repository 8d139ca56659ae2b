import { faultPresets } from '../doubles/harness/fault-presets.ts';
import type { Fault } from '../doubles/harness/faults.ts';
import type { FaultInput } from '../doubles/teams/traffic.ts';
import type { Doubles } from './doubles.ts';

interface SwitchDefinition {
  title: string;
  says: string;
  fault: Fault | null;
  teamsFault?: FaultInput;
}

/** `notYet` is no fault of an API: the pipeline reaches its gate late. */
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
    says: 'the next run reaches its gate 20 s later',
    fault: null,
  },
  teamsDown: {
    title: 'Teams is down',
    says: 'nothing gets into Teams; Slack goes on',
    fault: null,
    teamsFault: { status: 503, times: Number.POSITIVE_INFINITY },
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

interface Handle {
  left(): number;
  remove(): void;
}

/** The faults a visitor can switch on; one that has been spent is off again. */
export class FaultSwitches {
  readonly #doubles: Doubles;
  readonly #handles = new Map<SwitchName, Handle>();
  #late = false;

  constructor(doubles: Doubles) {
    this.#doubles = doubles;
  }

  set(name: SwitchName, on: boolean): void {
    if (name === 'notYet') {
      this.#late = on;
      return;
    }
    if (on === this.#isOn(name)) return;
    this.#handles.get(name)?.remove();
    this.#handles.delete(name);
    if (on) this.#handles.set(name, this.#begin(SWITCHES[name]));
  }

  #begin({ fault, teamsFault }: SwitchDefinition): Handle {
    const { harness, teams } = this.#doubles;
    if (fault) {
      const handle = harness.addFault(fault);
      return { left: () => handle.left, remove: () => handle.remove() };
    }
    const handle = teams.addFault(teamsFault ?? {});
    return { left: () => handle.remaining, remove: () => handle.remove() };
  }

  /** How long the next run takes to reach its gate; asking spends the switch. */
  takeGateDelayMs(): number {
    const late = this.#late;
    this.#late = false;
    return late ? 20_000 : 900;
  }

  shown(): SwitchShown[] {
    return Object.entries(SWITCHES).map(([key, { title, says }]) => {
      const name = key as SwitchName;
      return { name, title, says, on: this.#isOn(name) };
    });
  }

  #isOn(name: SwitchName): boolean {
    return name === 'notYet' ? this.#late : (this.#handles.get(name)?.left() ?? 0) > 0;
  }
}
