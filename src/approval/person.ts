/** Whether somebody may act at all, before any question of which request. */
export type Standing =
  | 'member'
  | 'deactivated'
  | 'guest'
  | 'stranger'
  | 'bot'
  | 'not_found'
  /** A machine without a token to answer with. */
  | 'no_token'
  /** Nobody knows them in chat, and a directory that may could not be asked. */
  | 'unsaid';

/** A person as the rules see them. */
export interface Person {
  id: number;
  organizationId: number;
  name: string;
  /** Lower case; null when unknown. */
  email: string | null;
  kind: 'human' | 'machine';
  /** The person who answers for a machine; null for humans. */
  ownerId: number | null;
  /** Of the person who answers for a machine, lower case. */
  ownerEmail?: string | null;
  role: 'member' | 'admin';
  managerId: number | null;
  standing: Standing;
}

/** Why a person whose name stands in the workflow is not asked; null = they may be. */
export type Ineligible = Exclude<Standing, 'member'> | 'requester' | 'excluded';

/** One sentence part per reason, to follow a name: "Bob is deactivated". */
export const INELIGIBLE_WORDS: Readonly<Record<Ineligible, string>> = {
  deactivated: 'is deactivated',
  guest: 'is a guest',
  stranger: 'is from another workspace',
  bot: 'is a bot',
  not_found: 'was not found in chat',
  no_token: 'has no token to answer with: make one with npm run token',
  unsaid: 'cannot be looked up in chat just now',
  requester: 'asked for this and may not approve it',
  excluded: 'is excluded by Harness',
};

/** Who is shut out of one request whatever their standing. */
export interface Exclusion {
  requesterId: number | null;
  /** What is said of who asked, confirmed or not: enough to shut somebody out, never to let anybody in (R5). */
  requesterEmail?: string | null;
  disallowRequester: boolean;
  /** Lower case e-mails (Harness's disallowedUserEmails, the webhook's exclusions). */
  excludedEmails: readonly string[];
}

/** Whom somebody acts for: a machine for the person who answers for it (R16). */
export function selfOf(person: Pick<Person, 'id' | 'kind' | 'ownerId'>): number {
  return person.kind === 'machine' && person.ownerId !== null ? person.ownerId : person.id;
}

/** What somebody is called where people read of them: a machine is shown as one (R16). */
export function calledName({ name, kind }: Pick<Person, 'name' | 'kind'>): string {
  return kind === 'machine' ? `${name} (machine)` : name;
}

/** R13: the one test of whether a person may hold a slot or cast a vote in a request. */
export function ineligible(person: Person, exclusion: Exclusion): Ineligible | null {
  if (person.standing !== 'member') return person.standing;
  const self = selfOf(person);
  // Whoever is shut out by an e-mail is shut out with their machines (R16).
  const emails = [person.email, person.ownerEmail].flatMap((email) => email?.toLowerCase() ?? []);
  const requesterEmail = exclusion.requesterEmail?.toLowerCase();
  const asked =
    (exclusion.requesterId !== null && self === exclusion.requesterId) ||
    emails.some((email) => email === requesterEmail);
  if (exclusion.disallowRequester && asked) return 'requester';
  if (emails.some((email) => exclusion.excludedEmails.includes(email))) return 'excluded';
  return null;
}
