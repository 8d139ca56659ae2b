import { openEditor } from '../usecases/workflows/edit-workflow.ts';
import { typed, wrong } from './answers.ts';
import { numberOf } from './arguments.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';

export const editCommand: Command = {
  name: 'edit',
  usage: 'ID',
  summary: 'change a workflow',
  who: 'admin',
  opensForm: true,
  run: edit,
};

/** Opens the form with the workflow in it. Local database only. */
async function edit({ context, caller, args }: CommandCall): Promise<CommandOutcome> {
  const id = args.length === 1 ? numberOf(args[0]) : null;
  if (id === null) return wrong(`Which workflow? Give its number; “${typed('list')}” shows them.`);
  return openEditor(context, caller.principal, caller.account, id);
}
