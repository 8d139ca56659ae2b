import { text } from '../approval/card.ts';
import { issueConnectionLink } from '../usecases/connections/connection-links.ts';
import type { HarnessConnection } from '../usecases/harness-ports.ts';
import { item, notice, page, section, words, wrong } from './answers.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { findConnection, noSuchConnection } from './find-connection.ts';
import { refusalWords } from './refusal-words.ts';

export const connectionAddCommand: Command = {
  name: 'connection add',
  usage: '',
  summary: 'connect a further Harness account, on a page of the bot’s own',
  who: 'admin',
  run: async (call) =>
    call.args.length > 0
      ? wrong('This command takes nothing more: never type a key here.')
      : link(call, null),
};

export const connectionKeyCommand: Command = {
  name: 'connection key',
  usage: 'NAME',
  summary: 'give a Harness connection a new key, on a page of the bot’s own',
  who: 'admin',
  run: async (call) => {
    const found = await findConnection(call, call.args[0]);
    if (!found.ok) return found.outcome;
    if (call.args.length > 1) return wrong('Give the name alone: never type a key here.');
    return link(call, found.connection);
  },
};

/** Keys never travel through chat: the answer is a link that works once. */
async function link(
  { context, caller }: CommandCall,
  connection: HarnessConnection | null,
): Promise<CommandOutcome> {
  const issued = await issueConnectionLink(context, caller.principal, connection?.id ?? null);
  if (!issued.ok) return notice(refusalWords(issued.refusal, noSuchConnection(connection?.name ?? '')));
  const { url, expiresAt } = issued.value;
  const label = connection ? 'Enter the new key' : 'Enter account and key';
  return page({
    title: connection ? `A new key for “${connection.name}”` : 'Connect a Harness account',
    intro: [
      words(
        'Keys are not for chat. Open this page of the bot’s and enter it there; the bot asks Harness first.',
      ),
    ],
    sections: [
      section([
        item(
          [
            text('The link is yours alone: it works once, until '),
            { kind: 'time', at: expiresAt },
            text('.'),
          ],
          [],
          [{ kind: 'link', label, url }],
        ),
      ]),
    ],
  });
}
