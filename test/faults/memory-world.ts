import type { Press } from '../../src/usecases/deciding/card-presses.ts';
import { openRequest } from '../../src/usecases/opening/open-request.ts';
import type { Opened } from '../../src/usecases/opening/posted-request.ts';
import { BOOTSTRAP } from '../../src/usecases/opening/token-scope.ts';
import { startTwoPlatforms, type TwoPlatforms, WORKFLOW } from '../helpers/two-platforms.ts';
import { MemoryHarness } from './memory-harness.ts';

export type Name = 'alice' | 'bob' | 'carol' | 'dana' | 'maria';
const PEOPLE: readonly Name[] = ['alice', 'bob', 'carol', 'dana', 'maria'];
const TENANT = { slack: 'T0ACME', teams: '11111111-2222-4333-8444-555555555555' } as const;
export const CHECK_EVERY_MS = 20_000;
const STEP_MS = 30_000;

export interface MemoryRequest {
  run: string;
  id: string;
  /** The pipeline posts again; another message is an amendment. */
  post(message: string): Promise<Opened>;
}

/**
 * The use cases and the worker on a real database; Slack, Teams and Harness in memory, so that thousands of requests are
 * cheap. Events `any` and `all` ask Alice and Bob, who have accounts on both platforms.
 */
export interface MemoryWorld {
  two: TwoPlatforms;
  harness: MemoryHarness;
  /** Ids of the people. */
  ids: Readonly<Record<Name | 'ada', number>>;
  /** Sets our clock, and not that of Harness. */
  jump(ms: number): void;
  /** A request that waits, its cards shown. */
  open(event: 'any' | 'all', expiresAt: number | null): Promise<MemoryRequest>;
  pressOf(name: Name, platform: 'slack' | 'teams', cardId: string, contentVersion: number): Press;
  /** Time passes, half a minute at a time, as for somebody who looks away. */
  pass(ms: number): Promise<void>;
  /** Slack, Teams and Harness forget what was shown, sent and decided. */
  forget(): void;
  close(): Promise<void>;
}

export async function startMemoryWorld(): Promise<MemoryWorld> {
  let ahead = 0;
  let harness!: MemoryHarness;
  const two = await startTwoPlatforms({
    checkEveryMs: CHECK_EVERY_MS,
    harness: (clock) => {
      harness = new MemoryHarness(() => clock.now() - ahead, clock.now);
      return harness;
    },
  });
  for (const name of PEOPLE)
    for (const platform of ['slack', 'teams'] as const) two.directories[platform].add(name);
  for (const requirement of ['any', 'all'] as const) {
    const own = WORKFLOW(`requirement: ${requirement}, approvers: [alice@acme.io, bob@acme.io]`);
    await two.load(
      own
        .replace('slug: deploy, name: Deploy', `slug: ${requirement}, name: Deploy ${requirement}`)
        .replace('event: deploy', `event: ${requirement}`),
    );
  }
  const ids = Object.fromEntries(
    await Promise.all([...PEOPLE, 'ada' as const].map(async (name) => [name, await two.personId(name)])),
  ) as MemoryWorld['ids'];
  let opened = 0;
  return {
    ...{ two, harness, ids },
    jump(ms) {
      two.clock.advance(ms);
      ahead += ms;
    },
    async open(event, expiresAt) {
      opened += 1;
      const run = `run-${opened}`;
      const post = (message: string) =>
        openRequest(
          two.context,
          { id: null, name: BOOTSTRAP, organizationId: two.organizationId, mayChoosePolicy: false },
          {
            eventIdOrSlug: event,
            execution: {
              ...{ account: 'acme', org: 'default', project: 'payments', pipeline: 'deploy_payments' },
              ...{ planExecutionId: run, callbackId: `${run}-gate`, url: null },
            },
            ...{ triggeredByEmail: 'dana@acme.io', message, approvalPolicy: null, inputs: [] },
            ...{ facts: [], links: [], disallowRequester: false },
            expiry: expiresAt === null ? null : { at: expiresAt },
          },
          null,
        );
      const first = await post('version 1');
      if (first.kind === 'refused') throw new Error(first.message);
      await two.worker.settle();
      return { run, id: first.id, post };
    },
    pressOf: (name, platform, cardId, contentVersion) => ({
      ...{ platform, organizationId: two.organizationId, tenant: TENANT[platform], cardId, contentVersion },
      externalId: two.directories[platform].idOf(name),
      ref: null,
    }),
    async pass(ms) {
      for (let passed = 0; passed < ms; passed += STEP_MS) await two.pass(Math.min(STEP_MS, ms));
    },
    forget() {
      for (const platform of [two.platforms.slack, two.platforms.teams]) platform.forget();
      for (const directory of [two.directories.slack, two.directories.teams]) directory.asked.length = 0;
      harness.forget();
    },
    close: () => two.close(),
  };
}
