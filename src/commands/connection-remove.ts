import { removalWarnings, removeConnection } from '../usecases/connections/manage-connections.ts';
import { button, item, page, section, words, wrong } from './answers.ts';
import { isWord } from './arguments.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { findConnection, noSuchConnection } from './find-connection.ts';
import { refusedFor } from './refusal-words.ts';

export const connectionRemoveCommand: Command = {
  name: 'connection remove',
  usage: 'NAME',
  summary: 'end a Harness connection and forget its key, after asking once more',
  who: 'admin',
  run: remove,
};

/** Asks first; `connection remove payments now`, which the button types, removes. */
async function remove(call: CommandCall): Promise<CommandOutcome> {
  const { context, caller, args } = call;
  const [arg, sure, ...more] = args;
  const found = await findConnection(call, arg);
  if (!found.ok) return found.outcome;
  const { connection } = found;
  const { id, name, account } = connection;
  if (more.length > 0 || (sure && !isWord(sure, 'now')))
    return wrong('Give the name alone. Nothing was removed.');
  if (!sure && connection.source !== 'environment')
    return page({
      title: `Remove the connection “${name}”?`,
      intro: [words(`It leads to the Harness account ${account}. Its key is forgotten at once.`)],
      sections: [
        section(
          (await removalWarnings(context, connection)).map((sentence) => item(words(sentence))),
          {
            empty: 'Nothing waits for it.',
            actions: [
              button('Remove', `connection remove ${name} now`, 'danger'),
              button('Keep it', 'connections'),
            ],
          },
        ),
      ],
    });
  const removed = await removeConnection(context, caller.principal, id);
  if (!removed.ok) return refusedFor(removed.refusal, noSuchConnection(name));
  return page({
    title: `The connection “${name}” is removed`,
    intro: [words('Its key is forgotten here. Revoke it in Harness, too.')],
    sections: [
      section(
        removed.value.warnings.map((sentence) => item(words(sentence))),
        { empty: '', actions: [button('All connections', 'connections')] },
      ),
    ],
  });
}
