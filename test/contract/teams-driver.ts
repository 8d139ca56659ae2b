import type { JsonObject } from '../../src/demo/doubles/common/json.ts';
import type { ActResult } from '../../src/demo/doubles/teams/acts.ts';
import type { StoredMessage } from '../../src/demo/doubles/teams/shown.ts';
import type { FaultInput } from '../../src/demo/doubles/teams/traffic.ts';
import { ALICE, BOB, OPS, ORGANIZATION, startBot, TENANT } from '../teams/bot.ts';
import type { Act, ChatDriver, Fault, Reading, ShownField } from './driver.ts';

const FAULTS: Readonly<Record<Fault, Omit<FaultInput, 'method'>>> = {
  throttled: { status: 429, retryAfter: 7 },
  lost_after: { connection: 'reset', when: 'after' },
  lost_before: { connection: 'reset' },
  failing: { status: 502 },
  unreachable: { code: 'BotNotInConversationRoster' },
  refused: { status: 400, code: 'BadSyntax', message: 'Bad activity' },
  silent: { connection: 'hang', times: Infinity },
};
const EVERYTHING = ['token', 'conversations', 'activities', 'members', 'graph'] as const;
const METHOD = { post: 'activities.post', update: 'activities.update' } as const;

/** Teams, its people in front of their clients. */
export async function startTeamsDriver(): Promise<ChatDriver> {
  const bot = await startBot();
  const { teams, adapter, presses, commands } = bot;
  let silent = false;

  const acknowledged = ({ status = 200, ms = 0, warning }: ActResult) => ({
    status,
    ms,
    ...(warning !== undefined && { warning }),
  });
  const idle = async () => {
    if (!silent) await bot.idle();
  };
  const at = (ref: { channel: string; message: string }) => ({
    conversation: ref.channel,
    activityId: ref.message,
  });
  const isCard = ({ card }: StoredMessage) => JSON.stringify(card ?? null).includes('"card":"crd_');

  return {
    at: { platform: 'teams', organizationId: ORGANIZATION, tenant: TENANT },
    alice: ALICE,
    bob: BOB,
    room: OPS,
    platform: adapter.platform,
    directory: adapter.directory,
    answer(to) {
      presses.answer = to as typeof presses.answer;
    },
    answerCommands(to) {
      commands.answer = to;
    },
    nowIs(card) {
      presses.card = () => card;
    },
    acts: () => presses.acts as Act[],
    commands: () => commands.ran,

    read(person, { channel, message }) {
      const card = teams.cardFor(person, channel, message);
      if (!card) throw new Error(`${person} sees no such card`);
      return read(card, []);
    },
    async press(person, ref, title) {
      const result = await teams.press(person, { ...at(ref), title });
      await idle();
      return acknowledged(result);
    },
    async forge(person, ref, carried) {
      const data = carried === 'nothing' ? {} : { do: 'approve', card: '../../admin' };
      const result = await teams.press(person, { ...at(ref), forge: { data } });
      await idle();
      return acknowledged(result);
    },
    form(person) {
      const dialog = teams.dialogOf(person);
      if (!dialog) return undefined;
      return { title: dialog.title, words: read(dialog.card, []).words, fields: fieldsOf(dialog.card) };
    },
    async submit(person, values) {
      const shown = fieldsOf(teams.dialogOf(person)!.card);
      const kept = Object.fromEntries(Object.entries(shown).map(([id, { value }]) => [id, value]));
      const entered = Object.fromEntries(
        Object.entries({ ...kept, ...values }).filter(([, value]) => value !== ''),
      );
      const result = await teams.submitDialog(person, entered, { skipClientChecks: true });
      await idle();
      return acknowledged(result);
    },
    type: async (person, text, room) =>
      acknowledged(await teams.type(person, text, room === undefined ? {} : { conversation: room })),
    told(person) {
      const seen = [...teams.messagesOf(person), ...teams.messagesOf(OPS, { as: person })];
      const said = seen.filter(
        (message, index) =>
          message.author === teams.botId && !isCard(message) && seen.indexOf(message) === index,
      );
      const toasts = teams.toasts.filter((toast) => toast.person === person);
      // What a toast says is plain text.
      const heard = toasts.map(({ text }) => ({ words: text, links: [], called: [], buttons: [] }));
      return [...said.map(readingOf), ...heard];
    },
    copies: (person) => teams.messagesOf(person).filter(isCard).length,
    idle: () => bot.idle(),

    fault(call, fault) {
      silent = fault === 'silent';
      // Microsoft's keys are known by then: they are fetched once a day.
      const methods = call === 'any' ? EVERYTHING : ([METHOD[call]] as const);
      const what = call === 'any' && fault === 'refused' ? { status: 401, times: Infinity } : FAULTS[fault];
      for (const method of methods) teams.addFault({ method, ...what });
    },
    async remove({ channel, message }) {
      const found = teams.message(channel, message);
      if (found) found.deleted = true;
    },
    directoryFault(fault) {
      teams.addFault({
        method: 'graph',
        ...(fault === 'unavailable' ? { status: 503 } : { status: 403, code: 'Authorization_RequestDenied' }),
      });
    },
    newcomer(standing) {
      if (standing === 'bot' || standing === 'stranger') return null;
      const email = `${standing}@example.com`;
      const id = `5e1c0a2b-0000-4000-8000-${standing.padEnd(12, '0').slice(0, 12)}`;
      teams.addPerson({
        ...{ aadObjectId: id, name: standing, email },
        ...(standing === 'guest' && { isGuest: true }),
        ...(standing === 'deactivated' && { enabled: false }),
      });
      return { id, email };
    },
    clearFaults() {
      silent = false;
      teams.clearFaults();
    },
    async [Symbol.asyncDispose]() {
      await bot[Symbol.asyncDispose]();
    },
  };
}

