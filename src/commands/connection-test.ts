import { strong, text } from '../approval/card.ts';
import { checkConnections } from '../usecases/connections/check-connections.ts';
import type { Finding } from '../usecases/managing/finding.ts';
import { button, item, notice, page, section, words, wrong } from './answers.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { noSuchConnection } from './find-connection.ts';
import { refusalWords } from './refusal-words.ts';

export const connectionTestCommand: Command = {
  name: 'connection test',
  usage: '[NAME]',
  summary: 'whether Harness and chat answer, and what to do where they do not',
  who: 'admin',
  run: connectionTest,
};

const MARKS = { ok: '✅', warning: '⚠️', problem: '❌' } as const;

async function connectionTest({ context, caller, args }: CommandCall): Promise<CommandOutcome> {
  const [arg, ...more] = args;
  if (more.length > 0) return wrong('Give the name of one connection to Harness, or nothing to test all.');
  const name = arg?.text.toLowerCase() ?? null;
  const found = await checkConnections(context, caller.principal, name);
  if (!found.ok) {
    const sentence = refusalWords(found.refusal, noSuchConnection(arg?.text ?? ''));
    return found.refusal.kind === 'not_found' ? wrong(sentence) : notice(sentence);
  }
  const again = name === null ? 'connection test' : `connection test ${name}`;
  const findings = found.value;
  return page({
    title: name === null ? 'Connections' : `Connection “${name}”`,
    intro: [words(headline(findings))],
    sections: [
      section(findings.map(findingItem), {
        actions: [button('Test again', again), button('Harness connections', 'connections')],
      }),
    ],
  });
}

function headline(findings: readonly Finding[]): string {
  const broken = findings.filter(({ level }) => level === 'problem').length;
  if (broken > 0) return `${broken === 1 ? 'One thing needs' : `${broken} things need`} somebody.`;
  return findings.some(({ level }) => level === 'warning')
    ? `It works. What is marked ${MARKS.warning} wants a look.`
    : 'All that was looked at is in order.';
}

function findingItem({ level, subject, text: said, remedy }: Finding) {
  return item([text(`${MARKS[level]} `), strong(subject), text(`: ${said}`)], remedy ? [words(remedy)] : []);
}
