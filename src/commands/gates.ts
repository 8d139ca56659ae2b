import { type CardLine, strong, text } from '../approval/card.ts';
import type { PageAction, PageItem, PageSection } from '../approval/page.ts';
import { type EventGates, type Gate, listGates } from '../usecases/gates/list-gates.ts';
import type { EventPipeline } from '../usecases/workflows/manage-events.ts';
import { button, item, notice, page, section, typed, words, wrong } from './answers.ts';
import { numberOf, wordsOf } from './arguments.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { findEvent } from './find-event.ts';
import { refusalWords } from './refusal-words.ts';

export const gatesCommand: Command = {
  name: 'gates',
  usage: '[event]',
  summary: 'which pipelines may ask, and who else could approve their gates in Harness',
  who: 'admin',
  run: gates,
};

const WARNING = '⚠️';
const EVENTS_AT_ONCE = 3;
/** How many pipelines are shown of each event on a list, and of an event that is asked for. */
const MOST_LISTED = 4;
const MOST_SHOWN = 15;

async function gates(call: CommandCall): Promise<CommandOutcome> {
  const asked = await readAsked(call);
  if ('kind' in asked) return asked;
  const { eventId, number } = asked;
  const found = await listGates(call.context, call.caller.principal, {
    eventId,
    page: { number, size: EVENTS_AT_ONCE },
  });
  if (!found.ok) return notice(refusalWords(found.refusal, 'There is no such event.'));
  const { rows, total } = found.value;
  if (rows.length === 0)
    return number === 1 ? notice('There are no events yet.') : wrong('There is no such page.');
  const turns: PageAction[] = [
    ...(number > 1 ? [button('Previous', `gates page ${number - 1}`)] : []),
    ...(number * EVENTS_AT_ONCE < total ? [button('Next', `gates page ${number + 1}`)] : []),
  ];
  const most = eventId === null ? MOST_LISTED : MOST_SHOWN;
  return page({
    title: 'Gates in Harness',
    intro: [words('Each pipeline’s gate as its newest request showed it.')],
    sections: rows.map((event, nth) => ({
      ...eventSection(event, most),
      ...(nth === rows.length - 1 && { actions: turns }),
    })),
    notes: turns.length > 0 ? [words(`Page ${number} of ${Math.ceil(total / EVENTS_AT_ONCE)}`)] : [],
  });
}

async function readAsked(
  call: CommandCall,
): Promise<{ eventId: number | null; number: number } | CommandOutcome> {
  const { args } = call;
  const [first, second, ...more] = args;
  if (!first) return { eventId: null, number: 1 };
  if (first.kind === 'word' && first.text.toLowerCase() === 'page' && more.length === 0) {
    const number = numberOf(second);
    return number !== null && number > 0 ? { eventId: null, number } : wrong('Which page? Give its number.');
  }
  const found = await findEvent(call, wordsOf(args));
  return found.ok ? { eventId: found.event.id, number: 1 } : found.outcome;
}

function eventSection(
  { event, listed, gates: seen, neverSeen, more }: EventGates,
  most: number,
): PageSection {
  const shown = seen.slice(0, most);
  const hidden = seen.length - shown.length;
  const unseen = neverSeen.slice(0, most);
  return section(
    [
      item([text(listed.length === 0 ? 'Any pipeline may ask.' : `May ask: ${listWords(listed, most)}`)]),
      ...shown.map(gateItem),
      ...unseen.map((pipeline) =>
        item([strong(patternWords(pipeline)), text(' · never seen: no request came yet')]),
      ),
      ...(listed.length === 0 && seen.length === 0 ? [item(words('Never seen: no request came yet.'))] : []),
      ...(hidden > 0 || more ? [item(words(hiddenWords(hidden, more, event.slug)))] : []),
    ],
    { title: `${event.name} (${event.slug})` },
  );
}

function hiddenWords(hidden: number, more: boolean, slug: string): string {
  const count = more ? `more than ${hidden}` : `${hidden}`;
  return `and ${count} other pipelines; see ${typed(`gates ${slug}`)}`;
}

function listWords(listed: readonly EventPipeline[], most: number): string {
  const shown = listed.slice(0, most).map(patternWords).join(', ');
  return listed.length > most ? `${shown} and ${listed.length - most} more` : shown;
}

/** '' in a part of the list means any. */
function patternWords({ org, project, pipeline }: EventPipeline): string {
  return [org, project, pipeline].map((part) => part || 'any').join(' / ');
}

function gateItem(gate: Gate): PageItem {
  const details: CardLine[] = [othersLine(gate), confirmedLine(gate)];
  if (!gate.mayAsk)
    details.push(words(`${WARNING} The event no longer lists this pipeline: its requests are refused.`));
  return item(
    [strong(gate.pipelineName ?? gate.pipeline), text(` · ${gate.org} / ${gate.project}`)],
    details,
    [button('Newest request', `request ${gate.requestId}`)],
  );
}

/** R23: in plain words, with what to do about it. */
function othersLine({ othersMayDecide, seen }: Gate): CardLine {
  if (othersMayDecide !== null)
    return [
      strong(`${WARNING} Can also be approved in Harness itself by ${othersMayDecide}. `),
      text('Leave only the bot’s service account under approvers of its approval step.'),
    ];
  if (!seen) return words('Harness never showed its gate, so who else could approve it is not known.');
  return words('Nobody but the bot can approve it in Harness.');
}

function confirmedLine({ seen, confirmed, lookedAt, openedAt }: Gate): CardLine {
  const state = confirmed
    ? 'Confirmed by Harness'
    : seen
      ? 'Gate seen, run not confirmed'
      : 'Not confirmed by Harness';
  return lookedAt === null
    ? [text(`${state} · asked `), { kind: 'time', at: openedAt }]
    : [text(`${state} · last looked at `), { kind: 'time', at: lookedAt }];
}
