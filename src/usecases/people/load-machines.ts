import type { Actor } from '../../store/audit.ts';
import type { Trx } from '../../store/database.ts';
import { addPerson, peopleById, personById } from '../../store/people.ts';
import { machineByName } from '../../store/tokens.ts';
import { auditRecordChange } from '../managing/change-audit.ts';

/** A machine as a seed file names it, with the e-mail of the person it answers to (R16). */
export interface WantedMachine {
  name: string;
  owner: string;
}

/** Machines that are named and not there yet, each with its owner; an owner never changes here (R16). */
export async function loadMachines(
  trx: Trx,
  { organizationId, actor }: { organizationId: number; actor: Actor },
  wanted: readonly WantedMachine[],
  people: ReadonlyMap<string, number>,
  problems: string[],
  now: number,
): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (const { name, owner } of wanted) {
    const ownerId = people.get(owner.toLowerCase());
    const known = await machineByName(trx, organizationId, name);
    if (ownerId === undefined)
      problems.push(`machines.${name}: the owner ${owner} is not among the people. Add them under people.`);
    else if (known !== null) {
      const keeps = (await peopleById(trx, [known])).get(known)?.ownerId ?? null;
      if (keeps !== ownerId) problems.push(`machines.${name}: ${await otherOwner(trx, keeps)}`);
      ids.set(name, known);
    } else {
      const id = await addPerson(trx, { organizationId, name, email: null, kind: 'machine', ownerId }, now);
      ids.set(name, id);
      await auditRecordChange(
        trx,
        { organizationId, actor },
        {
          at: now,
          action: 'created',
          subjectType: 'person',
          subjectId: id,
          before: null,
          after: { kind: 'machine', name, ownerId },
        },
      );
    }
  }
  return ids;
}

async function otherOwner(trx: Trx, ownerId: number | null): Promise<string> {
  const owner = ownerId === null ? null : await personById(trx, ownerId);
  const named = owner?.email ? `, ${owner.email}: name them here` : '';
  return `it has an owner already${named}, or call the machine something else.`;
}
