import { type CardLine, type CardSpan, text } from '../approval/card.ts';
import type { PageItem, PageSection } from '../approval/page.ts';
import { INELIGIBLE_WORDS } from '../approval/person.ts';
import { DYNAMIC_MANAGER_ID } from '../approval/workflow.ts';
import { channelSpans } from '../usecases/cards/subscriber-channels.ts';
import { knownPeople, personSpans, tokenless } from '../usecases/people/person-spans.ts';
import type { WorkflowRecord } from '../usecases/workflows/manage-workflows.ts';
import { button, item, page, section, words, wrong } from './answers.ts';
import { wordsOf } from './arguments.ts';
import type { Command, CommandCall } from './command.ts';
import { findWorkflow } from './find-workflow.ts';
import { nameSpans, requirementSpans, type WorkflowWords, workflowWords } from './workflow-lines.ts';

export const showCommand: Command = {
  name: 'show',
  usage: 'ID',
  summary: 'everything about one workflow',
  who: 'admin',
  run: show,
};

/** How many people one list on the page names. */
const NAMED = 40;
const MISSING_NAMED = 10;

async function show(call: CommandCall) {
  const [id, ...more] = call.args;
  const found = await findWorkflow(call, id);
  if (!found.ok) return found.outcome;
  if (more.length > 0) return wrong(`“${wordsOf(more).slice(0, 60)}” is too much: give one number.`);
  return page(await workflowPage(call, found.workflow));
}

/** One workflow as a page: who decides, who cannot be asked, who is told, and what can be done with it. */
export async function workflowPage(call: CommandCall, workflow: WorkflowRecord) {
  const { context, caller } = call;
  const named = (await workflowWords(call, [workflow])).get(workflow.id)!;
  const ids = [...workflow.approverIds, ...workflow.fallbackApproverIds, ...workflow.subscriberIds];
  const spans = await personSpans(context, caller.account.platform, ids);
  const people = await knownPeople(context, caller.principal, ids);

  const standings = await tokenless(context, [...people.values()]);
  const missing = [...new Set(ids)].flatMap((personId): PageItem[] => {
    const standing = standings.get(personId) ?? people.get(personId)?.standing ?? 'not_found';
    if (standing === 'member') return [];
    return [item([...nameSpans([personId], spans), text(` ${INELIGIBLE_WORDS[standing]}`)])];
  });
  const unnamed = missing.length - MISSING_NAMED;
  return {
    title: `#${workflow.id} ${named.event}`,
    intro: [words(`Approval policy: ${named.policy}`)],
    sections: [
      section(decidingItems(), { title: 'Who decides' }),
      section(
        [...missing.slice(0, MISSING_NAMED), ...(unnamed > 0 ? [item(words(`and ${unnamed} more`))] : [])],
        {
          title: 'Who cannot be asked or told',
        },
      ),
      toldSection(),
    ],
    notes: [[text('Last changed '), { kind: 'time' as const, at: workflow.updatedAt }] satisfies CardLine],
  };

  function decidingItems(): PageItem[] {
    const { requirement, fallbackApproverIds, disallowRequester, checksFirst, expiryAction } = workflow;
    if (requirement === 'none') return [item(words('No approval needed: pipelines go on at once.'))];
    const fallback = fallbackApproverIds.length > 0;
    return [
      item(requirementSpans(workflow, spans, NAMED)),
      ...(checksFirst
        ? [item(words('The machines are checks: each must pass before anybody else is asked.'))]
        : []),
      item([
        text('In the place of somebody who cannot be asked: '),
        ...(fallback ? nameSpans(fallbackApproverIds, spans, NAMED) : [text('nobody')]),
      ]),
      item(
        words(disallowRequester ? 'Whoever asked may not approve.' : 'Whoever asked may approve, if listed.'),
      ),
      item(
        words(
          expiryAction === 'reject'
            ? 'A request that expires is rejected.'
            : 'A request that expires is closed.',
        ),
      ),
    ];
  }

  function toldSection(): PageSection {
    const { subscriberIds, dynamicSubscriberIds, subscriberChannels } = workflow;
    const manager = dynamicSubscriberIds.includes(DYNAMIC_MANAGER_ID);
    const channels = channelSpans(subscriberChannels, caller.account.platform).flatMap(
      (span, nth): CardSpan[] => [text(nth === 0 ? 'In ' : ' and in '), span],
    );
    const items = [
      ...(subscriberIds.length > 0 ? [item(nameSpans(subscriberIds, spans, NAMED))] : []),
      ...(manager ? [item(words('The manager of whoever asked'))] : []),
      ...(channels.length > 0 ? [item(channels)] : []),
    ];
    return section(items, {
      title: 'Who is told',
      empty: 'Nobody besides those who decide and whoever asked.',
      actions: actionsOf(workflow, named),
    });
  }
}

function actionsOf({ id }: WorkflowRecord, { eventSlug }: WorkflowWords) {
  return [
    button('Edit', `edit ${id}`),
    ...(eventSlug === null ? [] : [button('Why', `why ${eventSlug}`)]),
    button('Delete', `delete ${id}`, 'danger'),
  ];
}
