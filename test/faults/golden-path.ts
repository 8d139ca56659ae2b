import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { teamsButtons, teamsCards, teamsLook, teamsPress, teamsWords } from '../helpers/in-teams.ts';
import { RELEASE_INPUTS } from '../helpers/inputs.ts';
import { ENTRA, email, STAFF, type StaffName, type World } from '../helpers/world.ts';

const EVENT = 'release';
const TRIES = 12;
const FORM_WITHIN_MS = 2_000;

/** Alice decides in Slack, Bob in Teams, both must; Sam reads along in both. */
export const IN_SLACK = ['dana', 'alice', 'sam', 'ada'] as const;
export const IN_TEAMS = ['bob', 'sam'] as const;
export const RELEASE = `
organization: { name: Acme, domains: [acme.io] }
people:
${['dana', 'alice', 'bob', 'sam'].map((name) => `  - { email: ${name}@acme.io, name: ${name} }`).join('\n')}
events: [{ slug: ${EVENT}, name: Release }]
policies: [{ slug: standard, name: Standard, default: true }]
workflows:
  - { policy: standard, event: ${EVENT}, requirement: all, approvers: [alice@acme.io, bob@acme.io], subscribers: [sam@acme.io] }
`;

/**
 * One request from webhook to last card, on Slack and Teams. Whoever takes part is as stubborn as in life: what brought
 * no answer, or shows no effect, is done again. So any part may be done again after a crash in its midst.
 */
export function goldenPath(world: World, run: string): (() => Promise<void>)[] {
  return [
    async () => {
      const { status, body } = await world.post(
        EVENT,
        world.webhook(run, { approverInputs: RELEASE_INPUTS }),
      );
      if (status !== 202 && status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
    },
    () => world.pass(1_000),
    () => untilVoted(world, run, 'alice', () => inSlack(world)),
    () => world.settle(),
    () => untilVoted(world, run, 'bob', () => inTeams(world)),
    () => world.settle(),
    async () => {
      for (let turn = 0; turn < 8; turn += 1) await world.pass(5_000);
      // Whoever looks at a card sees it as it is.
      for (const name of IN_TEAMS) if (teamsCards(world, name).length > 0) await teamsLook(world, name);
    },
  ];
}

async function inSlack(world: World): Promise<void> {
  const shown = world.card('alice');
  if (!shown || !JSON.stringify(shown.blocks).includes('"approve"')) return;
  const open = world.slack.openViewOf(STAFF.alice);
  if (open) await world.slack.closeView(STAFF.alice, open.id);
  await world.press('alice', 'approve');
  // Whoever gets no form presses again.
  const form = await Promise.race([world.form('alice'), pause(FORM_WITHIN_MS, null, { ref: false })]);
  if (form)
    await world.slack.submitView(STAFF.alice, form.id, { change_ticket: 'CHG123456', rollout: 'full' });
}

async function inTeams(world: World): Promise<void> {
  if (!teamsButtons(world, 'bob').includes('Approve')) return;
  await teamsPress(world, 'bob', 'Approve');
  await world.teams.submitDialog(ENTRA.bob, {});
}

async function untilVoted(world: World, run: string, name: StaffName, act: () => Promise<void>) {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { votes } = await endOf(world, run);
    if (votes.some((vote) => vote.startsWith(name))) return;
    await act();
    await world.pass(2_000);
  }
  throw new Error(`${name} could not vote on ${run}`);
}

/** What is left in the end of one run, in words that are the same for each run. */
export interface End {
  requests: string[];
  votes: string[];
  submissions: string[];
  /** Person and platform, and what their card says. */
  cards: string[];
  effects: string[];
  /** What was written down, each kind once. */
  audit: string[];
  owed: string[];
}

