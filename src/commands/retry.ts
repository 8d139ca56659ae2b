import { retrySubmissionAs } from '../usecases/deciding/act-on-request.ts';
import { notice, wrong } from './answers.ts';
import { wordsOf } from './arguments.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { findRequest, NO_SUCH_REQUEST } from './find-request.ts';
import { refusalWords } from './refusal-words.ts';

export const retryCommand: Command = {
  name: 'retry',
  usage: 'ID',
  summary: 'tell Harness once more what was decided, where that failed',
  who: 'admin',
  run: retry,
};

async function retry(call: CommandCall): Promise<CommandOutcome> {
  const [id, ...more] = call.args;
  if (more.length > 0) return wrong(`“${wordsOf(more).slice(0, 60)}” is too much: give one id.`);
  const named = await findRequest(call, id);
  if (!named.ok) return named.outcome;
  const done = await retrySubmissionAs(call.context, call.caller.principal, named.id);
  if (!done.ok) return notice(refusalWords(done.refusal, NO_SUCH_REQUEST));
  const { request } = done.value;
  return notice(
    `Harness is being told once more about “${request.content.event.name}” (${named.id}). The cards show how it goes.`,
  );
}
