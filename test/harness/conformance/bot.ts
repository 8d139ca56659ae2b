import { afterEach, beforeEach } from 'vitest';
import { submissionOf } from '../../../src/store/submissions.ts';
import { ACME, startWorld, type World, type WorldOptions } from '../../helpers/world.ts';

export const EVENT = 'deploy-to-production';
/** A gate that people may also decide in Harness itself. */
export const OPEN_TO_ALL = { approvers: { userGroups: ['account._account_all_users'] } };
/** A gate that wants two approvals of its own. */
export const WANTS_TWO = { approvers: { ...OPEN_TO_ALL.approvers, minimumCount: 2 } };

/** The whole bot with the double, begun anew for each test of the describe block this is called in. */
export function useBot(options: WorldOptions = {}) {
  let started: World | undefined;
  beforeEach(async () => {
    started = await startWorld(options);
    await started.load(ACME);
  });
  afterEach(() => started!.close());
  return {
    get world(): World {
      return started!;
    },
    /** Alice approves, and what is due is paid. */
    async approve() {
      await started!.press('alice', 'approve');
      await started!.settle();
    },
    async reject() {
      await started!.reject('alice', 'not today');
      await started!.settle();
    },
    /** Lets time pass in steps, so that every pause of the outbox comes to its end. */
    async wait(ms: number, step = 5_000) {
      for (let passed = 0; passed < ms; passed += step) await started!.pass(step);
    },
    posts: () => started!.harness.requests.filter(({ method }) => method === 'POST'),
    /** The bot's looks at the gate, oldest first. */
    looks: () =>
      started!.harness.requests.filter(
        ({ method, path }) => method === 'GET' && path.includes('/approvals/execution/'),
      ),
    submission: (requestId: string) => submissionOf(started!.app.context.db, requestId),
    /** Does something in Harness right after the bot's next look at the gate, before it can post. */
    afterNextLook(act: () => void) {
      const stop = started!.harness.onChange(({ kind, id }) => {
        if (kind !== 'request' || !id.startsWith('GET') || !id.includes('/approvals/execution/')) return;
        stop();
        act();
      });
    },
  };
}
