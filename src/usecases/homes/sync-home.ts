import type { Page } from '../../approval/page.ts';
import { changeHome, dropHome, type Home, homeById, UNSEEN_AFTER_MS } from '../../store/homes.ts';
import { finish, type LeasedRow } from '../../store/outbox-claims.ts';
import { type Context, commit } from '../context.ts';
import { retryLater, retryOrGiveUp } from '../message-retry.ts';
import { ownerOfAccount } from '../people/account-owner.ts';
import type { AccountTarget, ChatPlatform, Delivery } from '../ports.ts';
import { buildHome } from './home.ts';

const SPREAD_MS = 10_000;

/**
 * Makes one Home show the present. It is drawn when it is sent, so the newest state wins; a Home that nobody looked at
 * for 30 days is left alone until it is opened again.
 */
export async function syncHome(context: Context, row: LeasedRow): Promise<void> {
  const { db, clock, random } = context;
  const home = await homeById(db, row.subjectId);
  const platform = home && context.platforms.get(home.platform);
  if (!home || !platform || home.openedAt < clock.now() - UNSEEN_AFTER_MS)
    return finish(db, row, { kind: 'done' });
  // Whoever cannot be told now is drawn as a stranger, and met when the Home is opened again.
  if (home.personId === null) await ownerOfAccount(context, home);
  const { page, personId } = await buildHome(context, home);
  const outcome = await publish(context, platform, home, page);
  switch (outcome.kind) {
    case 'sent':
      return commit(context, async (trx) => {
        await finish(trx, row, { kind: 'done' });
        if (personId !== home.personId) await changeHome(trx, home.id, { personId });
      });
    case 'throttled':
      return finish(db, row, {
        // Spread, so that all who wait do not draw their Homes at once for one that may be sent.
        ...{ kind: 'retry', at: clock.now() + outcome.retryAfterMs + Math.ceil(random() * SPREAD_MS) },
        ...{ error: 'rate limit', countsAsAttempt: false },
      });
    case 'unknown':
      return finish(db, row, retryLater(context, row, outcome.detail));
    case 'refused':
      context.log.error({ home: home.id, detail: outcome.detail }, 'Home refused');
      return finish(db, row, retryOrGiveUp(context, row, outcome.detail));
    case 'gone':
    case 'unreachable':
      // Opening it again makes it anew.
      return commit(context, async (trx) => {
        await finish(trx, row, { kind: 'done' });
        await dropHome(trx, home.id);
      });
  }
}

/** A platform that cannot fetch the picture refuses the whole: the Home goes without it then. */
async function publish(
  context: Context,
  platform: ChatPlatform,
  { organizationId, tenant, externalId }: Home,
  page: Page,
): Promise<Delivery<object>> {
  const target: AccountTarget = { organizationId, tenant, externalId };
  const outcome = await platform.publishHome(target, page);
  if (outcome.kind !== 'refused' || page.picture === null) return outcome;
  context.log.warn({ detail: outcome.detail }, 'Home refused with its picture: trying without');
  return platform.publishHome(target, { ...page, picture: null });
}
