import pino from 'pino';
import type { Card } from '../../src/approval/card.ts';
import type { HarnessInstance } from '../../src/approval/submission.ts';
import { parseSeedFile } from '../../src/cli/seed-file.ts';
import { fullMatch } from '../../src/harness/full-match.ts';
import { hash, newId } from '../../src/ids.ts';
import { openDatabase } from '../../src/store/database.ts';
import { releaseAllLeases } from '../../src/store/outbox-claims.ts';
import { slotsOf } from '../../src/store/slots.ts';
import type { Context } from '../../src/usecases/context.ts';
import type { ApprovalApi } from '../../src/usecases/harness-ports.ts';
import { UNOBSERVED } from '../../src/usecases/observer.ts';
import { openRequest } from '../../src/usecases/opening/open-request.ts';
import { BOOTSTRAP } from '../../src/usecases/opening/token-scope.ts';
import { createOrganization } from '../../src/usecases/organizations/add-organization.ts';
import type {
  CardTarget,
  ChatPlatform,
  Delivery,
  Directory,
  DirectoryAccount,
  DirectoryAnswer,
  PlatformName,
} from '../../src/usecases/ports.ts';
import { loadConfiguration } from '../../src/usecases/workflows/load-configuration.ts';
import { createWorker, type Worker } from '../../src/worker.ts';
import { type HandClock, handClock } from './clock.ts';
import { freshDatabase } from './databases.ts';

export const DOMAIN = 'acme.io';
const TENANTS = { slack: 'T0ACME', teams: '11111111-2222-4333-8444-555555555555' } as const;

/** What a directory answers whatever it is asked; null = it says what it knows. */
export type Trouble = Exclude<DirectoryAnswer<never>, { kind: 'found' }> | null;

export const DOWN: Trouble = { kind: 'unavailable', retryAfterMs: 15_000, detail: 'It is down.' };
export const REFUSED: Trouble = { kind: 'refused', detail: 'Nobody has consented.' };
export const NOT_CONNECTED: Trouble = { kind: 'not_connected' };

/** A directory in memory, with one account for each name; nobody is in it at first. */
export class MemoryDirectory implements Directory {
  readonly accounts = new Map<string, DirectoryAccount>();
  readonly managers = new Map<string, string>();
  readonly asked: string[] = [];
  readonly platform: PlatformName;
  trouble: Trouble = null;

  constructor(platform: PlatformName) {
    this.platform = platform;
  }

  add(name: string, more: Partial<DirectoryAccount> = {}): DirectoryAccount {
    const account: DirectoryAccount = {
      tenant: TENANTS[this.platform],
      externalId: this.idOf(name),
      name,
      email: `${name}@${DOMAIN}`,
      standing: 'member',
      ...more,
    };
    this.accounts.set(account.externalId, account);
    return account;
  }

  idOf(name: string): string {
    return this.platform === 'slack' ? `U0${name.toUpperCase()}` : `aad-${name}-0001`;
  }

  #say<T>(what: string, value: T | undefined): DirectoryAnswer<T> {
    this.asked.push(what);
    if (this.trouble) return this.trouble;
    return value === undefined ? { kind: 'missing' } : { kind: 'found', value };
  }

  async findByEmail(_: number, email: string) {
    return this.#say(
      email,
      [...this.accounts.values()].find((account) => account.email === email),
    );
  }

  async lookUp({ externalId }: { externalId: string }) {
    return this.#say(externalId, this.accounts.get(externalId));
  }

  async managerOf({ externalId }: { externalId: string }) {
    return this.#say(`manager of ${externalId}`, this.accounts.get(this.managers.get(externalId) ?? ''));
  }
}

/** A chat platform in memory: cards by id as they are shown, and every post, so that a second one is seen. */
export class MemoryPlatform implements ChatPlatform {
  readonly cards = new Map<string, { target: CardTarget; card: Card }>();
  readonly posts: { to: string; requestId: string }[] = [];
  readonly replies: { channel: string; line: unknown }[] = [];
  readonly notices: { to: string; title: string }[] = [];
  /** Accounts whose Home was drawn, each time. */
  readonly homes: string[] = [];
  /** Accounts that cannot be reached, and why. */
  readonly lost = new Map<string, string>();
  readonly platform: PlatformName;
  isDown = false;

  constructor(platform: PlatformName) {
    this.platform = platform;
  }

