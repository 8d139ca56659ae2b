import type { Reader } from '../../store/database.ts';
import type { SeenBy } from '../../store/list-requests.ts';
import { tokenById } from '../../store/tokens.ts';
import type { Principal } from '../managing/managing.ts';

/**
 * Which requests a principal may see: admins all; members those they hold a place in, asked for or were told of;
 * pipeline tokens those they opened (R26). Whoever is nobody in particular and no admin sees none.
 */
export async function seenBy(db: Reader, principal: Principal): Promise<SeenBy> {
  if (principal.role === 'admin') return { kind: 'all' };
  if (principal.role === 'member') return { kind: 'person', personId: principal.personId ?? -1 };
  if (principal.personId === null) return { kind: 'opener', name: '' };
  const token = await tokenById(db, principal.organizationId, Number(principal.tokenId));
  return { kind: 'opener', name: token?.name ?? '' };
}
