import { writeAudit } from '../../store/audit.ts';
import { addOrganization, defaultOrganization, updateOrganization } from '../../store/organizations.ts';
import { addPerson, personByEmail, updatePerson } from '../../store/people.ts';
import { type Context, commit } from '../context.ts';

/**
 * Makes sure there is an organization and that the people of ADMIN_EMAILS are its admins (R30). Their domains
 * count as the organization's own until a seed file says otherwise (R17). Returns the organization's id.
 */
export function bootstrap(
  context: Pick<Context, 'db' | 'wake' | 'clock'>,
  adminEmails: readonly string[],
): Promise<number> {
  return commit(context, async (trx) => {
    const now = context.clock.now();
    const domains = [...new Set(adminEmails.map((email) => email.slice(email.lastIndexOf('@') + 1)))];
    const found = await defaultOrganization(trx);
    const id = found?.id ?? (await addOrganization(trx, { name: 'Default', domains }, now));
    if (found && found.domains.length === 0) await updateOrganization(trx, id, { name: found.name, domains });
    for (const email of adminEmails) {
      const person = await personByEmail(trx, id, email);
      if (person?.role === 'admin') continue;
      const personId = person?.id ?? (await addPerson(trx, { organizationId: id, name: email, email }, now));
      await updatePerson(trx, personId, { role: 'admin' }, now);
      await writeAudit(trx, id, {
        at: now,
        actor: { personId: null, via: 'cli' },
        action: 'admin_added',
        subjectType: 'person',
        subjectId: String(personId),
        detail: { from: 'ADMIN_EMAILS' },
      });
    }
    return id;
  });
}
