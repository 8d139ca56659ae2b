import { setTimeout as pause } from 'node:timers/promises';
import { JSON_API } from '../journeys/api-client.ts';
import type { Chance } from './chance.ts';
import type { Ledger } from './ledger.ts';
import type { Surroundings } from './surroundings.ts';

/** The bot answered that it was done. */
export interface AckedAct {
  requestId: string;
  what: 'cancel' | 'reassign';
  at: number;
}

export interface Admins {
  readonly acked: readonly AckedAct[];
  readonly asked: number;
  /** Now and then one request is cancelled, or a place in one is given to Carol. Runs that were cancelled are aborted. */
  more(seen: Omit<Ledger, 'close'>): void;
  /** Aborts what was cancelled and still waits in Harness. */
  abort(seen: Omit<Ledger, 'close'>): void;
  stop(): Promise<void>;
}

const PATIENCE_MS = 60_000;
/** So often per look. */
const CANCELS = 0.2;
const REASSIGNS = 0.6;

/** Ada, at its management API, as stubborn as a script with retries. */
export function createAdmins(world: Surroundings, chance: Chance): Admins {
  const acked: AckedAct[] = [];
  const aborted = new Set<string>();
  const working = new Set<Promise<void>>();
  let asked = 0;

  async function act(requestId: string, what: AckedAct['what'], attributes: object): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    while (Date.now() < until) {
      const at = Date.now();
      asked += 1;
      const answer = await fetch(`${world.url}/api/v2/approval_requests/${requestId}/${what}`, {
        method: 'PATCH',
        headers: { 'x-auth-token': world.adminToken, 'content-type': JSON_API },
        body: JSON.stringify({ data: { type: 'approval_requests', attributes } }),
      }).catch(() => null);
      const isDone = answer?.status === 200;
      if (isDone) acked.push({ requestId, what, at });
      await answer?.arrayBuffer().catch(() => null);
      if (isDone || (answer && answer.status < 500)) return;
      await pause(50 + chance.upTo(300));
    }
  }

  function begin(requestId: string, what: AckedAct['what'], attributes: object): void {
    const work: Promise<void> = act(requestId, what, attributes).finally(() => working.delete(work));
    working.add(work);
  }

  function abort(seen: Omit<Ledger, 'close'>): void {
    for (const { status, executionId } of seen.requests()) {
      if (status !== 'ABORTED' || aborted.has(executionId)) continue;
      aborted.add(executionId);
      world.harness.abort(executionId);
    }
  }

  return {
    acked,
    get asked() {
      return asked;
    },
    abort,
    more(seen) {
      abort(seen);
      const waiting = seen.requests().filter(({ status }) => status === 'WAITING');
      if (waiting.length === 0) return;
      if (chance.happens(CANCELS)) begin(chance.pick(waiting).id, 'cancel', { note: 'not today' });
      if (!chance.happens(REASSIGNS)) return;
      const people = seen.people();
      const from = people.get(chance.pick(['alice@acme.io', 'bob@acme.io', 'maria@acme.io']));
      begin(chance.pick(waiting).id, 'reassign', {
        from_person_id: from,
        to_person_id: people.get('carol@acme.io'),
      });
    },
    async stop() {
      await Promise.all(working);
    },
  };
}
