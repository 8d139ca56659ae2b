import type { StoredRequest } from '../../store/approval-requests.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import type { Trx } from '../../store/database.ts';
import { admins } from '../../store/people.ts';
import { addAddressees, NOBODY } from '../cards/address-cards.ts';
import type { Context } from '../context.ts';

/** Sees to it that every admin has this request's card: something about it needs a person. */
export async function tellAdmins(context: Context, trx: Trx, request: StoredRequest): Promise<void> {
  const people = await admins(trx, request.organizationId);
  if (people.length === 0)
    context.log.error({ request: request.id }, 'an admin is needed and there is none: set ADMIN_EMAILS');
  await addAddressees(context, trx, request, {
    ...NOBODY,
    adminIds: people.map((admin) => admin.id),
  });
  await oweAllCards(trx, request.organizationId, request.id, context.clock.now());
}
