import type { Person } from '../approval/person.ts';
import type { ChatAccount, CommandAnswer } from '../usecases/chat-commands.ts';
import type { Context } from '../usecases/context.ts';
import type { Principal } from '../usecases/managing/managing.ts';

/** One word after the command, or a mention of a person or channel by the platform's own id. */
export type Argument =
  | { kind: 'word'; text: string }
  | { kind: 'person'; externalId: string; text: string }
  | { kind: 'channel'; externalId: string; text: string };

/** Who typed the command. */
export interface Caller {
  account: ChatAccount;
  person: Person;
  principal: Principal;
}

export interface CommandCall {
  context: Context;
  caller: Caller;
  args: readonly Argument[];
}

/** What a command came to; `wrong` is answered with its sentence and the command's usage. */
export type CommandOutcome = CommandAnswer | { kind: 'wrong'; sentence: string };

/** One command of `/approvals`: what it is called, what it wants, who may, and what it does. */
export interface Command {
  /** As typed, such as `approvers add`. */
  name: string;
  /** What follows the name: `@person… ID`. */
  usage: string;
  /** One line for `help`. */
  summary: string;
  who: 'everyone' | 'admin';
  /** Answers with a form, from the local database alone: it wants the trigger for itself. */
  opensForm?: true;
  /** Understood, but left out of `help`: buttons type it. */
  hidden?: true;
  run(call: CommandCall): Promise<CommandOutcome>;
}

/**
 * A command that an account may give though it is nobody's here, such as confirming whose it is (R16). Left out of
 * `help`; what it may do rests on the account alone.
 */
export interface AccountCommand {
  name: string;
  usage: string;
  runFor(context: Context, account: ChatAccount, args: readonly Argument[]): Promise<CommandOutcome>;
}
