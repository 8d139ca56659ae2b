import { lineText, strong, text } from '../approval/card.ts';
import type { PageItem } from '../approval/page.ts';
import { closestWord } from '../usecases/workflows/closest-word.ts';
import { item, notice, page, section, typed, words, wrong } from './answers.ts';
import { wordsOf } from './arguments.ts';
import type { Command, CommandCall } from './command.ts';

/** `help`: what this caller may use, or one command's usage. `commands` gives the catalogue it stands in itself. */
export function helpCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    usage: '[COMMAND]',
    summary: 'what you can do here, or how one command is used',
    who: 'everyone',
    run: async (call) => {
      const offered = commands().filter(
        ({ who, hidden }) => !hidden && (who === 'everyone' || isAdmin(call)),
      );
      return call.args.length === 0 ? allOf(offered) : oneOf(offered, wordsOf(call.args).toLowerCase());
    },
  };
}

function isAdmin({ caller }: CommandCall): boolean {
  return caller.principal.role === 'admin';
}

/** What admins may do besides, by the first words of the commands; the last one has all others. */
const FOR_ADMINS = [
  { title: 'For admins: workflows', words: 'list show create edit delete approvers subscribers' },
  { title: 'For admins: requests that are stuck', words: 'retry reassign' },
  { title: 'For admins: events, policies and people', words: 'events policies assign manager admins' },
  { title: 'For admins: keeping watch', words: '' },
].map(({ title, words }) => ({ title, words: words.split(' ') }));

function topicOf({ name, who }: Command): string {
  if (who === 'everyone') return 'For everyone';
  const first = name.split(' ')[0]!;
  return (FOR_ADMINS.find(({ words }) => words.includes(first)) ?? FOR_ADMINS.at(-1)!).title;
}

function allOf(offered: readonly Command[]) {
  const topics = ['For everyone', ...FOR_ADMINS.map(({ title }) => title)];
  return page({
    title: 'What you can do',
    sections: topics.map((title) =>
      section(offered.filter((command) => topicOf(command) === title).map(toItem), { title }),
    ),
    notes: [
      words(
        `Name people with @mentions, e-mail addresses or “me”; put names of several words in quotes. One command in detail: ${typed('help COMMAND')}`,
      ),
    ],
  });
}

function oneOf(offered: readonly Command[], wanted: string) {
  const named = offered.filter(({ name }) => name === wanted || name.startsWith(`${wanted} `));
  if (named.length > 0) return notice(named.map((command) => lineText(toItem(command).line)).join('\n'));
  const meant = closestWord(
    wanted,
    offered.flatMap(({ name }) => [name, name.split(' ')[0]!]),
  );
  return wrong(
    `There is no command “${wanted.slice(0, 60)}”.${meant ? ` Did you mean “${typed(`help ${meant}`)}”?` : ''}`,
  );
}

function toItem({ name, usage, summary }: Command): PageItem {
  return item([strong(typed(`${name} ${usage}`)), text(`: ${summary}`)]);
}
