/** A change in a view: which, when by Slack's clock, and the version of the view it was made in. */
export interface ViewChange<State> {
  viewId: string;
  /** Slack's action_ts: a decimal number of seconds. */
  at: number;
  hash: string;
  state: State;
}

/** Draws a view anew and puts it there if the view still is the version `hash`; the new version, or null. */
export type Draw<State> = (
  change: ViewChange<State>,
  put: { isNewest: () => boolean; hash: string },
) => Promise<string | null>;

const VIEWS_MAX = 500;

interface Drawing<State> {
  newestAt: number;
  /** The version we last put there; null = none of ours yet. */
  hash: string | null;
  waiting: ViewChange<State> | null;
  running: boolean;
}

/**
 * Draws views anew after changes, one drawing per view at a time: of several changes only the newest is drawn, and an
 * older one never replaces it. Forgets the least used over 500 views.
 */
export function createRedraw<State>(draw: Draw<State>): (change: ViewChange<State>) => Promise<void> {
  const drawings = new Map<string, Drawing<State>>();

  function drawingOf(viewId: string): Drawing<State> {
    const found = drawings.get(viewId) ?? { newestAt: 0, hash: null, waiting: null, running: false };
    drawings.delete(viewId);
    drawings.set(viewId, found);
    const oldest = drawings.keys().next();
    if (drawings.size > VIEWS_MAX && !oldest.done) drawings.delete(oldest.value);
    return found;
  }

  return async (change) => {
    const drawing = drawingOf(change.viewId);
    if (change.at < drawing.newestAt) return;
    drawing.newestAt = change.at;
    drawing.waiting = change;
    if (drawing.running) return;
    drawing.running = true;
    try {
      for (;;) {
        const next: ViewChange<State> | null = drawing.waiting;
        if (!next) break;
        drawing.waiting = null;
        const isNewest = () => drawing.waiting === null;
        const put = await draw(next, { isNewest, hash: drawing.hash ?? next.hash });
        drawing.hash = put ?? drawing.hash;
      }
    } finally {
      drawing.running = false;
    }
  };
}
