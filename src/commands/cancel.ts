import { strong, text } from '../approval/card.ts';
import { cancelRequestAs, checkCancelAs } from '../usecases/deciding/act-on-request.ts';
import type { ManageRefusal } from '../usecases/managing/managing.ts';
import type { RequestRecord } from '../usecases/requests/list-requests.ts';
import { button, item, notice, page, section, words } from './answers.ts';
import { isWord, wordsOf } from './arguments.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { findRequest, NO_SUCH_REQUEST } from './find-request.ts';
import { refusalWords } from './refusal-words.ts';
import { showButton } from './request-lines.ts';

export const cancelCommand: Command = {
  name: 'cancel',
  usage: 'ID [reason…]',
  summary: 'close a request of yours here (admins: any); the pipeline is not told',
  who: 'everyone',
  run: cancel,
};

const MAX_REASON = 300;

async function cancel(call: CommandCall): Promise<CommandOutcome> {
  const { context, caller } = call;
  const [id, ...rest] = call.args;
  const named = await findRequest(call, id);
  if (!named.ok) return named.outcome;
  const isConfirmed = isWord(rest[0], 'now');
  const reason = wordsOf(isConfirmed ? rest.slice(1) : rest).slice(0, MAX_REASON);
  if (!isConfirmed) {
    const asked = await checkCancelAs(context, caller.principal, named.id);
    if (!asked.ok) return refusedToCancel(asked.refusal);
    return confirmation(asked.value, reason);
  }
  const done = await cancelRequestAs(context, caller.principal, named.id, reason);
  if (!done.ok) return refusedToCancel(done.refusal);
  const { event } = done.value.request.content;
  return notice(
    `“${event.name}” (${named.id}) is cancelled here. Harness was not told: its pipeline still waits.`,
  );
}

function refusedToCancel(refusal: ManageRefusal): CommandOutcome {
  return notice(refusal.kind === 'forbidden' ? NOT_YOURS_TO_CANCEL : refusalWords(refusal, NO_SUCH_REQUEST));
}

const NOT_YOURS_TO_CANCEL = 'Only an admin, or whoever asked for it, can cancel a request.';

/** Asks before what cannot be taken back. */
function confirmation({ id, request }: RequestRecord, reason: string): CommandOutcome {
  const { event, execution } = request.content;
  return page({
    title: 'Cancel this request?',
    sections: [
      section(
        [
          item(
            [strong(event.name), text(` · ${execution.project} · ${id}`)],
            reason === '' ? [] : [words(`Reason: ${reason}`)],
          ),
        ],
        {
          actions: [
            button('Cancel the request', `cancel ${id} now ${reason}`.trim(), 'danger'),
            showButton(id),
          ],
        },
      ),
    ],
    notes: [
      words('Nobody can decide it here any more, and what was decided is taken back. This cannot be undone.'),
      words(
        'Harness is not told: the pipeline waits until its own deadline, or until somebody aborts it there.',
      ),
    ],
  });
}