function readingOf({ card, text, textFormat }: StoredMessage): Reading {
  if (card) return read(card, []);
  const called = [...text.matchAll(/<at>([^<]*)<\/at>/g)].map(([, name]) => name!);
  // Plain text arrives as what it is, but for the backslashes that keep its marks from being read.
  if (textFormat === 'plain') return tidy([{ words: unescaped(text) }]);
  return { ...tidy([markdown(text)]), called };
}

interface Piece {
  words: string;
  links?: string[];
  buttons?: string[];
}

/** What Teams' client makes of a card: text blocks are Markdown; text runs are not, but their moments are expanded. */
function read(card: unknown, called: string[]): Reading {
  const pieces: Piece[] = [];
  visit(card);
  return { ...tidy(pieces), called };

  function visit(value: unknown): void {
    if (Array.isArray(value)) for (const one of value) visit(one);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const node = value as JsonObject;
    const type = String(node.type);
    if (type.startsWith('Action.') && typeof node.title === 'string')
      return void pieces.push({ words: '', buttons: [node.title] });
    if (type === 'TextBlock') return void pieces.push(markdown(String(node.text)));
    if (type === 'TextRun') {
      const { url } = (node.selectAction ?? {}) as JsonObject;
      const words = String(node.text).replace(/\{\{(DATE|TIME)\([^)]*\)\}\}/g, '<date>');
      return void pieces.push({ words, ...(typeof url === 'string' && { links: [url] }) });
    }
    if (type === 'Fact') return void pieces.push(markdown(String(node.title)), markdown(String(node.value)));
    const isInput = type.startsWith('Input.');
    if (isInput && typeof node.label === 'string') pieces.push({ words: `${node.label}\n` });
    for (const [key, child] of Object.entries(node))
      if (!['fallback', 'refresh', 'data', 'selectAction', 'msteams'].includes(key)) visit(child);
    if (type === 'RichTextBlock' || isInput) pieces.push({ words: '\n' });
  }
}

function markdown(text: string): Piece {
  const links = [...text.matchAll(/\[[^\]]*\]\(([^)]*)\)/g)].map(([, target]) => target!);
  return { words: `${text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[*_#]/g, '')}\n`, links };
}

function unescaped(text: string): string {
  return text.replace(/\\([\\`*_{}[\]()#+\-.!|<>~&])/g, '$1');
}

function tidy(pieces: readonly Piece[]): Reading {
  return {
    words: pieces
      .map(({ words }) => words)
      .join('')
      // Joiners keep marks from being read as such; nobody sees them.
      .replaceAll('\u2060', '')
      .replace(/\s+/g, ' ')
      .trim(),
    links: pieces.flatMap(({ links = [] }) => links),
    called: [],
    buttons: pieces.flatMap(({ buttons = [] }) => buttons).sort(),
  };
}

/** The inputs, and what is said right below each in words that stand out. */
function fieldsOf(card: JsonObject): Record<string, ShownField> {
  const fields: Record<string, ShownField> = {};
  let last: ShownField | null = null;
  for (const element of card.body as JsonObject[]) {
    if (String(element.type).startsWith('Input.')) {
      last = { value: String(element.value ?? ''), problem: null };
      fields[String(element.id)] = last;
    } else if (last && last.problem === null) {
      const [run] = (element.inlines ?? []) as JsonObject[];
      if (run?.color === 'attention') last.problem = String(run.text);
    }
  }
  return fields;
}