export async function endOf(world: World, run: string): Promise<End> {
  const { db } = world.app.context;
  const requests = await db
    .selectFrom('approval_requests')
    .selectAll()
    .where('execution_id', '=', run)
    .execute();
  const ids = ['', ...requests.map(({ id }) => id)];
  const plain = (text: string) =>
    ids.reduce((words, id) => (id ? words.replaceAll(id, 'apr') : words), text).replaceAll(run, 'run');
  const votes = await db
    .selectFrom('votes')
    .innerJoin('people', 'people.id', 'votes.person_id')
    .select(['people.email', 'action', 'inputs', 'void_because'])
    .where('request_id', 'in', ids)
    .orderBy('votes.id')
    .execute();
  const submissions = await db
    .selectFrom('submissions')
    .select(['action', 'state', 'inputs'])
    .where('request_id', 'in', ids)
    .execute();
  const audit = await db
    .selectFrom('audit_events')
    .leftJoin('people', 'people.id', 'audit_events.person_id')
    .select(['action', 'people.email', 'via'])
    .where('subject_id', 'in', ids)
    .execute();
  const cardIds = await db.selectFrom('cards').select('id').where('request_id', 'in', ids).execute();
  const owed = await db
    .selectFrom('outbox')
    .select(['kind', 'state', 'last_error'])
    .where('state', '<>', 'done')
    // A look now and then is no debt.
    .where('kind', '<>', 'check_harness')
    .where(sql<boolean>`(subject_id in (${sql.join(ids)}) or subject_id in
      (select id from cards where request_id in (${sql.join(ids)})))`)
    .execute();
  return {
    requests: requests.map(({ status, problem, decision, harness }) =>
      [
        status,
        problem,
        (JSON.parse(decision ?? '{}') as { action?: string }).action,
        (JSON.parse(harness) as { status: string | null }).status,
      ].join(' '),
    ),
    votes: votes.map(
      (vote) => `${vote.email?.split('@')[0]} ${vote.action} ${vote.inputs} ${vote.void_because ?? ''}`,
    ),
    submissions: submissions.map((one) => `${one.action} ${one.state} ${one.inputs}`),
    cards: [
      ...IN_SLACK.map((name) => `${name} in Slack: ${cardsInSlack(world, name, run)}`),
      ...IN_TEAMS.map((name) => `${name} in Teams: ${plain(undated(teamsWords(world, name)))}`),
    ],
    effects: world.harness.effects
      .filter(({ planExecutionId }) => planExecutionId === run)
      .map(({ action, comments }) => plain(`${action} ${comments}`).replace(/apr \w+\]/, 'apr hash]')),
    audit: [
      ...new Set(
        // What is pressed again after a crash may be refused, and that is written down.
        audit
          .filter(({ action }) => action !== 'refused')
          .map(({ action, email: who, via }) => `${action} ${who?.split('@')[0] ?? '-'} ${via}`),
      ),
    ].sort(),
    owed: owed.map(({ kind, state, last_error }) => `${kind} ${state} ${last_error ?? ''}`),
  };

  function cardsInSlack(of: World, name: StaffName, execution: string): string {
    const shown = of
      .cards(name)
      .filter((message) => cardIds.some(({ id }) => JSON.stringify(message.metadata).includes(id)));
    if (shown.length === 0) return `none for ${email(name)}`;
    const words = shown.map((message) => undated(plain(JSON.stringify(message.blocks))));
    return words.join('\n and also ').replaceAll(execution, 'run');
  }
}

/** Times differ from run to run, and ids. */
function undated(text: string): string {
  return text
    .replace(/"timestamp":\d+/g, '"timestamp":0')
    .replace(/"block_id":"[^"]*"/g, '')
    .replace(/crd_[\w-]+/g, 'crd')
    .replace(/content [0-9a-f]{12}/g, 'content hash')
    .replace(/\{\{(DATE|TIME)\([^)]*\)\}\}/g, '{{$1}}')
    .replace(/\d{4}-\d{2}-\d{2}/g, 'yyyy-mm-dd')
    .replace(/\d{1,2}:\d{2}( [AP]M)?/g, 'hh:mm');
}
