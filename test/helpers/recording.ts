import type { Card } from '../../src/approval/card.ts';
import type { Answer, FieldValues, FormKind } from '../../src/approval/form.ts';
import type {
  ChatAccount,
  ChatCommands,
  CommandAnswer,
  EditorAnswer,
  EditorState,
} from '../../src/usecases/chat-commands.ts';
import type { CardPresses, Press } from '../../src/usecases/deciding/card-presses.ts';
import type { Log } from '../../src/usecases/ports.ts';

export interface Pressed {
  verb: 'approve' | 'openForm' | 'submitForm' | 'retrySubmission' | 'show';
  press: Press;
  kind?: FormKind;
  values?: FieldValues;
}

/** The use cases' side of a chat adapter: remembers what was pressed and answers as told. */
export class RecordingPresses implements CardPresses {
  readonly pressed: Pressed[] = [];
  answer: (pressed: Pressed) => Answer | Promise<Answer> = () => ({ kind: 'done' });
  /** What the card is like now, for whoever looks. */
  card: ((press: Press) => Card | null) | null = null;
  waits: Card[] = [];

  /** What was pressed, without the looks at the card that follow. */
  get acts(): Pressed[] {
    return this.pressed.filter(({ verb }) => verb !== 'show');
  }
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
  async actAndShow(press: Press, act: 'approve' | 'retry') {
    const answer = await (act === 'approve' ? this.approve(press) : this.retrySubmission(press));
    return { answer, card: await this.show(press) };
  }
  async show(press: Press) {
    this.pressed.push({ verb: 'show', press });
    return this.card?.(press) ?? null;
  }
  async waiting() {
    return this.waits;
  }
}

/** The commands' side: remembers who typed what and answers as told; `create` and `edit` open a form. */
export class RecordingCommands implements ChatCommands {
  readonly ran: { account: ChatAccount; text: string }[] = [];
  readonly submitted: EditorState[] = [];
  readonly previewed: EditorState[] = [];
  answer: (text: string) => CommandAnswer | Promise<CommandAnswer> = () => notice('Ok.');
  preview: (editor: EditorState) => CommandAnswer = () => notice('No preview.');
  saved: (editor: EditorState) => EditorAnswer = () => ({ kind: 'notice', sentence: 'Not saved.' });

  async run(account: ChatAccount, text: string) {
    this.ran.push({ account, text });
    return this.answer(text);
  }
  opensForm(text: string) {
    return /^(create|edit)\b/.test(text);
  }
  async previewWorkflow(_account: ChatAccount, editor: EditorState) {
    this.previewed.push(editor);
    return this.preview(editor);
  }
  async submitWorkflow(_account: ChatAccount, editor: EditorState) {
    this.submitted.push(editor);
    return this.saved(editor);
  }
}

function notice(sentence: string): CommandAnswer {
  return { kind: 'notice', sentence };
}

export class RecordingLog implements Log {
  readonly lines: { level: string; facts: object; message: string }[] = [];
  debug = (facts: object, message: string) => void this.lines.push({ level: 'debug', facts, message });
  info = (facts: object, message: string) => void this.lines.push({ level: 'info', facts, message });
  warn = (facts: object, message: string) => void this.lines.push({ level: 'warn', facts, message });
  error = (facts: object, message: string) => void this.lines.push({ level: 'error', facts, message });
}
