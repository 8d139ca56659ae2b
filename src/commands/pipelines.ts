import { strong, text } from '../approval/card.ts';
import {
  deletePipelineEventByKey,
  listPipelineEvents,
  type PipelineEventRecord,
  putPipelineEvent,
} from '../usecases/gates/manage-pipeline-events.ts';
import { loadEvents } from '../usecases/workflows/manage-events.ts';
import { button, item, notice, page, section, typed, wrong } from './answers.ts';
import { numberOf, wordsOf } from './arguments.ts';
import type { Argument, Command, CommandCall, CommandOutcome } from './command.ts';
import { findEvent } from './find-event.ts';
import { noSuchPage, PAGE_SIZE, pageNotes, turns } from './paging.ts';
import { refusedFor } from './refusal-words.ts';

export const pipelinesCommand: Command = {
  name: 'pipelines',
  usage: '[page]',
  summary: 'which event the gates of a pipeline are, where Harness’s own notifications tell of them',
  who: 'admin',
  run: list,
};

export const pipelinesMapCommand: Command = {
  name: 'pipelines map',
  usage: 'ORG/PROJECT/PIPELINE EVENT',
  summary: 'say which event the gates of a pipeline are',
  who: 'admin',
  run: map,
};

export const pipelinesUnmapCommand: Command = {
  name: 'pipelines unmap',
  usage: 'ORG/PROJECT/PIPELINE',
  summary: 'let notifications of a pipeline open nothing any more',
  who: 'admin',
  run: unmap,
};

async function list(call: CommandCall): Promise<CommandOutcome> {
  const { context, caller, args } = call;
  const number = args.length === 0 ? 1 : args.length === 1 ? numberOf(args[0]) : null;
  if (number === null) return wrong(`“${wordsOf(args).slice(0, 60)}” is not a page’s number.`);
  const found = await listPipelineEvents(context, caller.principal, {
    filters: [],
    sort: [{ field: 'pipeline_identifier', descending: false }],
    page: { number: Math.max(1, number), size: PAGE_SIZE },
  });
  if (!found.ok) return refusedFor(found.refusal, 'There is no such page.');
  const { rows, total } = found.value;
  const beyond = noSuchPage(number, total);
  if (beyond) return beyond;
  const events = await loadEvents(
    context,
    caller.principal,
    rows.map(({ eventId }) => eventId),
  );
  const items = rows.map((row) => {
    const event = events.get(row.eventId);
    const state = event?.archivedAt == null ? '' : ', archived';
    return item(
      [strong(row.pipeline), text(` · ${row.org} / ${row.project}${accountWords(row)}`)],
      [[text(`${event?.name ?? `event ${row.eventId}`} (${event?.slug ?? '?'}${state})`)]],
      [button('Unmap', `pipelines unmap ${pathOf(row)}`, 'danger')].map((one) => ({
        ...one,
        confirm: {
          title: 'Unmap this pipeline?',
          text: 'Harness’s notifications of it open nothing any more. Open requests stay.',
          button: 'Unmap',
        },
      })),
    );
  });
  return page({
    title: 'Pipelines and their events',
    sections: [
      section(items, {
        empty: `None is mapped yet. Map one: ${typed('pipelines map ORG/PROJECT/PIPELINE EVENT')}`,
        actions: turns({ number, total }, (to) => `pipelines ${to}`),
      }),
    ],
    notes: pageNotes(number, total, 'pipelines'),
  });
}

function accountWords({ account }: PipelineEventRecord): string {
  return account === '' ? '' : ` · account ${account}`;
}

/** As typed: with its account where it has one. */
function pathOf({ account, org, project, pipeline }: PipelineEventRecord): string {
  return [...(account === '' ? [] : [account]), org, project, pipeline].join('/');
}

async function map(call: CommandCall): Promise<CommandOutcome> {
  const [first, ...rest] = call.args;
  const key = pipelineIn(first);
  if (!key) return wrong(WHICH);
  const found = await findEvent(call, wordsOf(rest));
  if (!found.ok) return found.outcome;
  const { event } = found;
  const saved = await putPipelineEvent(call.context, call.caller.principal, {
    accountIdentifier: key.account,
    orgIdentifier: key.org,
    projectIdentifier: key.project,
    pipelineIdentifier: key.pipeline,
    eventId: event.id,
  });
  if (!saved.ok) return refusedFor(saved.refusal, 'There is no such event.');
  return notice(
    `The gates of ${key.pipeline} (${key.org}/${key.project}) are “${event.name}” from now on. Let Harness notify POST /hooks/harness/notifications of WaitingForUserAction.`,
  );
}

async function unmap(call: CommandCall): Promise<CommandOutcome> {
  const [first, ...more] = call.args;
  const key = pipelineIn(first);
  if (!key || more.length > 0) return wrong(WHICH);
  const deleted = await deletePipelineEventByKey(call.context, call.caller.principal, key);
  const shown = `${key.pipeline} (${key.org}/${key.project})`;
  if (!deleted.ok) return refusedFor(deleted.refusal, `${shown} is mapped to no event.`);
  return notice(`Notifications of ${shown} open nothing any more. Open requests stay as they are.`);
}

const WHICH = 'Which pipeline? Give its identifiers as ORG/PROJECT/PIPELINE.';

/** ORG/PROJECT/PIPELINE, or with the account in front where it is for one account alone. */
function pipelineIn(arg: Argument | undefined) {
  const parts = arg?.kind === 'word' ? arg.text.split('/') : [];
  const [pipeline, project, org, account = ''] = parts.toReversed();
  if (!pipeline || !project || !org || parts.length > 4) return null;
  return { account, org, project, pipeline };
}
