import type { Trx } from '../../store/database.ts';
import { changeHome, type Home, noteHomeOpened } from '../../store/homes.ts';
import { oweAfresh } from '../../store/outbox.ts';
import { personByIdentity } from '../../store/people.ts';
import type { ChatAccount } from '../chat-commands.ts';
import { type Context, commit } from '../context.ts';
import { HOME_SECTIONS, type HomeSection, MOST_LISTED } from './home-section.ts';

/** People's Homes, the same for every chat platform. Neither call talks to a network; the Home follows by the outbox. */
export interface Homes {
  /** Somebody looks at their Home: it is brought up to date now. */
  opened(account: ChatAccount): Promise<void>;
  /** Turns one section of somebody's own Home; unknown sections and pages are left alone. */
  turn(account: ChatAccount, section: string, page: number): Promise<void>;
}

export function createHomes(context: Context): Homes {
  return {
    opened: (account) =>
      commit(context, async (trx) => {
        const home = await note(context, trx, account);
        // Opened anew, it begins at the first pages.
        await changeHome(trx, home.id, { turned: {} });
        await show(context, trx, home);
      }),
    turn: (account, section, page) =>
      commit(context, async (trx) => {
        if (!isSection(section) || !Number.isInteger(page) || page < 1 || page > MOST_LISTED) return;
        const home = await note(context, trx, account);
        await changeHome(trx, home.id, { turned: { ...home.turned, [section]: page } });
        await show(context, trx, home);
      }),
  };
}

async function note(context: Context, trx: Trx, account: ChatAccount): Promise<Home> {
  const { organizationId, platform, tenant, externalId } = account;
  const person = await personByIdentity(trx, account);
  const personId = person?.organizationId === organizationId ? person.id : null;
  const newId = context.newId('hom_');
  const home = { newId, organizationId, platform, tenant, externalId, personId };
  return noteHomeOpened(trx, home, context.clock.now());
}

function show({ clock }: Context, trx: Trx, { id, organizationId }: Home): Promise<void> {
  return oweAfresh(trx, { kind: 'sync_home', subjectId: id, organizationId }, clock.now());
}

function isSection(name: string): name is HomeSection {
  return HOME_SECTIONS.some((section) => section === name);
}
