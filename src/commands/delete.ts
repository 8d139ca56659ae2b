import { deleteWorkflow, deletionWarnings } from '../usecases/workflows/manage-workflows.ts';
import { button, item, page, section, words, wrong } from './answers.ts';
import { isWord, wordsOf } from './arguments.ts';
import type { Command, CommandCall } from './command.ts';
import { findWorkflow, noSuchWorkflow } from './find-workflow.ts';
import { refusedFor } from './refusal-words.ts';
import { workflowWords } from './workflow-lines.ts';

export const deleteCommand: Command = {
  name: 'delete',
  usage: 'ID',
  summary: 'delete a workflow, after asking once more',
  who: 'admin',
  run: remove,
};

/** Asks first; `delete 14 now`, which the button types, deletes. */
async function remove(call: CommandCall) {
  const { context, caller, args } = call;
  const [arg, sure, ...more] = args;
  const found = await findWorkflow(call, arg);
  if (!found.ok) return found.outcome;
  const { workflow } = found;
  if (more.length > 0 || (sure && !isWord(sure, 'now')))
    return wrong(
      `“${wordsOf(args.slice(1)).slice(0, 60)}” is too much: give one number. Nothing was deleted.`,
    );
  const { line, event } = (await workflowWords(call, [workflow])).get(workflow.id)!;
  if (!sure) {
    const warnings = await deletionWarnings(context, caller.principal, workflow.id);
    if (!warnings.ok) return refusedFor(warnings.refusal, noSuchWorkflow(workflow.id));
    return page({
      title: `Delete workflow #${workflow.id}?`,
      intro: [line],
      sections: [
        section(
          [...warnings.value, 'Requests that are open or past keep their copy of it.'].map((sentence) =>
            item(words(sentence)),
          ),
          {
            actions: [
              button('Delete', `delete ${workflow.id} now`, 'danger'),
              button('Keep it', `show ${workflow.id}`),
            ],
          },
        ),
      ],
    });
  }
  const deleted = await deleteWorkflow(context, caller.principal, workflow.id);
  if (!deleted.ok) return refusedFor(deleted.refusal, noSuchWorkflow(workflow.id));
  return page({
    title: `Workflow #${workflow.id} ${event} is deleted`,
    intro: [line],
    sections: [section(deleted.value.warnings.map((sentence) => item(words(sentence))))],
  });
}
