import { writeAudit } from '../../store/audit.ts';
import { addInstallLink, openInstallLinks } from '../../store/install-links.ts';
import { type Context, commit } from '../context.ts';
import type { Managed, Principal } from '../managing/managing.ts';
import { actorOf, conflict, done, invalid, refused, writingRefused } from '../tokens/principal-rights.ts';

const HOUR_MS = 60 * 60_000;
const MOST_HOURS = 7 * 24;
const MOST_OPEN = 20;

export interface IssuedInstallLink {
  /** Shown this once: only its hash is kept. */
  url: string;
  /** Epoch ms. */
  expiresAt: number;
}

/**
 * Makes a link by which one Slack workspace, once, installs the app for the principal's organization: admins only. It
 * ends after `hours` (1 unless told, 168 at most). Conflict where workspaces do not come by links, or where 20 links
 * are open already.
 */
export function issueInstallLink(
  context: Context,
  principal: Principal,
  hours = 1,
): Promise<Managed<IssuedInstallLink>> {
  return commit(context, async (trx): Promise<Managed<IssuedInstallLink>> => {
    const now = context.clock.now();
    const { organizationId } = principal;
    const line = (action: string, subjectId: string, detail: Record<string, unknown>) =>
      writeAudit(trx, organizationId, {
        at: now,
        actor: actorOf(principal),
        action,
        subjectType: 'install_link',
        subjectId,
        detail: { ...detail, token: principal.tokenId },
      });
    const forbidden = writingRefused(principal);
    if (forbidden) {
      await line('refused', '', { why: forbidden.why });
      return refused(forbidden);
    }
    const { installUrl } = context.settings;
    if (installUrl === null)
      return conflict(
        'This bot lives in the one workspace of SLACK_BOT_TOKEN. For several, set SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and SLACK_STATE_SECRET in its place.',
      );
    if (!Number.isInteger(hours) || hours < 1 || hours > MOST_HOURS)
      return invalid([{ field: 'hours', detail: `must be a whole number from 1 to ${MOST_HOURS}` }]);
    if ((await openInstallLinks(trx, organizationId, now)) >= MOST_OPEN)
      return conflict(
        `There are ${MOST_OPEN} unused links already. Use one of them, or wait until they end.`,
      );
    const expiresAt = now + hours * HOUR_MS;
    const { id, secret } = await addInstallLink(
      trx,
      { organizationId, issuedBy: principal.personId, issuedVia: principal.via, expiresAt },
      now,
    );
    await line('issued', String(id), { expiresAt });
    return done({ url: `${installUrl}?link=${secret}`, expiresAt });
  });
}
