import type { JsonObject } from '../../src/demo/doubles/common/json.ts';
import type { StoredMessage } from '../../src/demo/doubles/slack/shown.ts';
import type { FaultInput } from '../../src/demo/doubles/slack/traffic.ts';
import { account, ORGANIZATION, startBot } from '../slack/bot.ts';
import type { Act, ChatDriver, DirectoryFault, Fault, Reading, ShownForm } from './driver.ts';

const ROOM = 'C0OPS';
/** Whom the sample card names. */
const NAMED: Readonly<Record<string, string>> = { U0DANA: 'Dana Reyes', U0BEN: 'Ben Ito' };

const FAULTS: Readonly<Record<Exclude<Fault, 'unreachable'>, Omit<FaultInput, 'method'>>> = {
  throttled: { status: 429, retryAfter: 7 },
  lost_after: { connection: 'reset', when: 'after' },
  lost_before: { connection: 'reset' },
  failing: { status: 503 },
  refused: { slackError: 'invalid_auth' },
  silent: { connection: 'hang', times: Infinity },
};
const METHOD = { post: 'chat.postMessage', update: 'chat.update' } as const;

/** Slack, its people in front of their clients. */
export async function startSlackDriver(): Promise<ChatDriver> {
  const bot = await startBot();
  const { slack, adapter, presses, commands } = bot;
  slack.addChannel({ id: ROOM, name: 'ops' });

  /** Forms open after the ack: what goes on is waited for, unless Slack itself is silent. */
  let silent = false;
  const idle = async () => {
    if (!silent) await adapter.stop();
  };

  function buttonNamed(person: string, channel: string, ts: string, name: string): JsonObject {
    const buttons = elementsOf(shownTo(person, channel, ts)?.blocks);
    const found = buttons.find((button) => labelOf(button) === name);
    if (!found) throw new Error(`${person} sees no button ${name}`);
    return found;
  }
  const shownTo = (person: string, channel: string, ts: string) =>
    slack.messagesOf(channel, { as: person }).find((message) => message.ts === ts) ??
    slack.messagesOf(person).find((message) => message.ts === ts);

  const acknowledged = (result: { ackStatus?: number; ackMs?: number; warning?: string }) => ({
    status: result.ackStatus ?? 200,
    ms: result.ackMs ?? 0,
    ...(result.warning !== undefined && { warning: result.warning }),
  });

  return {
    at: { platform: 'slack', organizationId: ORGANIZATION, tenant: account('').tenant },
    alice: 'U0ALICE',
    bob: 'U0BOB',
    room: ROOM,
    platform: adapter.platform,
    directory: adapter.directory,
    answer(to) {
      presses.answer = to as typeof presses.answer;
    },
    answerCommands(to) {
      commands.answer = to;
    },
    // A press changes no card by its answer; the outbox does.
    nowIs() {},
    acts: () => presses.pressed as Act[],
    commands: () => commands.ran,

    read(person, { channel, message }) {
      const seen = shownTo(person, channel, message);
      if (!seen) throw new Error(`${person} sees no such message`);
      return readingOf(seen);
    },
    async press(person, { channel, message }, name) {
      const { action_id } = buttonNamed(person, channel, message, name);
      const target = { channel, ts: message, actionId: String(action_id), confirm: true };
      const result = await slack.click(person, target);
      await idle();
      return acknowledged(result);
    },
    async forge(person, { channel, message }, carried) {
      const payload = structuredClone(
        slack.clickPayload(person, { channel, ts: message, actionId: 'approve' }),
      );
      const [action] = payload.actions as JsonObject[];
      if (carried === 'nothing') delete action!.value;
      else action!.value = '../../admin {"do":"approve"}';
      const { status = 0, ackMs } = await slack.sendRaw({ payload });
      await idle();
      return { status, ms: ackMs };
    },
    form(person) {
      const view = slack.openViewOf(person);
      if (!view?.submit) return undefined;
      const fields: ShownForm['fields'] = Object.fromEntries(
        view.blocks
          .filter(({ type }) => type === 'input')
          .map((block) => {
            const id = String(block.block_id);
            const entered = Object.values(view.entered[id] ?? {})[0]?.value;
            const { initial_value: offered } = block.element as JsonObject;
            return [id, { value: String(entered ?? offered ?? ''), problem: view.shownErrors[id] ?? null }];
          }),
      );
      return { title: (view.title as { text: string }).text, words: read(view.blocks).words, fields };
    },
    async submit(person, values) {
      const view = slack.openViewOf(person);
      if (!view) throw new Error(`${person} has no form open`);
      const result = await slack.submitView(person, view.id, values, { skipClientChecks: true });
      await idle();
      return acknowledged(result);
    },
    type: async (person, text, room) =>
      acknowledged(await slack.slashCommand(person, '/approvals', text, room)),
    told(person) {
      const views = slack.viewsOf(person).filter(({ submit }) => submit === undefined);
      const seen = [...slack.messagesOf(person), ...slack.messagesOf(ROOM, { as: person })];
      const said = seen.filter(
        ({ metadata, author }) => metadata?.event_type !== 'countersign_card' && author !== person,
      );
      return [
        ...said.filter((message, index) => said.indexOf(message) === index).map(readingOf),
        ...views.map(({ blocks }) => read(blocks)),
      ];
    },
    copies: (person) =>
      slack.messagesOf(person).filter(({ metadata }) => metadata?.event_type === 'countersign_card').length,
    idle: () => adapter.stop(),

    fault(call, fault) {
      silent = fault === 'silent';
      const what = fault === 'unreachable' ? { slackError: 'is_archived' } : FAULTS[fault];
      slack.addFault({ ...(call !== 'any' && { method: METHOD[call] }), ...what });
    },
    async remove() {
      // People cannot delete what a bot wrote, yet it may be gone.
      slack.addFault({ method: METHOD.update, slackError: 'message_not_found' });
    },
    directoryFault(fault: DirectoryFault) {
      const what = fault === 'unavailable' ? { status: 503 } : { slackError: 'missing_scope' };
      slack.addFault(what);
    },
    newcomer(standing) {
      const id = `U0${standing.toUpperCase()}`;
      const email = `${standing}@example.com`;
      const change = {
        member: {},
        guest: { isRestricted: true },
        deactivated: { deleted: true },
        bot: { isBot: true },
        stranger: { isStranger: true },
      }[standing];
      slack.addUser({ id, name: standing, email, ...change });
      return { id, email };
    },
    clearFaults() {
      silent = false;
      slack.clearFaults();
    },
    async [Symbol.asyncDispose]() {
      slack.clearFaults();
      await bot[Symbol.asyncDispose]();
    },
  };
}

