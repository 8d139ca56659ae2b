import type { ChatAccount, ChatCommands, CommandAnswer } from '../usecases/chat-commands.ts';
import type { Context } from '../usecases/context.ts';
import { recording } from '../usecases/database-trouble.ts';
import { auditRefusedCommand, callerOfAccount } from '../usecases/people/chat-caller.ts';
import { DirectoryUnavailable } from '../usecases/people/directory-answers.ts';
import { closestWord } from '../usecases/workflows/closest-word.ts';
import { COMMAND, typed } from './answers.ts';
import { ACCOUNT_COMMANDS, COMMANDS } from './catalogue.ts';
import type { AccountCommand, Argument, Caller, Command, CommandOutcome } from './command.ts';
import { MAX_TEXT, parseText } from './parse.ts';

interface Catalogue {
  commands: readonly Command[];
  accountCommands: readonly AccountCommand[];
}

/**
 * Runs what people type, the same for every chat platform: finds the command, finds out who typed it, and asks whether
 * they may, anew each time. Never throws for what was typed, whatever it is; refusals are one sentence, and audited.
 */
export function createChatCommands(
  context: Context,
  catalogue: Catalogue = { commands: COMMANDS, accountCommands: ACCOUNT_COMMANDS },
): Pick<ChatCommands, 'run' | 'opensForm'> {
  return {
    opensForm: (text) =>
      matching(catalogue.commands, withoutOwnName(parseText(text) ?? []))?.command.opensForm === true,
    async run(account, text) {
      try {
        return await recording(context, (own) => answer(own, catalogue, account, text));
      } catch (error) {
        if (!(error instanceof DirectoryUnavailable)) throw error;
        return notice(`People cannot be looked up just now: ${error.message} Try again in a moment.`);
      }
    },
  };
}

async function answer(
  context: Context,
  { commands, accountCommands }: Catalogue,
  account: ChatAccount,
  text: string,
): Promise<CommandAnswer> {
  const args = withoutOwnName(parseText(text) ?? []);
  const own = matching(accountCommands, args);
  if (own) return asAnswer(own.command, await own.command.runFor(context, account, own.args));

  const found = matching(commands, args.length > 0 ? args : [{ kind: 'word', text: 'help' }]);
  const wanted = found?.command.name ?? '';
  const met = await callerOfAccount(context, account);
  if (met.kind === 'unavailable') return notice(met.sentence);
  if (met.kind === 'refused') {
    await auditRefusedCommand(context, account, { wanted, why: met.why });
    return notice(met.sentence);
  }
  const caller: Caller = { account, person: met.person, principal: met.principal };
  if (text.length > MAX_TEXT)
    return notice(`That is too long: a command has ${MAX_TEXT} characters at most.`);
  if (!found) return notice(unknown(commands.filter(isOffered(caller)), args));
  if (!mayUse(caller, found.command)) {
    await auditRefusedCommand(context, account, { wanted, why: 'admins_only' });
    return notice(`Only an admin may use “${typed(wanted)}”. ${HELP_HINT}`);
  }
  return asAnswer(found.command, await found.command.run({ context, caller, args: found.args }));
}

function asAnswer(command: { name: string; usage: string }, outcome: CommandOutcome): CommandAnswer {
  return outcome.kind === 'wrong' ? notice(`${outcome.sentence}\nUsage: ${usageOf(command)}`) : outcome;
}

function notice(sentence: string): CommandAnswer {
  return { kind: 'notice', sentence };
}

/** `/approvals approvers add @person… ID`. */
export function usageOf({ name, usage }: { name: string; usage: string }): string {
  return typed(`${name} ${usage}`);
}

/** Whether this caller may use the command at all. */
export function mayUse({ principal }: Caller, { who }: Command): boolean {
  return who === 'everyone' || principal.role === 'admin';
}

function isOffered(caller: Caller) {
  return (command: Command) => !command.hidden && mayUse(caller, command);
}

/** A leading slash and the command's own name, typed once more, mean nothing. */
function withoutOwnName(args: readonly Argument[]): readonly Argument[] {
  const [first, ...rest] = args;
  if (first?.kind !== 'word') return args;
  const text = first.text.replace(/^\/+/, '');
  if (text === '' || text.toLowerCase() === COMMAND.slice(1)) return withoutOwnName(rest);
  return [{ kind: 'word', text }, ...rest];
}

/** The command with the longest name that the arguments begin with, and the arguments after it. */
function matching<T extends { name: string }>(
  commands: readonly T[],
  args: readonly Argument[],
): { command: T; args: readonly Argument[] } | null {
  const fitting = commands.filter(({ name }) => leadingWords(args, lengthOf(name)) === name);
  const [command] = fitting.toSorted((a, b) => lengthOf(b.name) - lengthOf(a.name));
  return command ? { command, args: args.slice(lengthOf(command.name)) } : null;
}

function lengthOf(name: string): number {
  return name.split(' ').length;
}

/** The first words as one text in lower case; mentions end it. */
function leadingWords(args: readonly Argument[], count: number): string {
  const end = args.findIndex((arg) => arg.kind !== 'word');
  return args
    .slice(0, end < 0 ? count : Math.min(end, count))
    .map(({ text }) => text.toLowerCase())
    .join(' ');
}

const HELP_HINT = `“${typed('help')}” lists what you can do.`;

function unknown(commands: readonly Command[], args: readonly Argument[]): string {
  const first = leadingWords(args, 1);
  const group = commands.filter(({ name }) => name.startsWith(`${first} `));
  const meant = closestCommand(commands, args);
  if (first !== '' && group.length > 0) {
    const suggestion = meant ? ` Did you mean “${typed(meant.name)}”?` : '';
    const typedMore = leadingWords(args, 2);
    const problem =
      typedMore === first
        ? `“${first}” wants a word more.`
        : `There is no command “${shortened(typedMore)}”.`;
    return [`${problem}${suggestion}`, ...group.map(usageLine)].join('\n');
  }
  const name =
    first === '' ? 'A command begins with its name.' : `There is no command “${shortened(first)}”.`;
  return meant ? `${name} Did you mean “${typed(meant.name)}”?\n${usageLine(meant)}` : `${name} ${HELP_HINT}`;
}

function usageLine(command: Command): string {
  return `Usage: ${usageOf(command)}`;
}

function shortened(typedWord: string): string {
  return typedWord.length > 40 ? `${typedWord.slice(0, 40)}…` : typedWord;
}

function closestCommand(commands: readonly Command[], args: readonly Argument[]): Command | null {
  const byLength = Object.groupBy(commands, ({ name }) => String(lengthOf(name)));
  const names = [2, 1].flatMap((length) => {
    const words = leadingWords(args, length);
    const ofLength = (byLength[String(length)] ?? []).map(({ name }) => name);
    return words === '' ? [] : (closestWord(words, ofLength) ?? closestWord(reversed(words), ofLength) ?? []);
  });
  return commands.find(({ name }) => name === names[0]) ?? null;
}

/** `add approvers` is meant as `approvers add`. */
function reversed(words: string): string {
  return words.split(' ').reverse().join(' ');
}
