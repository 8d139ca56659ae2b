import { strong, text } from '../approval/card.ts';
import { listEvents } from '../usecases/workflows/manage-events.ts';
import { button, item, page, section } from './answers.ts';
import type { Command, CommandCall } from './command.ts';
import { counted, countedWorkflows, namedPage } from './configured-lists.ts';
import { pageNotes, turns } from './paging.ts';

export const eventsCommand: Command = {
  name: 'events',
  usage: '[page]',
  summary: 'what can be asked for, and how many workflows each has',
  who: 'admin',
  run: events,
};

async function events(call: CommandCall) {
  const found = await namedPage(call, listEvents);
  if (!found.ok) return found.outcome;
  const { rows, total, number } = found;
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
