import { fastify } from 'fastify';
import type { SlackDouble } from '../../src/demo/doubles/slack/handle.ts';
import type { SlackDoubleOptions } from '../../src/demo/doubles/slack/setup.ts';
import { startSlackDouble } from '../../src/demo/doubles/slack/slack-double.ts';
import { createSlackAdapter, type SlackAdapter } from '../../src/slack/app.ts';
import type { ChatAccount } from '../../src/usecases/chat-commands.ts';
import type { AccountChanges } from '../../src/usecases/deciding/card-presses.ts';
import type { Homes } from '../../src/usecases/homes/homes.ts';
import { RecordingCommands, RecordingLog, RecordingPresses } from '../helpers/recording.ts';

export const TOKEN = 'xoxb-test-token';
export const SECRET = 'test-signing-secret';
export const APP_TOKEN = 'xapp-1-test-app-token';

export class RecordingChanges implements AccountChanges {
  readonly noted: Parameters<AccountChanges['noteAccount']>[] = [];
  async noteAccount(...change: Parameters<AccountChanges['noteAccount']>) {
    this.noted.push(change);
  }
}

export class RecordingHomes implements Homes {
  readonly seen: { account: ChatAccount; section?: string; page?: number }[] = [];
  fail = false;
  async opened(account: ChatAccount) {
    this.seen.push({ account });
  }
  async turn(account: ChatAccount, section: string, page: number) {
    this.seen.push({ account, section, page });
    if (this.fail) throw new Error('database is locked');
  }
}

export interface Bot extends AsyncDisposable {
  slack: SlackDouble;
  adapter: SlackAdapter;
  presses: RecordingPresses;
  changes: RecordingChanges;
  commands: RecordingCommands;
  homes: RecordingHomes;
  log: RecordingLog;
  url: string;
  clock: { now(): number };
}

/** A real adapter in a real Fastify, against the Slack double; people: Alice (U0ALICE), Bob, and others. */
export async function startBot(
  how: {
    double?: Partial<SlackDoubleOptions>;
    managerFieldId?: string | null;
    started?: boolean;
    timeoutMs?: number;
    transport?: 'http' | 'socket';
    clock?: { now(): number };
  } = {},
): Promise<Bot> {
  const sockets = how.transport === 'socket';
  const slack = await startSlackDouble({
    botToken: TOKEN,
    signingSecret: SECRET,
    ...(sockets && { transport: 'socket', appToken: APP_TOKEN }),
    ...how.double,
  });
  slack.addUser({ id: 'U0ALICE', name: 'alice', realName: 'Alice Amsel', email: 'alice@example.com' });
  slack.addUser({ id: 'U0BOB', name: 'bob', realName: 'Bob Bell', email: 'Bob@Example.com' });
  const presses = new RecordingPresses();
  const changes = new RecordingChanges();
  const commands = new RecordingCommands();
  const homes = new RecordingHomes();
  const log = new RecordingLog();
  const clock = how.clock ?? { now: Date.now };
  const adapter = createSlackAdapter({
    config: {
      access: {
        kind: 'token',
        botToken: TOKEN,
        organizationId: ORGANIZATION,
        managerFieldId: how.managerFieldId ?? null,
      },
      signingSecret: sockets ? '' : SECRET,
      ...(sockets && { appToken: APP_TOKEN }),
      apiUrl: slack.url,
      ...(how.timeoutMs !== undefined && { timeoutMs: how.timeoutMs }),
    },
    presses,
    accountChanges: changes,
    commands,
    homes,
    clock,
    log,
  });
  const server = fastify();
  await server.register(adapter.routes);
  server.post('/json', async (request) => ({ got: request.body }));
  const origin = await server.listen({ host: '127.0.0.1', port: 0 });
  slack.requestUrl = `${origin}/slack/events`;
  if (how.started !== false) await adapter.start();
  return {
    slack,
    adapter,
    presses,
    changes,
    commands,
    homes,
    log,
    url: origin,
    clock,
    async [Symbol.asyncDispose]() {
      slack.clearFaults();
      await adapter.stop();
      server.server.closeAllConnections();
      await server.close();
      await slack.close();
    },
  };
}

/** What a person reads in their messages, newest last. */
export function privateWords(bot: Bot, user: string): string[] {
  return bot.slack
    .messagesOf(user)
    .filter((message) => message.visibleTo === user)
    .map((message) => message.text);
}

/** The organization the test's workspace belongs to. */
export const ORGANIZATION = 1;

const AT_HOME = { organizationId: ORGANIZATION, tenant: 'T0DOUBLE' };

/** A card's target in the test's workspace. */
export const person = (externalId: string) => ({ kind: 'person', externalId, ...AT_HOME }) as const;
export const channel = (externalId: string) => ({ kind: 'channel', externalId, ...AT_HOME }) as const;
/** An account in the test's workspace. */
export const account = (externalId: string) => ({ externalId, ...AT_HOME });

export const ALICE = person('U0ALICE');
