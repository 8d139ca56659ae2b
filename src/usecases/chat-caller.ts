import type { Person, Standing } from '../approval/person.ts';
import { writeAudit } from '../store/audit.ts';
import type { ChatAccount } from './chat-commands.ts';
import { personOfKnownAccount } from './chat-people.ts';
import { type Context, commit } from './context.ts';
import type { Principal } from './managing.ts';

export type CallerAnswer =
  | { kind: 'caller'; person: Person; principal: Principal }
  /** They may do nothing here; one sentence for them, and the person if there is one. */
  | { kind: 'refused'; why: Standing | 'unknown'; sentence: string; personId: number | null }
  /** Nobody can say now who they are. */
  | { kind: 'unavailable'; sentence: string };

/** Who acts through a chat account that is known here (R13, R17). */
export async function callerOfAccount(context: Context, account: ChatAccount): Promise<CallerAnswer> {
  const person = await personOfKnownAccount(context, account);
  if (person === 'foreign' || person === null)
    return {
      kind: 'refused',
      why: 'unknown',
      sentence: 'This account cannot be matched with anybody here. Ask an admin to link it to you.',
      personId: null,
    };
  if (person.standing !== 'member')
    return {
      kind: 'refused',
      why: person.standing,
      sentence: 'You can do nothing here any more.',
      personId: person.id,
    };
  const { organizationId, platform } = account;
  return {
    kind: 'caller',
    person,
    principal: { organizationId, role: person.role, personId: person.id, tokenId: 'chat', via: platform },
  };
}

/** Leaves a line in the audit that somebody wanted what they may not. `wanted` is the command's name, '' = none. */
export function auditRefusedCommand(
  context: Context,
  account: ChatAccount,
  refusal: { personId: number | null; wanted: string; why: string },
): Promise<void> {
  const { personId, wanted, why } = refusal;
  return commit(context, (trx) =>
    writeAudit(trx, account.organizationId, {
      at: context.clock.now(),
      actor: { personId, via: account.platform },
      action: 'refused',
      subjectType: 'command',
      subjectId: wanted,
      detail: { wanted, why, ...(personId === null && { account: account.externalId }) },
    }),
  );
}
