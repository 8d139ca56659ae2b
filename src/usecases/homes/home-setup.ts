import { type CardLine, strong, text } from '../../approval/card.ts';
import type { PageAction, PageSection } from '../../approval/page.ts';
import { everDelivered, setupFacts } from '../../store/setup-facts.ts';
import type { HarnessHealth } from '../harness-ports.ts';
import type { HomeContext, HomeReader } from './home-section.ts';

interface Step {
  done: boolean;
  /** What is so when it is done. */
  title: string;
  /** What to do next when it is not. */
  next: string;
  action?: PageAction;
}

/** What is still missing until the first approval went through; null from then on. */
export async function setupSection(context: HomeContext, reader: HomeReader): Promise<PageSection | null> {
  const { organizationId } = reader.person;
  if (await everDelivered(context.db, organizationId)) return null;
  const steps = await stepsOf(context, organizationId);
  const next = steps.find(({ done }) => !done);
  const lines = steps.map(({ done, title }): CardLine => [text(`${done ? '✓' : '○'} ${title}`)]);
  const ready = steps.filter(({ done }) => done).length;
  return {
    title: `Getting started: ${ready} of ${steps.length} done`,
    items: [
      {
        line: [strong('Next: '), text(next?.next ?? '')],
        details: lines,
        actions: next?.action ? [next.action] : [],
      },
    ],
    empty: null,
    actions: [],
  };
}

async function stepsOf(context: HomeContext, organizationId: number): Promise<Step[]> {
  const facts = await setupFacts(context.db, organizationId);
  const harness = await harnessKnown(context, organizationId);
  const hooks = `${context.settings.publicUrl}/hooks/harness/`;
  return [
    {
      done: context.platforms.size > 0,
      title: 'Chat is connected',
      next: 'connect Slack or Microsoft Teams.',
    },
    {
      done: harness?.ok ?? false,
      title: harness?.detail
        ? `Harness answers (now it does not: ${harness.detail})`
        : 'Harness answers, and takes our token',
      next: harness ? 'see why Harness does not answer.' : 'ask Harness whether it answers.',
      action: { label: 'Test the connection', kind: 'command', command: 'connection test' },
    },
    {
      done: facts.anEvent,
      title: 'There is an event: something that needs approval',
      next: 'name what needs approval, as an event: in a seed file, or by the API at /api/v2/events.',
    },
    {
      done: facts.aWorkflow,
      title: 'There is a workflow: who approves it',
      next: 'make a workflow, which says who approves what.',
      action: { label: 'New workflow', style: 'primary', kind: 'command', command: 'create' },
    },
    {
      done: facts.somebodyToAsk,
      title: 'There is somebody to ask',
      next: 'name approvers in a workflow: those who are named are not active.',
      action: { label: 'Show workflows', kind: 'command', command: 'list' },
    },
    {
      done: facts.aRequest,
      title: 'A pipeline has asked',
      next: `let a pipeline ask: an HTTP step that posts to ${hooks} and the event’s name.`,
    },
    {
      done: false,
      title: 'An approval has gone through',
      next: 'approve the first request. It counts once Harness confirms it.',
    },
  ];
}

/** How the organization's connections were last seen: trouble first, null while nobody has asked. */
async function harnessKnown(context: HomeContext, organizationId: number): Promise<HarnessHealth | null> {
  const connections = await context.harness.ofOrganization(organizationId);
  const seen = connections.flatMap(({ id }) => context.harness.lastKnown(id) ?? []);
  return seen.find(({ ok }) => !ok) ?? seen[0] ?? null;
}
