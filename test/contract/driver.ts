import type { Card } from '../../src/approval/card.ts';
import type { Answer, FieldValues, FormKind } from '../../src/approval/form.ts';
import type { ChatAccount, CommandAnswer } from '../../src/usecases/chat-commands.ts';
import type { Press } from '../../src/usecases/deciding/card-presses.ts';
import type { CardRef, ChatPlatform, Directory, DirectoryAccount } from '../../src/usecases/ports.ts';

/** What the adapter asked of the use cases when somebody pressed or submitted; looks at a card left out. */
export interface Act {
  verb: 'approve' | 'openForm' | 'submitForm' | 'retrySubmission';
  press: Press;
  kind?: FormKind;
  values?: FieldValues;
}

/** What a person reads. */
export interface Reading {
  /** Every word, in order, as it is read; one line. */
  words: string;
  buttons: string[];
  /** Where words lead when they are pressed. */
  links: string[];
  /** Ids of people and rooms that are called by what is written. */
  called: string[];
}

export interface ShownField {
  /** '' = empty. */
  value: string;
  /** What is said to be wrong with it, at the field itself. */
  problem: string | null;
}

export interface ShownForm {
  title: string;
  words: string;
  fields: Readonly<Record<string, ShownField>>;
}

/** How the platform took what somebody did: the adapter's HTTP answer. */
export interface Acknowledged {
  status: number;
  ms: number;
  /** What the person is told by the platform itself when the answer was late, missing or wrong. */
  warning?: string;
}

export type Fault =
  /** Too fast: wait 7 s. */
  | 'throttled'
  /** Done, but the answer is lost. */
  | 'lost_after'
  /** Not done, and the answer is lost. */
  | 'lost_before'
  /** HTTP 5xx. */
  | 'failing'
  /** This recipient is out of reach. */
  | 'unreachable'
  /** Our fault, or our token's: a person must mend it. */
  | 'refused'
  /** No answer at all, until faults are cleared. */
  | 'silent';

export type DirectoryFault = 'unavailable' | 'refused';

/**
 * One adapter with its platform's stand-in over HTTP, and how people use it there. The use cases behind it are told
 * what to answer, and remember what they were asked.
 */
export interface ChatDriver extends AsyncDisposable {
  readonly at: Omit<ChatAccount, 'externalId'>;
  readonly alice: string;
  readonly bob: string;
  /** A channel where both are. */
  readonly room: string;
  readonly platform: ChatPlatform;
  readonly directory: Directory;
  /** What a press, a submit, a command is answered with. */
  answer(to: (act: Act) => Answer | Promise<Answer>): void;
  answerCommands(with_: (text: string) => CommandAnswer | Promise<CommandAnswer>): void;
  /** The card as whoever looks at it is to see it; null = nothing for them. */
  nowIs(card: Card | null): void;
  acts(): Act[];
  commands(): { account: ChatAccount; text: string }[];

  /** The posted card as this person sees it. */
  read(person: string, ref: CardRef): Reading;
  press(person: string, ref: CardRef, button: string): Promise<Acknowledged>;
  /** The same button, with what it carries changed by hand. */
  forge(person: string, ref: CardRef, carried: 'nothing' | 'nonsense'): Promise<Acknowledged>;
  form(person: string): ShownForm | undefined;
  /** Fills fields in and submits, past what the client itself would hold back. */
  submit(person: string, values: Readonly<Record<string, string>>): Promise<Acknowledged>;
  type(person: string, text: string, room?: string): Promise<Acknowledged>;
  /** Everything the bot said that this person can see and that is no card of a request: newest last. */
  told(person: string): Reading[];
  /** How often the message was posted, whoever was told what about it. */
  copies(person: string): number;
  idle(): Promise<void>;

  /** What becomes of the next call of this kind; `silent` for all of them. */
  fault(call: 'post' | 'update' | 'any', fault: Fault): void;
  /** The message is not there any more. */
  remove(ref: CardRef): Promise<void>;
  directoryFault(fault: DirectoryFault): void;
  /** Somebody who is this to the organization, or null where the platform has no such people. */
  newcomer(standing: DirectoryAccount['standing']): { id: string; email: string } | null;
  clearFaults(): void;
}
