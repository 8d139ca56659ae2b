import { type CardLine, strong, text } from '../approval/card.ts';
import type { PageAction, PageItem } from '../approval/page.ts';
import { stateWords } from '../usecases/connections/connection-words.ts';
import { listConnections } from '../usecases/connections/manage-connections.ts';
import type { HarnessConnection } from '../usecases/harness-ports.ts';
import { button, item, notice, page, section, words, wrong } from './answers.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { refusalWords } from './refusal-words.ts';

export const connectionsCommand: Command = {
  name: 'connections',
  usage: '',
  summary: 'the Harness accounts you are connected to, and how they are',
  who: 'admin',
  run: connections,
};

const MOST_SHOWN = 15;

async function connections({ context, caller, args }: CommandCall): Promise<CommandOutcome> {
  if (args.length > 0) return wrong('This command takes nothing more.');
  const found = await listConnections(context, caller.principal);
  if (!found.ok) return notice(refusalWords(found.refusal, 'There are none.'));
  const { rows, total } = found.value;
  const resting = rows.filter(isResting).length;
  return page({
    title: 'Harness connections',
    intro: [words(introWords(total, resting))],
    sections: [
      section(rows.slice(0, MOST_SHOWN).map(connectionItem), {
        empty: 'No Harness account is connected yet.',
        actions: [
          button('Add a connection', 'connection add', 'primary'),
          ...(total > 0 ? [button('Test all', 'connection test')] : []),
        ],
      }),
    ],
    notes:
      total > MOST_SHOWN
        ? [words(`And ${total - MOST_SHOWN} more: npm run connection -- list shows all.`)]
        : [],
  });
}

function isResting({ state, unhealthyBecause }: HarnessConnection): boolean {
  return state === 'paused' || unhealthyBecause !== null;
}

function introWords(total: number, resting: number): string {
  if (total === 0) return 'Connect a Harness account, so that its pipelines can ask.';
  const many = total === 1 ? 'One Harness account is connected' : `${total} Harness accounts are connected`;
  if (resting === 0) return `${many}.`;
  return `${many}; ${resting === total ? (total === 1 ? 'it is paused' : 'all are paused') : `${resting} ${resting === 1 ? 'is' : 'are'} paused`}.`;
}

/** One connection with what can be done about it. */
export function connectionItem(connection: HarnessConnection): PageItem {
  const { name, account, baseUrl, state, pausedBecause, unhealthyBecause, unhealthyAt } = connection;
  const mark = isResting(connection) ? '⏸️' : '✅';
  const details: CardLine[] = [
    words(`${new URL(baseUrl).host} · account ${account} · ${sourceWords(connection)}`),
  ];
  if (state === 'paused' && pausedBecause !== '') details.push(words(`Because: ${pausedBecause}`));
  if (unhealthyBecause !== null)
    details.push([
      text(unhealthyBecause),
      ...(unhealthyAt === null ? [] : [text(' · since '), { kind: 'time', at: unhealthyAt } as const]),
    ]);
  return item(
    [text(`${mark} `), strong(name), text(` · ${stateWords(connection)}`)],
    details,
    actionsOf(connection),
  );
}

function sourceWords({ source, createdAt }: HarnessConnection): string {
  if (source === 'environment') return 'set by the environment';
  return `added ${new Date(createdAt).toISOString().slice(0, 10)}`;
}

function actionsOf(connection: HarnessConnection): PageAction[] {
  const { name, source } = connection;
  return [
    button('Test', `connection test ${name}`),
    isResting(connection)
      ? button('Resume', `connection resume ${name}`)
      : button('Pause', `connection pause ${name}`),
    ...(source === 'environment'
      ? []
      : [
          button('New key', `connection key ${name}`),
          button('Remove', `connection remove ${name}`, 'danger'),
        ]),
  ];
}
