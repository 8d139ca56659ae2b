import { type CardLine, strong, text } from '../../approval/card.ts';
import type { Page, PageItem } from '../../approval/page.ts';
import type { Reader, Trx } from '../../store/database.ts';
import { oweHomeOfAccount } from '../../store/homes.ts';
import { type Identity, identitiesOf } from '../../store/identities.ts';
import type { IdentityChange } from '../../store/identity-changes.ts';
import { oweNotice } from '../../store/notices.ts';
import { peopleById } from '../../store/people.ts';
import type { Context } from '../context.ts';
import { PLATFORM_NAMES } from '../people/platform-names.ts';

type Change = Omit<IdentityChange, 'createdAt'>;
type Ids = Pick<Context, 'newId'>;

/** The question whether an account is somebody's, with its two answers. */
export async function identityQuestion(db: Reader, change: Change): Promise<PageItem> {
  const takesOver = (await identitiesOf(db, [change.personId], change.platform)).size > 0;
  const people = await peopleById(db, [change.personId, ...(change.requestedBy ? [change.requestedBy] : [])]);
  const person = people.get(change.personId);
  const asker = change.requestedBy === null ? null : people.get(change.requestedBy);
  return {
    line: [
      text(`${asker?.name ?? 'An admin'} says that this account belongs to `),
      strong(person?.name ?? 'somebody'),
      text('.'),
    ],
    details: [
      [
        text(
          `If it is you, confirm: from then on you decide from here, ${takesOver ? 'and no longer from your earlier account' : 'too'}.`,
        ),
      ],
    ],
    actions: [
      {
        ...{ label: 'Yes, this is me', style: 'primary', kind: 'command' },
        command: `confirm-account ${change.id}`,
      },
      { label: 'No, it is not', kind: 'command', command: `decline-account ${change.id}` },
    ],
  };
}

/** Asks an account, once, whether it is the person's (R16). */
export async function askAccount(context: Ids, trx: Trx, change: Change, now: number): Promise<void> {
  const item = await identityQuestion(trx, change);
  const section = { title: null, items: [item], empty: null, actions: [] };
  const page: Page = { ...saying('Is this you?', []), sections: [section] };
  await tell(context, trx, change, 'asked', change, page, now);
}

/** Tells the account that became the person's, those that no longer are, and those on other platforms (R16). */
export async function tellConfirmed(
  context: Ids,
  trx: Trx,
  change: Change,
  { name, former, others }: { name: string; former: readonly Identity[]; others: readonly Identity[] },
  now: number,
): Promise<void> {
  const here = saying('This account is now yours', [
    [
      text('You act here as '),
      strong(name),
      text('. This does not apply to requests that were open already.'),
    ],
  ]);
  await tell(context, trx, change, 'confirmed', change, here, now);
  const there = saying('Another account took over', [
    [
      strong(name),
      text(' now decides from another account, and no longer from this one. It was confirmed there.'),
    ],
    NOT_YOU,
  ]);
  for (const account of former) await tell(context, trx, change, 'confirmed', account, there, now);
  const beside = saying('You decide from another account, too', [
    [
      strong(name),
      text(
        ` now decides from another account in ${PLATFORM_NAMES[change.platform]}. It was confirmed there.`,
      ),
    ],
    NOT_YOU,
  ]);
  for (const account of others) await tell(context, trx, change, 'confirmed', account, beside, now);
}

/** Tells the account that declined, and those the person goes on with (R16). */
export async function tellDeclined(context: Ids, trx: Trx, change: Change, now: number): Promise<void> {
  const name = (await peopleById(trx, [change.personId])).get(change.personId)?.name ?? 'somebody';
  const here = saying('Nothing was changed', [
    [text('You said that this account does not belong to '), strong(name), text('.')],
  ]);
  await tell(context, trx, change, 'declined', change, here, now);
  const current = (await identitiesOf(trx, [change.personId], change.platform)).get(change.personId);
  if (!current) return;
  const account = { platform: change.platform, tenant: current.tenant, externalId: current.external_id };
  const there = saying('You go on with this account', [
    [text('Somebody wanted another account to be yours. Its owner declined, so nothing was changed.')],
  ]);
  await tell(context, trx, change, 'declined', account, there, now);
}

const NOT_YOU: CardLine = [text('Was it not you? Tell an admin at once.')];

async function tell(
  { newId }: Ids,
  trx: Trx,
  change: Change,
  what: 'asked' | 'confirmed' | 'declined',
  account: Identity,
  page: Page,
  now: number,
): Promise<void> {
  const { organizationId } = change;
  const about = `identity_change:${change.id}:${what}`;
  await oweNotice(trx, { newId: newId('ntc_'), organizationId, about, account, page }, now);
  await oweHomeOfAccount(trx, account, now);
}

function saying(title: string, intro: readonly CardLine[]): Page {
  return { title, intro, picture: null, sections: [], notes: [] };
}
