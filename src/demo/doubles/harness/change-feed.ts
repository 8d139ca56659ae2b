import type { HarnessChange } from './types.ts';

export type ChangeListener = (change: HarnessChange) => void;

/** Tells the listeners (the live demo page) that something changed; keeps nothing. */
export class ChangeFeed {
  readonly #listeners = new Set<ChangeListener>();

  /** Adds a listener; the function returned removes it. */
  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(change: HarnessChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}
