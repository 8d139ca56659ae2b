import { personSpans } from '../usecases/people/person-spans.ts';
import { listAudit } from '../usecases/requests/list-audit.ts';
import { item, notice, page, section, words, wrong } from './answers.ts';
import { numberOf } from './arguments.ts';
import { auditSentence, peopleOfLine } from './audit-sentence.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { refusalWords } from './refusal-words.ts';

export const auditCommand: Command = {
  name: 'audit',
  usage: '[how many]',
  summary: 'what happened last, and who did it',
  who: 'admin',
  run: audit,
};

const USUAL = 10;
const MOST = 50;

async function audit({ context, caller, args }: CommandCall): Promise<CommandOutcome> {
  const [asked, ...more] = args;
  const wanted = asked ? numberOf(asked) : USUAL;
  if (wanted === null || wanted < 1 || more.length > 0)
    return wrong(`How many lines? Give a number up to ${MOST}.`);
  const found = await listAudit(context, caller.principal, {
    filters: [],
    sort: [],
    page: { number: 1, size: Math.min(wanted, MOST) },
  });
  if (!found.ok) return notice(refusalWords(found.refusal, 'There is no audit.'));
  const { rows, total } = found.value;
  const people = await personSpans(context, caller.account.platform, rows.flatMap(peopleOfLine));
  return page({
    title: 'Audit',
    sections: [
      section(
        rows.map((line) => item(auditSentence(line, people))),
        { empty: 'Nothing has happened yet.' },
      ),
    ],
    notes: [
      words(
        `The newest ${rows.length} of ${total} lines.${wanted > MOST ? ` ${MOST} are shown at most.` : ''}`,
      ),
    ],
  });
}
