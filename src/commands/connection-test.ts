import { strong, text } from '../approval/card.ts';
import { checkConnections } from '../usecases/check-connections.ts';
import type { Finding } from '../usecases/finding.ts';
import { button, item, notice, page, section, words, wrong } from './answers.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { refusalWords } from './refusal-words.ts';

export const connectionTestCommand: Command = {
  name: 'connection test',
  usage: '',
  summary: 'whether Harness and chat answer, and what to do where they do not',
  who: 'admin',
  run: connectionTest,
};

const MARKS = { ok: '✅', warning: '⚠️', problem: '❌' } as const;

async function connectionTest({ context, caller, args }: CommandCall): Promise<CommandOutcome> {
  if (args.length > 0) return wrong('This command takes nothing more.');
  const found = await checkConnections(context, caller.principal);
  if (!found.ok) return notice(refusalWords(found.refusal, 'There is nothing to test.'));
  const findings = found.value;
  const broken = findings.filter(({ level }) => level === 'problem').length;
  return page({
    title: 'Connections',
    intro: [
      words(
        broken === 0
          ? 'All that was looked at is in order.'
          : `${broken === 1 ? 'One thing needs' : `${broken} things need`} somebody.`,
      ),
    ],
    sections: [section(findings.map(findingItem), { actions: [button('Test again', 'connection test')] })],
  });
}

function findingItem({ level, subject, text: said, remedy }: Finding) {
  return item([text(`${MARKS[level]} `), strong(subject), text(`: ${said}`)], remedy ? [words(remedy)] : []);
}
