import { INELIGIBLE_WORDS } from '../approval/person.ts';
import type { EditorProblems, EditorValues } from '../approval/workflow-editor.ts';
import type { WorkflowRecord } from '../store/approval-workflows.ts';
import { peopleOfAccounts } from './chat-caller.ts';
import type { ChatAccount } from './chat-commands.ts';
import type { Context } from './context.ts';
import { DirectoryUnavailable } from './find-people.ts';
import type { Principal } from './managing.ts';
import { PEOPLE_LISTS, type PeopleList, shownAccounts } from './workflow-form.ts';

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
    try {
      const found = await peopleOfAccounts(context, principal, platform, tenant, [externalId]);
      for (const [id, person] of found.people) {
        if (person.standing === 'member') people.set(id, person.id);
        else problems.set(id, `${person.name} ${INELIGIBLE_WORDS[person.standing]}`);
      }
      for (const [id, problem] of found.problems) problems.set(id, problem);
      late.delete(externalId);
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error;
      context.log.warn({ detail: error.message }, 'an account entered in a form cannot be looked up');
    }
  }

  await within(deadlineMs, inTurns(unknown, lookUp), context);
  return { people: new Map(people), problems: new Map(problems), late: new Set(late) };
}

async function inTurns(ids: readonly string[], work: (id: string) => Promise<void>): Promise<void> {
  const left = [...ids];
  const turn = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) await work(id);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, turn));
}

/** Waits for the work, or until the time is up; what fails after that is logged. */
async function within(
  deadlineMs: number | null,
  work: Promise<void>,
  { log }: Pick<Context, 'log'>,
): Promise<void> {
  if (deadlineMs === null) return work;
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<'late'>((done) => {
    timer = setTimeout(done, Math.max(0, deadlineMs), 'late' as const);
  });
  const ended = await Promise.race([work, timeUp]).finally(() => clearTimeout(timer));
  if (ended === 'late')
    work.catch((error: unknown) => log.warn({ err: error }, 'an account could not be looked up afterwards'));
}

/** A sentence for each list that holds an account which cannot be entered, or is not known yet. */
export function accountProblems(
  values: EditorValues,
  entered: EnteredAccounts,
  platform: string,
): EditorProblems {
  const problems: Partial<Record<PeopleList, string>> = {};
  for (const [list] of PEOPLE_LISTS) {
    const wrong = values[list].flatMap((externalId) => entered.problems.get(externalId) ?? []);
    const late = values[list].filter((externalId) => entered.late.has(externalId)).length;
    if (wrong.length > 0) problems[list] = `${[...new Set(wrong)].join('; ')}: please choose somebody else.`;
    else if (late > 0)
      problems[list] =
        `${platform} has not yet said who ${late === 1 ? 'one' : late} of these people ${late === 1 ? 'is' : 'are'}, so nothing was saved. Please press Save again.`;
  }
  return problems;
}
