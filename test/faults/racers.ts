import { setTimeout as pause } from 'node:timers/promises';
import { email, STAFF, type StaffName } from '../helpers/world.ts';
import { type AckedPress, buttonsOf, cardIdOf } from './approvers.ts';
import type { Chance } from './chance.ts';
import type { Moments } from './moments.ts';
import type { Surroundings } from './surroundings.ts';

const NAMES = ['alice', 'bob', 'maria'] as const satisfies readonly StaffName[];
type Name = (typeof NAMES)[number];

/** Whoever sees no other card of the run by then presses alone. */
const ALONE_AFTER_MS = 4_000;
/** A person looks again this long after a press that changed nothing they see. */
const LOOKS_AGAIN_MS = 5_000;
/** So many presses at once at most: three people have no more hands. */
const HANDS = 8;
const SWEEP_MS = 100;
const REJECTS = 0.1;
const HURRIES = 0.2;

export interface Racers {
  readonly acked: readonly AckedPress[];
  readonly presses: number;
  readonly unanswered: number;
  /** Runs in which two or more pressed at the same moment. */
  readonly races: number;
  stop(): Promise<void>;
}

interface OpenCard {
  name: Name;
  cardId: string;
  run: string;
  channel: string;
  ts: string;
  seenAt: number;
  pressedAt: number;
}

/**
 * Alice, Bob and Maria, who press the cards of one run all in the same moment: each press goes to whichever instance the
 * front picks. Now and then one presses twice, or rejects.
 */
export function createRacers(world: Surroundings, chance: Chance, moments: Moments): Racers {
  const { slack } = world;
  const ownerOf = new Map<string, Name>(NAMES.map((name) => [slack.dmOf(STAFF[name]), name]));
  const open = new Map<string, OpenCard>();
  const acked: AckedPress[] = [];
  const working = new Set<Promise<void>>();
  const rejecting = new Set<Name>();
  const counts = { presses: 0, unanswered: 0, races: 0 };
  let stopped = false;

  function note(channel: string, ts: string): void {
    const name = ownerOf.get(channel);
    const message = name && slack.message(channel, ts);
    if (!name || !message || message.visibleTo !== undefined) return;
    const key = `${channel} ${ts}`;
    const cardId = cardIdOf(message);
    const run = /executions\/(run\d+)/.exec(JSON.stringify(message.blocks))?.[1];
    if (cardId === null || !run || !buttonsOf(message).includes('approve')) return void open.delete(key);
    if (!open.has(key)) open.set(key, { name, cardId, run, channel, ts, seenAt: Date.now(), pressedAt: 0 });
  }

  async function act(
    card: OpenCard,
    what: AckedPress['what'],
    doing: () => Promise<{ ackStatus?: number; ackBody?: unknown }>,
  ): Promise<boolean> {
    const at = Date.now();
    counts.presses += 1;
    const answer = doing();
    moments.tell('click sent');
    const result = await answer.catch(() => null);
    moments.tell('click answered');
    if (result?.ackStatus !== 200) {
      counts.unanswered += 1;
      return false;
    }
    const said = JSON.stringify(result.ackBody ?? '');
    if (!('errors' in result)) acked.push({ email: email(card.name), cardId: card.cardId, at, what, said });
    return true;
  }

  const click = (card: OpenCard, actionId: 'approve' | 'reject') =>
    act(card, actionId === 'approve' ? 'approve' : 'open', () =>
      slack.click(STAFF[card.name], { channel: card.channel, ts: card.ts, actionId }),
    );

  async function reject(card: OpenCard): Promise<void> {
    const user = STAFF[card.name];
    rejecting.add(card.name);
    try {
      if (!(await click(card, 'reject'))) return;
      const until = Date.now() + 2_000;
      while (!slack.openViewOf(user)) {
        if (Date.now() > until) return;
        await pause(20);
      }
      const view = slack.openViewOf(user)!;
      const { cardId } = JSON.parse(view.privateMetadata || '{}') as { cardId?: string };
      if (view.submit && cardId === card.cardId)
        for (let tries = 0; tries < 4; tries += 1) {
          const values = { comment: `${card.name} says no` };
          if (await act(card, 'submit', () => slack.submitView(user, view.id, values))) break;
          await pause(100 + chance.upTo(100));
        }
      const left = slack.openViewOf(user);
      if (left) await slack.closeView(user, left.id).catch(() => {});
    } finally {
      rejecting.delete(card.name);
    }
  }

  async function press(card: OpenCard): Promise<void> {
    if (chance.happens(REJECTS) && !rejecting.has(card.name)) return reject(card);
    const hurried = chance.happens(HURRIES) ? click(card, 'approve') : null;
    await click(card, 'approve');
    await hurried;
  }

  function sweep(): void {
    const now = Date.now();
    const free = [...open.values()].filter(({ pressedAt }) => now - pressedAt > LOOKS_AGAIN_MS);
    for (const cards of Map.groupBy(free, ({ run }) => run).values()) {
      const oldest = Math.min(...cards.map(({ seenAt }) => seenAt));
      if (cards.length < 2 && now - oldest < ALONE_AFTER_MS) continue;
      if (working.size + cards.length > HANDS) continue;
      if (cards.length > 1) counts.races += 1;
      for (const card of cards) {
        card.pressedAt = Number.POSITIVE_INFINITY;
        const work = press(card)
          .catch(() => {})
          .finally(() => {
            card.pressedAt = Date.now();
            working.delete(work);
          });
        working.add(work);
      }
    }
  }

  const unhear = slack.onChange((change) => {
    if (change.kind === 'message' && !stopped) note(change.channel, change.ts);
  });
  const sweeping = setInterval(sweep, SWEEP_MS);

  return {
    acked,
    get presses() {
      return counts.presses;
    },
    get unanswered() {
      return counts.unanswered;
    },
    get races() {
      return counts.races;
    },
    async stop() {
      stopped = true;
      clearInterval(sweeping);
      unhear();
      await Promise.all(working);
    },
  };
}
