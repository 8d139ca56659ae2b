import { type CardLine, strong, text } from '../../approval/card.ts';
import type { Page, PageSection } from '../../approval/page.ts';
import type { Person } from '../../approval/person.ts';
import type { Home } from '../../store/homes.ts';
import type { Identity } from '../../store/identities.ts';
import { pendingChangesOfAccount } from '../../store/identity-changes.ts';
import { personByIdentity } from '../../store/people.ts';
import { identityQuestion } from '../notices/identity-notices.ts';
import { troubleSection, unreachedSection, workflowsSection } from './home-administration.ts';
import { connectionsSection } from './home-connections.ts';
import { statisticsPicture } from './home-picture.ts';
import { mineSection, recentSection, waitingSection } from './home-requests.ts';
import type { HomeContext, HomeReader, HomeSection } from './home-section.ts';
import { setupSection } from './home-setup.ts';

/**
 * How many items are shown at once. A platform may need a block each for an item's line, its details and its buttons,
 * and three around each section; Slack allows 100 in all.
 */
const SIZES: Readonly<Record<Person['role'], Readonly<Record<HomeSection, number>>>> = {
  member: { waiting: 10, mine: 5, recent: 5, trouble: 0, unreached: 0, workflows: 0 },
  admin: { waiting: 5, mine: 3, recent: 3, trouble: 4, unreached: 3, workflows: 3 },
};

/** What an account's Home shows now, and whose it is. Reads the local database only. */
export async function buildHome(
  context: HomeContext,
  home: Home,
): Promise<{ page: Page; personId: number | null }> {
  const person = await personByIdentity(context.db, home);
  const known = person?.organizationId === home.organizationId ? person : null;
  const question = await questionSection(context, home);
  if (known?.standing !== 'member')
    return { page: strangersHome(known, question), personId: known?.id ?? null };
  const sizes = SIZES[known.role];
  const reader: HomeReader = {
    person: known,
    platform: home.platform,
    page: (section) => home.turned[section] ?? 1,
    size: (section) => sizes[section],
  };
  return { page: await personsHome(context, reader, question), personId: known.id };
}

async function personsHome(
  context: HomeContext,
  reader: HomeReader,
  question: PageSection | null,
): Promise<Page> {
  const { person } = reader;
  const waiting = await waitingSection(context, reader);
  const mine = await mineSection(context, reader);
  const recent = await recentSection(context, reader);
  const forAdmins = person.role === 'admin' ? await adminSections(context, reader) : [];
  const sections = [question, waiting.section, mine, recent, ...forAdmins].filter(
    (section): section is PageSection => section !== null && !isVoid(section),
  );
  const nothing = [waiting.section, mine, recent].every(isVoid);
  return {
    title: 'Approvals',
    intro: [...waitingWords(waiting), ...(nothing ? [NOTHING_YET] : [])],
    picture: await statisticsPicture(context, person.organizationId),
    sections,
    notes: [[text('Type /approvals help to see everything else that can be done.')]],
  };
}

async function adminSections(
  context: HomeContext,
  reader: HomeReader,
): Promise<readonly (PageSection | null)[]> {
  return [
    await setupSection(context, reader),
    await connectionsSection(context, reader),
    await troubleSection(context, reader),
    await unreachedSection(context, reader),
    await workflowsSection(context, reader),
  ];
}

function isVoid({ items, empty }: PageSection): boolean {
  return items.length === 0 && empty === null;
}

const NOTHING_YET: CardLine = [
  text(
    'Requests you make and decisions you take will be listed here. A message comes when somebody asks you.',
  ),
];

export function waitingWords({ total, more }: { total: number; more: boolean }): CardLine[] {
  if (total === 0) return [[strong('Nothing waits for you.')]];
  const many = more ? `More than ${total} requests wait` : `${total} requests wait`;
  return [[strong(total === 1 && !more ? '1 request waits for you.' : `${many} for you.`)]];
}

/** One question at a time: the oldest (R16). Asked of accounts that are nobody's, too. */
export async function questionSection(
  { db }: Pick<HomeContext, 'db'>,
  account: Identity & { organizationId: number },
): Promise<PageSection | null> {
  const [change] = await pendingChangesOfAccount(db, account);
  if (!change) return null;
  return { title: 'Is this you?', items: [await identityQuestion(db, change)], empty: null, actions: [] };
}

/** What somebody sees who may not act here: who may, how to get in, and no data at all. */
function strangersHome(person: Person | null, question: PageSection | null): Page {
  const intro: CardLine[] = [
    [text('Countersign asks people to approve what pipelines are about to do.')],
    ...strangersLines(person),
  ];
  return { title: 'Approvals', intro, picture: null, sections: question ? [question] : [], notes: [] };
}

/** Why an account can do nothing here, and how to get in; `person` null = it is nobody's. */
export function strangersLines(person: Pick<Person, 'standing'> | null): CardLine[] {
  return [
    person
      ? [strong('Your account cannot be used here: '), text(WHY_NOT[person.standing] ?? 'it is not active.')]
      : [strong('Your account is not known here yet.')],
    [
      text(
        'It is for members of your organization who are named in an approval workflow, or who run pipelines. An admin of Countersign can name you: ask one to type /approvals approvers add and your name.',
      ),
    ],
  ];
}

const WHY_NOT: Partial<Readonly<Record<Person['standing'], string>>> = {
  deactivated: 'it is deactivated.',
  guest: 'guests may not approve.',
  stranger: 'it is from outside your organization.',
  bot: 'it is a bot.',
};