function readingOf(message: StoredMessage): Reading {
  if (message.blocks.length > 0) return read(message.blocks);
  return tidy([mrkdwn(message.text)]);
}

interface Piece {
  words: string;
  links: string[];
  called: string[];
  buttons?: string[];
}

/** What Slack's client makes of blocks: mrkdwn is parsed, plain text and rich text elements are not. */
function read(blocks: unknown): Reading {
  const pieces: Piece[] = [];
  visit(blocks);
  return tidy(pieces);

  function visit(value: unknown): void {
    if (Array.isArray(value)) for (const one of value) visit(one);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const node = value as JsonObject;
    const none = { links: [], called: [] };
    if (node.type === 'button') return void pieces.push({ words: '', ...none, buttons: [labelOf(node)] });
    if (node.type === 'mrkdwn') return void pieces.push(mrkdwn(String(node.text)));
    if (node.type === 'plain_text') return void pieces.push({ words: `${String(node.text)}\n`, ...none });
    if (node.type === 'link')
      return void pieces.push({
        words: String(node.text ?? node.url),
        links: [String(node.url)],
        called: [],
      });
    if (node.type === 'user')
      return void pieces.push({
        words: NAMED[String(node.user_id)] ?? String(node.user_id),
        links: [],
        called: [String(node.user_id)],
      });
    if (node.type === 'channel') return void pieces.push({ words: `#${String(node.channel_id)}`, ...none });
    if (node.type === 'broadcast')
      return void pieces.push({ words: '@all', links: [], called: [String(node.range)] });
    if (node.type === 'date') return void pieces.push({ words: '<date>', ...none });
    if (node.type === 'text' && typeof node.text === 'string')
      return void pieces.push({ words: node.text, ...none });
    for (const child of Object.values(node)) visit(child);
    if (String(node.type).startsWith('rich_text_')) pieces.push({ words: '\n', ...none });
  }
}

/** Source: https://docs.slack.dev/messaging/formatting-message-text */
function mrkdwn(text: string): Piece {
  const links: string[] = [];
  const called: string[] = [];
  const words = text
    .replace(/<([^<>|]+)(?:\|([^<>]*))?>/g, (_whole, target: string, label?: string) => {
      if (/^[@!#]/.test(target)) called.push(target);
      else links.push(target);
      return label ?? target;
    })
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
  return { words: `${words}\n`, links, called };
}

function tidy(pieces: readonly Piece[]): Reading {
  return {
    words: pieces
      .map(({ words }) => words)
      .join('')
      .replace(/\s+/g, ' ')
      .trim(),
    links: pieces.flatMap(({ links }) => links),
    // Whom the card itself names is called on purpose.
    called: pieces.flatMap(({ called }) => called).filter((id) => !(id in NAMED)),
    buttons: pieces.flatMap(({ buttons = [] }) => buttons).sort(),
  };
}

function elementsOf(blocks: unknown): JsonObject[] {
  if (Array.isArray(blocks)) return blocks.flatMap(elementsOf);
  if (typeof blocks !== 'object' || blocks === null) return [];
  const node = blocks as JsonObject;
  return node.type === 'button' ? [node] : Object.values(node).flatMap(elementsOf);
}

function labelOf(button: JsonObject): string {
  return String((button.text as JsonObject).text);
}