  #deliver<T extends object>(to: string, sent: () => T): Delivery<T> {
    if (this.isDown) return { kind: 'unknown', detail: 'It is down.' };
    const why = this.lost.get(to);
    return why === undefined ? { kind: 'sent', ...sent() } : { kind: 'unreachable', why };
  }

  async postCard(target: CardTarget, cardId: string, card: Card) {
    return this.#deliver(target.externalId, () => {
      this.posts.push({ to: target.externalId, requestId: card.requestId });
      this.cards.set(cardId, { target, card });
      const tenant = TENANTS[this.platform];
      return { ref: { tenant, channel: target.externalId, message: cardId } };
    });
  }

  async updateWait() {
    return 0;
  }

  async updateCard(at: { channel: string }, cardId: string, card: Card) {
    return this.#deliver(at.channel, () => {
      const shown = this.cards.get(cardId)!;
      this.cards.set(cardId, { ...shown, card });
      return {};
    });
  }

  async findCard() {
    return this.#deliver('', () => ({ ref: null }));
  }

  async postReply(at: { channel: string }, replyId: string, line: unknown) {
    return this.#deliver(at.channel, () => {
      this.replies.push({ channel: at.channel, line });
      return { message: replyId };
    });
  }

  async findReply() {
    return this.#deliver('', () => ({ message: null, looked: false }));
  }

  async publishHome({ externalId }: { externalId: string }) {
    return this.#deliver(externalId, () => {
      this.homes.push(externalId);
      return {};
    });
  }

  async postNotice({ externalId }: { externalId: string }, _: string, page: { title: string }) {
    return this.#deliver(externalId, () => {
      this.notices.push({ to: externalId, title: page.title });
      return {};
    });
  }

  async findNotice() {
    return this.#deliver('', () => ({ found: false }));
  }

  async checkHealth() {
    return this.isDown ? { ok: false as const, detail: 'It is down.' } : { ok: true as const };
  }

  /** What was shown and sent: nobody asks about it any more. */
  forget(): void {
    this.cards.clear();
    for (const sent of [this.posts, this.replies, this.notices, this.homes]) sent.length = 0;
  }

  /** The card somebody sees of a request. */
  cardOf(externalId: string, requestId: string): Card | undefined {
    return [...this.cards.values()].find(
      ({ target, card }) => target.externalId === externalId && card.requestId === requestId,
    )?.card;
  }
}

/** The use cases on a real database, with Slack and Teams in memory. Time moves by hand. */
export interface TwoPlatforms {
  context: Context;
  readonly worker: Worker;
  clock: HandClock;
  organizationId: number;
  directories: { slack: MemoryDirectory; teams: MemoryDirectory };
  platforms: { slack: MemoryPlatform; teams: MemoryPlatform };
  load(yaml: string): Promise<void>;
  /** Opens a request for `deploy`, started by dana, and pays what follows. Its id. */
  ask(run: string): Promise<string>;
  /** Moves the clock and pays what falls due. */
  pass(ms: number): Promise<void>;
  /** The worker ends, and another begins as after a start. */
  restart(): Promise<void>;
  personId(name: string): Promise<number>;
  /** Names in the places of a request; null = vacant. */
  places(requestId: string): Promise<(string | null)[]>;
  close(): Promise<void>;
}

export const WORKFLOW = (more: string) => `
organization: { name: Acme, domains: [${DOMAIN}] }
people:
${['dana', 'alice', 'bob', 'carol', 'maria'].map((name) => `  - { email: ${name}@${DOMAIN}, name: ${name} }`).join('\n')}
events: [{ slug: deploy, name: Deploy }]
policies: [{ slug: standard, name: Standard, default: true }]
workflows:
  - { policy: standard, event: deploy, ${more} }
`;

export interface TwoPlatformsOptions {
  /** In the place of a Harness that shows gates and takes no decision. */
  harness?: (clock: HandClock) => ApprovalApi;
  checkEveryMs?: number;
}

