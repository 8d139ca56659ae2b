import type { Page } from '../approval/page.ts';
import type { ChatCommands, CommandAnswer } from '../usecases/chat-commands.ts';
import { sentenceOf } from '../usecases/database-trouble.ts';
import type { Log } from '../usecases/ports.ts';
import type { Answers } from './answers.ts';
import { type Background, within } from './background.ts';
import { withoutPrefix } from './command-words.ts';
import type { OutgoingMessage, TeamsConnector } from './connector.ts';
import { editorView } from './editor-view.ts';
import type { TeamsActor, TeamsWhere } from './events.ts';
import { LENGTH } from './limits.ts';
import { commandText } from './mentions.ts';
import { noticeView } from './notice-view.ts';
import { pageView } from './page-view.ts';
import { notice, SENTENCE, type TeamsReply } from './reply.ts';
import { shown } from './text.ts';
import type { Typed } from './typed.ts';

export interface CommandParts {
  commands: ChatCommands;
  connector: TeamsConnector;
  answers: Answers;
  background: Background;
  log: Log;
  /** How long a press waits for its page before it is told to wait, ms. */
  patienceMs: number;
}

/** Commands that people type or press, and that open a dialog. */
export interface TeamsCommands {
  /** Runs what was typed and answers for the one who typed it alone. Never throws. */
  typed(actor: TeamsActor, where: TeamsWhere, typed: Typed): Promise<void>;
  /** Runs a page's button: the answer takes the page's place, at once or when it is there. */
  pressed(actor: TeamsActor, where: TeamsWhere, command: string): Promise<TeamsReply>;
  /** Runs a command whose answer is a dialog. */
  opened(actor: TeamsActor, where: TeamsWhere, command: string): Promise<TeamsReply>;
  /** A page as the message of a command's answer. */
  pageMessage(page: Page): OutgoingMessage;
}

export function createTeamsCommands(parts: CommandParts): TeamsCommands {
  const { commands, connector, answers, background, log, patienceMs } = parts;
  const opensForm = (command: string) => commands.opensForm(command);

  function messageOf(answer: CommandAnswer, command: string): OutgoingMessage {
    if (answer.kind === 'notice') return noticeMessage(answer.sentence);
    return pageMessage(answer.kind === 'page' ? answer.page : formPage(answer.editor.title, command));
  }

  function pageMessage(page: Page): OutgoingMessage {
    return { summary: withoutPrefix(page.title), card: pageView(page, opensForm) };
  }

  /** The command's answer; one that fails is a sentence. */
  async function run(actor: TeamsActor, command: string): Promise<CommandAnswer> {
    try {
      return await commands.run(actor.account, command);
    } catch (error) {
      log.error({ err: error }, 'a command could not be run');
      return { kind: 'notice', sentence: sentenceOf(error, SENTENCE.commandFailed) };
    }
  }

  /** What came late takes the place of the message that was pressed, or is told anew where that cannot be changed. */
  async function tellLate(actor: TeamsActor, where: TeamsWhere, message: OutgoingMessage): Promise<void> {
    if (where.scope === 'personal' && where.message !== null) {
      const put = await connector.update(where.place, where.message, message);
      if (put.kind === 'sent') return;
      log.warn({ put }, 'a page in Teams was not changed');
    }
    await answers.say(actor, where, message);
  }

  return {
    async typed(actor, where, typed) {
      const read = await commandText(connector, actor, where, typed);
      const message =
        'sentence' in read ? noticeMessage(read.sentence) : messageOf(await run(actor, read.text), read.text);
      await answers.say(actor, where, message);
    },
    async pressed(actor, where, command) {
      const running = run(actor, command);
      const answer = await within(patienceMs, running);
      if (answer === 'late') {
        background.run('a late answer could not be told', async () =>
          tellLate(actor, where, messageOf(await running, command)),
        );
        return { kind: 'card', card: noticeView(SENTENCE.oneMoment) };
      }
      if (answer.kind === 'notice') return notice(withoutPrefix(answer.sentence));
      return { kind: 'card', card: messageOf(answer, command).card! };
    },
    async opened(actor, where, command) {
      const running = run(actor, command);
      const answer = await within(patienceMs, running);
      if (answer === 'late') {
        background.run('a late answer could not be told', async () =>
          answers.say(actor, where, messageOf(await running, command)),
        );
        return notice(SENTENCE.answersInChat);
      }
      return commandDialog(answer, opensForm);
    },
    pageMessage,
  };
}

/** The answer to a command in a dialog. */
export function commandDialog(answer: CommandAnswer, opensForm: (command: string) => boolean): TeamsReply {
  if (answer.kind === 'notice') return notice(withoutPrefix(answer.sentence));
  const dialog =
    answer.kind === 'editor'
      ? editorView(answer.editor)
      : {
          title: shown(answer.page.title, LENGTH.dialogTitle),
          card: pageView(answer.page, opensForm, 'dialog'),
        };
  return { kind: 'dialog', dialog };
}

function noticeMessage(sentence: string): OutgoingMessage {
  const words = withoutPrefix(sentence);
  return { summary: words, card: noticeView(words) };
}

/** A form opens at a press alone. */
function formPage(title: string, command: string): Page {
  const actions = [{ label: 'Open the form', style: 'primary', kind: 'command', command }] as const;
  const section = { title: null, items: [], empty: '', actions };
  return { title, intro: [], picture: null, sections: [section], notes: [] };
}
