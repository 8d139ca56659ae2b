import type { Fault } from '../../src/demo/doubles/harness/faults.ts';
import type { FaultInput } from '../../src/demo/doubles/slack/traffic.ts';
import type { FaultInput as TeamsFault } from '../../src/demo/doubles/teams/traffic.ts';
import type { Chance } from './chance.ts';
import type { Surroundings } from './surroundings.ts';

const VOTE = { method: 'POST' } as const;
const LOOK = { method: 'GET' } as const;

const HARNESS: readonly Fault[] = [
  { match: VOTE, status: 504, when: 'after' },
  { match: VOTE, status: 504, when: 'after' },
  { match: VOTE, status: 'reset', when: 'after' },
  { match: VOTE, status: 'truncate', when: 'after' },
  { match: VOTE, status: 503 },
  { match: LOOK, status: 503 },
  { match: LOOK, status: 'reset' },
];

const SLACK: readonly FaultInput[] = [
  { method: 'chat.postMessage', status: 503, when: 'after' },
  { method: 'chat.postMessage', status: 500, when: 'after' },
  { method: 'chat.postMessage', connection: 'reset', when: 'after' },
  { method: 'chat.postMessage', connection: 'reset' },
  { method: 'chat.postMessage', status: 429, retryAfter: 1 },
  { method: 'chat.update', status: 503, when: 'after' },
  { method: 'chat.update', connection: 'reset', when: 'after' },
  { method: 'chat.update', status: 429, retryAfter: 1 },
  { method: 'conversations.history', status: 503 },
  { method: 'conversations.replies', status: 503 },
  { method: 'conversations.open', connection: 'reset' },
];

const TEAMS: readonly TeamsFault[] = [
  { method: 'activities.post', status: 503, when: 'after' },
  { method: 'activities.post', connection: 'reset', when: 'after' },
  { method: 'activities.post', status: 502 },
  { method: 'activities.update', status: 503, when: 'after' },
  { method: 'activities.update', connection: 'reset' },
  { method: 'activities.update', status: 429, retryAfter: 1 },
  { method: 'graph', status: 503 },
  { method: 'token', status: 503 },
];

/** Harness's 429 stops the whole key for 10 s and more (harness.md §5): a few are enough. */
const MOST_HARNESS_429 = 3;

export interface Mischief {
  /** Puts some trouble in the way of the next calls. */
  more(): void;
  /** How often trouble was met, by kind. */
  met(): Record<string, number>;
  end(): void;
}

/** Trouble with Harness and Slack, the kind that commits before it fails above all. */
export function createMischief(world: Surroundings, chance: Chance): Mischief {
  const placed: { name: string; hits: () => number }[] = [];
  let throttled = 0;

  function harness(fault: Fault): void {
    const handle = world.harness.addFault(fault);
    const name = `Harness ${fault.match?.method} ${fault.status} ${fault.when ?? 'before'}`;
    placed.push({ name, hits: () => handle.hits });
  }

  return {
    more() {
      if (chance.happens(0.3)) harness(chance.pick(HARNESS));
      if (throttled < MOST_HARNESS_429 && chance.happens(0.05)) {
        throttled += 1;
        harness({ match: VOTE, status: 429 });
      }
      if (world.teams && chance.happens(0.4)) {
        const fault = chance.pick(TEAMS);
        const handle = world.teams.addFault(fault);
        const name = `Teams ${fault.method} ${fault.status ?? fault.connection} ${fault.when ?? 'before'}`;
        placed.push({ name, hits: () => handle.hits });
      }
      if (!chance.happens(0.5)) return;
      const fault = chance.pick(SLACK);
      const handle = world.slack.addFault(fault);
      const name = `Slack ${fault.method} ${fault.status ?? fault.connection} ${fault.when ?? 'before'}`;
      placed.push({ name, hits: () => handle.hits });
    },
    met() {
      const counts: Record<string, number> = {};
      for (const { name, hits } of placed) if (hits() > 0) counts[name] = (counts[name] ?? 0) + hits();
      return counts;
    },
    end() {
      world.harness.clearFaults();
      world.slack.clearFaults();
      world.teams?.clearFaults();
    },
  };
}
