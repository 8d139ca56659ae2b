import { changeNotice, type Notice, noticeById } from '../../store/notices.ts';
import { finish, holdLease, type LeasedRow } from '../../store/outbox-claims.ts';
import { type Context, commit } from '../context.ts';
import { retryLater, retryOrGiveUp } from '../message-retry.ts';
import type { AccountTarget, ChatPlatform, Delivery } from '../ports.ts';

const POST_LEASE_MS = 60_000;

/** Sends one notice, once: after silence it looks before it posts again (architecture, invariant 7). */
export async function postNotice(context: Context, row: LeasedRow): Promise<void> {
  const notice = await noticeById(context.db, row.subjectId);
  const platform = notice && context.platforms.get(notice.platform);
  if (!notice || !platform || notice.state === 'posted' || notice.state === 'unreachable')
    return finish(context.db, row, { kind: 'done' });
  const { organizationId, tenant, externalId } = notice;
  const target: AccountTarget = { organizationId, tenant, externalId };
  if (notice.postingSince !== null) {
    const looked = await platform.findNotice(target, notice.id, notice.postingSince);
    if (looked.kind === 'sent' && looked.found) return conclude(context, row, notice, { kind: 'sent' });
    // Where one may not look, a second notice is the smaller evil: it has no vote of its own.
    if (looked.kind !== 'sent' && looked.kind !== 'refused') return conclude(context, row, notice, looked);
  }
  return conclude(context, row, notice, await post(context, row, platform, notice, target));
}

async function post(
  context: Context,
  row: LeasedRow,
  platform: ChatPlatform,
  notice: Notice,
  target: AccountTarget,
): Promise<Delivery<object>> {
  const now = context.clock.now();
  await commit(context, async (trx) => {
    await holdLease(trx, row, now + POST_LEASE_MS);
    await changeNotice(trx, notice.id, {
      state: 'posting',
      postingSince: notice.postingSince ?? now,
    });
  });
  return platform.postNotice(target, notice.id, notice.page);
}

async function conclude(
  context: Context,
  row: LeasedRow,
  notice: Notice,
  outcome: Delivery<object>,
): Promise<void> {
  const { db, clock, log } = context;
  switch (outcome.kind) {
    case 'sent':
      return commit(context, async (trx) => {
        await finish(trx, row, { kind: 'done' });
        await changeNotice(trx, notice.id, { state: 'posted', postingSince: null });
      });
    case 'throttled':
      return commit(context, async (trx) => {
        await finish(trx, row, {
          ...{ kind: 'retry', at: clock.now() + outcome.retryAfterMs },
          ...{ error: outcome.detail ?? 'rate limit', countsAsAttempt: false },
        });
        // Refused before it was done: there is nothing to look for.
        if (notice.postingSince === null)
          await changeNotice(trx, notice.id, { state: 'pending', postingSince: null });
      });
    case 'unknown':
    case 'gone':
      return finish(db, row, retryLater(context, row, outcome.kind === 'unknown' ? outcome.detail : 'gone'));
    case 'refused':
      log.error({ notice: notice.id, detail: outcome.detail }, 'notice refused');
      return finish(db, row, retryOrGiveUp(context, row, outcome.detail));
    case 'unreachable':
      log.warn({ notice: notice.id, why: outcome.why }, 'recipient unreachable');
      return commit(context, async (trx) => {
        await finish(trx, row, { kind: 'done' });
        await changeNotice(trx, notice.id, { state: 'unreachable', detail: outcome.why, postingSince: null });
      });
  }
}
