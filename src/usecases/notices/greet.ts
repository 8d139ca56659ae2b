import { type CardLine, strong, text } from '../../approval/card.ts';
import type { Page, PageAction, PageSection } from '../../approval/page.ts';
import type { Person } from '../../approval/person.ts';
import { writeAudit } from '../../store/audit.ts';
import { waitingCardsOfPerson } from '../../store/cards-to-bring.ts';
import { owe } from '../../store/outbox.ts';
import { personByIdentity } from '../../store/people.ts';
import { bringCards, reviveCards } from '../cards/bring-cards.ts';
import type { ChatAccount } from '../chat-commands.ts';
import { type Context, commit } from '../context.ts';
import { questionSection, strangersLines, waitingWords } from '../homes/home.ts';
import { setupSection } from '../homes/home-setup.ts';
import { type AccountOwner, ownerOfAccount } from '../people/account-owner.ts';
import { PLATFORM_NAMES } from '../people/platform-names.ts';
import type { PlatformName } from '../ports.ts';
import { waitingForPerson } from '../requests/waiting-for-person.ts';
import type { ChatGreetings } from './chat-greetings.ts';

/** How many open cards of one account are looked at again when the app is taken away there. */
const MOST_CARDS = 1_000;

/** Greets whoever installs the app, and notes where it was taken away. Neither gives a right to anybody (R30). */
export function createChatGreetings(context: Context): ChatGreetings {
  return {
    async installed(account) {
      const met = await ownerOfAccount(context, account);
      if (met.kind === 'person' && met.person.standing === 'member')
        await bringWhatWaits(context, account, met.person.id);
      return greeting(context, account, met);
    },
    removed: (account) => noteRemoved(context, account),
  };
}

function bringWhatWaits(context: Context, account: ChatAccount, personId: number): Promise<void> {
  const { organizationId, platform } = account;
  return commit(context, async (trx) => {
    const revived = await reviveCards(context, trx, personId, platform);
    const brought = await bringCards(context, trx, personId, platform);
    if (revived + brought === 0) return;
    await writeAudit(trx, organizationId, {
      at: context.clock.now(),
      actor: { personId, via: platform },
      action: 'chat_installed',
      subjectType: 'person',
      subjectId: String(personId),
      detail: { platform, account: account.externalId, revived, brought },
    });
  });
}

function noteRemoved(context: Context, account: ChatAccount): Promise<void> {
  const { organizationId, platform, tenant, externalId } = account;
  return commit(context, async (trx) => {
    const now = context.clock.now();
    const person = await personByIdentity(trx, account);
    const cards = person ? await waitingCardsOfPerson(trx, person.id, MOST_CARDS) : [];
    const there = cards.filter(
      ({ target, state, ...card }) =>
        card.platform === platform &&
        target.tenant === tenant &&
        target.externalId === externalId &&
        state !== 'unreachable',
    );
    for (const card of there)
      await owe(trx, { kind: 'sync_card', subjectId: card.id, organizationId, runAt: now }, now);
    await writeAudit(trx, organizationId, {
      at: now,
      actor: { personId: person?.id ?? null, via: platform },
      action: 'chat_removed',
      subjectType: person ? 'person' : 'chat_account',
      subjectId: person ? String(person.id) : externalId,
      detail: { platform, account: externalId, cards: there.length },
    });
  });
}

async function greeting(context: Context, account: ChatAccount, met: AccountOwner): Promise<Page> {
  const person = met.kind === 'person' && met.person.standing === 'member' ? met.person : null;
  const sections: (PageSection | null)[] = [await questionSection(context, account)];
  const intro = [...whatItDoes(context, account.platform)];
  if (person) {
    const { requests, more } = await waitingForPerson(context, person);
    intro.push(...waitingWords({ total: requests.length, more }));
    sections.push(nextSection(requests.length > 0));
    if (person.role === 'admin') sections.push(await setupSection(context, adminReader(account, person)));
  } else if (met.kind === 'unsaid') {
    const platform = PLATFORM_NAMES[account.platform];
    intro.push([text(`${platform} cannot say just now who you are: what waits for you comes later.`)]);
  } else intro.push(...strangersLines(met.kind === 'person' ? met.person : null));
  return {
    title: 'Hello from Countersign',
    intro,
    picture: null,
    sections: sections.filter((one) => one !== null),
    notes: person ? [[text('Type /approvals help to see everything that can be done here.')]] : [],
  };
}

/** What it does, in two lines. */
function whatItDoes({ platforms }: Context, here: PlatformName): CardLine[] {
  const others = [...platforms.keys()].filter((one) => one !== here).map((one) => PLATFORM_NAMES[one]);
  const elsewhere = others.length === 0 ? '' : ` Deciding in ${others.join(' or ')} counts just the same.`;
  return [
    [strong('Countersign asks people to approve what pipelines are about to do, and tells Harness.')],
    [text(`Who is asked gets a card here with everything to decide by.${elsewhere}`)],
  ];
}

function nextSection(waits: boolean): PageSection {
  const help: PageAction = { label: 'Help', kind: 'command', command: 'help' };
  const pending: PageAction = {
    label: 'What waits for you',
    style: 'primary',
    kind: 'command',
    command: 'pending',
  };
  return { title: null, items: [], empty: '', actions: waits ? [pending, help] : [help] };
}

function adminReader({ platform }: ChatAccount, person: Person) {
  return { person, platform, page: () => 1, size: () => 1 };
}
