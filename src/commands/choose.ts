import { strong } from '../approval/card.ts';
import { gateLabel, gateTimesLine } from '../approval/gate-words.ts';
import { refusalSentence } from '../approval/refusal.ts';
import type { GateCandidate } from '../approval/request.ts';
import { chooseInstanceAs } from '../usecases/deciding/act-on-request.ts';
import { awaitsChoice, noChoice, stillWaiting } from '../usecases/gates/choose-gate.ts';
import { getRequest, type RequestRecord } from '../usecases/requests/list-requests.ts';
import { button, item, notice, page, section, typed, words, wrong } from './answers.ts';
import { numberOf, wordsOf } from './arguments.ts';
import type { Argument, Command, CommandCall, CommandOutcome } from './command.ts';
import { findRequest, NO_SUCH_REQUEST } from './find-request.ts';
import { refusalWords } from './refusal-words.ts';

export const chooseCommand: Command = {
  name: 'choose',
  usage: 'ID [N]',
  summary: 'say which of several gates a request is about, where nothing else tells',
  who: 'admin',
  run: choose,
};

async function choose(call: CommandCall): Promise<CommandOutcome> {
  const [id, which, ...more] = call.args;
  if (more.length > 0) return wrong(`“${wordsOf(more).slice(0, 60)}” is too much: give one number.`);
  const named = await findRequest(call, id);
  if (!named.ok) return named.outcome;
  const { context, caller } = call;
  const found = await getRequest(context, caller.principal, named.id);
  if (!found.ok) return notice(refusalWords(found.refusal, NO_SUCH_REQUEST));
  const { request, submission } = found.value;
  if (!awaitsChoice(request, submission)) return notice(refusalSentence(noChoice(request)));
  const { candidates } = request.harness;
  if (!which) return choices(found.value, candidates);
  const chosen = chosenAmong(candidates, which);
  if (!chosen)
    return wrong(`There is no gate “${which.text.slice(0, 60)}”. ${typed(`choose ${named.id}`)} shows them.`);
  const label = gateLabel(chosen, candidates.indexOf(chosen) + 1);
  if ((await stillWaiting(context, named.id, chosen.id)) === false)
    return notice(`The gate “${label}” no longer waits in Harness, so nothing was changed. Choose another.`);
  const done = await chooseInstanceAs(context, caller.principal, named.id, chosen.id);
  if (!done.ok) return notice(refusalWords(done.refusal, NO_SUCH_REQUEST));
  return notice(
    `“${request.content.event.name}” (${named.id}) is about the gate “${label}”. The cards show how it goes on.`,
  );
}

/** By its number in the list, or by Harness's id, which the buttons carry: a list may change while it is read. */
function chosenAmong(candidates: readonly GateCandidate[], which: Argument): GateCandidate | undefined {
  const number = numberOf(which);
  const byId = candidates.find(({ id }) => which.kind === 'word' && id === which.text);
  return byId ?? (number === null ? undefined : candidates[number - 1]);
}

function choices({ id, request }: RequestRecord, candidates: readonly GateCandidate[]): CommandOutcome {
  const items = candidates.map((one, nth) =>
    item(
      [strong(gateLabel(one, nth + 1))],
      [gateTimesLine(one), words(`Instance ${one.id}`)],
      [button('Choose', `choose ${id} ${one.id}`, 'primary')],
    ),
  );
  return page({
    title: `Which gate is “${request.content.event.name}” about?`,
    intro: [words('Several gates of this run wait, and nothing tells which of them is meant.')],
    sections: [section(items, { empty: 'Harness shows none of them any more.' })],
    notes: [words(`By number: ${typed(`choose ${id}`)} N`)],
  });
}
