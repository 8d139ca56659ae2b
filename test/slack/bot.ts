import { fastify } from 'fastify';
import type { Answer, FieldValues, FormKind } from '../../src/approval/form.ts';
import { startSlackDouble } from '../../src/demo/doubles/slack/slack-double.ts';
import type { SlackDouble, SlackDoubleOptions } from '../../src/demo/doubles/slack/types.ts';
import { createSlackAdapter, type SlackAdapter } from '../../src/slack/app.ts';
import type { AccountChanges, CardPresses, Press } from '../../src/usecases/card-presses.ts';
import type {
  ChatAccount,
  ChatCommands,
  CommandAnswer,
  EditorAnswer,
} from '../../src/usecases/chat-commands.ts';
import type { Homes } from '../../src/usecases/homes.ts';
import type { Log } from '../../src/usecases/ports.ts';

export const TOKEN = 'xoxb-test-token';
export const SECRET = 'test-signing-secret';
export const APP_TOKEN = 'xapp-1-test-app-token';

export interface Pressed {
  verb: 'approve' | 'openForm' | 'submitForm' | 'retrySubmission';
  press: Press;
  kind?: FormKind;
  values?: FieldValues;
}

/** The use cases' side: remembers what was pressed and answers as told. */
export class RecordingPresses implements CardPresses {
  readonly pressed: Pressed[] = [];
  answer: (pressed: Pressed) => Answer | Promise<Answer> = () => ({ kind: 'done' });

  async #take(pressed: Pressed): Promise<Answer> {
    this.pressed.push(pressed);
    return this.answer(pressed);
  }
  approve(press: Press) {
    return this.#take({ verb: 'approve', press });
  }
  openForm(press: Press, kind: FormKind) {
    return this.#take({ verb: 'openForm', press, kind });
  }
  submitForm(press: Press, kind: FormKind, values: FieldValues) {
    return this.#take({ verb: 'submitForm', press, kind, values });
  }
  retrySubmission(press: Press) {
    return this.#take({ verb: 'retrySubmission', press });
  }
  async actAndShow(): Promise<never> {
    throw new Error('Slack shows a card by editing it');
  }
  async show() {
    return null;
  }
  async waiting() {
    return [];
  }
}

export class RecordingChanges implements AccountChanges {
  readonly noted: Parameters<AccountChanges['noteAccount']>[] = [];
  async noteAccount(...change: Parameters<AccountChanges['noteAccount']>) {
    this.noted.push(change);
  }
}

/** The commands' side: remembers who typed what and answers as told; `create` and `edit` open a form. */
export class RecordingCommands implements ChatCommands {
  readonly ran: { account: ChatAccount; text: string }[] = [];
  answer: (text: string) => CommandAnswer | Promise<CommandAnswer> = () => ({
    kind: 'notice',
    sentence: 'Ok.',
  });

  async run(account: ChatAccount, text: string) {
    this.ran.push({ account, text });
    return this.answer(text);
  }
  opensForm(text: string) {
    return /^(create|edit)\b/.test(text);
  }
  async previewWorkflow(): Promise<CommandAnswer> {
    throw new Error('not asked for here');
  }
  async submitWorkflow(): Promise<EditorAnswer> {
    throw new Error('not asked for here');
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

export class RecordingLog implements Log {
  readonly lines: { level: string; facts: object; message: string }[] = [];
  debug = (facts: object, message: string) => void this.lines.push({ level: 'debug', facts, message });
  info = (facts: object, message: string) => void this.lines.push({ level: 'info', facts, message });
  warn = (facts: object, message: string) => void this.lines.push({ level: 'warn', facts, message });
  error = (facts: object, message: string) => void this.lines.push({ level: 'error', facts, message });
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
