import { type Actor, writeAudit } from '../../store/audit.ts';
import { addOrganization, organizationsByName } from '../../store/organizations.ts';
import { addPerson, updatePerson } from '../../store/people.ts';
import { type Context, commit } from '../context.ts';
import type { FieldProblem, Managed } from '../managing/managing.ts';
import { conflict, done, invalid } from '../tokens/principal-rights.ts';

const DOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;
const EMAIL = /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/;

export interface WantedOrganization {
  name: string;
  /** E-mail domains that prove identity (R17), lower case. */
  domains: readonly string[];
  /** E-mail addresses of the first admins, lower case, each of one of the domains. */
  admins: readonly string[];
}

/** Adds an organization with its first admins (R30), audited there. For whoever runs the bot. */
export function createOrganization(
  context: Pick<Context, 'db' | 'wake' | 'clock'>,
  wanted: WantedOrganization,
  actor: Actor,
): Promise<Managed<number>> {
  return commit(context, async (trx): Promise<Managed<number>> => {
    const problems = problemsOf(wanted);
    if (problems.length > 0) return invalid(problems);
    if ((await organizationsByName(trx, wanted.name)).length > 0)
      return conflict(`There is an organization “${wanted.name}” already.`);
    const now = context.clock.now();
    const id = await addOrganization(trx, wanted, now);
    await writeAudit(trx, id, {
      at: now,
      actor,
      action: 'created',
      subjectType: 'organization',
      subjectId: String(id),
      detail: { before: null, after: wanted },
    });
    for (const email of wanted.admins) {
      const personId = await addPerson(trx, { organizationId: id, name: email, email }, now);
      await updatePerson(trx, personId, { role: 'admin' }, now);
      await writeAudit(trx, id, {
        at: now,
        actor,
        action: 'admin_added',
        subjectType: 'person',
        subjectId: String(personId),
        detail: { from: 'add-organization' },
      });
    }
    return done(id);
  });
}

function problemsOf({ name, domains, admins }: WantedOrganization): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const says = (field: string, detail: string) => problems.push({ field, detail });
  if (name.trim() === '' || name.length > 100) says('name', 'must have 1 to 100 characters');
  if (domains.length === 0) says('domains', 'must name one domain at least');
  if (admins.length === 0) says('admins', 'must name one person at least');
  for (const domain of domains)
    if (domain.length > 253 || !DOMAIN.test(domain))
      says('domains', `hold “${domain.slice(0, 60)}”, which is no domain`);
  for (const email of admins)
    if (email.length > 254 || !EMAIL.test(email))
      says('admins', `hold “${email.slice(0, 60)}”, which is no e-mail address`);
    else if (!domains.includes(email.slice(email.lastIndexOf('@') + 1)))
      says('admins', `hold ${email}, which is of none of the domains`);
  if (new Set(admins).size !== admins.length) says('admins', 'name somebody twice');
  return problems;
}
