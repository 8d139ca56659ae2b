import type { Database } from '../../store/database.ts';
import { organizationById } from '../../store/organizations.ts';
import type { DirectoryAccount, DirectoryAnswer } from '../ports.ts';

/** How long a directory that refuses is left alone before it is asked again. */
const REFUSED_PAUSE_MS = 60_000;

/** A directory could not be asked; whoever needed it tries again. */
export class DirectoryUnavailable extends Error {
  readonly retryAfterMs: number;
  constructor(detail: string, retryAfterMs: number) {
    super(detail);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Why the directory said nothing; null = it has spoken. */
export function unsaid(answer: DirectoryAnswer<unknown>): DirectoryUnavailable | null {
  if (answer.kind === 'refused') return new DirectoryUnavailable(answer.detail, REFUSED_PAUSE_MS);
  if (answer.kind === 'unavailable') return new DirectoryUnavailable(answer.detail, answer.retryAfterMs);
  return null;
}

/** The account, null when there is none; throws DirectoryUnavailable when nobody can say. */
export function value(answer: DirectoryAnswer<DirectoryAccount>): DirectoryAccount | null {
  const trouble = unsaid(answer);
  if (trouble) throw trouble;
  return answer.kind === 'found' ? answer.value : null;
}

/** What several directories left unsaid as one trouble, to be tried when the first of them can be asked again. */
export function together(troubles: readonly DirectoryUnavailable[]): DirectoryUnavailable | null {
  if (troubles.length === 0) return null;
  const details = [...new Set(troubles.map(({ message }) => message))];
  return new DirectoryUnavailable(
    details.join(' '),
    Math.min(...troubles.map(({ retryAfterMs }) => retryAfterMs)),
  );
}

/** Whether an address is of one of the organization's own domains: others prove nothing about anybody (R17). */
export async function isOwnDomain(db: Database, organizationId: number, email: string): Promise<boolean> {
  const organization = await organizationById(db, organizationId);
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  return organization?.domains.includes(domain) ?? false;
}
