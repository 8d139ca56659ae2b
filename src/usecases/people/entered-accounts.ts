import type { EditorProblems, EditorValues } from '../../approval/workflow-editor.ts';
import type { WorkflowRecord } from '../../store/approval-workflows.ts';
import type { ChatAccount } from '../chat-commands.ts';
import type { Context } from '../context.ts';
import type { Principal } from '../managing/managing.ts';
import type { Log, PlatformName } from '../ports.ts';
import { PEOPLE_LISTS, type PeopleList, shownAccounts } from '../workflows/workflow-form.ts';
import { peopleOfAccounts } from './chat-people.ts';
import { PLATFORM_NAMES } from './platform-names.ts';

/** Who stands behind the accounts of a form. */
export interface EnteredAccounts {
  /** Account → person id. */
  people: ReadonlyMap<string, number>;
  /** Account → why it cannot be entered, a sentence. */
  problems: ReadonlyMap<string, string>;
  /** Accounts of which the platform has not said yet whose they are. */
  late: ReadonlySet<string>;
}

/** Look-ups under way at once. */
const AT_ONCE = 8;

/**
 * Finds out who stands behind the accounts entered, within `deadlineMs`; null = however long it takes. Those already
 * listed are known from here. Look-ups that come too late go on, so that asking again finds them.
 */
export async function enteredAccounts(
  context: Context,
  principal: Principal,
  account: ChatAccount,
  {
    before,
    values,
    deadlineMs,
  }: { before: WorkflowRecord | null; values: EditorValues; deadlineMs: number | null },
): Promise<EnteredAccounts> {
  const people = new Map<string, number>();
  for (const [personId, externalId] of await shownAccounts(context.db, account, before))
    people.set(externalId, personId);
  const entered = [...PEOPLE_LISTS.flatMap(([list]) => values[list]), values.previewFor ?? []].flat();
  const unknown = [...new Set(entered)].filter((externalId) => !people.has(externalId));
  const problems = new Map<string, string>();
  const late = new Set(unknown);

  async function lookUp(externalId: string): Promise<void> {
    const { platform, tenant } = account;
    const named = await peopleOfAccounts(context, principal, platform, tenant, [externalId]);
    for (const [id, person] of named.found) people.set(id, person.id);
    for (const [id, problem] of named.problems) problems.set(id, problem);
    late.delete(externalId);
  }

  const work = inTurns(unknown, lookUp);
  await (deadlineMs === null ? work : inTime(deadlineMs, work, context.log));
  return { people: new Map(people), problems: new Map(problems), late: new Set(late) };
}

async function inTurns(ids: readonly string[], work: (id: string) => Promise<void>): Promise<void> {
  const left = [...ids];
  const turn = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) await work(id);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, turn));
}

/** What the work came to, or `late` when the time is up first; what fails after that is logged. */
export async function inTime<T>(ms: number, work: Promise<T>, log: Log): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<'late'>((done) => {
    timer = setTimeout(done, Math.max(0, ms), 'late' as const);
  });
  const ended = await Promise.race([work, timeUp]).finally(() => clearTimeout(timer));
  if (ended === 'late')
    work.catch((error: unknown) => log.warn({ err: error }, 'a look-up failed in the end'));
  return ended;
}

/** A sentence for each list that holds an account which cannot be entered, or is not known yet. */
export function accountProblems(
  values: EditorValues,
  entered: EnteredAccounts,
  platform: PlatformName,
): EditorProblems {
  const problems: Partial<Record<PeopleList, string>> = {};
  for (const [list] of PEOPLE_LISTS) {
    const wrong = values[list].flatMap((externalId) => entered.problems.get(externalId) ?? []);
    const late = values[list].filter((externalId) => entered.late.has(externalId)).length;
    if (wrong.length > 0) problems[list] = [...new Set(wrong)].join(' ');
    else if (late > 0)
      problems[list] =
        `${PLATFORM_NAMES[platform]} has not yet said who ${late === 1 ? 'one' : late} of these people ${late === 1 ? 'is' : 'are'}, so nothing was saved. Please press Save again.`;
  }
  return problems;
}
