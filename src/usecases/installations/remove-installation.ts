import { type Actor, writeAudit } from '../../store/audit.ts';
import { waitingCardsIn } from '../../store/cards-to-bring.ts';
import type { Trx } from '../../store/database.ts';
import { owe } from '../../store/outbox.ts';
import { endInstallation, installationOf } from '../../store/slack-installations.ts';

/** Open cards of one workspace that are looked at again when it is lost or found again. */
export const MOST_CARDS = 1_000;

/**
 * The app is no longer installed in a workspace: its tokens are wiped, its presses refused from now on, and the cards
 * that wait there are looked at again, so that admins learn whom they cannot reach. false = it was not installed.
 */
export async function removeInstallation(
  trx: Trx,
  teamId: string,
  because: string,
  actor: Actor,
  now: number,
): Promise<boolean> {
  const stored = await installationOf(trx, teamId);
  if (!stored || !(await endInstallation(trx, teamId, now))) return false;
  const { organizationId, teamName } = stored;
  const place = { organizationId, platform: 'slack', tenant: teamId } as const;
  const cards = await waitingCardsIn(trx, place, ['pending', 'posting', 'posted'], MOST_CARDS);
  for (const card of cards)
    await owe(trx, { kind: 'sync_card', subjectId: card.id, organizationId, runAt: now }, now);
  await writeAudit(trx, organizationId, {
    at: now,
    actor,
    action: 'uninstalled',
    subjectType: 'slack_workspace',
    subjectId: teamId,
    detail: { name: teamName, because, cards: cards.length },
  });
  return true;
}
