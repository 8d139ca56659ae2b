import { ApiError } from './api-error.ts';
import { LIFETIME } from './limits.ts';

interface Trigger {
  userId: string;
  issuedAt: number;
  /** The modal it was issued from, if any. */
  viewId: string | undefined;
  used: boolean;
}

/** Trigger ids: one use, three seconds. */
export class Triggers {
  readonly #now: () => number;
  readonly #team: number;
  readonly #known = new Map<string, Trigger>();

  /** `team` tells the workspaces apart: no two of them ever issue the same id. */
  constructor(now: () => number, team: number) {
    this.#now = now;
    this.#team = team;
  }

  issue(userId: string, viewId?: string): string {
    const serial = this.#known.size + 1;
    const id = `${serial}.${1000 + this.#team}.${serial.toString(16).padStart(32, 'a')}`;
    this.#known.set(id, { userId, viewId, issuedAt: this.#now(), used: false });
    return id;
  }

  /** Uses a trigger up, or says why it cannot be used. */
  exchange(id: string): Trigger {
    const trigger = this.#known.get(id);
    if (!trigger) throw new ApiError('invalid_trigger_id');
    if (trigger.used) throw new ApiError('exchanged_trigger_id');
    if (this.#now() - trigger.issuedAt > LIFETIME.triggerMs) throw new ApiError('expired_trigger_id');
    trigger.used = true;
    return trigger;
  }
}
