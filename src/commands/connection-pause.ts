import { pauseConnection, resumeConnection } from '../usecases/connections/manage-connections.ts';
import type { HarnessConnection } from '../usecases/harness-ports.ts';
import type { Managed } from '../usecases/managing/managing.ts';
import { button, page, section, words, wrong } from './answers.ts';
import { wordsOf } from './arguments.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { connectionItem } from './connections.ts';
import { findConnection, noSuchConnection } from './find-connection.ts';
import { refusedFor } from './refusal-words.ts';

export const connectionPauseCommand: Command = {
  name: 'connection pause',
  usage: 'NAME [why]',
  summary: 'send nothing to a Harness account for a while; decisions wait',
  who: 'admin',
  run: async (call) => {
    const found = await findConnection(call, call.args[0]);
    if (!found.ok) return found.outcome;
    const { id, name } = found.connection;
    const { context, caller } = call;
    const paused = await pauseConnection(context, caller.principal, id, wordsOf(call.args.slice(1)));
    return shown(
      paused,
      name,
      `“${name}” is paused`,
      'Decisions are taken all the same, and wait until you resume it.',
    );
  },
};

export const connectionResumeCommand: Command = {
  name: 'connection resume',
  usage: 'NAME',
  summary: 'go on sending to a Harness account; what waits is sent',
  who: 'admin',
  run: async (call: CommandCall) => {
    const found = await findConnection(call, call.args[0]);
    if (!found.ok) return found.outcome;
    if (call.args.length > 1) return wrong('Give the name alone.');
    const { id, name } = found.connection;
    const resumed = await resumeConnection(call.context, call.caller.principal, id);
    return shown(
      resumed,
      name,
      `“${name}” goes on`,
      'What waited is sent now. Should Harness refuse it again, it pauses again.',
    );
  },
};

function shown(
  managed: Managed<HarnessConnection>,
  name: string,
  title: string,
  sentence: string,
): CommandOutcome {
  if (!managed.ok) return refusedFor(managed.refusal, noSuchConnection(name));
  return page({
    title,
    intro: [words(sentence)],
    sections: [
      section([connectionItem(managed.value)], { actions: [button('All connections', 'connections')] }),
    ],
  });
}
