import { writeAudit } from '../../store/audit.ts';
import { changeCard } from '../../store/cards.ts';
import { outdatedCardsIn, waitingCardsIn } from '../../store/cards-to-bring.ts';
import type { Reader, Trx } from '../../store/database.ts';
import { type InstallLink, linkById, linkBySecret, spendInstallLink } from '../../store/install-links.ts';
import { organizationById } from '../../store/organizations.ts';
import { oweAfresh } from '../../store/outbox.ts';
import { installationOf, saveInstallation } from '../../store/slack-installations.ts';
import { type Context, commit } from '../context.ts';
import type { Encryption, GrantedInstallation, Installed, Installing, LinkRefusal } from '../ports.ts';
import { encrypted } from './installations.ts';
import { MOST_CARDS } from './remove-installation.ts';

/**
 * Installing by one-time links. Whoever installs becomes nobody here (R30): the link says which organization the
 * workspace is for, and a workspace is one organization's for ever.
 */
export function createInstalling(context: Context, encryption: Encryption): Installing {
  const { db, clock } = context;
  return {
    async openLink(by) {
      const link = 'secret' in by ? await linkBySecret(db, by.secret) : await linkById(db, by.id);
      const refusal = refusalOf(link, clock.now());
      if (!link || refusal) return refusal ?? 'unknown';
      const organizationName = await nameOf(db, link.organizationId);
      return { id: link.id, organizationName, expiresAt: link.expiresAt };
    },
    install: (linkId, granted) =>
      commit(context, (trx) => install(trx, encryption, linkId, granted, clock.now())),
  };
}

async function install(
  trx: Trx,
  encryption: Encryption,
  linkId: number,
  granted: GrantedInstallation,
  now: number,
): Promise<Installed> {
  const { teamId } = granted;
  const link = await linkById(trx, linkId);
  const before = await installationOf(trx, teamId);
  const refused = (why: LinkRefusal | 'claimed'): Installed => ({
    kind: 'refused',
    why,
    inUse: before?.state === 'active',
  });
  const refusal = refusalOf(link, now);
  if (!link || refusal) return refused(refusal ?? 'unknown');
  const { organizationId } = link;
  const line = (action: string, more: Record<string, unknown>) =>
    writeAudit(trx, organizationId, {
      at: now,
      actor: { personId: null, via: 'slack' },
      action,
      subjectType: 'slack_workspace',
      subjectId: teamId,
      detail: { name: granted.teamName, installedBy: granted.installedBy, link: link.id, ...more },
    });
  if (before && before.organizationId !== organizationId) {
    await line('install_refused', { why: 'another organization has this workspace' });
    return refused('claimed');
  }
  if (!(await spendInstallLink(trx, linkId, teamId, now))) return refused('used');
  const { botToken, refreshToken } = encrypted(encryption, teamId, granted);
  const saved = await saveInstallation(
    trx,
    { ...granted, organizationId, botToken, refreshToken, tokenExpiresAt: granted.expiresAt },
    now,
  );
  // Cannot be: looked at above, in the same transaction. The link is given back with it.
  if (saved === 'claimed') throw new Error('a workspace was claimed while it was being installed');
  await line('installed', { scopes: granted.scopes, again: before !== null });
  await reviveCards(trx, organizationId, teamId, now);
  return { kind: 'installed', organizationName: await nameOf(trx, organizationId) };
}

/** What could not be brought while the app was away is tried again: no card there goes on showing what was. */
async function reviveCards(trx: Trx, organizationId: number, teamId: string, now: number): Promise<void> {
  const place = { organizationId, platform: 'slack', tenant: teamId } as const;
  const waiting = await waitingCardsIn(trx, place, ['unreachable'], MOST_CARDS);
  const outdated = await outdatedCardsIn(trx, place, MOST_CARDS);
  for (const card of [...waiting, ...outdated]) {
    await changeCard(trx, card.id, { state: card.ref ? 'posted' : 'pending', detail: null });
    await oweAfresh(trx, { kind: 'sync_card', subjectId: card.id, organizationId }, now);
  }
}

function refusalOf(link: InstallLink | null, now: number): LinkRefusal | null {
  if (!link) return 'unknown';
  if (link.usedAt !== null) return 'used';
  return link.expiresAt <= now ? 'expired' : null;
}

async function nameOf(db: Reader, organizationId: number): Promise<string> {
  return (await organizationById(db, organizationId))?.name ?? '';
}
