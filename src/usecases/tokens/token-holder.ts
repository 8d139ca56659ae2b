import { type Person, selfOf } from '../../approval/person.ts';
import { type Actor, writeAudit } from '../../store/audit.ts';
import type { Trx } from '../../store/database.ts';
import { addPerson, personByEmail, personById } from '../../store/people.ts';
import { type ApiToken, machineByName, type PipelinePattern } from '../../store/tokens.ts';
import type { Context } from '../context.ts';
import { invalid } from '../managing/managed-refusal.ts';
import type { ManageRefusal, Principal } from '../managing/managing.ts';

export interface WantedToken {
  /** A person by id or e-mail, or a machine by name: made when new, with its owner by e-mail. */
  holder: { personId: number } | { email: string } | { machine: string; ownerEmail: string | null };
  role: ApiToken['role'];
  /** null = after its holder. */
  name: string | null;
  /** Pipeline tokens only, null for any. Events by id or slug. */
  scope: {
    events: readonly string[] | null;
    pipelines: readonly PipelinePattern[] | null;
    mayChoosePolicy: boolean;
  } | null;
}

/** Takes the whole transaction back: a new machine does not outlive the token it was made for. */
export class Withdrawn extends Error {
  readonly refusal: ManageRefusal;
  constructor(refusal: ManageRefusal) {
    super('withdrawn');
    this.refusal = refusal;
  }
}

/** Whom the token is for; a machine is made when it is new. Throws Withdrawn. */
export async function findHolder(
  context: Context,
  trx: Trx,
  principal: Principal,
  holder: WantedToken['holder'],
): Promise<Person> {
  const { organizationId } = principal;
  if ('machine' in holder) return findMachine(context, trx, principal, holder);
  const person =
    'email' in holder
      ? await personByEmail(trx, organizationId, holder.email)
      : await personById(trx, holder.personId);
  if (!person || person.organizationId !== organizationId)
    throw new Withdrawn(
      invalid({
        field: 'person',
        attribute: 'person_id',
        detail: 'is not known here: add them to the seed file, or by POST /api/v2/people',
      }),
    );
  return person;
}

/** A machine answers to a person (R16): its owner is named when it is made, and never changes here. */
async function findMachine(
  context: Context,
  trx: Trx,
  principal: Principal,
  { machine, ownerEmail }: { machine: string; ownerEmail: string | null },
): Promise<Person> {
  const { organizationId } = principal;
  const name = machine.trim();
  if (name === '' || name.length > 100)
    throw new Withdrawn(invalid({ field: 'machine', detail: 'must have 1 to 100 characters' }));
  const owner = ownerEmail === null ? null : await personByEmail(trx, organizationId, ownerEmail);
  if (ownerEmail !== null && (owner?.kind !== 'human' || owner.standing !== 'member'))
    throw new Withdrawn(invalid({ field: 'owner', detail: 'must be an active person' }));
  const knownId = await machineByName(trx, organizationId, name);
  const known = knownId === null ? null : await personById(trx, knownId);
  if (known) {
    if (owner && known.ownerId !== owner.id)
      throw new Withdrawn({
        kind: 'conflict',
        why: `The machine “${name}” has another owner: leave the owner out, or choose another name.`,
      });
    return known;
  }
  const maker = principal.personId === null ? null : await personById(trx, principal.personId);
  const ownerId = owner?.id ?? (maker && selfOf(maker));
  if (ownerId === null)
    throw new Withdrawn(
      invalid({
        field: 'owner',
        detail: "can't be blank: a new machine needs a person who answers for it",
      }),
    );
  const now = context.clock.now();
  const id = await addPerson(trx, { organizationId, name, email: null, kind: 'machine', ownerId }, now);
  await writeAudit(trx, organizationId, {
    at: now,
    actor: actorOf(principal),
    action: 'created',
    subjectType: 'person',
    subjectId: String(id),
    detail: { before: null, after: { kind: 'machine', name, ownerId }, token: principal.tokenId },
  });
  return (await personById(trx, id))!;
}

/** R16: a token decides as its holder, so nobody makes one for somebody else through the API. */
export function mayNotHold(
  principal: Principal,
  holder: Person,
  /** Who answers for the holder: themselves, or a machine's owner. */
  self: Person,
  role: ApiToken['role'],
): ManageRefusal | null {
  if (holder.standing !== 'member')
    return { kind: 'conflict', why: `${holder.name} is deactivated and cannot hold a token.` };
  if (role === 'admin' && self.role !== 'admin')
    return { kind: 'conflict', why: `${self.name} is not an admin. Make them one first.` };
  if (principal.personId !== null && self.id !== principal.personId)
    return {
      kind: 'forbidden',
      why: 'Tokens are made for oneself and one’s own machines; whoever runs Countersign can make any (npm run token).',
    };
  return null;
}

/** The principal as the audit names who did it. */
export function actorOf(principal: Principal): Actor {
  return { personId: principal.personId, via: principal.via };
}
