import { strong, text } from '../approval/card.ts';
import { listEvents } from '../usecases/manage-events.ts';
import { button, item, page, section } from './answers.ts';
import type { Command, CommandCall } from './command.ts';
import { ACTIVE, counted, countedWorkflows, pageAsked } from './configured-lists.ts';
import { noSuchPage, PAGE_SIZE, pageNotes, turns } from './paging.ts';
import { refusedFor } from './refusal-words.ts';

export const eventsCommand: Command = {
  name: 'events',
  usage: '[page]',
  summary: 'what can be asked for, and how many workflows each has',
  who: 'admin',
  run: events,
};

async function events(call: CommandCall) {
  const asked = pageAsked(call.args);
  if (!asked.ok) return asked.outcome;
  const { number } = asked;
  const { context, caller } = call;
  const found = await listEvents(context, caller.principal, {
    filters: [ACTIVE],
    sort: [{ field: 'name', descending: false }],
    page: { number, size: PAGE_SIZE },
  });
  if (!found.ok) return refusedFor(found.refusal, 'There is no such page.');
  const { rows, total } = found.value;
  const beyond = noSuchPage(number, total);
  if (beyond) return beyond;
  const workflows = await countedWorkflows(call, 'event_id', rows);
  const items = rows.map(({ id, name, slug, pipelines }) =>
    item(
      [
        strong(name),
        text(` · ${slug} · ${counted(workflows.get(id) ?? 0, 'workflow')} · `),
        text(pipelines.length === 0 ? 'any pipeline' : counted(pipelines.length, 'pipeline')),
      ],
      [],
      [button('Workflows', `list event ${id}`)],
    ),
  );
  return page({
    title: 'Events',
    sections: [
      section(items, {
        empty: 'There are none yet. The seed file and the management API make events.',
        actions: turns({ number, total }, (to) => `events ${to}`),
      }),
    ],
    notes: pageNotes(number, total, 'events'),
  });
}