export async function startTwoPlatforms(options: TwoPlatformsOptions = {}): Promise<TwoPlatforms> {
  const clock = handClock();
  const database = await freshDatabase();
  const db = openDatabase(database.url);
  const directories = { slack: new MemoryDirectory('slack'), teams: new MemoryDirectory('teams') };
  const platforms = { slack: new MemoryPlatform('slack'), teams: new MemoryPlatform('teams') };
  const harness = options.harness?.(clock) ?? memoryHarness(clock);
  const context: Context = {
    ...{ db, clock, hash, newId, fullMatch },
    log: pino({ level: 'silent' }),
    observe: UNOBSERVED,
    platforms: new Map<PlatformName, ChatPlatform>([
      ['slack', platforms.slack],
      ['teams', platforms.teams],
    ]),
    directories: [directories.slack, directories.teams],
    harness: {
      ...{ apiFor: () => harness, probe: () => harness },
      ...{ find: async () => null, ofOrganization: async () => [], lastKnown: () => null },
      attempt: async () => ({ kind: 'ok', value: null, skewMs: 0 }),
      ...{ canKeepKeys: false, sealKey: () => '', release: () => {}, close: async () => {} },
    },
    settings: {
      ...{
        enrichmentWaitMs: 20_000,
        checkEveryMs: options.checkEveryMs ?? 3_600_000,
        notYetGraceMs: 600_000,
        retentionMs: null,
      },
      ...{
        publicUrl: 'https://approvals.acme.io',
        harnessMayBeHere: true,
        showsPictures: false,
        installUrl: null,
      },
    },
    random: () => 0.5,
    wake: () => {},
  };
  let worker = createWorker(context, { isBusy: () => false });
  const wanted = { name: 'Acme', domains: [DOMAIN], admins: [`ada@${DOMAIN}`] };
  const made = await createOrganization(context, wanted, { personId: null, via: 'cli' });
  if (!made.ok) throw new Error('no organization');
  const organizationId = made.value;
  for (const directory of [directories.slack, directories.teams]) directory.add('ada');
  const nameOf = async (id: number) =>
    (await db.selectFrom('people').select('name').where('id', '=', id).executeTakeFirstOrThrow()).name;
  return {
    ...{ context, clock, organizationId, directories, platforms },
    get worker() {
      return worker;
    },
    async load(yaml) {
      const parsed = parseSeedFile(yaml);
      if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
      await loadConfiguration(context, organizationId, parsed.wanted, { personId: null, via: 'cli' });
    },
    async ask(run) {
      const opened = await openRequest(
        context,
        { id: null, name: BOOTSTRAP, organizationId, mayChoosePolicy: false },
        {
          eventIdOrSlug: 'deploy',
          execution: {
            ...{ account: 'acme', org: 'default', project: 'payments', pipeline: 'deploy_payments' },
            ...{ planExecutionId: run, callbackId: `${run}-gate`, url: null },
          },
          triggeredByEmail: `dana@${DOMAIN}`,
          message: 'Deploy it',
          approvalPolicy: null,
          inputs: [],
          ...{ facts: [], links: [], disallowRequester: false, expiry: null },
        },
        null,
      );
      if (opened.kind === 'refused') throw new Error(opened.message);
      await worker.settle();
      return opened.id;
    },
    async pass(ms) {
      clock.advance(ms);
      await worker.settle();
    },
    async restart() {
      await worker.stop(1_000);
      await releaseAllLeases(db, clock.now(), context.random);
      worker = createWorker(context, { isBusy: () => false });
    },
    async personId(name) {
      const row = await db
        .selectFrom('people')
        .select('id')
        .where('email', '=', `${name}@${DOMAIN}`)
        .executeTakeFirstOrThrow();
      return row.id;
    },
    async places(requestId) {
      const slots = await slotsOf(db, requestId);
      return Promise.all(slots.map(({ personId }) => (personId === null ? null : nameOf(personId))));
    },
    async close() {
      await worker.stop(1_000);
      await db.destroy();
      await database.drop();
    },
  };
}

/** Harness with a gate that waits in each run, started by dana. */
function memoryHarness(clock: HandClock): ApprovalApi {
  const createdAt = new Map<string, number>();
  const instance = (run: string): HarnessInstance => {
    if (!createdAt.has(run)) createdAt.set(run, clock.now());
    return {
      ...{ id: `instance-${run}`, type: 'HarnessApproval', status: 'WAITING', deadline: null },
      ...{ createdAt: createdAt.get(run)!, approvalMessage: '', minimumCount: 1 },
      ...{ disallowPipelineExecutor: false, disallowedUserEmails: [], userGroups: [] },
      ...{ serviceAccounts: [], autoRejectEnabled: false, activities: [], inputs: [] },
    };
  };
  return {
    listInstances: async ({ planExecutionId }) => ({
      ...{ kind: 'ok', skewMs: 0 },
      value: [instance(planExecutionId)],
    }),
    readExecution: async () => ({
      kind: 'ok',
      skewMs: 0,
      value: {
        ...{ pipelineIdentifier: 'deploy_payments', pipelineName: 'Deploy', status: 'Running' },
        ...{ final: false, runSequence: 1 },
        triggeredBy: { name: 'dana', email: `dana@${DOMAIN}`, triggerType: 'MANUAL' },
      },
    }),
    submit: async () => ({ kind: 'unavailable', detail: 'Not in this test.' }),
    checkAuthorization: async () => ({ kind: 'ok', skewMs: 0, value: { authorized: true, reason: '' } }),
    checkHealth: async () => ({ kind: 'ok', skewMs: 0, value: null }),
  };
}
