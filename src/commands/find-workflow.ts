import { getWorkflow, type WorkflowRecord } from '../usecases/workflows/manage-workflows.ts';
import { typed, wrong } from './answers.ts';
import { numberOf } from './arguments.ts';
import type { Argument, CommandCall, CommandOutcome } from './command.ts';
import { refusalWords } from './refusal-words.ts';

export type FoundWorkflow = { ok: true; workflow: WorkflowRecord } | { ok: false; outcome: CommandOutcome };

/** The workflow an argument numbers; one of another organization answers exactly like an unknown one. */
export async function findWorkflow(
  { context, caller }: CommandCall,
  arg: Argument | undefined,
): Promise<FoundWorkflow> {
  if (!arg) return no(`Which workflow? Give its number; “${typed('list')}” shows them.`);
  const id = numberOf(arg);
  if (id === null)
    return no(`“${arg.text.slice(0, 60)}” is not a workflow’s number; “${typed('list')}” shows them.`);
  const found = await getWorkflow(context, caller.principal, id);
  return found.ok ? { ok: true, workflow: found.value } : no(refusalWords(found.refusal, noSuchWorkflow(id)));
}

export function noSuchWorkflow(id: number): string {
  return `There is no approval workflow ${id}; “${typed('list')}” shows those there are.`;
}

function no(sentence: string): FoundWorkflow {
  return { ok: false, outcome: wrong(sentence) };
}
