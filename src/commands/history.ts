import { type CardLine, strong, text } from '../approval/card.ts';
import type { StoredRequestView } from '../usecases/cards/request-view.ts';
import { listHistory } from '../usecases/requests/list-history.ts';
import { item, notice, page, section, words, wrong } from './answers.ts';
import type { Caller, Command, CommandCall, CommandOutcome } from './command.ts';
import { readFilters } from './history-filters.ts';
import { noSuchPage, pageNotes, turns } from './paging.ts';
import { refusalWords } from './refusal-words.ts';
import { askedBy, showButton, shownCard } from './request-lines.ts';

export const historyCommand: Command = {
  name: 'history',
  usage: '[status] [event] [@person] [all|mine] [since 2026-11-01|7d] [page]',
  summary: 'requests you decided, asked for or were told of, and what became of them',
  who: 'everyone',
  run: history,
};

async function history(call: CommandCall): Promise<CommandOutcome> {
  const { context, caller } = call;
  const isAdmin = caller.principal.role === 'admin';
  const filters = await readFilters(call);
  if (typeof filters === 'string') return wrong(filters);
  const { query, all, again, inWords } = filters;
  if (all && !isAdmin)
    return notice('Only an admin sees everybody’s requests. Leave “all” out to see those that concern you.');
  const found = await listHistory(context, caller.principal, caller.account.platform, query);
  if (!found.ok) return notice(refusalWords(found.refusal, 'There is nothing to see.'));
  const { rows, total } = found.value;
  const { number } = query.page;
  const beyond = noSuchPage(number, total);
  if (beyond) return beyond;
  const command = `history ${again}`.trim();
  const isOwn = query.mine || !isAdmin;
  return page({
    title: isOwn ? 'Your requests' : 'All requests',
    intro: inWords === '' ? [] : [words(`Only: ${inWords}`)],
    sections: [
      section(
        rows.map((view) => historyItem(view, caller)),
        {
          empty: inWords === '' ? 'There are no requests yet.' : 'No request fits.',
          actions: turns({ number, total }, (to) => `${command} page ${to}`, ['Newer', 'Older']),
        },
      ),
    ],
    notes: pageNotes(number, total, command),
  });
}

function historyItem(view: StoredRequestView, caller: Caller) {
  const { id, content, createdAt } = view.request;
  const card = shownCard(view, caller);
  const line: CardLine = [
    ...card.status,
    text(' · '),
    strong(content.event.name),
    text(` · ${content.execution.project}`),
  ];
  const details: CardLine[] = [
    [text('Asked by '), ...askedBy(card), text(' '), { kind: 'time', at: createdAt }],
    // What the card warns of first is how the status is to be understood.
    ...card.warnings.slice(0, 1),
  ];
  return item(line, details, [showButton(id)]);
}
